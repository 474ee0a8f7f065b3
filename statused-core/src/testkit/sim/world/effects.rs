//! What becomes of a process's commands out there, and how it hears of it.

use chrono::{DateTime, TimeDelta, Utc};

use super::World;
use super::agenda::{Happening, Run};
use super::crash::Moment;
use crate::engine::{Command, Input};
use crate::model::{EventData, SourceId};
use crate::source::{Scope, SourceError, SourceErrorKind};
use crate::store::{Commit, Lease, SettlementKind};
use crate::testkit::sim::store::{self, Fate};
use crate::testkit::sim::trace::{Announced, Queued};

/// A holder may be so late with its next poll before another takes its place.
const LEASE: TimeDelta = TimeDelta::seconds(10);

impl World {
    /// A process has ordered something: it takes a while.
    pub(super) fn begin(&mut self, run: Run, command: Command, now: DateTime<Utc>) {
        let most = match &command {
            Command::Claim(request) => {
                let patience = self.machines[run.machine].patience.get(&request.sink);
                self.trace.impatient.extend(patience.filter(|until| **until > now).map(|_| request.sink.clone()));
                20
            }
            Command::Poll { request } => {
                let slow = self.chance(self.faults.poll_slow);
                let lasts = TimeDelta::milliseconds(self.rng.i64(1..=if slow { 60_000 } else { 2_000 }));
                if request.scope == Scope::Full && !self.lease(run.machine, &request.source, lasts) {
                    let input = Box::new(Input::PollLeft { source: request.source.clone() });
                    self.after(20, Happening::Answer { run, input });
                    return;
                }
                let done = Happening::Done { run, command: Box::new(command), began: now };
                self.agenda.plan(self.now + lasts, done);
                return;
            }
            Command::Deliver { sink, claim, .. } => {
                let place = (sink.clone(), claim.notification.event.id);
                self.machines[run.machine].flying.insert(claim.id, place);
                2_000
            }
            Command::Tell(_) | Command::Answer { .. } => return,
            _ => 20,
        };
        self.after(most, Happening::Done { run, command: Box::new(command), began: now });
    }

    /// Asks for the lease of a source, until the next poll is due. Who finds its turn ended meanwhile has to read again what others
    /// may have written, as in the monitor itself.
    fn lease(&mut self, machine: usize, source: &SourceId, lasts: TimeDelta) -> bool {
        let machine = &mut self.machines[machine];
        let interval = TimeDelta::from_std(machine.config.interval).unwrap_or(LEASE);
        // Leases count by the store's own clock.
        let until = self.now + lasts.max(interval) + LEASE;
        let ours = self.tables.lease(Lease::new(format!("source/{source}"), machine.holder(), self.now, until));
        let lapsed = machine.turns.get(source).is_some_and(|end| *end <= self.now);
        if ours {
            machine.turns.insert(source.clone(), until);
        } else {
            machine.turns.remove(source);
        }
        self.totals.polls_left += u64::from(!ours || lapsed);
        ours && !lapsed
    }

    /// A command reaches its end.
    pub(super) fn done(&mut self, run: Run, command: Command, began: DateTime<Utc>) {
        let alive = self.machines[run.machine].runs(run);
        let paused = alive && self.machines[run.machine].paused;
        if !alive && (self.rng.bool() || (matches!(command, Command::Claim(_)) && !self.shared)) {
            // The process died before the call was on its way.
            return;
        }
        if paused && self.rng.bool() {
            // It stands still before the call is on its way.
            let happening = Happening::Done { run, command: Box::new(command), began };
            self.machines[run.machine].late.push(happening);
            return;
        }
        let counts = self.counts(&command) || self.is_claim_to_crash_at(&command);
        if alive && counts && self.strikes(Moment::Before) {
            self.crash(run.machine);
            return;
        }
        let Some(input) = self.effect(run, command, began) else { return };
        let counts =
            counts || matches!(&input, Input::Claimed { result: Ok(claimed), .. } if !claimed.claims.is_empty());
        if !alive {
            return;
        }
        if self.chance(self.faults.crash) || (counts && self.strikes(Moment::Unacknowledged)) {
            // It took effect, and nobody is left to hear it.
            self.crash(run.machine);
            return;
        }
        self.answer(run, input);
        if !counts {
            return;
        }
        if self.machines[run.machine].runs(run) && self.strikes(Moment::After) {
            self.crash(run.machine);
        } else {
            self.effects += 1;
        }
    }

    /// An answer reaches its process, if that is still there.
    pub(super) fn answer(&mut self, run: Run, input: Input) {
        let process = &mut self.machines[run.machine];
        if !process.runs(run) {
            return;
        }
        if process.paused {
            if let Input::Claimed { sink, result: Ok(claimed) } = &input {
                // What it begins when it goes on may outlive the claim.
                let places = claimed.claims.iter().map(|claim| (sink.clone(), claim.notification.event.id));
                self.trace.excuse(places);
            }
            process.late.push(Happening::Answer { run, input: Box::new(input) });
            return;
        }
        self.tell(run.machine, input);
    }

