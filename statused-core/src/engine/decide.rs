//! What an outcome means for its delivery and its sink.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::backoff;
use super::mark::mark;
use super::slot::Flight;
use crate::model::DeliveryState;
use crate::sink::{Outcome, SinkProfile, Verdict};
use crate::store::{SettlementKind, SinkState};

/// A destination cannot ask for a longer silence.
const LONGEST_HOLD: Duration = Duration::from_secs(24 * 3600);
/// A delivery that a destination puts off is given up at this age.
const OLDEST: TimeDelta = TimeDelta::days(3);
/// Machines' clocks may differ by this much.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);

pub(super) struct Decision {
    pub(super) kind: SettlementKind,
    pub(super) sink: Option<SinkState>,
}

/// What an outcome means for the delivery and its sink.
pub(super) fn decide(flight: &Flight, profile: &SinkProfile, outcome: &Outcome, now: DateTime<Utc>) -> Decision {
    let only = |kind| Decision { kind, sink: None };
    match outcome.verdict {
        Verdict::Delivered | Verdict::Accepted => only(SettlementKind::Final(DeliveryState::Delivered)),
        Verdict::RetryAfter(Some(wait)) => {
            mark!(DestinationAsksForPatience);
            if now - flight.created_at > OLDEST {
                return only(SettlementKind::Final(DeliveryState::Dead));
            }
            // The destination lives and asks for patience: that does not use up a retry, and the sink does the waiting.
            Decision {
                kind: SettlementKind::Again { due_at: now, counted: false },
                sink: Some(SinkState { held_at: Some(now), ..SinkState::held(now + wait.min(LONGEST_HOLD)) }),
            }
        }
        Verdict::Dead => Decision {
            kind: SettlementKind::Again { due_at: now, counted: false },
            sink: Some(SinkState::parked(outcome.detail.clone())),
        },
        Verdict::Ambiguous if !profile.repeat_is_harmless => only(SettlementKind::Final(DeliveryState::Unknown)),
        Verdict::RetryAfter(None) | Verdict::Ambiguous => {
            only(match backoff::wait(&profile.retry, flight.attempts + 1, flight.event) {
                Some(wait) => {
                    mark!(TriedAgain);
                    SettlementKind::Again { due_at: now + wait, counted: true }
                }
                None => {
                    mark!(GivenUp);
                    SettlementKind::Final(DeliveryState::Dead)
                }
            })
        }
    }
}

impl SinkState {
    /// The stricter of both: parked stays parked, the later hold wins.
    pub(super) fn and(self, other: Self) -> Self {
        let parked = self.parked.or(other.parked);
        let (hold_until, held_at) = (self.hold_until, self.held_at).max((other.hold_until, other.held_at));
        Self { hold_until, held_at, parked }
    }

    /// Whether nothing is to be delivered at `now`.
    pub(super) fn stops(&self, now: DateTime<Utc>) -> bool {
        self.parked.is_some() || self.hold_until.is_some_and(|until| until > now)
    }

    /// Without a hold that was written by a clock that was ahead: it would last until this clock is there, too.
    pub(super) fn believed(self, now: DateTime<Utc>) -> Self {
        let is_of_the_future = self.held_at.is_some_and(|at| at - now > CLOCK_SKEW);
        let longest = TimeDelta::from_std(LONGEST_HOLD).unwrap_or(TimeDelta::MAX) + CLOCK_SKEW;
        if is_of_the_future || self.hold_until.is_some_and(|until| until - now > longest) {
            mark!(HoldOfAWrongClock);
            return Self { hold_until: None, held_at: None, ..self };
        }
        self
    }

