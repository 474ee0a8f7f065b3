//! How often everything is looked at: always, or only now and then while pushes tell what happens.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use statused_core::model::{Observation, Sightings, Status, SubjectKey, SubjectKind};

use super::checkpoint::Unsettled;
use super::status;
use crate::webhooks::Webhooks;
use crate::webhooks::trust::Change;

/// How the source and its pushes work together.
#[derive(Clone, Debug)]
pub(super) struct Pushes {
    pub(super) webhooks: Webhooks,
    /// Between two full rounds while pushes are trusted.
    pub(super) reconcile_every: TimeDelta,
    /// Between two looks at Apple's log.
    pub(super) recover_every: TimeDelta,
    /// How long a genuine push vouches for silence.
    pub(super) trust_for: TimeDelta,
}

/// What is known since the start. Nothing of it outlives the process: a start begins with a full round.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When the last full round was that read all lists.
    full_at: Option<DateTime<Utc>>,
    /// The apps that it showed.
    pub(super) apps: BTreeSet<String>,
    /// What it showed of versions and external betas.
    statuses: BTreeMap<(String, SubjectKey), Status>,
    /// What pushes had told by then.
    told: BTreeSet<Change>,
    /// Builds under way that direct looks have met since.
    pub(super) builds: BTreeMap<String, Unsettled>,
    /// When each rollout was last looked at, while they take turns.
    pub(super) looked_at: BTreeMap<String, DateTime<Utc>>,
    /// When Apple's log was last read.
    pub(super) log_at: Option<DateTime<Utc>>,
    /// The only webhook of each app that has one.
    pub(super) only: BTreeMap<String, String>,
    /// When a ping was last asked for.
    pub(super) pinged: BTreeMap<String, DateTime<Utc>>,
}

impl Pushes {
    /// Whether the pushes of all apps are relied on.
    pub(super) fn are_trusted(&self, pace: &Pace) -> bool {
        !pace.apps.is_empty() && pace.apps.iter().all(|app| self.webhooks.is_trusted(app, self.trust_for))
    }
}

impl Pace {
    /// Whether everything is to be looked at now.
    pub(super) fn wants_all(&self, pushes: Option<&Pushes>, now: DateTime<Utc>) -> bool {
        let trusted = pushes.filter(|pushes| pushes.are_trusted(self));
        trusted.is_none_or(|pushes| is_due(self.full_at, pushes.reconcile_every, now))
    }

    /// The apps that have a version with the reviewers, as far as the last full round and the pushes since tell.
    pub(super) fn under_review(&self, webhooks: &Webhooks) -> BTreeSet<String> {
        let known = self.statuses.iter().filter(|((_, subject), _)| subject.kind == SubjectKind::Version);
        let known = known.filter(|(_, known)| status::in_review(known)).map(|((app, _), _)| app.clone());
        let told = webhooks
            .told()
            .into_iter()
            .filter(|(_, subject, told)| subject.kind == SubjectKind::Version && status::in_review(told));
        known.chain(told.map(|(app, ..)| app)).collect()
    }

    /// Learns from a full round, and doubts the pushes of an app that has changed without one.
    pub(super) fn learn(&mut self, sightings: &Sightings, pushes: Option<&Pushes>, whole: bool, now: DateTime<Utc>) {
        self.full_at = whole.then_some(now);
        let told = pushes.map(|pushes| pushes.webhooks.told()).unwrap_or_default();
        let mut statuses = BTreeMap::new();
        for (aggregate, sighting) in sightings {
            let Some(app) = aggregate.app() else { continue };
            for seen in sighting.observations.iter().filter(|seen| is_pushed(seen)) {
                let change = (app.as_str().to_owned(), seen.subject.clone(), seen.status.clone());
                let place = (change.0.clone(), change.1.clone());
                let before = self.statuses.get(&place);
                let changed = before.is_some_and(|before| *before != seen.status && is_told_by_pushes(before));
                statuses.insert(place, seen.status.clone());
                if let Some(pushes) = pushes.filter(|_| changed && !told.contains(&change)) {
                    pushes.webhooks.doubt(app.as_str());
                }
            }
        }
        // What is no longer listed is forgotten, unless a list was missing.
        if whole {
            self.statuses.clear();
        }
        self.statuses.extend(statuses);
        if let Some(pushes) = pushes {
            pushes.webhooks.forget_told(&std::mem::replace(&mut self.told, told));
        }
    }
}

/// Whether so much time has passed. A clock that was set back makes everything due.
pub(super) fn is_due(last: Option<DateTime<Utc>>, every: TimeDelta, now: DateTime<Utc>) -> bool {
    last.is_none_or(|last| last > now || now - last >= every)
}

/// Whether a push would have told of this status.
fn is_pushed(seen: &Observation) -> bool {
    let kind = matches!(seen.subject.kind, SubjectKind::Version | SubjectKind::TestFlight);
    kind && !seen.doubtful && seen.details.reason.is_none() && is_told_by_pushes(&seen.status)
}

/// Removals and pre-orders show in the older attribute alone, which no push is about.
fn is_told_by_pushes(status: &Status) -> bool {
    !matches!(status, Status::RemovedFromSale | Status::DeveloperRemovedFromSale | Status::PreOrderReadyForSale)
}

/// As the arithmetic of dates has it.
pub(super) fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
