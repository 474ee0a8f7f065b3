//! The processes: how they start, stop, die, stand still, and are told things.

use chrono::{DateTime, TimeDelta, Utc};

use super::World;
use super::agenda::{Happening, Run};
use crate::engine::{Engine, Input, Ticket};
use crate::model::{Account, Sightings, SourceId, Store};
use crate::store::Lease;
use crate::testkit::sim::faults::Broken;
use crate::testkit::sim::parts::Config;
use crate::testkit::sim::staging::Act;

/// The account that is watched.
pub(in crate::testkit::sim) fn source() -> SourceId {
    SourceId::from("account")
}

/// The account that can never be read.
pub(super) fn broken_source() -> SourceId {
    SourceId::from("broken")
}

impl World {
    pub(super) fn start(&mut self, machine: usize) {
        if self.machines[machine].engine.is_some() {
            if !self.machines[machine].stopping {
                return;
            }
            self.stopped(machine);
        }
        let config = self.config.clone();
        self.tale(machine, || "starts".to_owned());
        self.scene.restarted(machine);
        self.machines[machine].begin(Engine::new(config.settings.clone()), config.clone());
        for id in config.sinks {
            let profile = self.doors[&id].profile.clone();
            self.tell(machine, Input::SinkAdded { id, profile });
        }
        for (id, workflow) in config.workflows {
            self.tell(machine, Input::WorkflowAdded { id, workflow });
        }
        let account = self.scene.account();
        self.tell(machine, Input::SourceAdded { id: source(), account, interval: config.interval });
        if self.faults.broken == Some(Broken::Source) {
            let account = Account::new(Store::Other("Broken".to_owned()));
            self.tell(machine, Input::SourceAdded { id: broken_source(), account, interval: config.interval });
        }
        self.tell(machine, Input::Run);
    }

    /// Asks a process to stop; another takes its place soon, with the configuration of then.
    pub(super) fn deploy(&mut self, machine: usize) {
        let process = &mut self.machines[machine];
        if process.paused {
            return;
        }
        if process.engine.is_some() {
            process.stopping = true;
            self.tell(machine, Input::Stop);
        }
        self.agenda.plan(self.now + TimeDelta::seconds(40), Happening::Start(machine));
    }

    /// A process that was asked to stop is gone, and says goodbye: its leases end.
    fn stopped(&mut self, machine: usize) {
        self.tale(machine, || "stops".to_owned());
        let (holder, now) = (self.machines[machine].holder(), self.now);
        for id in [source(), broken_source()] {
            let name = format!("source/{id}");
            if self.tables.lease(Lease::new(name.clone(), holder.clone(), now, now + TimeDelta::seconds(1))) {
                self.tables.lease(Lease::new(name, holder.clone(), now, now));
            }
        }
        self.end(machine);
    }

    pub(super) fn crash(&mut self, machine: usize) {
        self.tale(machine, || "crashes".to_owned());
        self.totals.crashes += 1;
        self.end(machine);
        self.after(self.longest_absence, Happening::Start(machine));
    }

    fn end(&mut self, machine: usize) {
        let flying = self.machines[machine].end();
        self.trace.excuse(flying);
        if !self.shared {
            // Its own store keeps claims in memory.
            self.tables.forget_claims();
        }
    }

    /// The process stands still: what comes waits until it goes on.
    pub(super) fn pause(&mut self, machine: usize) {
        self.tale(machine, || "stands still".to_owned());
        self.totals.pauses += 1;
        let process = &mut self.machines[machine];
        process.paused = true;
        self.trace.excuse(process.flying.values().cloned().collect::<Vec<_>>());
    }

    pub(super) fn resume(&mut self, run: Run) {
        let process = &mut self.machines[run.machine];
        if !process.runs(run) || !std::mem::take(&mut process.paused) {
            return;
        }
        let late = std::mem::take(&mut process.late);
        self.tale(run.machine, || "goes on".to_owned());
        for happening in late {
            self.happen(happening);
        }
        self.tell(run.machine, Input::Woke);
    }

    /// A push comes to whichever machine answers. One that nobody takes is lost.
    pub(super) fn push(&mut self, sightings: Sightings) {
        let alive: Vec<_> = (0..self.machines.len()).filter(|n| self.machines[*n].engine.is_some()).collect();
        let Some(machine) = self.rng.choice(alive) else { return };
        if self.machines[machine].paused {
            self.machines[machine].late.push(Happening::Push(sightings));
            return;
        }
        self.tell_of(machine, &sightings);
        let ticket = Ticket(self.agenda.planned());
        self.tell(machine, Input::Pushed { ticket, source: source(), sightings });
    }

    fn tell_of(&mut self, machine: usize, sightings: &Sightings) {
        for (key, sighting) in sightings {
            for letter in &sighting.letters {
                self.tale(machine, || {
                    format!("gets a letter on {key}: {:?} {:?} as of {}", letter.kind, letter.version_codes, letter.at)
                });
            }
            for seen in &sighting.observations {
                self.tale(machine, || {
                    let (status, share, as_of) = (&seen.status, seen.share, seen.as_of);
                    format!("gets a push on {key} {}: {status:?} {share:?} as of {as_of:?}", seen.subject)
                });
            }
        }
    }

    /// The configuration changes. Each machine gets it within some minutes, or when it starts anyway.
    pub(super) fn reconfigure(&mut self, config: Config) {
        self.config = config;
        self.tale_of_all(|world| {
            let Config { workflows, sinks, interval, settings } = &world.config;
            let workflows: Vec<_> = workflows.iter().map(|(id, workflow)| (id, workflow.name())).collect();
            format!("the configuration is now {workflows:?} {sinks:?}, polled every {interval:?}, {settings:?}")
        });
        for machine in 0..self.machines.len() {
            self.after(10 * 60_000, Happening::Deploy(machine));
        }
    }

