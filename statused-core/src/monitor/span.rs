//! How much of a lease is left.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

/// A lease that was asked for, by both clocks: the wall's may be set, and the machine's own stands still while it sleeps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    asked: Instant,
}

impl Span {
    /// From now on.
    #[expect(clippy::disallowed_methods, reason = "the shell measures how old an answer is")]
    pub(super) fn new(now: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        Self { from: now, until, asked: Instant::now() }
    }

    pub(super) fn until(&self) -> DateTime<Utc> {
        self.until
    }

    /// How long ago it was asked for, by the clock that says more.
    pub(super) fn passed(&self, now: DateTime<Utc>) -> Duration {
        self.asked.elapsed().max((now - self.from).to_std().unwrap_or_default())
    }

    /// How long it lasts from now on. Zero: it has ended.
    pub(super) fn left(&self, now: DateTime<Utc>) -> Duration {
        (self.until - self.from).to_std().unwrap_or_default().saturating_sub(self.passed(now))
    }
}
