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
