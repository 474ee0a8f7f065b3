//! Times as the stores keep them: nanoseconds since 1970 in UTC.

use chrono::{DateTime, Utc};

/// Exact from 1677 to 2262; what lies outside becomes the nearest time that fits.
pub(crate) fn to_nanos(time: DateTime<Utc>) -> i64 {
    time.timestamp_nanos_opt().unwrap_or(if time.timestamp() < 0 { i64::MIN } else { i64::MAX })
}

/// The time that was stored.
pub(crate) fn from_nanos(nanos: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanoseconds_survive_and_extremes_keep_their_order() {
        let time = DateTime::from_timestamp(1_790_000_000, 123_456_789).unwrap();
        assert_eq!(from_nanos(to_nanos(time)), time);
        assert_eq!(to_nanos(DateTime::<Utc>::MIN_UTC), i64::MIN);
        assert_eq!(to_nanos(DateTime::<Utc>::MAX_UTC), i64::MAX);
    }
}
