//! Events on their way to sinks.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::event::Event;
use super::id::{DeliveryId, SinkId, WorkflowId};

/// What a sink is asked to deliver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notification {
    /// The event, with the workflow's words in `data.message`.
    pub event: Event,
    /// The workflow that sends it.
    pub workflow: WorkflowId,
}

impl Notification {
    /// An event as a workflow sends it.
    pub fn new(event: Event, workflow: WorkflowId) -> Self {
        Self { event, workflow }
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeliveryState {
    /// Waits for its turn, its time, or its sink.
    Pending,
    /// The sink has taken it.
    Delivered,
    /// All tries failed: a dead letter, kept until it is redelivered or retention removes it.
    Dead,
    /// It may have arrived, and a repeat would do harm: a person decides.
    Unknown,
}

impl DeliveryState {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
        }
    }

    /// The state of a stable name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Pending, Self::Delivered, Self::Dead, Self::Unknown].into_iter().find(|s| s.as_str() == name)
    }
}

/// A delivery as it is written when its event is announced.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewDelivery {
    /// Where to.
    pub sink: SinkId,
    /// What. Its event's id and the sink are unique together.
    pub notification: Notification,
}

impl NewDelivery {
    /// A delivery of `notification` to `sink`.
    pub fn new(sink: SinkId, notification: Notification) -> Self {
        Self { sink, notification }
    }
}

/// One try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attempt {
    /// When it began.
    pub at: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// What came of it: `delivered`, `accepted`, `retry`, `dead` or `ambiguous`.
    pub verdict: String,
    /// The HTTP status, if there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The rest, without secrets.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl Attempt {
    /// A try with its outcome.
    pub fn new(at: DateTime<Utc>, millis: u64, outcome: &crate::sink::Outcome) -> Self {
        Self {
            at,
            millis,
            verdict: outcome.verdict.name().to_owned(),
            status: outcome.status,
            detail: outcome.detail.clone(),
        }
    }
}

/// A delivery as it can be looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeliveryRecord {
    /// Its number.
    pub id: DeliveryId,
    /// Where to.
    pub sink: SinkId,
    /// For which workflow.
    pub workflow: WorkflowId,
    /// Which event.
    pub event_id: Uuid,
    /// The event's sentence.
    pub message: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// Tries so far since it was queued or redelivered.
    pub attempts: u32,
    /// When it is due, while it is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was settled for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<DateTime<Utc>>,
    /// The tries, the newest last.
    pub log: Vec<Attempt>,
}

impl DeliveryRecord {
    /// A pending delivery without tries. Stores fill in the rest.
    pub fn new(id: DeliveryId, new: &NewDelivery, created_at: DateTime<Utc>) -> Self {
        Self {
            id,
            sink: new.sink.clone(),
            workflow: new.notification.workflow.clone(),
            event_id: new.notification.event.id,
            message: new.notification.event.data.message.clone(),
            state: DeliveryState::Pending,
            attempts: 0,
            due_at: Some(created_at),
            created_at,
            settled_at: None,
            log: Vec::new(),
        }
    }
}
