//! One sink: what is on its way to it, and when it may be asked for more.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::backoff;
use super::health::SinkHealth;
use super::input::Command;
use super::mark::mark;
use super::rate::Bucket;
use crate::model::{DeliveryId, SinkId};
use crate::sink::{Outcome, SinkProfile};
use crate::store::{Claim, ClaimRequest, Settlement, SinkState};

/// A claim outlives its try by this much, so that the outcome can be written.
const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// One sink.
#[derive(Debug)]
pub(super) struct Slot {
    /// Whether it takes new deliveries; a removed sink only finishes what is on its way.
    pub(super) active: bool,
    pub(super) profile: SinkProfile,
    /// The longest wait that the profile can ask for.
    pub(super) farthest: TimeDelta,
    pub(super) state: SinkState,
    pub(super) bucket: Bucket,
    /// When to look for due deliveries next; `None`: nothing waits.
    pub(super) next_due: Option<DateTime<Utc>>,
    pub(super) claiming: bool,
    /// When the claim under way ends by itself, and how far into the future it reaches.
    pub(super) claim_until: DateTime<Utc>,
    pub(super) claim_due_by: DateTime<Utc>,
    /// Something was committed while a claim was under way, which may not have seen it.
    pub(super) woken: bool,
    /// Its state has changed since the store's record of it was asked for.
    pub(super) changed: bool,
    pub(super) flights: BTreeMap<DeliveryId, Flight>,
    /// Settlements that the store did not take, and when to offer them again.
    pub(super) unsettled: BTreeMap<DeliveryId, DateTime<Utc>>,
    pub(super) health: SinkHealth,
}

/// A delivery on its way.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) token: u64,
    pub(super) attempts: u32,
    pub(super) created_at: DateTime<Utc>,
    pub(super) event: Uuid,
    /// What came of it, once that is known.
    pub(super) settlement: Option<Settlement>,
    /// Its lease has ended once, by the clock, while it was on its way.
    pub(super) overdue: bool,
}

impl Slot {
    /// Takes a new lease on what is on its way already: the clock was set, or the store was away for longer than the
    /// lease. Returns whether that is so. A second time, nobody is left to answer: a try is shorter than a lease.
    pub(super) fn renew(&mut self, sink: &SinkId, claim: &Claim, commands: &mut VecDeque<Command>) -> bool {
        let Some(flight) = self.flights.get_mut(&claim.id) else { return false };
        flight.token = claim.token;
        self.unsettled.remove(&claim.id);
        match &mut flight.settlement {
            Some(settlement) => {
                mark!(ClaimRenewedWithItsOutcome);
                settlement.token = claim.token;
                commands.push_back(Command::Settle { sink: sink.clone(), settlement: settlement.clone() });
                true
            }
            None => {
                mark!(ClaimRenewedInFlight);
                !std::mem::replace(&mut flight.overdue, true)
            }
        }
    }

    pub(super) fn wake(&mut self, now: DateTime<Utc>) {
        self.next_due = Some(self.next_due.map_or(now, |due| due.min(now)));
        self.woken |= self.claiming;
    }

    /// How many outcomes wait for the store.
    pub(super) fn unsettled_flights(&self) -> usize {
        self.flights.values().filter(|flight| flight.settlement.is_some()).count()
    }

    /// How many calls may be begun. What only waits for the store is no call any more; but a crash would repeat it, so that there
    /// is a bound to it, and none waits where a repeat does harm.
    fn room(&self) -> usize {
        let most = self.profile.concurrency.max(1);
        let waiting = self.unsettled_flights();
        let calls = self.flights.len() - waiting;
        let spare = if self.profile.repeat_is_harmless { most } else { 0 };
        most.saturating_sub(calls + waiting.saturating_sub(spare))
    }

    /// Whether what the store kept of it is older than what is known.
    pub(super) fn is_ahead_of_its_record(&self) -> bool {
        let is_written = |settlement: &Settlement| settlement.sink.is_some();
        self.changed || self.flights.values().any(|flight| flight.settlement.as_ref().is_some_and(is_written))
    }

    /// The earliest time at which a claim can bring something.
    pub(super) fn opens_at(&self) -> Option<DateTime<Utc>> {
        let free = self.active && !self.claiming && self.state.parked.is_none() && self.room() > 0;
        let due = self.next_due.filter(|_| free)?;
        let after = [self.state.hold_until, self.bucket.next_permit()].into_iter().flatten().fold(due, DateTime::max);
        Some(after)
    }

    /// Whether a due time lies beyond any wait that this sink can have: it was written by a clock that has been set back
    /// since.
    pub(super) fn is_wrong(&self, due: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        due - now > self.farthest
    }

    pub(super) fn claim_request(&self, id: &SinkId, now: DateTime<Utc>) -> Option<ClaimRequest> {
        let due = self.next_due?;
        let wrong = self.is_wrong(due, now);
        if self.opens_at()? > now && !(wrong && self.state.hold_until.is_none_or(|until| until <= now)) {
            return None;
        }
        let limit = self.room().min(self.bucket.permits(now));
        if limit == 0 {
            return None;
        }
        let mut request = ClaimRequest::new(id.clone(), now, limit, now + self.profile.timeout + LEASE_MARGIN);
        if wrong {
            // Nothing that can be had earlier is left. A lease is another matter: it may be another process's.
            mark!(DueTimeIsWrong);
            request.due_by = due;
        }
        Some(request)
    }

    pub(super) fn offer_again(&mut self, id: &SinkId, now: DateTime<Utc>, commands: &mut VecDeque<Command>) {
        for (delivery, at) in &mut self.unsettled {
            let settlement = self.flights.get(delivery).and_then(|flight| flight.settlement.clone());
            if let Some(settlement) = settlement.filter(|_| *at <= now) {
                // Until the answer is there, it is not offered a third time.
                *at = DateTime::<Utc>::MAX_UTC;
                commands.push_back(Command::Settle { sink: id.clone(), settlement });
            }
        }
    }

    /// When a settlement is offered again.
    pub(super) fn next_offer(&self) -> Option<DateTime<Utc>> {
        self.unsettled.values().min().copied().filter(|at| *at < DateTime::<Utc>::MAX_UTC)
    }

    pub(super) fn count(&mut self, outcome: &Outcome, now: DateTime<Utc>) {
        if outcome.is_success() {
            self.health.delivered += 1;
            self.health.last_success = Some(now);
            self.health.last_error = None;
        } else {
            self.health.failed += 1;
            self.health.last_error = Some(outcome.detail.clone());
        }
    }
}

/// The longest wait that a sink can have: for a retry, for a lease, or for the next sweep.
pub(super) fn farthest(profile: &SinkProfile, sweep: Duration) -> TimeDelta {
    let lease = profile.timeout + LEASE_MARGIN;
    let wait = backoff::longest(&profile.retry).max(lease).max(sweep);
    TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX)
}
