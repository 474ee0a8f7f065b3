//! How often a destination may be called.

use chrono::{DateTime, TimeDelta, Utc};

use crate::sink::Rate;

/// A token bucket, kept as the time at which it will be full again (GCRA).
#[derive(Debug)]
pub(super) struct Bucket {
    rate: Option<Rate>,
    full_at: Option<DateTime<Utc>>,
}

impl Bucket {
    /// A full bucket; without a rate it never empties.
    pub(super) fn new(rate: Option<Rate>) -> Self {
        Self { rate: rate.filter(|rate| rate.permits > 0), full_at: None }
    }

    /// Calls that are allowed now.
    pub(super) fn permits(&self, now: DateTime<Utc>) -> usize {
        let Some(rate) = self.rate else { return usize::MAX };
        let missing = self.full_at.map_or(TimeDelta::zero(), |full| (full - now).max(TimeDelta::zero()));
        let used = div_ceil(missing, step(rate));
        (i64::from(rate.permits) - used).max(0).try_into().unwrap_or(0)
    }

    /// When the next call is allowed, if it is not at all times.
    pub(super) fn next_permit(&self) -> Option<DateTime<Utc>> {
        let rate = self.rate?;
        let full = self.full_at?;
        Some(full - step(rate) * i32::try_from(rate.permits - 1).unwrap_or(i32::MAX))
    }

    /// Uses one call.
    pub(super) fn take(&mut self, now: DateTime<Utc>) {
        if let Some(rate) = self.rate {
            self.full_at = Some(self.full_at.map_or(now, |full| full.max(now)) + step(rate));
        }
    }
}

/// The time that one permit takes to come back; at least a microsecond.
fn step(rate: Rate) -> TimeDelta {
    let per = TimeDelta::from_std(rate.per).unwrap_or(TimeDelta::days(1));
    (per / i32::try_from(rate.permits).unwrap_or(i32::MAX)).max(TimeDelta::microseconds(1))
}

fn div_ceil(time: TimeDelta, step: TimeDelta) -> i64 {
    let (time, step) = (time.num_microseconds().unwrap_or(i64::MAX), step.num_microseconds().unwrap_or(1).max(1));
    time / step + i64::from(time % step > 0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_then_one_by_one() {
        let start = DateTime::<Utc>::UNIX_EPOCH;
        let mut bucket = Bucket::new(Some(Rate::new(3, Duration::from_secs(3))));
        for left in (0..3).rev() {
            bucket.take(start);
            assert_eq!(bucket.permits(start), left);
        }
        assert_eq!(bucket.next_permit(), Some(start + TimeDelta::seconds(1)));
        assert_eq!(bucket.permits(start + TimeDelta::milliseconds(999)), 0);
        assert_eq!(bucket.permits(start + TimeDelta::seconds(1)), 1);
        assert_eq!(bucket.permits(start + TimeDelta::seconds(30)), 3);
        assert_eq!(Bucket::new(None).permits(start), usize::MAX);
    }
}
