//! The few requests that an intake makes: Gmail's confirmation pages and Amazon's certificates.

use std::fmt;

use async_trait::async_trait;
use url::Url;

#[cfg(feature = "http-client")]
mod client;
#[cfg(feature = "http-client")]
pub use client::{ClientError, HttpClient};

/// How a page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// Look at it.
    Get,
    /// Press its only button: a form without fields.
    Post,
}

/// What came back.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// The `Location` of a redirect.
    pub location: Option<String>,
    /// The body, as text; its beginning, if it is long.
    pub body: String,
}

impl Page {
    /// A page.
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, location: None, body: body.into() }
    }

    /// The same, leading elsewhere.
    #[must_use]
    pub fn with_location(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }
}

/// Pages and redirects hold bearer links, so they are not shown.
impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("status", &self.status).field("length", &self.body.len()).finish_non_exhaustive()
    }
}

/// A request that brought no answer. It never names the address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
#[non_exhaustive]
pub struct WebError {
    /// What happened.
    pub reason: String,
}

impl WebError {
    /// A failure in words, without the address.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

/// Makes requests for an intake. `HttpClient` (feature `http-client`) is the one to use; tests bring their own.
///
/// # Contract
///
/// 1. Redirects are given back, not followed: the caller decides which address may be opened.
/// 2. The answer is bounded in size and time.
/// 3. No error names the address: it may be a secret.
#[async_trait]
pub trait Web: fmt::Debug + Send + Sync + 'static {
    /// Makes one request.
    ///
    /// # Errors
    ///
    /// When there was no answer.
    async fn ask(&self, method: Method, url: &Url) -> Result<Page, WebError>;
}
