//! How many mails are taken.

use chrono::{DateTime, Utc};

/// A bucket of tokens that fills at a steady pace.
#[derive(Debug)]
pub(super) struct Bucket {
    per_second: f64,
    burst: f64,
    tokens: f64,
    filled: Option<DateTime<Utc>>,
}

impl Bucket {
    pub(super) fn new(per_second: u32, burst: u32) -> Self {
        let burst = f64::from(burst.max(1));
        Self { per_second: f64::from(per_second.max(1)), burst, tokens: burst, filled: None }
    }

    /// Takes a token, if there is one.
    pub(super) fn take(&mut self, now: DateTime<Utc>) -> bool {
        // A clock that is set back fills nothing.
        let passed = self.filled.and_then(|filled| (now - filled).to_std().ok()).unwrap_or_default();
        self.filled = Some(now);
        self.tokens = (self.tokens + passed.as_secs_f64() * self.per_second).min(self.burst);
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_burst_then_the_steady_pace_whatever_the_clock_does() {
        let mut bucket = Bucket::new(2, 3);
        let begin = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        let mut taken = |seconds: i64, millis: i64| {
            bucket.take(begin + TimeDelta::seconds(seconds) + TimeDelta::milliseconds(millis))
        };
        assert_eq!([taken(0, 0), taken(0, 0), taken(0, 0), taken(0, 0)], [true, true, true, false]);
        assert_eq!([taken(0, 500), taken(0, 500)], [true, false]);
        assert_eq!([taken(-60, 0), taken(-60, 600), taken(-60, 600)], [false, true, false]);
        assert_eq!([taken(60, 0), taken(60, 0), taken(60, 0), taken(60, 0)], [true, true, true, false]);
    }
}
