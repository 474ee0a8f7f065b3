//! The promises, judged against the ground truth. One file each.

mod convergence;
mod delivery;
mod effort;
mod order;
#[cfg(test)]
mod tests;
mod truth_order;
mod write_ahead;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use uuid::Uuid;

use super::truth::Truth;
use crate::model::{AggregateKey, Notification, SinkId, SubjectKey, SubjectKind};
use crate::store::Tables;

/// A notification that reached a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) sink: SinkId,
    pub(super) notification: Notification,
}

impl Receipt {
    pub(super) fn event(&self) -> Uuid {
        self.notification.event.id
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
    subjects: BTreeMap<SubjectKey, IgnoredAny>,
}

/// When things of one app first became durable.
#[derive(Debug)]
pub(super) struct FirstTimesOfApp {
    pub(super) app: DateTime<Utc>,
    /// The quiet start of a kind.
    pub(super) kinds: BTreeMap<SubjectKind, DateTime<Utc>>,
    pub(super) subjects: BTreeMap<SubjectKey, DateTime<Utc>>,
}

impl FirstTimesOfApp {
    fn new(app: DateTime<Utc>) -> Self {
        Self { app, kinds: BTreeMap::new(), subjects: BTreeMap::new() }
    }
}

impl FirstTimes {
    /// Notes what an aggregate's stored text names for the first time.
    pub(super) fn note(&mut self, key: &AggregateKey, state: &str, now: DateTime<Utc>) {
        let first = self.apps.entry(key.clone()).or_insert_with(|| FirstTimesOfApp::new(now));
        let Ok(state) = serde_json::from_str::<Names>(state) else { return };
        for kind in state.baselined.keys() {
            if !first.kinds.contains_key(kind) {
                first.kinds.insert(kind.clone(), now);
            }
        }
        for subject in state.subjects.keys() {
            if !first.subjects.contains_key(subject) {
                first.subjects.insert(subject.clone(), now);
            }
        }
    }
}

/// All that is known of a life when it is over.
pub(super) struct Evidence<'a> {
    pub(super) truth: &'a Truth,
    pub(super) tables: &'a Tables,
    pub(super) first: &'a FirstTimes,
    pub(super) announced_at: &'a BTreeMap<Uuid, DateTime<Utc>>,
    pub(super) receipts: &'a [Receipt],
    pub(super) unwritten: &'a [Uuid],
    pub(super) writes_at_rest: Option<u64>,
    /// Writes that are owed even then.
    pub(super) idle_writes: u64,
    pub(super) sinks: BTreeSet<SinkId>,
}

/// Everything that is wrong with a life.
pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    [truth_order::judge, convergence::judge, write_ahead::judge, order::judge, delivery::judge, effort::judge]
        .iter()
        .flat_map(|oracle| oracle(evidence))
        .collect()
}
