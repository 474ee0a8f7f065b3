//! What a source saw.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::app::{AggregateKey, AppInfo};
use super::rollout::Share;
use super::status::Status;
use super::subject::{Details, SubjectKey, SubjectKind};

/// How much an observation proves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Evidence {
    /// What users or reviewers meet.
    #[default]
    Effective,
    /// What the developer intends; it never announces a release as live.
    Declared,
}

/// What a source saw of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observation {
    /// Of what.
    pub subject: SubjectKey,
    /// Its status.
    pub status: Status,
    /// How far it is rolled out, where that applies.
    pub share: Option<Share>,
    /// What else was seen.
    pub details: Details,
    /// When it was true at the store, if the store says so (a push does, a list does not).
    pub as_of: Option<DateTime<Utc>>,
    /// When the look began.
    pub seen_at: DateTime<Utc>,
    /// How much it proves.
    pub evidence: Evidence,
    /// A status that says only that nothing has happened yet: taken silently at first sight.
    pub initial: bool,
    /// One look is not enough, whatever the step: a second, later one must agree.
    pub doubtful: bool,
    /// The subject that this one belongs to. A subject whose parent was taken as it was found is, too.
    pub parent: Option<SubjectKey>,
}

impl Observation {
    /// An effective observation without details.
    pub fn new(subject: SubjectKey, status: Status, seen_at: DateTime<Utc>) -> Self {
        Self {
            subject,
            status,
            share: None,
            details: Details::default(),
            as_of: None,
            seen_at,
            evidence: Evidence::Effective,
            initial: false,
            doubtful: false,
            parent: None,
        }
    }

    /// Adds the share of users.
    #[must_use]
    pub fn with_share(mut self, share: Share) -> Self {
        self.share = Some(share);
        self
    }

    /// Adds details.
    #[must_use]
    pub fn with_details(mut self, details: Details) -> Self {
        self.details = details;
        self
    }

    /// Says when it was true at the store.
    #[must_use]
    pub fn with_as_of(mut self, as_of: DateTime<Utc>) -> Self {
        self.as_of = Some(as_of);
        self
    }

    /// Marks the status as one that says only that nothing has happened yet.
    #[must_use]
    pub fn as_initial(mut self, initial: bool) -> Self {
        self.initial = initial;
        self
    }

    /// Asks for a second look before it is believed.
    #[must_use]
    pub fn as_doubtful(mut self) -> Self {
        self.doubtful = true;
        self
    }

    /// Names the subject that this one belongs to.
    #[must_use]
    pub fn with_parent(mut self, parent: SubjectKey) -> Self {
        self.parent = Some(parent);
        self
    }
}

/// What a look at one aggregate brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sighting {
    /// What is known of the app itself.
    pub app: AppInfo,
    /// The subjects seen, in the order in which their changes shall be told.
    pub observations: Vec<Observation>,
    /// The kinds of subject that this look covered, each with its horizon: subjects born before it were out of
    /// sight (a list that ends) and are old when they appear later. A kind's first cover is its quiet start.
    pub covered: BTreeMap<SubjectKind, Option<DateTime<Utc>>>,
}

impl Sighting {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what is known of the app.
    #[must_use]
    pub fn with_app(mut self, app: AppInfo) -> Self {
        self.app = app;
        self
    }

    /// Adds an observation.
    #[must_use]
    pub fn with(mut self, observation: Observation) -> Self {
        self.observations.push(observation);
        self
    }

    /// Declares a kind as covered in full.
    #[must_use]
    pub fn covering(mut self, kind: SubjectKind) -> Self {
        self.covered.insert(kind, None);
        self
    }
}

/// What one poll or push brought, by aggregate.
pub type Sightings = BTreeMap<AggregateKey, Sighting>;
