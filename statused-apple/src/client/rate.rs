//! The hourly budget of a key.

use std::time::Duration;

use serde::Serialize;

/// The header that every response carries (`user-hour-lim:3600;user-hour-rem:3599;`).
pub(crate) const HEADER: &str = "x-rate-limit";
/// Full pace while at least one in this many requests of the hour is left.
const RESERVE: f64 = 0.1;
/// Below this part of the hour's requests, what can wait takes turns.
const THRIFT: f64 = 0.5;
/// The longest that a low budget holds polls back.
const LONGEST: Duration = Duration::from_secs(600);

/// What a key may still ask, as the last response said. The hour is a rolling one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RateLimit {
    /// Requests that an hour allows.
    pub limit: u32,
    /// Requests that are left.
    pub remaining: u32,
}

impl RateLimit {
    /// Reads the header, which may repeat and may carry other budgets beside the hourly one.
    pub(super) fn parse<'a>(values: impl Iterator<Item = &'a str>) -> Option<Self> {
        let (mut limit, mut remaining) = (None, None);
        for (key, number) in values.flat_map(|value| value.split([';', ','])).filter_map(|pair| pair.split_once(':')) {
            match key.trim() {
                "user-hour-lim" => limit = number.trim().parse().ok(),
                "user-hour-rem" => remaining = number.trim().parse().ok(),
                _ => {}
            }
        }
        Some(Self { limit: limit.filter(|&limit| limit > 0)?, remaining: remaining? })
    }

    /// How many requests a poll may make that comes so often; `None`: as many as it likes.
    pub(crate) fn allows_in(self, interval: Duration) -> Option<usize> {
        Some((interval.as_secs_f64() / self.seconds_each()?) as usize)
    }

    /// How many requests a poll may make that comes so often, if what is left has to last for an hour, a reserve aside. `None`: at
    /// least half is left, which is not saved.
    pub(crate) fn lasts_in(self, interval: Duration) -> Option<usize> {
        let left = f64::from(self.remaining) / f64::from(self.limit);
        (left < THRIFT).then(|| self.part_in((left - RESERVE).max(0.0), interval))
    }

    /// How many it may make if it comes so often all the time.
    pub(crate) fn sustains_in(self, interval: Duration) -> usize {
        self.part_in(1.0 - RESERVE, interval)
    }

    fn part_in(self, part: f64, interval: Duration) -> usize {
        (f64::from(self.limit) * part * interval.as_secs_f64() / 3600.0) as usize
    }

    /// How long to wait after a poll of so many requests; `None`: no need to.
    pub(crate) fn pause_after(self, requests: u32) -> Option<Duration> {
        let seconds = f64::from(requests) * self.seconds_each()?;
        Some(Duration::from_secs_f64(seconds.min(LONGEST.as_secs_f64())))
    }

    /// The time that a request is worth: the longer, the fewer are left. `None`: enough are left.
    fn seconds_each(self) -> Option<f64> {
        let (limit, remaining) = (f64::from(self.limit), f64::from(self.remaining));
        let reserve = RESERVE * limit;
        (remaining < reserve).then(|| 3600.0 / limit * (reserve / remaining.max(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(limit: u32, remaining: u32) -> RateLimit {
        RateLimit { limit, remaining }
    }

    #[test]
    fn the_header_is_a_list_that_may_repeat_and_grow() {
        let parse = |values: &[&str]| RateLimit::parse(values.iter().copied());
        assert_eq!(parse(&["user-hour-lim:3600;user-hour-rem:3599;"]), Some(limit(3600, 3599)));
        assert_eq!(
            parse(&["user-minute-lim:150; user-minute-rem:149;", "user-hour-lim:3500;user-hour-rem:500"]),
            Some(limit(3500, 500))
        );
        assert_eq!(parse(&["user-minute-lim:250;user-minute-rem:1;"]), None);
        assert_eq!(parse(&["user-hour-lim:0;user-hour-rem:0;"]), None);
        assert_eq!(parse(&["gibberish", ""]), None);
    }

    #[test]
    fn full_pace_until_a_tenth_is_left_then_slower_and_slower() {
        assert_eq!(limit(3600, 360).pause_after(5), None);
        assert_eq!(limit(3600, 359).pause_after(5), Some(Duration::from_secs_f64(5.0 * 360.0 / 359.0)));
        assert_eq!(limit(3600, 36).pause_after(5), Some(Duration::from_secs(50)));
        assert_eq!(limit(3600, 0).pause_after(5), Some(LONGEST));
    }

    #[test]
    fn what_is_left_is_made_to_last_once_half_is_gone() {
        let interval = Duration::from_secs(30);
        let lasts = |remaining| limit(3600, remaining).lasts_in(interval);
        assert_eq!([3600, 1800, 1799, 960, 360, 0].map(lasts), [None, None, Some(11), Some(5), Some(0), Some(0)]);
        assert_eq!(limit(3600, 0).sustains_in(interval), 27);
        assert_eq!(limit(3600, 0).sustains_in(Duration::from_millis(250)), 0);
    }

    #[test]
    fn what_is_allowed_needs_no_pause() {
        let interval = Duration::from_secs(30);
        assert_eq!(limit(3600, 360).allows_in(interval), None);
        for remaining in [0, 36, 72, 180, 359] {
            let rate = limit(3600, remaining);
            let allowed = u32::try_from(rate.allows_in(interval).unwrap()).unwrap();
            assert!(allowed == 0 || rate.pause_after(allowed) <= Some(interval), "{allowed} of {remaining}");
            assert!(rate.pause_after(allowed + 1) > Some(interval));
        }
    }
}
