//! Where observations come from.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::{Account, AggregateKey, Sightings, SourceId, SubjectKey};

/// What a source wants to remember between polls, in its own format (JSON, so that people can read it).
///
/// It is stored in the same commit as what the poll brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Checkpoint(pub String);

/// What a poll is asked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PollRequest {
    /// The source's id in this monitor: the first part of the aggregate keys that it reports.
    pub source: SourceId,
    /// The time at which the poll begins.
    pub now: DateTime<Utc>,
    /// What the last committed poll wanted to remember; `None` on the first.
    pub checkpoint: Option<Checkpoint>,
    /// Subjects of which the engine wants a direct look: a list has shown a doubtful step back, or a push has told
    /// what only a look can complete.
    pub verify: Vec<(AggregateKey, SubjectKey)>,
    /// Apps of which the store has told something in writing: their news may be there already, or soon.
    pub hints: BTreeSet<AggregateKey>,
    /// How much to look at.
    pub scope: Scope,
}

/// How much of an account a poll looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// All of it, [`PollRequest::verify`] directly.
    #[default]
    Full,
    /// Nothing but [`PollRequest::verify`] and [`PollRequest::hints`]: a push waits for it.
    Named,
}

impl PollRequest {
    /// A first poll.
    pub fn new(source: SourceId, now: DateTime<Utc>) -> Self {
        Self { source, now, checkpoint: None, verify: Vec::new(), hints: BTreeSet::new(), scope: Scope::Full }
    }
}

/// What a poll brought.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PollReport {
    /// What was seen.
    pub sightings: Sightings,
    /// What to remember. `None` or an equal one: nothing to write.
    pub checkpoint: Option<Checkpoint>,
    /// When to come back, if later than the usual interval (a budget that runs low).
    pub come_back: Option<Duration>,
    /// Parts that failed while the rest went well, for `health()`: a page, a kind, an app.
    pub troubles: Vec<SourceError>,
    /// Requests that the poll made.
    pub requests: u32,
}

/// How what a source depends on is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Vitals {
    /// The store's API, once it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<ApiHealth>,
    /// The store's pushes, if the source takes any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<PushHealth>,
}

impl Vitals {
    /// Nothing known.
    pub fn new() -> Self {
        Self::default()
    }
}

/// How a source's pushes are doing, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PushHealth {
    /// Pushes that were proved and taken in.
    pub received: u64,
    /// Requests that were refused: no signature or a wrong one, too large, too many.
    pub refused: u64,
    /// Pushes that were proved and could not be read.
    pub unreadable: u64,
    /// Pushes of a type that this version does not know.
    pub unknown: u64,
    /// Pushes that had come before.
    pub repeated: u64,
    /// When a push was last taken in.
    pub last_push: Option<DateTime<Utc>>,
    /// When a ping last came.
    pub last_ping: Option<DateTime<Utc>>,
    /// Whether the pushes are relied on, so that polls go down to reconciliation.
    pub trusted: bool,
}

impl PushHealth {
    /// Nothing has come yet.
    pub fn new() -> Self {
        Self::default()
    }
}

/// How a store's API is doing, seen from here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ApiHealth {
    /// Share of failures among the recent requests, 0 to 1.
    pub error_rate: f64,
    /// Time that the recent requests took, in milliseconds.
    pub latency_ms: f64,
    /// Requests that the key has left in this hour, if the store says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_left: Option<u32>,
}

impl ApiHealth {
    /// Averages over the recent requests.
    pub fn new(error_rate: f64, latency_ms: f64) -> Self {
        Self { error_rate, latency_ms, budget_left: None }
    }
}

impl PollReport {
    /// Nothing seen.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Why a source could not look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SourceErrorKind {
    /// Will pass: the network, a server's bad minute.
    Transient,
    /// The store asks to wait.
    Throttled,
    /// The credentials are refused, or their role does not suffice.
    Credentials,
    /// An agreement waits for the account holder; nothing else can be read.
    Agreement,
    /// The answer makes no sense.
    BadData,
}

/// A failed poll, or a failed part of one. Never contains a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct SourceError {
    /// What kind of failure.
    pub kind: SourceErrorKind,
    /// What happened, where, and what to do about it.
    pub message: String,
    /// The earliest time to try again, if the store named one.
    pub retry_after: Option<Duration>,
}

