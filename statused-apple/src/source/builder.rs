//! What a source is made of.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::AppStoreConnect;
use crate::client::{Client, ClientBuilder, ClientError, Credentials};

/// Adjusts an [`AppStoreConnect`] source.
#[derive(Clone, Debug)]
#[must_use]
pub struct AppStoreConnectBuilder {
    client: ClientBuilder,
    apps: Vec<String>,
    poll_every: Duration,
}

/// Why a source could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Apps are named by the numbers that Apple gave them, not by bundle id.
    #[error("{0:?} is no Apple app id, but the number under App Information → General Information → Apple ID is one")]
    AppId(String),
    /// Polling without a pause.
    #[error("the interval between two polls must not be zero")]
    Interval,
    /// The client could not be made.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl AppStoreConnectBuilder {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self { client: Client::builder(credentials), apps: Vec::new(), poll_every: Duration::from_secs(30) }
    }

    /// Watches these apps only, by Apple's numeric ids. Left out, every app that the key shows is watched.
    pub fn apps<I: IntoIterator<Item = S>, S: Into<String>>(mut self, ids: I) -> Self {
        self.apps = ids.into_iter().map(Into::into).collect();
        self
    }

    /// The pause between two polls; 30 seconds by default. It is kept to however short it is, until less than a tenth
    /// of the key's hourly budget is left.
    pub fn poll_every(mut self, interval: Duration) -> Self {
        self.poll_every = interval;
        self
    }

    /// Another address than Apple's: `https`, or `http` to this machine.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.client = self.client.base_url(url);
        self
    }

    /// How long one request may take; 30 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.client = self.client.timeout(timeout);
        self
    }

    /// The wait before a failed request is tried again, doubled for the last try; 200 ms by default.
    pub fn retry_delay(mut self, delay: Duration) -> Self {
        self.client = self.client.retry_delay(delay);
        self
    }

    /// Where the client's time comes from, for tests.
    pub fn clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.client = self.client.clock(clock);
        self
    }

    /// The source. Nothing is asked of Apple yet.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names what is wrong.
    pub fn build(self) -> Result<AppStoreConnect, ConfigError> {
        let mut apps: Vec<String> = self.apps.iter().map(|id| id.trim().to_owned()).collect();
        if let Some(bad) =
            apps.iter().find(|id| id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        {
            return Err(ConfigError::AppId(bad.clone()));
        }
        apps.sort();
        apps.dedup();
        if self.poll_every.is_zero() {
            return Err(ConfigError::Interval);
        }
        Ok(AppStoreConnect { client: self.client.build()?, apps, poll_every: self.poll_every, icons: true.into() })
    }
}
