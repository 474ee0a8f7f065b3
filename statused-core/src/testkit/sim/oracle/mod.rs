//! The promises, judged against the ground truth. One file each.

mod convergence;
mod delivery;
mod effort;
mod order;
mod truth_order;
mod write_ahead;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::truth::Truth;
use crate::engine::Aggregate;
use crate::model::{AggregateKey, SinkId, SubjectKey, SubjectKind};
use crate::store::Tables;

/// A notification that reached a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) sink: SinkId,
    pub(super) event: Uuid,
    pub(super) aggregate: AggregateKey,
    pub(super) body: String,
}

/// When things first became durable, in true time.
#[derive(Debug, Default)]
pub(super) struct FirstTimes {
    pub(super) aggregates: BTreeMap<AggregateKey, DateTime<Utc>>,
    /// The quiet start of a kind.
    pub(super) kinds: BTreeMap<(AggregateKey, SubjectKind), DateTime<Utc>>,
    pub(super) subjects: BTreeMap<(AggregateKey, SubjectKey), DateTime<Utc>>,
}

impl FirstTimes {
    pub(super) fn note(&mut self, key: &AggregateKey, state: Option<&Aggregate>, now: DateTime<Utc>) {
        self.aggregates.entry(key.clone()).or_insert(now);
        let Some(state) = state else { return };
        for kind in state.baselined.keys() {
            self.kinds.entry((key.clone(), kind.clone())).or_insert(now);
        }
        for subject in state.subjects.keys() {
            self.subjects.entry((key.clone(), subject.clone())).or_insert(now);
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
    pub(super) sinks: BTreeSet<SinkId>,
}

/// Everything that is wrong with a life.
pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    [truth_order::judge, convergence::judge, write_ahead::judge, order::judge, delivery::judge, effort::judge]
        .iter()
        .flat_map(|oracle| oracle(evidence))
        .collect()
}
