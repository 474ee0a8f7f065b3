//! When to poll which source.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::health::SourceHealth;
use super::job::Asked;
use crate::model::{Account, AggregateKey};
use crate::source::{Checkpoint, PollReport, Scope, SourceError, SourceErrorKind};

/// A doubtful step that a list has shown is looked at again this soon, if the usual interval is longer.
const SECOND_LOOK: Duration = Duration::from_secs(2);
/// A source that fails is polled at least this often (or at its interval, if that is longer).
const SLOWEST: Duration = Duration::from_secs(300);
/// The wait for the next look after the store has failed, unless the interval is shorter.
const STORE_LOOK: Duration = Duration::from_secs(30);
/// So long after it was asked for or looked for, a checkpoint is taken for the last one. It is longer than any answer of the store
/// takes.
const LAST: TimeDelta = TimeDelta::seconds(40);
/// The wait when a store throttles without saying for how long.
const THROTTLED: Duration = Duration::from_secs(60);

/// One source.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) account: Account,
    pub(super) interval: Duration,
    pub(super) checkpoint: Remembered,
    /// The one that the poll under way was given.
    pub(super) given: Option<Checkpoint>,
    pub(super) polling: bool,
    /// Poll once, whatever the clock says.
    pub(super) wanted: bool,
    pub(super) due: DateTime<Utc>,
    /// When to look at what is in doubt, if anything is.
    pub(super) look_due: Option<DateTime<Utc>>,
    /// Looks in a row that have not settled every doubt.
    looks: u32,
    /// How much the poll under way looks at, and at what directly.
    pub(super) scope: Scope,
    pub(super) asked: Asked,
    /// Apps of which the store has told something in writing, until a poll that was given them has answered.
    pub(super) hints: BTreeSet<AggregateKey>,
    pub(super) hinted: BTreeSet<AggregateKey>,
    pub(super) health: SourceHealth,
}

/// The checkpoint, as far as the store has told it.
#[derive(Debug)]
pub(super) enum Remembered {
    Unknown,
    /// Since when.
    Asked(DateTime<Utc>),
    /// And as of when.
    Known(Option<Checkpoint>, DateTime<Utc>),
}

impl Remembered {
    /// Whether it may have been written since: by another machine while this one had not the turn or stood still, or by one that
    /// looked at what it was told of. Where a source remembers nothing, nothing is written.
    pub(super) fn is_old(&self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Asked(at) | Self::Known(Some(_), at) => (now - *at).abs() >= LAST,
            Self::Unknown | Self::Known(None, _) => false,
        }
    }
}

impl Watch {
    pub(super) fn new(account: Account, interval: Duration, now: DateTime<Utc>) -> Self {
        Self {
            account,
            interval,
            checkpoint: Remembered::Unknown,
            given: None,
            polling: false,
            wanted: false,
            due: now,
            look_due: None,
            looks: 0,
            scope: Scope::Full,
            asked: Asked::new(),
            hints: BTreeSet::new(),
            hinted: BTreeSet::new(),
            health: SourceHealth::default(),
        }
    }

    /// Notes a poll that saw something. Returns whether the source has recovered, and the parts that fail anew.
    pub(super) fn succeeded(&mut self, report: &PollReport, now: DateTime<Utc>) -> (bool, Vec<SourceError>) {
        let recovered = self.health.kind.take().is_some();
        let new: Vec<_> = report
            .troubles
            .iter()
            .filter(|trouble| !self.health.troubles.contains(&trouble.message))
            .cloned()
            .collect();
        self.health.error = None;
        self.health.failures_in_a_row = 0;
        self.health.last_success = Some(now);
        self.health.troubles = report.troubles.iter().map(|trouble| trouble.message.clone()).collect();
        self.health.polls += 1;
        self.health.requests += u64::from(report.requests);
        if self.scope == Scope::Full {
            self.due = later(now, self.interval.max(report.come_back.unwrap_or_default()));
        }
        (recovered, new)
    }

    /// Whether the poll under way owes direct looks at apps.
    pub(super) fn owes_looks(&self) -> bool {
        !self.hinted.is_empty() || self.asked.keys().any(|(key, _)| key.app().is_some())
    }

