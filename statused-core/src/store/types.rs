//! Arguments and results of a store.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::{
    AggregateKey, Attempt, DeliveryId, DeliveryState, Event, NewDelivery, Notification, SinkId, SourceId,
};
use crate::source::Checkpoint;

/// An aggregate as it is stored. The state is opaque to the store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredAggregate {
    /// Which one.
    pub key: AggregateKey,
    /// Grows by one with each write; 1 is the first.
    pub version: u64,
    /// The state, in the engine's own format (JSON text).
    pub state: String,
}

impl StoredAggregate {
    /// An aggregate at a version.
    pub fn new(key: AggregateKey, version: u64, state: String) -> Self {
        Self { key, version, state }
    }
}

/// One aggregate of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AggregateWrite {
    /// Which one.
    pub key: AggregateKey,
    /// The version that it must have now; 0: it must not exist.
    pub expected: u64,
    /// The new state. Its version becomes `expected + 1`.
    pub state: String,
}

impl AggregateWrite {
    /// A write on top of a version.
    pub fn new(key: AggregateKey, expected: u64, state: String) -> Self {
        Self { key, expected, state }
    }
}

/// What a source wants to remember, in place of what it remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckpointWrite {
    /// Whose it is.
    pub source: SourceId,
    /// The checkpoint that is there now; `None`: there is none.
    pub expected: Option<Checkpoint>,
    /// The new one.
    pub checkpoint: Checkpoint,
}

impl CheckpointWrite {
    /// A checkpoint that follows another.
    pub fn new(source: SourceId, expected: Option<Checkpoint>, checkpoint: Checkpoint) -> Self {
        Self { source, expected, checkpoint }
    }
}

/// Everything that one input causes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Commit {
    /// When it is written.
    pub at: DateTime<Utc>,
    /// The aggregates.
    pub aggregates: Vec<AggregateWrite>,
    /// What was announced, in order.
    pub history: Vec<Event>,
    /// The outbox rows, in order, due at once.
    pub deliveries: Vec<NewDelivery>,
    /// What a source wants to remember.
    pub checkpoint: Option<CheckpointWrite>,
}

impl Commit {
    /// An empty commit.
    pub fn new(at: DateTime<Utc>) -> Self {
        Self { at, ..Self::default() }
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.aggregates.is_empty() && self.history.is_empty() && self.deliveries.is_empty() && self.checkpoint.is_none()
    }
}

/// Asks for due deliveries of one sink.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimRequest {
    /// Which sink.
    pub sink: SinkId,
    /// Only what is due by then.
    pub due_by: DateTime<Utc>,
    /// At most this many.
    pub limit: usize,
    /// Now, for leases.
    pub now: DateTime<Utc>,
    /// When the claim ends by itself.
    pub lease_until: DateTime<Utc>,
}

impl ClaimRequest {
    /// Asks for what is due now.
    pub fn new(sink: SinkId, now: DateTime<Utc>, limit: usize, lease_until: DateTime<Utc>) -> Self {
        Self { sink, due_by: now, limit, now, lease_until }
    }
}

/// A delivery under a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// Which delivery.
    pub id: DeliveryId,
    /// Proves the claim when it is settled.
    pub token: u64,
    /// Tries before this one.
    pub attempts: u32,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// What to deliver.
    pub notification: Notification,
}

impl Claim {
    /// A claim of a delivery.
    pub fn new(
        id: DeliveryId,
        token: u64,
        attempts: u32,
        created_at: DateTime<Utc>,
        notification: Notification,
    ) -> Self {
        Self { id, token, attempts, created_at, notification }
    }
}

/// What a claim brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claimed {
    /// The deliveries, the earliest due first.
    pub claims: Vec<Claim>,
    /// When the sink's next lane can be claimed, of those that were not: when its head is due, or when the lease of its
    /// open claim ends if that is later. `None`: nothing waits. It may be past, when the limit was reached.
    pub next_due: Option<DateTime<Utc>>,
}

impl Claimed {
    /// Claims, and when there is more.
    pub fn new(claims: Vec<Claim>, next_due: Option<DateTime<Utc>>) -> Self {
        Self { claims, next_due }
    }
}

/// How a claim ends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettlementKind {
    /// For good: [`DeliveryState::Delivered`], [`DeliveryState::Dead`] or [`DeliveryState::Unknown`].
    Final(DeliveryState),
    /// It stays pending and is due again then; `counted` tries are added to its attempts.
    Again {
        /// When.
        due_at: DateTime<Utc>,
        /// Whether the try counts against the retries.
        counted: bool,
    },
}

/// Ends a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settlement {
    /// Which delivery.
    pub id: DeliveryId,
    /// The claim's token.
    pub token: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// How.
    pub kind: SettlementKind,
    /// The try that was made; it is added to the log.
    pub attempt: Attempt,
    /// What is to be kept of the sink from now on, if that changes.
    pub sink: Option<(SinkId, SinkState)>,
}

impl Settlement {
    /// A settlement that leaves the sink as it is.
    pub fn new(id: DeliveryId, token: u64, at: DateTime<Utc>, kind: SettlementKind, attempt: Attempt) -> Self {
        Self { id, token, at, kind, attempt, sink: None }
    }
}

/// What is kept of a sink.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SinkState {
    /// The destination asked to be left alone until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<DateTime<Utc>>,
    /// When it asked, by the same clock: who finds that in the future knows that the clock was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_at: Option<DateTime<Utc>>,
    /// The destination is dead, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked: Option<String>,
}

impl SinkState {
    /// Held until a time.
    pub fn held(until: DateTime<Utc>) -> Self {
        Self { hold_until: Some(until), ..Self::default() }
    }

    /// Parked for a reason.
    pub fn parked(reason: impl Into<String>) -> Self {
        Self { parked: Some(reason.into()), ..Self::default() }
    }
}

/// Asks for a named lease.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// Of what.
    pub name: String,
    /// Who asks: unique to a running monitor.
    pub holder: String,
    /// Now.
    pub now: DateTime<Utc>,
    /// Until when.
    pub until: DateTime<Utc>,
}

impl Lease {
    /// A lease of `name` for `holder`.
    pub fn new(name: impl Into<String>, holder: impl Into<String>, now: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        Self { name: name.into(), holder: holder.into(), now, until }
    }
}
