//! Deliveries: what may be claimed when, and what an outcome means.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::decide::decide;
use super::health::SinkHealth;
use super::input::Command;
use super::mark::mark;
use super::notice::Notice;
use super::rate::Bucket;
use super::slot::{Flight, Slot, farthest};
use crate::model::{Attempt, DeliveryId, DeliveryState, SinkId};
use crate::sink::{Outcome, SinkProfile};
use crate::store::{Claimed, Settlement, SettlementKind, SinkState, StoreError};

/// The wait before the store is asked again after it failed.
const STORE_PAUSE: TimeDelta = TimeDelta::seconds(1);

/// All sinks and what is on its way to them.
#[derive(Debug)]
pub(super) struct Outbox {
    /// How often to look for what another process has queued and did not live to deliver.
    sweep: Duration,
    slots: BTreeMap<SinkId, Slot>,
    /// What the store keeps of sinks that are not here, in case they come.
    absent: BTreeMap<SinkId, SinkState>,
}

impl Outbox {
    pub(super) fn new(sweep: Duration) -> Self {
        Self { sweep, slots: BTreeMap::new(), absent: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, id: SinkId, profile: SinkProfile, now: DateTime<Utc>) {
        let bucket = Bucket::new(profile.rate);
        let farthest = farthest(&profile, self.sweep);
        match self.slots.get_mut(&id) {
            Some(slot) => {
                slot.active = true;
                slot.profile = profile;
                slot.farthest = farthest;
                slot.bucket = bucket;
                slot.next_due = Some(now);
            }
            None => {
                let slot = Slot {
                    active: true,
                    profile,
                    farthest,
                    state: self.absent.remove(&id).unwrap_or_default(),
                    bucket,
                    // What an earlier run left behind is found by the first claim.
                    next_due: Some(now),
                    claiming: false,
                    claim_until: now,
                    claim_due_by: now,
                    woken: false,
                    changed: false,
                    flights: BTreeMap::new(),
                    unsettled: BTreeMap::new(),
                    health: SinkHealth::default(),
                };
                self.slots.insert(id, slot);
            }
        }
    }

    pub(super) fn remove(&mut self, id: &SinkId) {
        if let Some(slot) = self.slots.get_mut(id) {
            slot.active = false;
            self.drop_removed(id);
        }
    }

    /// Forgets a removed sink once nothing is on its way to it, but not that it is held or parked.
    fn drop_removed(&mut self, id: &SinkId) {
        if self.slots.get(id).is_some_and(|slot| !slot.active && slot.flights.is_empty()) {
            self.absent.extend(self.slots.remove(id).map(|slot| (id.clone(), slot.state)));
        }
    }

    /// What the store keeps of the sinks is being read.
    pub(super) fn records_are_read(&mut self) {
        self.slots.values_mut().for_each(|slot| slot.changed = false);
    }

    /// Takes over what the store keeps of the sinks. What has happened to one since that was read is newer.
    pub(super) fn restore(&mut self, states: &BTreeMap<SinkId, SinkState>, now: DateTime<Utc>) -> Vec<Notice> {
        let mut notices = Vec::new();
        let state = |id: &SinkId| states.get(id).cloned().unwrap_or_default().believed(now);
        for (id, slot) in self.slots.iter_mut().filter(|(_, slot)| !slot.is_ahead_of_its_record()) {
            let known = std::mem::replace(&mut slot.state, state(id));
            if known.stops(now) && !slot.state.stops(now) {
                mark!(SinkFreedElsewhere);
                slot.wake(now);
            }
            if known.parked.is_some() && slot.state.parked.is_none() {
                notices.push(Notice::SinkRevived(id.clone()));
            }
        }
        let absent = states.keys().filter(|id| !self.slots.contains_key(*id));
        self.absent = absent.map(|id| (id.clone(), state(id))).collect();
        notices
    }

    pub(super) fn revive(&mut self, id: &SinkId, now: DateTime<Utc>) -> Option<Notice> {
        self.absent.remove(id);
        let slot = self.slots.get_mut(id)?;
        let was_parked = std::mem::take(&mut slot.state).parked.is_some();
        slot.changed = true;
        slot.wake(now);
        was_parked.then(|| Notice::SinkRevived(id.clone()))
    }

    /// Something may wait for this sink.
    pub(super) fn wake(&mut self, id: &SinkId, now: DateTime<Utc>) {
        if let Some(slot) = self.slots.get_mut(id) {
            slot.wake(now);
        }
    }

    pub(super) fn wake_all(&mut self, now: DateTime<Utc>) {
        self.slots.values_mut().for_each(|slot| slot.wake(now));
    }

    /// The clock was set back by `shift`: waits that were counted on the old clock end as much earlier.
    pub(super) fn rebase(&mut self, shift: TimeDelta, now: DateTime<Utc>) {
        for slot in self.slots.values_mut() {
            slot.bucket = Bucket::new(slot.profile.rate);
            slot.claim_until -= shift;
            slot.state = slot.state.clone().earlier(shift);
            slot.unsettled.values_mut().for_each(|at| *at = now);
            slot.wake(now);
        }
    }

    /// Offers again what the store did not take.
    pub(super) fn offer_again(&mut self, now: DateTime<Utc>, commands: &mut VecDeque<Command>) {
        self.slots.iter_mut().for_each(|(id, slot)| slot.offer_again(id, now, commands));
    }

    /// Asks for what may be claimed now.
    pub(super) fn claim(&mut self, now: DateTime<Utc>, commands: &mut VecDeque<Command>) {
        for (id, slot) in &mut self.slots {
            if let Some(request) = slot.claim_request(id, now) {
                slot.claiming = true;
                (slot.claim_until, slot.claim_due_by) = (request.lease_until, request.due_by);
                commands.push_back(Command::Claim(request));
            }
        }
    }

    pub(super) fn claimed(
        &mut self,
        sink: &SinkId,
        result: Result<Claimed, StoreError>,
        now: DateTime<Utc>,
        commands: &mut VecDeque<Command>,
    ) -> Result<(), StoreError> {
        let Some(slot) = self.slots.get_mut(sink) else { return Ok(()) };
        slot.claiming = false;
        let claimed = match result {
            Ok(claimed) => claimed,
            Err(error) => {
                mark!(ClaimFailed);
                slot.woken = false;
                slot.next_due = Some(now + STORE_PAUSE);
                return Err(error);
            }
        };
        let look = now + self.sweep;
        slot.next_due = Some(if std::mem::take(&mut slot.woken) {
            now
        } else {
            // What is left although the claim reached that far is held by a lease.
            let reach = |due: DateTime<Utc>| slot.is_wrong(due, now) && due > slot.claim_due_by;
            claimed.next_due.map_or(look, |due| if reach(due) { due } else { due.min(look) })
        });
        // The answer took longer than the lease: the deliveries may be another process's by now.
        let late = now >= slot.claim_until;
        for claim in claimed.claims {
            if slot.renew(sink, &claim, commands) {
                continue;
            }
            if late {
                mark!(ClaimTooLate);
                continue;
            }
            slot.bucket.take(now);
            let flight = Flight {
                token: claim.token,
                attempts: claim.attempts,
                created_at: claim.created_at,
                event: claim.notification.event.id,
                settlement: None,
                overdue: false,
            };
            slot.flights.insert(claim.id, flight);
            let (sink, claim, timeout) = (sink.clone(), Box::new(claim), slot.profile.timeout);
            commands.push_back(Command::Deliver { sink, claim, timeout });
        }
        Ok(())
    }

    pub(super) fn delivered(
        &mut self,
        sink: &SinkId,
        delivery: DeliveryId,
        attempt: &Attempt,
        outcome: &Outcome,
        now: DateTime<Utc>,
        commands: &mut VecDeque<Command>,
    ) {
        let Some(slot) = self.slots.get_mut(sink) else { return };
        slot.count(outcome, now);
        let Some(flight) = slot.flights.get_mut(&delivery) else { return };
        let decision = decide(flight, &slot.profile, outcome, now);
        let mut settlement = Settlement::new(delivery, flight.token, now, decision.kind.clone(), attempt.clone());
        if let Some(state) = decision.sink {
            if let (None, Some(why)) = (&slot.state.parked, &state.parked) {
                mark!(SinkParked);
                commands.push_back(Command::Tell(Notice::SinkParked(sink.clone(), why.clone())));
            }
            let state = slot.state.clone().and(state);
            slot.state = state.clone();
            settlement.sink = Some((sink.clone(), state));
        }
        match decision.kind {
            SettlementKind::Final(DeliveryState::Dead) => {
                slot.health.dead += 1;
                commands.push_back(Command::Tell(Notice::DeliveryDead(sink.clone(), delivery, outcome.detail.clone())));
            }
            SettlementKind::Final(DeliveryState::Unknown) => commands
                .push_back(Command::Tell(Notice::DeliveryUnknown(sink.clone(), delivery, outcome.detail.clone()))),
            _ => {}
        }
        flight.settlement = Some(settlement.clone());
        commands.push_back(Command::Settle { sink: sink.clone(), settlement });
    }

    pub(super) fn settled(
        &mut self,
        sink: &SinkId,
        delivery: DeliveryId,
        token: u64,
        result: Result<(), StoreError>,
        now: DateTime<Utc>,
        commands: &mut VecDeque<Command>,
    ) -> Result<(), StoreError> {
        let Some(slot) = self.slots.get_mut(sink) else { return Ok(()) };
        if slot.flights.get(&delivery).is_some_and(|flight| flight.token != token) {
            // It was offered twice, and the next try is on its way.
            mark!(SettlementAnsweredTwice);
            return result;
        }
        match result {
            Ok(()) => {
                let settlement = slot.flights.remove(&delivery).and_then(|flight| flight.settlement);
                slot.unsettled.remove(&delivery);
                if let Some((_, written)) = settlement.and_then(|settlement| settlement.sink) {
                    // If the sink was freed while that was on its way, what the store keeps is what counts.
                    let known = std::mem::take(&mut slot.state);
                    if let (None, Some(why)) = (&known.parked, &written.parked) {
                        commands.push_back(Command::Tell(Notice::SinkParked(sink.clone(), why.clone())));
                    }
                    slot.state = known.and(written.believed(now));
                    slot.changed = true;
                }
                // Its lane may hold more.
                slot.wake(now);
                self.drop_removed(sink);
                Ok(())
            }
            Err(error) => {
                // A settlement that was offered twice may have been taken the first time.
                if slot.flights.contains_key(&delivery) {
                    mark!(SettlementUnanswered);
                    slot.unsettled.insert(delivery, now + STORE_PAUSE);
                }
                Err(error)
            }
        }
    }

    /// When something is to be offered again, or claimed if that `may` be.
    pub(super) fn next_deadline(&self, may: bool) -> Option<DateTime<Utc>> {
        let claims = self.slots.values().filter_map(Slot::opens_at).filter(|_| may);
        claims.chain(self.slots.values().filter_map(Slot::next_offer)).min()
    }

    /// Whether the outcome of a delivery still has to be written down.
    pub(super) fn owes_settlements(&self) -> bool {
        self.slots.values().any(|slot| slot.unsettled_flights() > 0)
    }

    /// Whether nothing is on its way or can be started now.
    pub(super) fn is_idle(&self, now: DateTime<Utc>) -> bool {
        self.slots
            .values()
            .all(|slot| !slot.claiming && slot.flights.is_empty() && slot.opens_at().is_none_or(|at| at > now))
    }

    /// Whether a sink is held or parked.
    pub(super) fn any_stopped(&self, now: DateTime<Utc>) -> bool {
        self.slots.values().any(|slot| slot.state.stops(now))
    }

    pub(super) fn health(&self) -> impl Iterator<Item = (SinkId, SinkHealth)> {
        self.slots.iter().map(|(id, slot)| {
            let mut health = slot.health.clone();
            health.parked.clone_from(&slot.state.parked);
            health.held_until = slot.state.hold_until;
            health.in_flight = slot.flights.len();
            (id.clone(), health)
        })
    }
}
