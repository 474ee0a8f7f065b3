//! What is remembered of an app or account: the unit of consistency.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::{AppInfo, Details, Share, Status, SubjectKey, SubjectKind};

/// The version of the stored format. A newer one is refused rather than misread.
const FORMAT: u32 = 1;

/// The state of an aggregate, stored as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Aggregate {
    format: u32,
    /// When the watch began. Part of the event ids, so that a watch begun anew never reuses the ids of an earlier one.
    pub(crate) since: DateTime<Utc>,
    #[serde(default)]
    pub(crate) app: AppInfo,
    /// The kinds that have had their quiet start, each with its watermark: what was born well before is old.
    #[serde(default)]
    pub(crate) baselined: BTreeMap<SubjectKind, Option<DateTime<Utc>>>,
    #[serde(default)]
    pub(crate) subjects: BTreeMap<SubjectKey, Subject>,
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
    /// When the status began: the store's word, or else when it was seen, on this machine's clock.
    pub(crate) at: DateTime<Utc>,
    /// The latest time that the store itself has named. Clocks are never compared with each other, only this with that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) store_time: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(crate) details: Details,
    /// The statuses that it has been in before: a return to one of them may be a stale page.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) left: BTreeSet<Status>,
    /// A step that awaits its second look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) doubt: Option<Doubt>,
}

/// A step that one look has shown and that is not believed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Doubt {
    pub(crate) status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) share: Option<Share>,
    pub(crate) seen_at: DateTime<Utc>,
    /// When it was true at the store, if a push said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) as_of: Option<DateTime<Utc>>,
}

impl Subject {
    /// Whether what belongs to it can only have begun under watch, so that its first sight is news.
    pub(crate) fn bears_news(&self) -> bool {
        self.sequence > 0 && !self.found.as_ref().is_some_and(Status::may_have_children)
    }

    /// Whether its first sight itself awaits a second look: it was neither found nor announced.
    pub(crate) fn is_unproven(&self) -> bool {
        self.sequence == 0 && self.found.is_none()
    }
}

impl Aggregate {
    pub(crate) fn new(since: DateTime<Utc>) -> Self {
        Self { format: FORMAT, since, app: AppInfo::default(), baselined: BTreeMap::new(), subjects: BTreeMap::new() }
    }

    /// The subjects that await a second look.
    pub(crate) fn doubts(&self) -> impl Iterator<Item = &SubjectKey> {
        self.subjects.iter().filter(|(_, subject)| subject.doubt.is_some()).map(|(key, _)| key)
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