    /// Hands an input to a process, and begins what it orders unless more comes first.
    pub(super) fn tell(&mut self, machine: usize, input: Input) {
        if self.machines[machine].engine.is_some() && self.chance(self.faults.clock_jumps) {
            // A lease whose holder never heard of it lasts as long as the clock was set back: less than until the rest.
            let skew = TimeDelta::minutes(self.rng.i64(-230..230));
            self.jump(machine, skew);
        }
        let now = self.clock(machine);
        if let Input::Revived(sink) = &input {
            self.machines[machine].patience.remove(sink);
        }
        let Some(engine) = &mut self.machines[machine].engine else { return };
        engine.handle(now, input);
        let run = self.machines[machine].run();
        if self.chance(self.faults.together) {
            self.after(20, Happening::Turn(run));
        } else {
            self.turn(run);
        }
    }

    /// Begins what a process orders. One that stands still does so when it goes on.
    pub(super) fn turn(&mut self, run: Run) {
        let machine = run.machine;
        let now = self.clock(machine);
        let process = &mut self.machines[machine];
        if process.paused || !process.runs(run) {
            return;
        }
        let Some(engine) = &mut process.engine else { return };
        let commands: Vec<_> = std::iter::from_fn(|| engine.poll()).collect();
        let deadline = engine.next_deadline();
        for command in commands {
            if self.chance(self.faults.crash) {
                self.crash(machine);
                return;
            }
            self.begin(run, command, now);
        }
        if let Some(deadline) = deadline {
            let wait = (deadline - now).clamp(TimeDelta::milliseconds(1), TimeDelta::minutes(30));
            self.set_alarm(machine, self.now + wait);
        }
        if self.chance(self.faults.pause) {
            self.pause(machine);
            let most = if self.rng.bool() { 120_000 } else { 4 * 3_600_000 };
            self.after(most, Happening::Resume(run));
        }
    }

    /// Something that a scenario wants.
    pub(super) fn act(&mut self, act: Act) {
        match act {
            Act::Crash(machine) => self.crash(machine),
            Act::Pause(machine, wait) => {
                self.pause(machine);
                let run = self.machines[machine].run();
                self.agenda.plan(self.now + wait, Happening::Resume(run));
            }
            Act::Jump(machine, skew) => self.jump(machine, skew),
            Act::Reconfigure(config) => self.reconfigure(config),
        }
    }

    fn jump(&mut self, machine: usize, skew: TimeDelta) {
        self.machines[machine].skew = skew;
        // A scenario's clock may be set, too.
        self.machines[machine].patience.clear();
        let flying: Vec<_> = self.machines[machine].flying.values().cloned().collect();
        self.trace.excuse(flying);
        let skew = skew.num_minutes();
        self.tale(machine, || format!("has a clock that is off by {skew} min"));
    }

    fn set_alarm(&mut self, machine: usize, at: DateTime<Utc>) {
        let alarm = &mut self.machines[machine].alarm;
        if alarm.1 != Some(at) {
            *alarm = (alarm.0 + 1, Some(at));
            let alarm = alarm.0;
            self.agenda.plan(at, Happening::Wake { machine, alarm });
        }
    }

    pub(super) fn wake(&mut self, machine: usize, alarm: u64) {
        if alarm != self.machines[machine].alarm.0 {
            return;
        }
        self.machines[machine].alarm.1 = None;
        if self.machines[machine].paused {
            return;
        }
        match self.sleep_until(machine) {
            Some(later) => self.set_alarm(machine, later),
            None => self.tell(machine, Input::Woke),
        }
    }

    /// Nothing happens for hours: the machine sleeps, as a laptop does, and the world is spared its idle looks.
    fn sleep_until(&mut self, machine: usize) -> Option<DateTime<Utc>> {
        let now = self.now;
        let horizon = match self.horizon.filter(|at| *at > now) {
            Some(known) if known - now > SHORTEST_SLEEP => known,
            _ => self.look_ahead()?,
        };
        let clock = self.clock(machine);
        let idle = self.machines[machine].engine.as_ref()?.is_idle(clock) && !self.agenda.is_busy(machine);
        let doubts = self.machines[machine].engine.as_ref()?.doubts_anything();
        if doubts
            || now - self.stirred() < SETTLED
            || horizon - now <= SHORTEST_SLEEP
            || !idle
            || now >= self.calendar.heal - SHORTEST_SLEEP
        {
            return None;
        }
        let later = horizon - TimeDelta::milliseconds(self.rng.i64(600_000..3_600_000));
        if machine == 0 {
            self.totals.slept_hours += (later - now).num_hours().unsigned_abs();
        }
        Some(later)
    }

    /// When something last happened that no process does by itself.
    fn stirred(&self) -> DateTime<Utc> {
        let before = self.changes.partition_point(|at| *at <= self.now).checked_sub(1);
        before.map_or(self.stirred, |index| self.changes[index].max(self.stirred))
    }

    /// When the next thing happens that no process does by itself.
    fn look_ahead(&mut self) -> Option<DateTime<Utc>> {
        let planned = self.agenda.next_from_outside();
        let next = self.changes.partition_point(|at| *at <= self.now);
        let change = self.changes.get(next).copied();
        self.horizon = planned.into_iter().chain(change).min();
        self.horizon
    }
}

/// So long after something has happened, it has been seen.
const SETTLED: TimeDelta = TimeDelta::hours(1);
/// Shorter silences are lived through.
const SHORTEST_SLEEP: TimeDelta = TimeDelta::hours(2);
