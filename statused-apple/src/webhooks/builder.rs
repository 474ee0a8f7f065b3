//! What a receiver is made of.

use std::fmt;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::rate::Bucket;
use super::signature::SecretError;
use super::{Shared, State, Webhooks};

/// Adjusts a receiver of [`Webhooks`].
#[derive(Clone)]
#[must_use]
pub struct WebhooksBuilder {
    secrets: Vec<(String, Vec<SecretString>)>,
    largest_body: usize,
    rate: (u32, u32),
    clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
}

impl WebhooksBuilder {
    pub(super) fn new() -> Self {
        Self { secrets: Vec::new(), largest_body: 1024 * 1024, rate: (50, 200), clock: Arc::new(Utc::now) }
    }

    /// Receives for an app, by Apple's numeric id, whatever one of the secrets has signed. Several are given while one
    /// is replaced by another.
    pub fn app<S: Into<SecretString>>(mut self, app: impl Into<String>, secrets: impl IntoIterator<Item = S>) -> Self {
        self.secrets.push((app.into(), secrets.into_iter().map(Into::into).collect()));
        self
    }

    /// The longest body that is taken, in bytes; 1 MiB by default. Apple's have less than 2 KiB.
    pub fn largest_body(mut self, bytes: usize) -> Self {
        self.largest_body = bytes;
        self
    }

    /// How many requests are taken for all apps together, genuine or not: so many a second, and a burst of so many;
    /// 50 and 200 by default, 1 at least.
    pub fn rate(mut self, per_second: u32, burst: u32) -> Self {
        self.rate = (per_second, burst);
        self
    }

    /// Where the time comes from, for tests.
    pub fn clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The receiver.
    ///
    /// # Errors
    ///
    /// [`SecretError`] names the app whose secrets are not taken.
    pub fn build(self) -> Result<Webhooks, SecretError> {
        let mut state = State::new(Bucket::new(self.rate.0, self.rate.1));
        for (app, secrets) in self.secrets {
            Arc::make_mut(&mut state.keyring).set(&app, secrets)?;
        }
        let shared = Shared { state: Mutex::new(state), largest_body: self.largest_body, clock: self.clock };
        Ok(Webhooks { shared: Arc::new(shared) })
    }
}

impl fmt::Debug for WebhooksBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhooksBuilder")
            .field("secrets", &self.secrets)
            .field("largest_body", &self.largest_body)
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}
