//! What is remembered of an app or account: the unit of consistency.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use crate::model::{
    AppInfo, Details, Evidence, Observation, Passed, Share, Stage, Status, SubjectKey, SubjectKind, TimeInReview,
};

use super::mailbox::Letters;

/// The version of the stored format. A newer one is refused rather than misread.
const FORMAT: u32 = 1;

/// New subjects can take this long to become visible (apple.md §4.2, 4), so only what was born longer than this before
/// the quiet start's newest is old.
pub(super) const SLOW_TO_APPEAR: TimeDelta = TimeDelta::hours(1);

/// A store's machines disagree by about this much on the time, and answer with what they knew this long ago.
const STORE_SKEW: TimeDelta = TimeDelta::seconds(2);

/// More subjects of a kind are not remembered; the oldest go first.
const REMEMBERED: usize = 256;

/// The state of an aggregate, stored as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Aggregate {
    format: u32,
    /// When the watch began. Part of the event ids, so that a watch begun anew never reuses the ids of an earlier one.
    pub(crate) since: DateTime<Utc>,
    #[serde(default)]
    pub(crate) app: AppInfo,
    /// The kinds that have had their quiet start, each with its watermark: what was born well before is old.
    // There are a few of them, for which a tree's node is five times too large.
    #[serde(default)]
    pub(crate) baselined: LiteMap<SubjectKind, Option<DateTime<Utc>>>,
    #[serde(default)]
    // Boxed: a map keeps room for eleven, and most apps have few.
    pub(crate) subjects: BTreeMap<SubjectKey, Box<Subject>>,
    /// What the store has told of it in writing, as long as that counts.
    #[serde(default, skip_serializing_if = "Letters::is_empty")]
    pub(crate) letters: Letters,
}

/// What is remembered of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subject {
    pub(crate) status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) share: Option<Share>,
    /// The status that it was found in, if it was taken as it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) found: Option<Status>,
    /// How many transitions were announced.
    #[serde(default)]
    pub(crate) sequence: u64,
    /// Whether its status is only what the developer intends.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) declared: bool,
    /// Whether it has its status from a letter, and was only declared before: no look has shown it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) by_letter: bool,
    /// How many of the last events only told more of its status.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) explained: u32,
    /// When the status began: the store's word, or else when it was seen, on this machine's clock.
    pub(crate) at: DateTime<Utc>,
    /// The latest time that the store itself has named. Clocks are never compared with each other, only this with that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) store_time: Option<DateTime<Utc>>,
    /// A time on the store's clock by which the status had begun, if one is known: what is later is newer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) begun_by: Option<DateTime<Utc>>,
    /// How long it has waited so far.
    #[serde(default, skip_serializing_if = "TimeInReview::is_unknown")]
    pub(crate) time_in_review: TimeInReview,
    /// When it last entered the review queue, if that was under watch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) submitted_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(crate) details: Details,
    /// The statuses that it has been in before: a return to one of them may be a stale page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) left: Vec<Status>,
    /// A step that awaits its second look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) doubt: Option<Box<Doubt>>,
}

/// A step that one look has shown, or a push has told, and that awaits a direct look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Doubt {
    pub(crate) status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) share: Option<Share>,
    pub(crate) seen_at: DateTime<Utc>,
    /// What pushes have told, if it is they that wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) held: Option<Held>,
}

/// Pushes that wait for a direct look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    /// Those that name their time, in the store's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) pushes: Vec<Passed>,
    /// When the last one is told without the look, if it is known to be true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tell_by: Option<DateTime<Utc>>,
    /// The details that they brought.
    #[serde(default)]
    pub(crate) details: Details,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) news: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) untold: bool,
}

impl Subject {
    /// A subject at its first sight.
    pub(crate) fn met(seen: &Observation) -> Box<Self> {
        Box::new(Self {
            status: seen.status.clone(),
            share: seen.share,
            found: None,
            sequence: 0,
            declared: seen.evidence == Evidence::Declared,
            by_letter: false,
            explained: 0,
            at: seen.as_of.unwrap_or(seen.seen_at),
            store_time: seen.as_of,
            begun_by: begun_by(seen),
            time_in_review: TimeInReview::default(),
            submitted_at: None,
            details: seen.details.clone(),
            left: Vec::new(),
            doubt: None,
        })
    }

    /// Takes on the status that is seen, which began at `at`.
    pub(crate) fn enter(&mut self, seen: &Observation, at: DateTime<Utc>) {
        // When the status that it was found in began is not known.
        if self.sequence > 0 {
            self.count_stage(&seen.status, at);
        }
        let submitted = match seen.subject.kind {
            // Google has no queue: who submits is under review.
            SubjectKind::Release => seen.status == Status::InReview,
            _ => seen.status == Status::WaitingForReview,
        };
        if submitted {
            self.submitted_at = Some(at);
        }
        if self.status != seen.status && !self.is_unproven() && !self.left.contains(&self.status) {
            self.left.push(self.status.clone());
        }
        self.status = seen.status.clone();
        self.share = seen.share.or(self.share).filter(|_| seen.status.has_share());
        (self.declared, self.by_letter, self.explained) = (seen.evidence == Evidence::Declared, false, 0);
        self.at = at;
        self.store_time = self.store_time.max(seen.as_of);
        self.begun_by = begun_by(seen);
    }