    /// What a command does. `None`: nobody waits for an answer.
    fn effect(&mut self, run: Run, command: Command, began: DateTime<Utc>) -> Option<Input> {
        match command {
            Command::Poll { request } if request.source == super::process::broken_source() => {
                let error = SourceError::new(SourceErrorKind::Transient, "broken");
                Some(Input::Polled { source: request.source, seen_at: request.now, result: Err(error) })
            }
            Command::Poll { request } => {
                self.trace.effort.polls += 1;
                Some(self.poll(run.machine, &request))
            }
            Command::Deliver { sink, claim, .. } => Some(self.deliver(run.machine, sink, &claim, began)),
            Command::Prune(retention) => {
                let waiting = self.tables.pending();
                self.tables.prune(retention);
                self.trace.pruned_pending += waiting - self.tables.pending();
                None
            }
            command => self.call_the_store(run, command),
        }
    }

    fn call_the_store(&mut self, run: Run, command: Command) -> Option<Input> {
        let alive = self.machines[run.machine].runs(run);
        let fate = store::fate(&command, &self.faults, &mut self.rng);
        let fate = match fate {
            _ if self.healed => Fate::Works,
            // A store with one owner takes back what nobody has heard of.
            Fate::Silent if !self.shared && matches!(command, Command::Claim(_)) => Fate::Fails,
            fate => fate,
        };
        self.totals.faults += u64::from(fate != Fate::Works);
        match &command {
            Command::Claim(_) => self.trace.effort.claims += 1,
            Command::Load { .. } | Command::LoadSinks | Command::Restore { .. } => self.trace.effort.loads += 1,
            _ => {}
        }
        // By what the machine's clock said when it asked: it may have been set since.
        let ahead = match &command {
            Command::Claim(request) if self.shared => self.now - request.now,
            _ => TimeDelta::zero(),
        };
        let (commit, settlement) = match &command {
            Command::Commit { commit, .. } => (Some(commit.clone()), None),
            Command::Settle { settlement, .. } => (None, Some(settlement.clone())),
            _ => (None, None),
        };
        let writes = self.tables.writes();
        let input = store::call(&mut self.tables, command, fate, ahead);
        if self.tables.writes() > writes {
            if let Some(commit) = commit {
                self.committed(run, commit);
            } else if let Some(settlement) = settlement {
                let place = self.trace.names.get(&settlement.id).cloned();
                if let (Some(place), SettlementKind::Final(state)) = (place, settlement.kind) {
                    self.trace.settled.insert(place, state);
                }
                if let Some((sink, state)) = settlement.sink {
                    let until = if state.parked.is_some() { Some(DateTime::<Utc>::MAX_UTC) } else { state.hold_until };
                    // Of a time that another clock has named nothing can be said.
                    let is_known = alive && self.faults.clock_jumps == 0.0;
                    let known = &mut self.machines[run.machine].patience;
                    known.extend(until.filter(|_| is_known).map(|until| (sink, until)));
                }
                self.machines[run.machine].flying.remove(&settlement.id);
            }
        }
        if let Some(Input::Claimed { sink, result: Ok(claimed) }) = &input {
            for claim in &claimed.claims {
                self.trace.names.insert(claim.id, (sink.clone(), claim.notification.event.id));
            }
        }
        input
    }

    /// Notes what became durable just now.
    fn committed(&mut self, run: Run, commit: Commit) {
        for write in &commit.aggregates {
            self.trace.first.note(&write.key, &write.state, self.now);
        }
        for event in commit.history {
            let workflows = &self.machines[run.machine].config.workflows;
            let routes = workflows.values().flat_map(|workflow| workflow.route(&event));
            let expected = routes.map(|route| route.sink).collect();
            let EventData { status_code, user_distribution, .. } = &event.data;
            let said = (status_code.clone(), user_distribution.clone().unwrap_or_default());
            self.tale(run.machine, || {
                format!("announces {} {}: {:?} {}", event.aggregate, event.subject, said.0, said.1)
            });
            self.trace.announced.push(Announced { event, at: self.now, expected });
        }
        for delivery in commit.deliveries {
            let event = delivery.notification.event;
            let queued = Queued { place: (delivery.sink, event.id), aggregate: event.aggregate };
            if !self.trace.is_durable(&queued.place) {
                self.trace.queued.push(queued);
            }
        }
    }

    /// Damages what is stored of one app.
    pub(super) fn spoil(&mut self) {
        let Some(key) = self.scene.truth().apps.last().map(|app| app.key.clone()) else { return };
        let Some(stored) = self.tables.load(std::slice::from_ref(&key)).pop() else { return };
        let mut commit = Commit::new(self.now);
        commit.aggregates.push(crate::store::AggregateWrite::new(key.clone(), stored.version, "{".to_owned()));
        if self.tables.commit(commit).is_ok() {
            self.tale_of_all(|_| format!("what is stored of {key} is damaged"));
            self.spoilt = Some(key);
        }
    }

    /// Whether somebody wants a crash before the next effect, and this claim would be that: it brings something.
    fn is_claim_to_crash_at(&self, command: &Command) -> bool {
        let Command::Claim(request) = command else { return false };
        self.plan.first() == Some(&(self.effects, Moment::Before))
            && !self.tables.clone().claim(request).claims.is_empty()
    }

    /// Whether a crash at this command differs from one at its neighbours.
    fn counts(&self, command: &Command) -> bool {
        !matches!(command, Command::Claim(_) | Command::Prune(_) | Command::LoadSinks)
    }
}
