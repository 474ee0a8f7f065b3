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
                sink: Some(SinkState::held(now + wait.min(LONGEST_HOLD))),
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
        Self { hold_until: self.hold_until.max(other.hold_until), parked: self.parked.or(other.parked) }
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
                Some(SinkState::held(NOW + TimeDelta::hours(hours))),
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
        let both = SinkState { hold_until: late.hold_until, parked: Some("gone".to_owned()) };
        assert_eq!(SinkState::parked("gone").and(late.clone()), both);
        assert_eq!(late.and(SinkState::parked("gone")), both);
    }
}