    /// The same on a clock that has been set back by `shift`.
    pub(super) fn earlier(self, shift: TimeDelta) -> Self {
        let earlier = |at: Option<DateTime<Utc>>| at.map(|at| at - shift);
        Self { hold_until: earlier(self.hold_until), held_at: earlier(self.held_at), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::RetryPolicy;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn after(
        age: TimeDelta,
        attempts: u32,
        profile: &SinkProfile,
        outcome: &Outcome,
    ) -> (SettlementKind, Option<SinkState>) {
        let event = uuid::Uuid::from_u128(7);
        let flight = Flight { token: 1, attempts, created_at: NOW - age, event, settlement: None, overdue: false };
        let decision = decide(&flight, profile, outcome, NOW);
        (decision.kind, decision.sink)
    }

    #[test]
    fn a_destination_may_ask_for_a_day_of_patience_at_once_and_for_three_in_all() {
        let asked = |age, hours: u64| {
            let outcome = Outcome::retry_after(Duration::from_secs(hours * 3600), "busy");
            after(age, 5, &SinkProfile::default(), &outcome)
        };
        let held = |hours| {
            (
                SettlementKind::Again { due_at: NOW, counted: false },
                Some(SinkState { held_at: Some(NOW), ..SinkState::held(NOW + TimeDelta::hours(hours)) }),
            )
        };
        assert_eq!(asked(TimeDelta::zero(), 2), held(2));
        assert_eq!(asked(TimeDelta::days(3), 25), held(24));
        let older = asked(TimeDelta::days(3) + TimeDelta::milliseconds(1), 2);
        assert_eq!(older, (SettlementKind::Final(DeliveryState::Dead), None));
    }

    #[test]
    fn retries_are_counted_and_end() {
        let retries = RetryPolicy { waits: vec![Duration::from_secs(8); 2], ..RetryPolicy::five() };
        let profile = SinkProfile::default().with_retry(retries);
        let failed = |attempts| after(TimeDelta::zero(), attempts, &profile, &Outcome::retry("503"));
        for attempts in [0, 1] {
            let (SettlementKind::Again { due_at, counted: true }, None) = failed(attempts) else { panic!("a retry") };
            assert!((NOW..=NOW + TimeDelta::seconds(8)).contains(&due_at) && due_at != NOW, "{due_at}");
        }
        assert_eq!(failed(2), (SettlementKind::Final(DeliveryState::Dead), None));
    }

    #[test]
    fn what_may_have_arrived_is_sent_again_only_where_that_does_no_harm() {
        let lost = |profile| after(TimeDelta::zero(), 0, &profile, &Outcome::ambiguous("timeout")).0;
        assert!(matches!(lost(SinkProfile::default()), SettlementKind::Again { counted: true, .. }));
        let harmful = SinkProfile::default().with_harmful_repeats();
        assert_eq!(lost(harmful), SettlementKind::Final(DeliveryState::Unknown));
    }

    #[test]
    fn the_later_hold_wins_and_parked_stays_parked() {
        let (early, late) = (SinkState::held(NOW), SinkState::held(NOW + TimeDelta::hours(1)));
        assert_eq!(early.clone().and(late.clone()), late);
        assert_eq!(late.clone().and(early), late);
        let both = SinkState { parked: Some("gone".to_owned()), ..late.clone() };
        assert_eq!(SinkState::parked("gone").and(late.clone()), both);
        assert_eq!(late.and(SinkState::parked("gone")), both);
    }

    #[test]
    fn a_hold_from_the_future_is_not_believed_and_parked_is() {
        let held = |asked, wait| SinkState { held_at: Some(NOW + asked), ..SinkState::held(NOW + asked + wait) };
        let (minute, day) = (TimeDelta::minutes(1), TimeDelta::days(1));
        for (state, is_believed) in [
            (held(TimeDelta::zero(), day), true),
            (held(TimeDelta::minutes(5), minute), true),
            (held(TimeDelta::minutes(6), minute), false),
            (SinkState::held(NOW + day), true),
            (SinkState::held(NOW + day + TimeDelta::minutes(5)), true),
            (SinkState::held(NOW + day + TimeDelta::minutes(6)), false),
        ] {
            let parked = SinkState { parked: Some("gone".to_owned()), ..state.clone() };
            let without = parked.clone().believed(NOW);
            let wanted = if is_believed { parked } else { SinkState::parked("gone") };
            assert_eq!((state.clone().believed(NOW).stops(NOW), without), (is_believed, wanted), "{state:?}");
        }
    }

    #[test]
    fn a_hold_is_over_when_its_time_has_come() {
        let held = SinkState::held(NOW);
        assert!(held.stops(NOW - TimeDelta::nanoseconds(1)));
        assert!(!held.stops(NOW));
    }

    #[test]
    fn with_a_clock_that_is_set_back_goes_all_that_a_hold_knows_of_it() {
        let hour = TimeDelta::hours(1);
        let held = |shift| SinkState { held_at: Some(NOW - shift), ..SinkState::held(NOW + hour - shift) };
        assert_eq!(held(TimeDelta::zero()).earlier(hour), held(hour));
    }
}
