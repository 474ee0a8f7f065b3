//! The API client: keys, tokens, edits, retries and errors.

mod answers;
mod base_url;
mod body;
mod builder;
mod calls;
mod error;
mod exchange;
mod health;
mod key;
mod token;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;

pub use answers::{AppFound, Artifact, Lifecycle, ReleaseSummary, Track, TrackList, TrackRelease};
pub use base_url::BaseUrlError;
pub use builder::{ClientBuilder, ClientError};
pub use calls::EditView;
pub use error::{ApiError, ApiErrorKind};
pub use health::{Failure, Health};
pub use key::{KeyError, ServiceAccount};

use token::TokenSource;

/// Talks to Google Play with one service account. It changes nothing at the store.
///
/// Cheap to clone; the clones share the token, the health, and the turns at edits.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    sent: Arc<AtomicU32>,
}

struct Shared {
    http: reqwest::Client,
    publisher: Url,
    reporting: Url,
    tokens: TokenSource,
    /// An account has one edit for each app: two at once would end each other.
    edits: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
    health: Mutex<Health>,
    retry_delay: Duration,
}

impl Client {
    /// A client for Google's APIs, to be adjusted.
    pub fn builder(account: ServiceAccount) -> ClientBuilder {
        ClientBuilder::new(account)
    }

    /// How the APIs are doing.
    pub fn health(&self) -> Health {
        lock(&self.shared.health).clone()
    }

    /// The service account that it works with.
    pub fn account(&self) -> &ServiceAccount {
        self.shared.tokens.account()
    }

    /// Now, by the clock that the tokens are made by.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.shared.tokens.now()
    }

    /// The same client with a count of its own.
    pub(crate) fn counted(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), sent: Arc::default() }
    }

    /// Requests that this client sent, repeats and tokens counted.
    pub(crate) fn sent(&self) -> u32 {
        self.sent.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("publisher", &self.shared.publisher.as_str())
            .field("reporting", &self.shared.reporting.as_str())
            .field("tokens", &self.shared.tokens)
            .finish_non_exhaustive()
    }
}

/// What is behind these locks is replaced whole, so that a panic elsewhere leaves nothing half-done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
