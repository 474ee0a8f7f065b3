//! When to poll which source.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::health::SourceHealth;
use crate::model::{Account, AggregateKey, SubjectKey};
use crate::source::{Checkpoint, PollReport, SourceError, SourceErrorKind};

/// A doubtful step is looked at again this soon, if the usual interval is longer.
const SECOND_LOOK: Duration = Duration::from_secs(2);
/// A source that fails is polled at least this often (or at its interval, if that is longer).
const SLOWEST: Duration = Duration::from_secs(300);
/// The wait for the next look after the store has failed, unless the interval is shorter.
const STORE_LOOK: Duration = Duration::from_secs(30);
/// The wait when a store throttles without saying for how long.
const THROTTLED: Duration = Duration::from_secs(60);

/// One source.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) account: Account,
    pub(super) interval: Duration,
    pub(super) checkpoint: Remembered,
    pub(super) polling: bool,
    /// Poll once, whatever the clock says.
    pub(super) wanted: bool,
    pub(super) due: DateTime<Utc>,
    /// Second looks in a row that have not settled every doubt.
    second_looks: u32,
    /// Of what the poll under way was asked a second look.
    pub(super) asked: BTreeSet<(AggregateKey, SubjectKey)>,
    pub(super) health: SourceHealth,
}

/// The checkpoint, as far as the store has told it.
#[derive(Debug)]
pub(super) enum Remembered {
    Unknown,
    Asked,
    Known(Option<Checkpoint>),
}

impl Watch {
    pub(super) fn new(account: Account, interval: Duration, now: DateTime<Utc>) -> Self {
        Self {
            account,
            interval,
            checkpoint: Remembered::Unknown,
            polling: false,
            wanted: false,
            due: now,
            second_looks: 0,
            asked: BTreeSet::new(),
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
        self.health.api = report.api.or(self.health.api);
        self.due = now + self.interval.max(report.come_back.unwrap_or_default());
        (recovered, new)
    }

    /// Notes a poll that failed. Returns whether that is news.
    pub(super) fn failed(&mut self, error: &SourceError, now: DateTime<Utc>) -> bool {
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
        self.due = now + wait;
        news
    }

    /// Comes back soon for a second look, and less soon each time that it has not helped.
    pub(super) fn mind_doubts(&mut self, doubtful: bool, now: DateTime<Utc>) {
        if !doubtful {
            self.second_looks = 0;
            return;
        }
        let wait = SECOND_LOOK.saturating_mul(1 << self.second_looks.min(10)).min(self.interval);
        self.second_looks += 1;
        self.due = self.due.min(now + wait);
    }

    /// What was seen could not be written: it is looked at again as soon as the store may have recovered.
    pub(super) fn mind_store(&mut self, now: DateTime<Utc>) {
        self.due = self.due.min(now + STORE_LOOK);
    }
}
