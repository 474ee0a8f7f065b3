//! What a client is made of.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::base_url::{self, BaseUrlError};
use super::exchange::root_cause;
use super::key::ServiceAccount;
use super::token::{Clock, TokenSource};
use super::{Client, Shared};

const USER_AGENT: &str = concat!("statused-google/", env!("CARGO_PKG_VERSION"));

/// Adjusts a [`Client`].
#[derive(Clone)]
#[must_use]
pub struct ClientBuilder {
    account: ServiceAccount,
    base_url: String,
    reporting_url: String,
    timeout: Duration,
    retry_delay: Duration,
    clock: Clock,
}

impl ClientBuilder {
    pub(super) fn new(account: ServiceAccount) -> Self {
        Self {
            account,
            base_url: base_url::PUBLISHER.to_owned(),
            reporting_url: base_url::REPORTING.to_owned(),
            timeout: Duration::from_secs(30),
            retry_delay: Duration::from_millis(200),
            clock: Arc::new(Utc::now),
        }
    }

    /// Another address for the Android Developer API than Google's: `https`, or `http` to this machine.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Another address for the Developer Reporting API than Google's: `https`, or `http` to this machine.
    pub fn reporting_url(mut self, url: impl Into<String>) -> Self {
        self.reporting_url = url.into();
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
    /// When an address is not taken, or TLS cannot be set up on this machine.
    pub fn build(self) -> Result<Client, ClientError> {
        let taken = |name, url: &str| base_url::parse(url).map_err(|error| ClientError::BaseUrl { name, error });
        let publisher = taken("base URL", &self.base_url)?;
        let reporting = taken("reporting URL", &self.reporting_url)?;
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
            publisher,
            reporting,
            tokens: TokenSource::new(self.account, self.clock),
            edits: Mutex::new(BTreeMap::new()),
            health: Mutex::default(),
            retry_delay: self.retry_delay,
        };
        Ok(Client { shared: Arc::new(shared), sent: Arc::default() })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("account", &self.account)
            .field("base_url", &"[unchecked]")
            .field("reporting_url", &"[unchecked]")
            .finish_non_exhaustive()
    }
}

/// Why a client could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// An address is not taken.
    #[error("{name}: {error}")]
    BaseUrl {
        /// Which one.
        name: &'static str,
        /// Why.
        error: BaseUrlError,
    },
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up: {0}")]
    Http(String),
}