    /// Notes that another monitor polls. What was owed is looked at without a turn, by direct looks alone.
    pub(super) fn left(&mut self, standby: Duration, now: DateTime<Utc>) {
        if self.owes_looks() {
            let pause = self.look_pause();
            self.look_by(later(now, pause));
        }
        self.hints.append(&mut self.hinted);
        self.asked.clear();
        self.polling = false;
        self.checkpoint = Remembered::Unknown;
        self.due = later(now, self.interval.min(standby));
    }

    /// Notes a poll that failed; `owed`: it was to look at apps directly. Returns whether that is news.
    pub(super) fn failed(&mut self, error: &SourceError, owed: bool, now: DateTime<Utc>) -> bool {
        let news = self.health.kind != Some(error.kind);
        self.health.kind = Some(error.kind);
        self.health.error = Some(error.message.clone());
        self.health.last_failure = Some(now);
        self.health.failures_in_a_row += 1;
        self.health.polls += 1;
        self.health.failed_polls += 1;
        let doubled = self.interval.saturating_mul(1 << self.health.failures_in_a_row.min(3));
        let patient = doubled.min(SLOWEST).max(self.interval);
        let wait = match error.kind {
            // Its end is news, so the pace stays.
            SourceErrorKind::Agreement => self.interval,
            SourceErrorKind::Throttled => error.retry_after.unwrap_or(THROTTLED).max(self.interval),
            _ => patient.max(error.retry_after.unwrap_or_default()),
        };
        // The store that asks to wait means every question.
        if self.scope == Scope::Full || error.kind == SourceErrorKind::Throttled {
            self.due = self.due.max(later(now, wait));
        }
        if owed {
            let pause = if self.scope == Scope::Full { wait } else { self.look_pause() };
            self.look_by(later(now, pause));
        }
        news
    }

    /// Comes back soon for a direct look at what is in doubt, and less soon each time that it has not helped.
    pub(super) fn mind_doubts(&mut self, doubtful: bool, now: DateTime<Utc>) {
        if doubtful {
            let pause = self.look_pause();
            self.look_by(later(now, pause));
        } else {
            (self.looks, self.look_due) = (0, None);
        }
    }

    /// A push that came meanwhile may want it earlier.
    fn look_by(&mut self, at: DateTime<Utc>) {
        self.look_due = Some(self.look_due.map_or(at, |due| due.min(at)));
    }

    /// A push waits for a look.
    pub(super) fn look_at_once(&mut self, now: DateTime<Utc>) {
        (self.looks, self.look_due) = (0, Some(now));
    }

    fn look_pause(&mut self) -> Duration {
        let pause = SECOND_LOOK.saturating_mul(1 << self.looks.min(10)).min(self.interval);
        self.looks += 1;
        pause
    }

    /// What is due at `now`, if anything is.
    pub(super) fn scope_due(&self, by_the_clock: bool, now: DateTime<Utc>) -> Option<Scope> {
        if self.wanted || (by_the_clock && self.due <= now) {
            Some(Scope::Full)
        } else if by_the_clock && self.look_due.is_some_and(|at| at <= now) {
            Some(Scope::Named)
        } else {
            None
        }
    }

    /// When something is due by the clock.
    pub(super) fn next_due(&self) -> DateTime<Utc> {
        self.look_due.map_or(self.due, |at| at.min(self.due))
    }

    /// The clock was set back.
    pub(super) fn rebase(&mut self, shift: TimeDelta) {
        self.due -= shift;
        self.look_due = self.look_due.map(|at| at - shift);
    }

    /// What was seen could not be written: it is looked at again as soon as the store may have recovered.
    pub(super) fn mind_store(&mut self, now: DateTime<Utc>) {
        self.due = self.due.min(now + STORE_LOOK);
    }
}

/// A source, or whoever uses it, may name any wait.
fn later(now: DateTime<Utc>, wait: Duration) -> DateTime<Utc> {
    let wait = TimeDelta::from_std(wait).ok();
    wait.and_then(|wait| now.checked_add_signed(wait)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
