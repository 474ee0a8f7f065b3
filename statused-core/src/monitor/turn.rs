//! Whose turn it is to poll a source, where several monitors share a store.
//!
//! One of them holds the source's lease and polls; the others ask for it every few seconds. Each time that the holder
//! polls, it has the lease until its next poll is due and [`SILENCE`] beyond: that is one write a poll, and the others send
//! no request meanwhile. A poll that takes long renews it on the way. A holder that is stopped gives it back; one that dies
//! is replaced [`SILENCE`] after its next poll would have been due, and the few seconds until somebody asks.
//!
//! A holder may be asleep for any time at any place (a paused process, a machine whose lid is closed). What it had seen when
//! it wakes is dropped if the turn is another's by then, and what slips through between that check and the commit meets a
//! version that has moved on. If its turn ended between two polls, it first reads again what others may have written.

use std::collections::BTreeMap;
use std::future::Future;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use uuid::Uuid;

use super::Clock;
use super::calls::from_store;
use super::guard::guarded;
use super::span::Span;
use crate::model::SourceId;
use crate::store::{Lease, StateStore, StoreError};

/// How late a holder may be before another takes its place.
const SILENCE: Duration = Duration::from_secs(10);
/// How often the lease is renewed while a poll is under way.
const RENEWAL: Duration = Duration::from_millis(2500);
/// A lease that was given less than this ago is still there.
const SURE: Duration = Duration::from_secs(5);
/// How long the way back of all leases may take: who stops has to stop.
const FAREWELL: Duration = Duration::from_secs(2);

/// The turns of one monitor.
#[derive(Debug)]
pub(super) struct Turns {
    store: Arc<dyn StateStore>,
    clock: Arc<dyn Clock>,
    /// Names this monitor among others on the same store.
    holder: String,
    held: Mutex<BTreeMap<SourceId, Span>>,
}

impl Turns {
    pub(super) fn new(store: Arc<dyn StateStore>, clock: Arc<dyn Clock>) -> Self {
        let holder = holder(clock.as_ref());
        Self { store, clock, holder, held: Mutex::default() }
    }

    /// Looks, if and as long as it is this monitor's turn. `None`: it is another's, or has been since.
    ///
    /// # Errors
    ///
    /// When the store does not say whose turn it is; then nobody has looked.
    pub(super) async fn look<T>(
        &self,
        source: &SourceId,
        interval: Duration,
        look: impl Future<Output = T>,
    ) -> Result<Option<T>, StoreError> {
        let lapsed = self.held(source).is_some_and(|held| held.left(self.clock.now()).is_zero());
        if !self.ask(source, interval).await? || lapsed {
            return Ok(None);
        }
        let seen = tokio::select! {
            biased;
            seen = look => seen,
            () = self.lost(source, interval) => return Ok(None),
        };
        // A store that does not answer now is asked to commit next, and compares versions.
        let ours = self.is_sure(source) || !matches!(self.ask(source, interval).await, Ok(false));
        Ok(ours.then_some(seen))
    }

    /// Keeps the turn until the next poll is due, where that is later than usual: a store that throttles wants to be left
    /// alone by all of them.
    pub(super) async fn keep(&self, source: &SourceId, due: DateTime<Utc>) {
        if self.held(source).is_some_and(|held| held.until() < due + SURE) {
            // Without an answer it ends earlier, and another may look a little too soon.
            drop(self.ask_until(source, due + SILENCE).await);
        }
    }

    /// Gives all turns back, so that another need not wait for their end.
    pub(super) async fn end(&self) {
        let held = std::mem::take(&mut *self.lock());
        let now = self.clock.now();
        let goodbyes = held.keys().map(|source| self.store.lease(Lease::new(name(source), &*self.holder, now, now)));
        // Without an answer they end by themselves.
        drop(guarded(FAREWELL, join_all(goodbyes)).await);
    }

    /// Forgets what was held: an earlier run has been dropped, and its leases end by themselves.
    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    /// Returns when another has taken the turn.
    async fn lost(&self, source: &SourceId, interval: Duration) {
        loop {
            sleep(RENEWAL).await;
            if matches!(self.ask(source, interval).await, Ok(false)) {
                return;
            }
        }
    }

    async fn ask(&self, source: &SourceId, interval: Duration) -> Result<bool, StoreError> {
        self.ask_until(source, self.clock.now() + interval + SILENCE).await
    }

    async fn ask_until(&self, source: &SourceId, until: DateTime<Utc>) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let (held, lease) = (Span::new(now, until), Lease::new(name(source), &*self.holder, now, until));
        let ours = from_store(self.store.lease(lease)).await?;
        if ours {
            self.lock().insert(source.clone(), held);
        } else {
            self.lock().remove(source);
        }
        Ok(ours)
    }

    fn held(&self, source: &SourceId) -> Option<Span> {
        self.lock().get(source).copied()
    }

    fn is_sure(&self, source: &SourceId) -> bool {
        self.held(source).is_some_and(|held| held.passed(self.clock.now()) < SURE)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SourceId, Span>> {
        // A map insert or remove cannot panic half-way.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(source: &SourceId) -> String {
    format!("source/{source}")
}

/// A name that no other running monitor has. Neither process nor moment need be its own: containers are started together,
/// and each begins to count at one.
fn holder(clock: &dyn Clock) -> String {
    static MONITORS: AtomicU64 = AtomicU64::new(0);
    let number = MONITORS.fetch_add(1, Ordering::Relaxed);
    let chance = RandomState::new().hash_one(number);
    let name = format!("{}/{}/{number}/{chance}", std::process::id(), clock.now().timestamp_micros());
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}

#[expect(clippy::disallowed_methods, reason = "the shell is what waits")]
async fn sleep(wait: Duration) {
    tokio::time::sleep(wait).await;
}
