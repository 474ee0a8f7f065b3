//! What happened in a life, as far as a promise depends on it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use uuid::Uuid;

use crate::model::{
    AggregateKey, DeliveryId, DeliveryState, Event, Notification, SinkId, SubjectKey, SubjectKind, WorkflowId,
};

/// An event at a sink.
pub(super) type Place = (SinkId, Uuid);

/// Everything that the oracles need to know. Times are true times.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) first: FirstTimes,
    /// What was announced, in the order of the commits.
    pub(super) announced: Vec<Announced>,
    /// What was queued, in the order of the commits, welcomes included.
    pub(super) queued: Vec<Queued>,
    pub(super) receipts: Vec<Receipt>,
    /// Deliveries that have ended, and how.
    pub(super) settled: BTreeMap<Place, DeliveryState>,
    /// How often each may have arrived once more: it was on its way when its process died or stood still, or nobody
    /// answered.
    pub(super) excuses: BTreeMap<Place, u64>,
    /// Deliveries that were claimed, by number.
    pub(super) names: BTreeMap<DeliveryId, Place>,
    /// Sinks that were asked for something while they wanted to be left alone.
    pub(super) impatient: BTreeSet<SinkId>,
    /// What an application's own part did that its contract forbids.
    pub(super) fouls: BTreeSet<String>,
    /// Deliveries that retention has removed before their end.
    pub(super) pruned_pending: u64,
    pub(super) effort: Effort,
    /// The same when nothing was left to do.
    pub(super) at_rest: Option<Effort>,
    /// The workflows that ran when nothing was left to do, each with its sinks.
    pub(super) welcomed: BTreeMap<WorkflowId, Vec<SinkId>>,
}

/// An event that was announced.
#[derive(Clone, Debug)]
pub(super) struct Announced {
    pub(super) event: Event,
    pub(super) at: DateTime<Utc>,
    /// The sinks that it must reach, by the configuration of the process that announced it.
    pub(super) expected: BTreeSet<SinkId>,
}

/// A delivery that became durable.
#[derive(Clone, Debug)]
pub(super) struct Queued {
    pub(super) place: Place,
    pub(super) aggregate: AggregateKey,
}

/// A notification that reached a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) sink: SinkId,
    pub(super) notification: Notification,
    pub(super) at: DateTime<Utc>,
    /// Whether it had become durable before.
    pub(super) durable: bool,
    /// Whether its delivery had ended before: a try of a process that stood still.
    pub(super) ended: bool,
}

impl Receipt {
    pub(super) fn event(&self) -> Uuid {
        self.notification.event.id
    }

    pub(super) fn place(&self) -> Place {
        (self.sink.clone(), self.event())
    }
}

/// What it has cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effort {
    pub(super) writes: u64,
    pub(super) polls: u64,
    pub(super) claims: u64,
    pub(super) loads: u64,
}

impl Trace {
    /// One more arrival of each of these is no fault.
    pub(super) fn excuse(&mut self, places: impl IntoIterator<Item = Place>) {
        for place in places {
            *self.excuses.entry(place).or_default() += 1;
        }
    }

    /// Whether a delivery has become durable.
    pub(super) fn is_durable(&self, place: &Place) -> bool {
        self.queued.iter().rev().any(|queued| queued.place == *place)
    }
}

/// When things first became durable, in true time.
#[derive(Debug, Default)]
pub(super) struct FirstTimes {
    pub(super) apps: BTreeMap<AggregateKey, FirstTimesOfApp>,
}

/// The names in an aggregate's stored text: reading the rest would take most of a simulation's time.
#[derive(Deserialize)]
struct Names {
    baselined: BTreeMap<SubjectKind, IgnoredAny>,
    subjects: BTreeMap<SubjectKey, Proof>,
}

/// What tells whether a subject was found or announced, and not only named by a push that still waits.
#[derive(Deserialize)]
struct Proof {
    found: Option<IgnoredAny>,
    #[serde(default)]
    sequence: u64,
}

/// When things of one app first became durable.
#[derive(Debug, Default)]
pub(super) struct FirstTimesOfApp {
    /// The quiet start of a kind.
    pub(super) kinds: BTreeMap<SubjectKind, DateTime<Utc>>,
    /// Subjects that were found or announced.
    pub(super) subjects: BTreeMap<SubjectKey, DateTime<Utc>>,
}

impl FirstTimes {
    /// Notes what an aggregate's stored text names for the first time.
    pub(super) fn note(&mut self, key: &AggregateKey, state: &str, now: DateTime<Utc>) {
        let first = self.apps.entry(key.clone()).or_default();
        let Ok(state) = serde_json::from_str::<Names>(state) else { return };
        for kind in state.baselined.keys() {
            if !first.kinds.contains_key(kind) {
                first.kinds.insert(kind.clone(), now);
            }
        }
        for (subject, proof) in &state.subjects {
            let proven = proof.found.is_some() || proof.sequence > 0;
            if proven && !first.subjects.contains_key(subject) {
                first.subjects.insert(subject.clone(), now);
            }
        }
    }
}
