//! Pushes that wait for a direct look, durably.

use chrono::{DateTime, TimeDelta, Utc};

use super::aggregate::{Doubt, Held, Subject};
use super::trail::passed;
use crate::model::Observation;

/// How long a push that is known to be true waits for what a direct look adds.
pub(super) const PATIENCE: TimeDelta = TimeDelta::seconds(10);

/// Lets a push wait. One that is `sure` is told as it is when the look does not come.
pub(super) fn hold(subject: &mut Subject, seen: &Observation, sure: bool, now: DateTime<Utc>) {
    let waiting = subject.doubt.take().and_then(|doubt| doubt.held);
    let mut held = waiting.unwrap_or_else(|| Held { untold: true, ..Held::default() });
    held.pushes.extend(passed(seen));
    held.pushes.sort_by_key(|push| push.at);
    held.details = held.details.merged(&seen.details);
    held.news |= seen.news;
    held.untold &= seen.untold;
    if sure {
        held.tell_by.get_or_insert(now + PATIENCE);
    }
    // The last one in the store's order says what it is now.
    let last = held.pushes.last();
    let (status, share) = last.map_or((&seen.status, seen.share), |push| (&push.to, push.share));
    subject.doubt = Some(Box::new(Doubt { status: status.clone(), share, seen_at: seen.seen_at, held: Some(held) }));
}

/// Whether it has waited long enough. A time that is too far away was written by a clock that has been set back.
pub(super) fn is_overdue(tell_by: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    tell_by <= now || tell_by - now > PATIENCE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_ten_seconds_and_no_longer_because_of_a_clock() {
        let now = DateTime::UNIX_EPOCH;
        let overdue = |millis| is_overdue(now + TimeDelta::milliseconds(millis), now);
        assert_eq!([-1, 0, 1, 10_000, 10_001].map(overdue), [true, true, false, false, true]);
    }
}
