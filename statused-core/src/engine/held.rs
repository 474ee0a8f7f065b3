//! Pushes that wait for a direct look, durably.

use chrono::{DateTime, TimeDelta, Utc};

use super::aggregate::{Doubt, Held, Subject};
use super::trail::passed;
use crate::model::Observation;

/// How long a push that is known to be true waits for what a direct look adds.
pub(super) const PATIENCE: TimeDelta = TimeDelta::seconds(10);
/// How long a letter waits that does not say which release it means: another one may be on its way through the API.
pub(super) const LONG_PATIENCE: TimeDelta = TimeDelta::minutes(15);

/// Lets a push wait. One with a `patience` is told as it is when the look does not come in that time.
pub(super) fn hold(subject: &mut Subject, seen: &Observation, patience: Option<TimeDelta>, now: DateTime<Utc>) {
    let waiting = subject.doubt.take().and_then(|doubt| doubt.held);
    let mut held = waiting.unwrap_or_else(|| Held { untold: true, ..Held::default() });
    held.pushes.extend(passed(seen));
    held.pushes.sort_by_key(|push| push.at);
    held.details = held.details.merged(&seen.details);
    held.news |= seen.news;
    held.untold &= seen.untold;
    held.tell_by = held.tell_by.into_iter().chain(patience.map(|patience| now + patience)).min();
    // The last one in the store's order says what it is now.
    let last = held.pushes.last();
    let (status, share) = last.map_or((&seen.status, seen.share), |push| (&push.to, push.share));
    subject.doubt = Some(Box::new(Doubt { status: status.clone(), share, seen_at: seen.seen_at, held: Some(held) }));
}

/// Whether it has waited long enough. A time that is too far away was written by a clock that has been set back.
pub(super) fn is_overdue(tell_by: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    tell_by <= now || tell_by - now > LONG_PATIENCE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_a_quarter_of_an_hour_and_no_longer_because_of_a_clock() {
        let now = DateTime::UNIX_EPOCH;
        let overdue = |millis| is_overdue(now + TimeDelta::milliseconds(millis), now);
        assert_eq!([-1, 0, 1, 900_000, 900_001].map(overdue), [true, true, false, false, true]);
    }
}