impl SourceError {
    /// A failure in words.
    pub fn new(kind: SourceErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None }
    }

    /// Adds how long the store wants to be left alone.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// One line of a source's self-check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CheckLine {
    /// Whether it is in order.
    pub ok: bool,
    /// Whether it is in order and should be looked at all the same.
    pub warning: bool,
    /// What was checked.
    pub what: String,
    /// What came out, or what to do.
    pub hint: String,
}

impl CheckLine {
    /// A line that is in order.
    pub fn ok(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { ok: true, warning: false, what: what.into(), hint: hint.into() }
    }

    /// A line that is in order but should be looked at.
    pub fn warning(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { ok: true, warning: true, what: what.into(), hint: hint.into() }
    }

    /// A line that is not.
    pub fn bad(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { ok: false, warning: false, what: what.into(), hint: hint.into() }
    }
}

/// Watches one account.
///
/// Each method says what it promises. The kit in `testkit::conformance::source` has a check for every promise, under the
/// same id.
///
/// # Contract
///
/// * `source.always.1`: no `Debug` output, error, report, checkpoint or line of the self-check shows a secret.
///
/// # Cancellation
///
/// The future of [`poll`](Self::poll) may be dropped at any await; the next poll starts from the same checkpoint.
#[async_trait]
pub trait StatusSource: fmt::Debug + Send + Sync + 'static {
    /// The account that it watches.
    ///
    /// # Contract
    ///
    /// * `source.account.1`: it is the same whenever it is asked, also after a restart.
    fn account(&self) -> Account;

    /// How long to wait between two polls.
    ///
    /// # Contract
    ///
    /// * `source.interval.1`: it is the same whenever it is asked, and not zero.
    fn interval(&self) -> Duration;

    /// Looks at the account once.
    ///
    /// # Errors
    ///
    /// When nothing could be seen at all. The kind decides what happens next: a transient failure is retried with
    /// back-off, a throttled one when the store allows, credentials and agreements at the usual pace.
    ///
    /// # Contract
    ///
    /// * `source.poll.1`: what the store shows is told: a change at the next poll, or as soon as all that the store says of it
    ///   agrees; then the status before is not told again.
    /// * `source.poll.2`: [`Observation::seen_at`](crate::model::Observation::seen_at) lies within the poll: it is not before
    ///   [`PollRequest::now`].
    /// * `source.poll.3`: the keys of what is told begin with [`PollRequest::source`].
    /// * `source.poll.4`: a kind of subject that was read in full is named in
    ///   [`Sighting::covered`](crate::model::Sighting::covered), also if the app has none of it.
    /// * `source.poll.5`: what could not be read (a failed page, a missing include, a cut list) is left out, never guessed; its
    ///   kind is not covered, and the failure stands in [`PollReport::troubles`] beside what went well.
    /// * `source.poll.6`: of a subject in [`PollRequest::verify`] only an independent, direct look is told, or nothing.
    /// * `source.poll.7`: with [`Scope::Named`] nothing is told but the subjects in [`PollRequest::verify`] and what the apps in
    ///   [`PollRequest::hints`] show.
    /// * `source.poll.8`: when nothing can be seen it is an error of the kind that it is. An account that is blocked by an
    ///   agreement is [`SourceErrorKind::Agreement`], and nothing else is told of it.
    /// * `source.poll.9`: a wait that the store asks for is passed on in [`SourceError::retry_after`], not slept and not
    ///   shortened.
    /// * `source.poll.10`: a poll that brings no news returns the checkpoint that it was given, to the letter, or none.
    /// * `source.poll.11`: what is needed of earlier polls is in the checkpoint: a source that is made anew goes on from it.
    /// * `source.poll.12`: with a checkpoint that it cannot read it begins anew.
    /// * `source.poll.13`: a poll whose future is dropped loses nothing: the next one, from the same checkpoint, tells it.
    async fn poll(&self, request: PollRequest) -> Result<PollReport, SourceError>;

    /// How what it depends on is doing.
    ///
    /// # Contract
    ///
    /// * `source.vitals.1`: they come from memory and at once, also before the first poll: no request is made.
    fn vitals(&self) -> Vitals;

    /// Checks credentials, permissions and reachability, one line each.
    ///
    /// # Contract
    ///
    /// * `source.check.1`: if all is well there is a line at least, and every one says so.
    /// * `source.check.2`: it never fails: what is not in order is a line that is not in order.
    async fn check(&self) -> Vec<CheckLine>;
}
