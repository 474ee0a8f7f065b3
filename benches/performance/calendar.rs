//! A clock that stands still until it is told to move on.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use statused::monitor::Clock;

#[derive(Debug)]
pub(crate) struct Calendar {
    start: DateTime<Utc>,
    /// Milliseconds since.
    passed: AtomicI64,
}

impl Calendar {
    pub(crate) fn new() -> Self {
        Self { start: Utc::now(), passed: AtomicI64::new(0) }
    }

    pub(crate) fn advance(&self, time: TimeDelta) {
        self.passed.fetch_add(time.num_milliseconds(), Ordering::SeqCst);
    }

    pub(crate) fn passed(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.passed.load(Ordering::SeqCst))
    }
}

impl Clock for Calendar {
    fn now(&self) -> DateTime<Utc> {
        self.start + self.passed()
    }
}
