//! Waits that destinations ask for.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};

/// The longest wait that a destination can ask for.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A wait of seconds as they stand in bodies. `None` if they are no length of time; more than 24 hours are 24 hours.
pub(crate) fn seconds(seconds: f64) -> Option<Duration> {
    (seconds >= 0.0).then(|| Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST))
}

/// The wait until a moment, given in milliseconds since 1970 as some headers do; none if it has passed.
pub(crate) fn until_epoch_millis(millis: i64, now: DateTime<Utc>) -> Duration {
    let wait = millis.saturating_sub(now.timestamp_millis());
    Duration::from_millis(wait.max(0).unsigned_abs()).min(LONGEST)
}

/// Reads a `Retry-After`: whole seconds, or a date in any of HTTP's three forms. `None` if it is neither.
///
/// A date that has passed is no wait at all; more than 24 hours are 24 hours.
pub(super) fn parse(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are many seconds all the same.
        let seconds = value.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(LONGEST));
    }
    let wait = parse_date(value)?.signed_duration_since(now);
    Some(wait.to_std().unwrap_or(Duration::ZERO).min(LONGEST))
}

/// RFC 9110 §5.6.7: the form in use, and the two old ones that recipients must still accept.
fn parse_date(value: &str) -> Option<DateTime<Utc>> {
    if let Ok(date) = DateTime::parse_from_rfc2822(value) {
        return Some(date.to_utc());
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(value, form).ok())
        .map(|date| date.and_utc())
}

#[cfg(test)]
mod tests {
    use statused_core::testkit::hostile::withstands;

    use super::*;

    #[test]
    fn other_forms_are_capped_too() {
        assert_eq!(seconds(64.57), Some(Duration::from_millis(64_570)));
        assert_eq!((seconds(1e300), seconds(f64::INFINITY)), (Some(LONGEST), Some(LONGEST)));
        assert_eq!((seconds(-1.0), seconds(f64::NAN)), (None, None));
        let now = DateTime::from_timestamp_millis(1_000_000).unwrap();
        assert_eq!(until_epoch_millis(1_002_500, now), Duration::from_millis(2_500));
        assert_eq!((until_epoch_millis(0, now), until_epoch_millis(i64::MAX, now)), (Duration::ZERO, LONGEST));
    }

    #[test]
    fn no_header_breaks_its_reader_or_asks_for_more_than_a_day() {
        let samples =
            ["120", "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"];
        let mut read = 0;
        withstands(&samples, &["-", "99999", "GMT", "+9999", "Feb 30", ":60", "e9"], 20_000, |value| {
            let wait = parse(&String::from_utf8_lossy(value), DateTime::UNIX_EPOCH);
            read += usize::from(wait.is_some());
            assert!(wait.is_none_or(|wait| wait <= LONGEST));
        });
        assert!(read > 1000, "{read}");
    }

    #[test]
    fn seconds_and_dates_are_read_and_capped() {
        let now = DateTime::parse_from_rfc3339("1994-11-06T08:47:37Z").unwrap().to_utc();
        for (value, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("86401", Some(86_400)),
            ("99999999999999999999999", Some(86_400)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(120)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(120)),
            ("Sun Nov  6 08:49:37 1994", Some(120)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Sun, 06 Nov 2094 08:49:37 GMT", None),
            ("Sat, 06 Nov 2094 08:49:37 GMT", Some(86_400)),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(parse(value, now), seconds.map(Duration::from_secs), "{value:?}");
        }
    }
}
