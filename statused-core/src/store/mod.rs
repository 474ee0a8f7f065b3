//! What must survive: aggregates, history, the outbox, checkpoints and leases.

mod error;
mod memory;
mod query;
mod tables;
mod types;

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::model::{AggregateKey, DeliveryId, DeliveryRecord, Event, SinkId, SourceId};
use crate::source::Checkpoint;

pub use error::{CommitError, StoreError, StoreErrorKind};
pub use memory::MemoryStore;
pub use query::{DeliveryQuery, HistoryQuery, Pruned, Retention};
pub use tables::Tables;
pub use types::{
    AggregateWrite, Claim, ClaimRequest, Claimed, Commit, Lease, Settlement, SettlementKind, SinkState, StoredAggregate,
};

/// Keeps the monitor's state.
///
/// # Contract
///
/// 1. [`commit`](Self::commit) is atomic and durable: after `Ok`, all of it survives a crash; after a conflict or a
///    failure, nothing of it is there; after [`CommitError::Unknown`] either holds.
/// 2. [`commit`](Self::commit) compares and sets: if the version of any aggregate differs from the expected one
///    (0: does not exist), it is a [`CommitError::Conflict`] that names the aggregates.
/// 3. An event and a sink are unique together: a delivery that exists already is left as it is.
/// 4. [`claim`](Self::claim) gives at most one delivery of each lane (one aggregate at one sink): the earliest that is
///    pending, and only when it is due. A lane with an open claim gives nothing until the claim is settled or its lease
///    has ended.
/// 5. [`claim`](Self::claim) gives deliveries in the order of their due time, and says when the next one can be had: when
///    it is due, or when the lease of the open claim on its lane ends.
/// 6. [`settle`](Self::settle) takes effect once and only for the claim's own token; a settlement for a claim that has
///    been lost changes nothing and is no error.
/// 7. What [`settle`](Self::settle) says of the sink (held until, parked) is kept with it and found by
///    [`sink_states`](Self::sink_states) after a restart.
/// 8. [`redeliver`](Self::redeliver) makes a settled delivery pending again, due at once, and frees its sink; the
///    event's id stays.
/// 9. [`lease`](Self::lease) gives a name to one holder at a time; the holder may renew it.
/// 10. [`history`](Self::history) and [`deliveries`](Self::deliveries) give the newest first.
/// 11. [`prune`](Self::prune) removes nothing that is pending, and no aggregate.
/// 12. Reading writes nothing durable.
///
/// # Cancellation
///
/// A future that is dropped may or may not have taken effect, as after [`CommitError::Unknown`].
#[async_trait]
pub trait StateStore: fmt::Debug + Send + Sync + 'static {
    /// The aggregates that exist, of those asked for.
    async fn load(&self, keys: &[AggregateKey]) -> Result<Vec<StoredAggregate>, StoreError>;

    /// All aggregates after `after` in the order of their text form, at most `limit`.
    async fn list(&self, after: Option<&AggregateKey>, limit: usize) -> Result<Vec<StoredAggregate>, StoreError>;

    /// What a source wants to remember.
    async fn checkpoint(&self, source: &SourceId) -> Result<Option<Checkpoint>, StoreError>;

    /// Writes everything that one input causes.
    async fn commit(&self, commit: Commit) -> Result<(), CommitError>;

    /// Takes due deliveries of one sink under a lease.
    async fn claim(&self, request: ClaimRequest) -> Result<Claimed, StoreError>;

    /// Ends a claim.
    async fn settle(&self, settlement: Settlement) -> Result<(), StoreError>;

    /// The sinks that are held or parked.
    async fn sink_states(&self) -> Result<BTreeMap<SinkId, SinkState>, StoreError>;

    /// Frees a sink that is held or parked. Returns whether it was.
    async fn revive(&self, sink: &SinkId) -> Result<bool, StoreError>;

    /// Makes a delivery pending again. Returns its sink, or `None` if there is no such delivery.
    async fn redeliver(&self, id: DeliveryId, now: DateTime<Utc>) -> Result<Option<SinkId>, StoreError>;

    /// Asks for a named lease. Returns whether the holder has it now.
    async fn lease(&self, lease: Lease) -> Result<bool, StoreError>;

    /// Announced events.
    async fn history(&self, query: HistoryQuery) -> Result<Vec<Event>, StoreError>;

    /// Deliveries with their tries.
    async fn deliveries(&self, query: DeliveryQuery) -> Result<Vec<DeliveryRecord>, StoreError>;

    /// Removes what is older than the retention allows.
    async fn prune(&self, retention: Retention) -> Result<Pruned, StoreError>;
}
