//! Apple's webhooks: received, verified, typed, and handed to a monitor.
//!
//! The receiver knows no web framework: it is given the app from the path, the value of `x-apple-signature` and the raw
//! body, and says what to answer. With the `axum` feature, `router` is ready to be merged into an application.
//!
//! ```
//! use statused_apple::webhooks::{Content, Webhooks};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let webhooks = Webhooks::builder().app("1234567890", ["This is my secret"]).build()?;
//! let signature = "hmacsha256=b3c4f3e86b4bbd1de3c3a6fa46c4a0b8e1a3ec6d1a1a2de2e6e18ab7b84f4e2e";
//! let refusal = webhooks.receive("1234567890", Some(signature), b"{}").unwrap_err();
//! assert_eq!(refusal.status(), 401);
//! # Ok(())
//! # }
//! ```
//!
//! # What is answered
//!
//! | status | when |
//! | --- | --- |
//! | 200 | what the push says is durable, or was before, or says nothing that is kept (a ping, an unknown type) |
//! | 400 | the signature is right and the body is not what Apple documents |
//! | 401 | no secret of the app has signed the body |
//! | 404 | no such source or app; found out in the same time as a wrong signature |
//! | 408 | the body did not arrive in time (the router) |
//! | 413 | the body is longer than allowed |
//! | 429 | more requests than allowed |
//! | 503 | the store has failed: nothing was taken in |
//!
//! Bodies are empty. Apple does not promise to send again what was not answered with a success; a source with
//! [these webhooks](crate::AppStoreConnectBuilder::webhooks) reads what was missed from Apple's own log.

mod accept;
mod builder;
mod event;
mod ledger;
mod rate;
mod received;
mod refusal;
mod replay;
#[cfg(feature = "axum")]
mod router;
pub(crate) mod sightings;
mod signature;
pub(crate) mod trust;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use statused_core::source::PushHealth;

pub use accept::Answer;
pub use builder::WebhooksBuilder;
pub use event::EventType;
pub use ledger::Unreadable;
pub use received::{Content, Received};
pub use refusal::Refusal;
#[cfg(feature = "axum")]
pub use router::router;
pub use signature::SecretError;
#[cfg(feature = "testkit")]
pub(crate) use signature::sign;

use ledger::Ledger;
use rate::Bucket;
use replay::Replays;
use signature::Keyring;
use trust::Told;

/// Receives the webhooks of some apps.
///
/// It is a handle: clones are cheap and mean the same receiver.
#[derive(Clone)]
pub struct Webhooks {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    largest_body: usize,
    clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
}

struct State {
    /// Shared, so that nobody waits while a body is verified.
    keyring: Arc<Keyring>,
    bucket: Bucket,
    replays: Replays,
    ledger: Ledger,
    told: Told,
}

impl State {
    fn new(bucket: Bucket) -> Self {
        let (replays, ledger) = (Replays::default(), Ledger::default());
        Self { keyring: Arc::default(), bucket, replays, ledger, told: Told::default() }
    }
}

impl Webhooks {
    /// A receiver for no app yet.
    pub fn builder() -> WebhooksBuilder {
        WebhooksBuilder::new()
    }

    /// Replaces the secrets of an app, from the next request on.
    ///
    /// # Errors
    ///
    /// [`SecretError`], when they are not taken. The old ones stay.
    pub fn set_secrets<S: Into<SecretString>>(
        &self,
        app: &str,
        secrets: impl IntoIterator<Item = S>,
    ) -> Result<(), SecretError> {
        Arc::make_mut(&mut self.lock().keyring).set(app, secrets.into_iter().map(Into::into).collect())
    }

    /// Receives nothing more for an app.
    pub fn remove(&self, app: &str) {
        Arc::make_mut(&mut self.lock().keyring).remove(app);
    }

    /// The apps for which it receives.
    pub fn apps(&self) -> Vec<String> {
        self.lock().keyring.apps().map(str::to_owned).collect()
    }

    /// Reads a push: the app that its path names, the value of its `x-apple-signature` header, and its body, byte for
    /// byte as it came.
    ///
    /// # Errors
    ///
    /// [`Refusal`], with the status to answer.
    pub fn receive(&self, app: &str, signature: Option<&str>, body: &[u8]) -> Result<Received, Refusal> {
        self.admit()?;
        self.read(app, signature, body)
    }

    /// Remembers that what a push said is durable: when it comes again, [`Received::repeated`] says so.
    pub fn confirm(&self, received: &Received) {
        let mut state = self.lock();
        state.replays.remember(&received.app, &received.id);
        state.told.note(received);
    }

    /// Says which of Apple's webhooks sends here for an app, as [`Registration::ensure`] tells it: the source pings it
    /// when it has been silent for long, and minds only its failed deliveries.
    ///
    /// [`Registration::ensure`]: crate::registration::Registration::ensure
    pub fn registered_as(&self, app: &str, webhook: impl Into<String>) {
        let mut state = self.lock();
        if state.keyring.knows(app) {
            state.ledger.app(app).webhook = Some(webhook.into());
        }
    }

    /// How the pushes of all apps are doing.
    pub fn health(&self) -> PushHealth {
        self.lock().ledger.sum()
    }

    /// How the pushes of one app are doing.
    pub fn health_of(&self, app: &str) -> PushHealth {
        self.lock().ledger.find(app).map(|line| line.health).unwrap_or_default()
    }

    /// The last few genuine pushes that could not be read.
    pub fn unreadable(&self) -> Vec<Unreadable> {
        self.lock().ledger.kept().cloned().collect()
    }

    /// The longest body that is taken, in bytes.
    pub fn largest_body(&self) -> usize {
        self.shared.largest_body
    }

    /// Whether one more request is taken now.
    fn admit(&self) -> Result<(), Refusal> {
        let now = self.now();
        if self.lock().bucket.take(now) {
            return Ok(());
        }
        Err(self.refuse(Refusal::TooMany))
    }

    /// Counts a request that belongs to no app.
    fn refuse(&self, refusal: Refusal) -> Refusal {
        self.lock().ledger.strangers().refused += 1;
        refusal
    }

    /// As [`receive`](Self::receive), of a request that was admitted.
    fn read(&self, app: &str, signature: Option<&str>, body: &[u8]) -> Result<Received, Refusal> {
        if body.len() > self.shared.largest_body {
            return Err(self.refuse(Refusal::TooLarge));
        }
        let keyring = Arc::clone(&self.lock().keyring);
        let genuine = keyring.verify(app, signature, body);
        if !keyring.knows(app) {
            return Err(self.refuse(Refusal::UnknownApp));
        }
        let now = self.now();
        let mut state = self.lock();
        let state = &mut *state;
        let line = state.ledger.app(app);
        if !genuine {
            line.health.refused += 1;
            line.doubted = true;
            return Err(Refusal::Signature);
        }
        let Ok(mut received) = Received::read(app, body) else {
            line.health.unreadable += 1;
            state.ledger.keep(app, now, body);
            return Err(Refusal::Unreadable);
        };
        received.repeated = state.replays.knows(app, &received.id);
        line.note(&received, now);
        Ok(received)
    }

    fn now(&self) -> DateTime<Utc> {
        (self.shared.clock)()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is complete before anything else can fail.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks").field("apps", &self.apps()).finish_non_exhaustive()
    }
}
