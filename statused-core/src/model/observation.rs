//! What a source saw.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::app::{AggregateKey, AppInfo};
use super::letter::Letter;
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
    /// What the developer intends (Google's `edits.tracks`).
    ///
    /// It never announces a release as live, and never takes the place of what is known effectively; of a release that is
    /// known to be out it tells how far it is rolled out.
    Declared,
}

/// What an observation needs before it can be told well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Need {
    /// Nothing.
    #[default]
    Nothing,
    /// A direct look, unless the subject's version is known already.
    Identity,
    /// A direct look: it brings what the message is about.
    Look,
}

/// A change as the store's own log tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Passed {
    /// The status before, if the store says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Status>,
    /// The status after.
    pub to: Status,
    /// How far it was rolled out after, where that applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// When, on the store's clock.
    pub at: DateTime<Utc>,
}

impl Passed {
    /// A change from one status to another.
    pub fn new(from: Option<Status>, to: Status, at: DateTime<Utc>) -> Self {
        Self { from, to, share: None, at }
    }

    /// Whether it leads to this.
    pub(crate) fn arrives_at(&self, status: &Status, share: Option<Share>) -> bool {
        self.to == *status && self.share == share
    }
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
    /// The status before, if the store says so (a push does, a list does not).
    pub from: Option<Status>,
    /// When the status began at the store, if the store says so (a push does, a list does not).
    pub as_of: Option<DateTime<Utc>>,
    /// The store's own clock when it answered this look, if known (the HTTP `Date`): the status began before that. A
    /// source that also takes pushes owes it: an API may lag behind them.
    pub looked_at: Option<DateTime<Utc>>,
    /// How the store's log says that the subject came to this status, the oldest change first and this one last.
    pub trail: Vec<Passed>,
    /// When the look began.
    pub seen_at: DateTime<Utc>,
    /// How much it proves.
    pub evidence: Evidence,
    /// A status that says only that nothing has happened yet: taken silently at first sight.
    pub initial: bool,
    /// One look is not enough, whatever the step: a second, later one must agree.
    pub doubtful: bool,
    /// What it needs before it can be told well.
    pub need: Need,
    /// It is remembered and never announced.
    pub untold: bool,
    /// It tells of something that has just happened: its first sight is news, even before its kind's quiet start.
    pub news: bool,
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
            from: None,
            as_of: None,
            looked_at: None,
            trail: Vec::new(),
            seen_at,
            evidence: Evidence::Effective,
            initial: false,
            doubtful: false,
            need: Need::Nothing,
            untold: false,
            news: false,
            parent: None,
        }
    }

    /// Whether it came without a look: it names its own time, or it needs a look.
    pub(crate) fn is_push(&self) -> bool {
        self.as_of.is_some() || self.need != Need::Nothing
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

    /// Says when the status began at the store.
    #[must_use]
    pub fn with_as_of(mut self, as_of: DateTime<Utc>) -> Self {
        self.as_of = Some(as_of);
        self
    }

    /// Says what the status was before.
    #[must_use]
    pub fn with_from(mut self, from: Status) -> Self {
        self.from = Some(from);
        self
    }

    /// Says what the store's clock was when it answered.
    #[must_use]
    pub fn with_looked_at(mut self, looked_at: DateTime<Utc>) -> Self {
        self.looked_at = Some(looked_at);
        self
    }

    /// Adds how the subject came to this status.
    #[must_use]
    pub fn with_trail(mut self, trail: Vec<Passed>) -> Self {
        self.trail = trail;
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

    /// Says what it needs before it can be told well.
    #[must_use]
    pub fn needing(mut self, need: Need) -> Self {
        self.need = need;
        self
    }

    /// Asks to remember it without announcing it.
    #[must_use]
    pub fn as_untold(mut self) -> Self {
        self.untold = true;
        self
    }

    /// Marks it as something that has just happened.
    #[must_use]
    pub fn as_news(mut self) -> Self {
        self.news = true;
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
    /// What the store has told in writing. Of an app that was never looked at, it says nothing.
    pub letters: Vec<Letter>,
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

    /// Adds what the store has told in writing.
    #[must_use]
    pub fn with_letter(mut self, letter: Letter) -> Self {
        self.letters.push(letter);
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
