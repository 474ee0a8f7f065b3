//! What a source is made of.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::AppStoreConnect;
use super::pace::{Pushes, delta};
use crate::client::{Client, ClientBuilder, ClientError, Credentials};
use crate::webhooks::Webhooks;

/// Adjusts an [`AppStoreConnect`] source.
#[derive(Clone, Debug)]
#[must_use]
pub struct AppStoreConnectBuilder {
    client: ClientBuilder,
    apps: Vec<String>,
    poll_every: Duration,
    webhooks: Option<Webhooks>,
    reconcile_every: Duration,
    recover_every: Duration,
    trust_for: Duration,
    feedback_comments: bool,
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
        Self {
            client: Client::builder(credentials),
            apps: Vec::new(),
            poll_every: Duration::from_secs(30),
            webhooks: None,
            reconcile_every: Duration::from_secs(15 * 60),
            recover_every: Duration::from_secs(60 * 60),
            trust_for: Duration::from_secs(24 * 60 * 60),
            feedback_comments: false,
        }
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

    /// Works together with the receiver of these webhooks: what they missed is read from Apple's log, and while their
    /// pushes can be relied on, polls ask only what no push tells.
    pub fn webhooks(mut self, webhooks: Webhooks) -> Self {
        self.webhooks = Some(webhooks);
        self
    }

    /// How often everything is looked at while pushes are relied on; 15 minutes by default. Polls in between keep their
    /// pace and ask only what no push tells: phased releases and builds under way, and the account's standing.
    pub fn reconcile_every(mut self, interval: Duration) -> Self {
        self.reconcile_every = interval;
        self
    }

    /// How often Apple's log of webhooks is read, beside the first time after the start; an hour by default.
    pub fn recover_every(mut self, interval: Duration) -> Self {
        self.recover_every = interval;
        self
    }

    /// How long after a genuine push or ping silence means that nothing has happened; 24 hours by default.
    pub fn trust_for(mut self, time: Duration) -> Self {
        self.trust_for = time;
        self
    }

    /// Whether what testers have written is a part of their feedback; not by default. Their addresses never are.
    pub fn feedback_comments(mut self, wanted: bool) -> Self {
        self.feedback_comments = wanted;
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
        let pushes = self.webhooks.map(|webhooks| Pushes {
            webhooks,
            reconcile_every: delta(self.reconcile_every),
            recover_every: delta(self.recover_every),
            trust_for: delta(self.trust_for),
        });
        Ok(AppStoreConnect {
            client: self.client.build()?,
            apps,
            poll_every: self.poll_every,
            pushes,
            pace: Mutex::default(),
            feedback_comments: self.feedback_comments,
            icons: true.into(),
        })
    }
}
