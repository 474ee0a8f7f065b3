//! What a client is made of.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::base_url::{self, BaseUrlError};
use super::exchange::root_cause;
use super::key::Credentials;
use super::token::{Clock, TokenSource};
use super::{Client, Shared};

const USER_AGENT: &str = concat!("statused-apple/", env!("CARGO_PKG_VERSION"));

/// Adjusts a [`Client`].
#[derive(Clone)]
#[must_use]
pub struct ClientBuilder {
    credentials: Credentials,
    base_url: String,
    timeout: Duration,
    retry_delay: Duration,
    clock: Clock,
}

impl ClientBuilder {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            base_url: base_url::APPLE.to_owned(),
            timeout: Duration::from_secs(30),
            retry_delay: Duration::from_millis(200),
            clock: Arc::new(Utc::now),
        }
    }

    /// Another address than Apple's: `https`, or `http` to this machine.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// How long one request may take; 30 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The wait before a failed request is tried again, doubled for the last try; 200 ms by default.
    pub fn retry_delay(mut self, delay: Duration) -> Self {
        self.retry_delay = delay;
        self
    }

    /// Where the time comes from, for tests.
    pub fn clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// When the address is not taken, or TLS cannot be set up on this machine.
    pub fn build(self) -> Result<Client, ClientError> {
        let base = base_url::parse(&self.base_url)?;
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(self.timeout)
            .connect_timeout(self.timeout);
        #[cfg(fuzzing)]
        let http = crate::fuzzing::client(http);
        #[cfg(not(fuzzing))]
        let http = http.build();
        let http = http.map_err(|error| ClientError::Http(root_cause(error)))?;
        let shared = Shared {
            http,
            base,
            tokens: TokenSource::new(self.credentials, self.clock),
            rate: Mutex::default(),
            health: Mutex::default(),
            retry_delay: self.retry_delay,
        };
        Ok(Client { shared: Arc::new(shared), sent: Arc::default() })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("credentials", &self.credentials)
            .field("base_url", &"[unchecked]")
            .finish_non_exhaustive()
    }
}

/// Why a client could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The address is not taken.
    #[error(transparent)]
    BaseUrl(#[from] BaseUrlError),
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up: {0}")]
    Http(String),
}