    fn count_stage(&mut self, next: &Status, at: DateTime<Utc>) {
        let seconds = |from: DateTime<Utc>| u64::try_from((at - from).num_seconds()).unwrap_or(0);
        let (left, entered) = (self.status.stage(), next.stage());
        if let Some(stage) = left {
            self.time_in_review.add(stage, seconds(self.at));
        }
        let reviewed = matches!(left, Some(Stage::WaitingForReview | Stage::InReview));
        let decided = !matches!(entered, Some(Stage::WaitingForReview | Stage::InReview));
        if let (true, true, Some(submitted)) = (reviewed, decided, self.submitted_at) {
            self.time_in_review.submitted_to_decided_seconds = Some(seconds(submitted));
        }
    }

    /// Whether what belongs to it can only have begun under watch, so that its first sight is news.
    pub(crate) fn bears_news(&self) -> bool {
        self.sequence > 0 && !self.found.as_ref().is_some_and(Status::may_have_children)
    }

    /// The pushes that wait, if it is for them that it waits.
    pub(crate) fn held(&self) -> Option<&Held> {
        self.doubt.as_ref()?.held.as_ref()
    }

    /// When what waits is told as it is.
    pub(crate) fn tell_by(&self) -> Option<DateTime<Utc>> {
        self.held()?.tell_by
    }

    /// Whether its first sight itself awaits a second look: it was neither found nor announced.
    pub(crate) fn is_unproven(&self) -> bool {
        self.sequence == 0 && self.found.is_none()
    }
}

impl Aggregate {
    pub(crate) fn new(since: DateTime<Utc>) -> Self {
        Self {
            format: FORMAT,
            since,
            app: AppInfo::default(),
            baselined: LiteMap::new(),
            subjects: BTreeMap::new(),
            letters: Letters::default(),
        }
    }

    /// What is remembered of a subject.
    pub(crate) fn subject(&self, key: &SubjectKey) -> Option<&Subject> {
        self.subjects.get(key).map(Box::as_ref)
    }

    /// When the first of what waits is told as it is.
    pub(crate) fn tell_by(&self) -> Option<DateTime<Utc>> {
        self.subjects.values().filter_map(|subject| subject.tell_by()).min()
    }

    /// The subjects that await a direct look.
    pub(crate) fn doubts(&self) -> impl Iterator<Item = (&SubjectKey, &Subject)> {
        self.subjects.iter().filter(|(_, subject)| subject.doubt.is_some()).map(|(key, subject)| (key, &**subject))
    }

    /// Forgets the oldest subjects of each kind beyond what is remembered, and remembers that what is as old as they are
    /// is old.
    pub(crate) fn forget_the_oldest(&mut self) {
        if self.subjects.len() <= REMEMBERED {
            return;
        }
        let kinds: BTreeSet<_> = self.subjects.keys().map(|key| key.kind.clone()).collect();
        for kind in kinds {
            let of_kind = self.subjects.iter().filter(|(key, _)| key.kind == kind);
            let mut subjects: Vec<_> = of_kind.map(|(key, subject)| (subject.details.born_at, key.clone())).collect();
            let Some(surplus) = subjects.len().checked_sub(REMEMBERED) else { continue };
            subjects.sort_unstable();
            for (born_at, key) in subjects.drain(..surplus) {
                self.subjects.remove(&key);
                let old = born_at.and_then(|at| at.checked_add_signed(SLOW_TO_APPEAR + TimeDelta::milliseconds(1)));
                if old.is_some() {
                    let mark = self.baselined.entry(kind.clone()).or_insert(None);
                    *mark = (*mark).max(old);
                }
            }
        }
    }

    pub(crate) fn to_json(&self) -> String {
        // Maps with string keys and plain values: there is nothing that JSON cannot hold.
        serde_json::to_string(self).expect("an aggregate is valid JSON")
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    pub(crate) fn from_json(text: &str) -> Result<Self, String> {
        let aggregate: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if aggregate.format > FORMAT {
            return Err(format!("format {} is newer than this version knows ({FORMAT})", aggregate.format));
        }
        Ok(aggregate)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// The time on the store's clock by which a status that an observation shows has begun.
fn begun_by(seen: &Observation) -> Option<DateTime<Utc>> {
    seen.as_of.or_else(|| shown_by(seen))
}

/// The same of a look, whatever pushes say.
pub(super) fn shown_by(seen: &Observation) -> Option<DateTime<Utc>> {
    seen.looked_at.map(|at| at.checked_add_signed(STORE_SKEW).unwrap_or(at))
}
