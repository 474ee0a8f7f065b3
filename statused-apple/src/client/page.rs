//! From one page of a list to the next, without ever leaving the API's own origin.

use chrono::{DateTime, Utc};
use reqwest::Method;
use url::Url;

use super::Client;
use super::error::{ApiError, ApiErrorKind};
use super::exchange::{Dated, Request};
use crate::wire::{List, Resource};

/// More pages than any account has; a list that never ends must not be followed for ever.
const MOST_PAGES: usize = 100;

/// A list in full, however many pages it came in.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    pub(crate) data: Vec<Resource>,
    pub(crate) included: Vec<Resource>,
    /// Resources that could not be read and are left out.
    pub(crate) broken: usize,
    /// When the first page was answered, by Apple's clock.
    pub(crate) at: Option<DateTime<Utc>>,
}

impl Client {
    /// Reads all pages of a list.
    pub(crate) async fn list(&self, path: &str, query: &[(&str, String)]) -> Result<Pages, ApiError> {
        let first = self.request(Method::GET, path, query)?;
        let mut all = Pages::default();
        let mut url = first.url.clone();
        for _ in 0..MOST_PAGES {
            let Dated { answer: page, at }: Dated<List> = self.fetch(&first.at(url.clone())).await?;
            all.at = all.at.or(at);
            let next = next_page(&first, &page)?;
            all.data.extend(page.data);
            all.included.extend(page.included);
            all.broken += page.broken;
            match next {
                None => return Ok(all),
                Some(next) if next == url => break,
                Some(next) => url = next,
            }
        }
        Err(ApiError::new(ApiErrorKind::BadData, &first.place, "the list does not end"))
    }
}

/// The address of the next page: Apple's link if it stays at home, else ours with Apple's cursor.
fn next_page(request: &Request, page: &List) -> Result<Option<Url>, ApiError> {
    let Some(link) = &page.next else { return Ok(None) };
    let first = &request.url;
    let link = first.join(link).ok();
    if let Some(link) = &link
        && link.origin() == first.origin()
        && link.path() == first.path()
        && link.username().is_empty()
        && link.password().is_none()
    {
        return Ok(Some(link.clone()));
    }
    let in_link = || link.as_ref()?.query_pairs().find(|(key, _)| key == "cursor").map(|(_, value)| value.into_owned());
    let Some(cursor) = page.next_cursor.clone().or_else(in_link) else {
        return Err(ApiError::new(ApiErrorKind::BadData, &request.place, "the link to the next page leads elsewhere"));
    };
    let mut url = first.clone();
    url.query_pairs_mut().append_pair("cursor", &cursor);
    Ok(Some(url))
}
