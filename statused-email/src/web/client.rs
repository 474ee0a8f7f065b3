//! Requests over HTTPS.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use reqwest::redirect::Policy;
use url::Url;

use super::{Method, Page, Web, WebError};

/// How much of a page is read, in bytes.
const MOST: usize = 256 * 1024;
/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// No client can be made.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client can be made: {0}")]
#[non_exhaustive]
pub struct ClientError(#[source] reqwest::Error);

/// Makes requests with reqwest: HTTPS only, no redirects, ten seconds and 256 KiB at most.
#[derive(Clone)]
pub struct HttpClient {
    client: reqwest::Client,
}

impl HttpClient {
    /// A client.
    ///
    /// # Errors
    ///
    /// When TLS cannot be set up.
    pub fn new() -> Result<Self, ClientError> {
        let client = reqwest::Client::builder().https_only(true).redirect(Policy::none()).timeout(PATIENCE);
        Ok(Self { client: client.build().map_err(ClientError)? })
    }

    /// With a client of your own, which must not follow redirects: for a proxy, or tests.
    pub fn with_client(client: reqwest::Client) -> Self {
        Self { client }
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpClient")
    }
}

#[async_trait]
impl Web for HttpClient {
    async fn ask(&self, method: Method, url: &Url) -> Result<Page, WebError> {
        let request = match method {
            Method::Get => self.client.get(url.clone()),
            Method::Post => self.client.post(url.clone()).header("content-length", "0"),
        };
        let response = request.send().await.map_err(failed)?;
        let mut page = Page::new(response.status().as_u16(), String::new());
        page.location = response.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut body = Vec::new();
        let mut stream = response.bytes_stream();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(failed)?;
            let room = MOST - body.len();
            body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if body.len() == MOST {
                break;
            }
        }
        page.body = String::from_utf8_lossy(&body).into_owned();
        Ok(page)
    }
}

/// The causes without the address.
fn failed(error: reqwest::Error) -> WebError {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        words = format!("{words}: {inner}");
        cause = inner.source();
    }
    WebError::new(words)
}
