//! Aggregates in memory.

use chrono::{DateTime, TimeDelta, Utc};

use super::aggregate::Aggregate;
use super::mark::mark;

/// What was read longer ago is read again.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// What memory holds of an aggregate, and when it was read or written.
#[derive(Debug)]
pub(super) struct Cached {
    pub(super) read_at: DateTime<Utc>,
    pub(super) held: Holding,
}

/// What the store held then.
#[derive(Debug)]
pub(super) enum Holding {
    Absent,
    // Boxed: there may be a hundred thousand of them, in a tree whose nodes are half empty.
    Known(u64, Box<Aggregate>),
    Unreadable,
}

impl Cached {
    /// Another process may have written since: then a look that agrees with memory may be news all the same.
    pub(super) fn is_old(&self, now: DateTime<Utc>) -> bool {
        let old = (now - self.read_at).abs() >= FRESH;
        if old {
            mark!(ReadAgain);
        }
        old
    }
}
