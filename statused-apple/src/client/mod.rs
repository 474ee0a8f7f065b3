//! The API client: tokens, budgets, retries and errors.

mod base_url;
mod builder;
mod error;
mod exchange;
mod health;
mod key;
mod page;
mod rate;
mod token;

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

pub use base_url::BaseUrlError;
pub(crate) use base_url::is_loopback;
pub use builder::{ClientBuilder, ClientError};
pub use error::{ApiError, ApiErrorKind};
pub(crate) use exchange::Dated;
pub use health::{Failure, Health};
pub use key::{Credentials, KeyError};
pub(crate) use page::Pages;
pub use rate::RateLimit;

use token::TokenSource;

/// Talks to App Store Connect with one key. Nothing is written unless [`post`](Self::post), [`patch`](Self::patch) or
/// [`delete`](Self::delete) is called.
///
/// Cheap to clone; the clones share the token, the budget and the health.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    sent: Arc<AtomicU32>,
}

struct Shared {
    http: reqwest::Client,
    base: Url,
    tokens: TokenSource,
    rate: Mutex<Option<RateLimit>>,
    health: Mutex<Health>,
    retry_delay: Duration,
}

impl Client {
    /// A client for Apple's API, to be adjusted.
    pub fn builder(credentials: Credentials) -> ClientBuilder {
        ClientBuilder::new(credentials)
    }

    /// Asks for one document: for what the source does not read.
    ///
    /// `path` begins with `/`. Server errors, broken connections and refused tokens are tried again, shortly.
    ///
    /// # Errors
    ///
    /// [`ApiError`], classified.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)]) -> Result<T, ApiError> {
        Ok(self.look(path, query).await?.answer)
    }

    /// Creates something: for what this crate does not.
    ///
    /// Tried again only when the request surely had no effect: it never left, or its token was refused.
    ///
    /// # Errors
    ///
    /// [`ApiError`], classified. After [`ApiErrorKind::Unreachable`] or [`ApiErrorKind::Server`] it may have had its
    /// effect all the same.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &(impl Serialize + Sync)) -> Result<T, ApiError> {
        let request = self.request(Method::POST, path, &[])?.with_body(body)?;
        Ok(self.fetch(&request).await?.answer)
    }

    /// Changes something, trying again as [`get`](Self::get) does: twice is as good as once.
    ///
    /// # Errors
    ///
    /// [`ApiError`], classified.
    pub async fn patch<T: DeserializeOwned>(&self, path: &str, body: &(impl Serialize + Sync)) -> Result<T, ApiError> {
        let request = self.request(Method::PATCH, path, &[])?.with_body(body)?;
        Ok(self.fetch(&request).await?.answer)
    }

    /// Deletes something, trying again as [`get`](Self::get) does.
    ///
    /// # Errors
    ///
    /// [`ApiError`], classified. [`ApiErrorKind::NotFound`] may mean that an earlier try had its effect.
    pub async fn delete(&self, path: &str) -> Result<(), ApiError> {
        let request = self.request(Method::DELETE, path, &[])?;
        self.send(&request).await.map(drop)
    }

    /// The budget of the key, as the last response that named it said.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        *lock(&self.shared.rate)
    }

    /// How the API is doing.
    pub fn health(&self) -> Health {
        Health { rate_limit: self.rate_limit(), ..lock(&self.shared.health).clone() }
    }

    /// Asks for one document, and when it was answered.
    pub(crate) async fn look<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<Dated<T>, ApiError> {
        self.fetch(&self.request(Method::GET, path, query)?).await
    }

    /// Now, by the clock that the tokens are made by.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.shared.tokens.now()
    }

    /// The same client with a count of its own.
    pub(crate) fn counted(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), sent: Arc::default() }
    }

    /// Requests that this client sent, repeats counted.
    pub(crate) fn sent(&self) -> u32 {
        self.sent.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.shared.base.as_str())
            .field("tokens", &self.shared.tokens)
            .finish_non_exhaustive()
    }
}

/// What is behind these locks is replaced whole, so that a panic elsewhere leaves nothing half-done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
