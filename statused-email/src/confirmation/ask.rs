//! The way through Gmail's pages.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::ConfirmError;
use super::link::is_gmails;
use super::page::post_form;
use crate::web::{Method, Page, Web};

/// Redirects that are followed.
const MOST_HOPS: usize = 5;

/// Confirms the forwarding that a link is for. What may pass is tried three times; the button is pressed once.
pub(crate) async fn confirm(web: &dyn Web, link: &SecretString) -> Result<(), ConfirmError> {
    let link = Url::parse(link.expose_secret()).map_err(|_| ConfirmError::NotGmails)?;
    let waits = ExponentialBuilder::new().with_min_delay(Duration::from_millis(500)).with_max_times(2);
    let mut waits = waits.build();
    let (url, page) = loop {
        match open(web, Method::Get, link.clone()).await {
            Err(error) if error.is_passing() => match waits.next() {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error),
            },
            other => break other?,
        }
    };
    let target = match post_form(&url, &page.body) {
        Some(target) => target.map_err(|_| ConfirmError::NotGmails)?,
        None => return Err(ConfirmError::Used),
    };
    let (url, page) = open(web, Method::Post, target).await?;
    match post_form(&url, &page.body) {
        None => Ok(()),
        Some(_) => Err(ConfirmError::StillAsks),
    }
}

/// Makes a request and follows where it leads, as long as that is Gmail's confirmation.
async fn open(web: &dyn Web, mut method: Method, mut url: Url) -> Result<(Url, Page), ConfirmError> {
    for _ in 0..=MOST_HOPS {
        if !is_gmails(&url) {
            return Err(ConfirmError::NotGmails);
        }
        let page = web.ask(method, &url).await.map_err(|error| ConfirmError::Unreachable(error.to_string()))?;
        match (page.status, &page.location) {
            (200, _) => return Ok((url, page)),
            (301..=303 | 307 | 308, Some(location)) => {
                url = url.join(location).map_err(|_| ConfirmError::NotGmails)?;
                // As browsers do: only 307 and 308 repeat what was sent.
                if page.status <= 303 {
                    method = Method::Get;
                }
            }
            (400 | 404 | 410, _) => return Err(ConfirmError::Used),
            (status, _) => return Err(ConfirmError::Status(status)),
        }
    }
    Err(ConfirmError::Circles)
}
