//! The world of one seed, from its first poll to its last delivery.

mod agenda;
pub(super) mod crash;
mod effects;
mod machine;
mod outside;
mod process;
mod setting;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;

use self::agenda::{Agenda, Happening, Planned};
use self::crash::Moment;
use self::machine::Machine;
use self::outside::Door;
use super::calendar::Calendar;
use super::faults::{Broken, Faults};
use super::guest::Fouls;
use super::oracle::{self, Evidence};
use super::parts::{Config, Parts};
use super::report::{Report, Totals};
use super::scene::Scene;
use super::staging::Staging;
use super::trace::Trace;
use crate::engine::{Input, mark};
use crate::model::{AggregateKey, Sightings, SinkId};
use crate::store::Tables;

pub(super) use self::process::source;
pub(super) use self::setting::Setting;

/// No life needs more: a usual one takes some tens of thousands.
const MOST_STEPS: u64 = 1_000_000;

pub(super) struct World {
    seed: u64,
    rng: Rng,
    /// True time, which is also the shared store's. Each machine has its own clock.
    now: DateTime<Utc>,
    calendar: Calendar,
    agenda: Agenda,
    faults: Faults,
    scene: Box<dyn Scene>,
    /// When something changes at the store.
    changes: Vec<DateTime<Utc>>,
    horizon: Option<DateTime<Utc>>,
    /// When something last happened that no process does by itself.
    stirred: DateTime<Utc>,
    tables: Tables,
    /// Whether several machines share the store.
    shared: bool,
    machines: Vec<Machine>,
    parts: Parts,
    /// The configuration of the start, which comes back in the end.
    usual: Config,
    config: Config,
    doors: BTreeMap<SinkId, Door>,
    healed: bool,
    spoilt: Option<AggregateKey>,
    fouls: Fouls,
    trace: Trace,
    totals: Totals,
    staging: Staging,
    plan: Vec<(u64, Moment)>,
    effects: u64,
    longest_absence: i64,
    digest: u64,
    /// What is told of it, if anything is.
    story: Option<Vec<String>>,
}

impl World {
    pub(super) fn new(setting: Setting<'_>) -> Self {
        let Setting { seed, mut rng, calendar, mut scene, faults, machines, parts, .. } = setting;
        let Setting { mut staging, plan, longest_absence, fouls, told, .. } = setting;
        let acts = std::mem::take(&mut staging.acts);
        let pushes = scene.pushes(&mut rng, calendar.start);
        let mut config = Config { interval: setting.interval, ..Config::new(parts) };
        config.settings.sweep = setting.sweep;
        let doors = parts.sinks.iter().map(|(id, make)| (id.clone(), Door::new(make.as_ref())));
        let mut changes: Vec<_> =
            scene.truth().lives().flat_map(|(_, _, life)| life.states.iter().map(|s| s.0)).collect();
        changes.sort_unstable();
        let skew = |number: usize| faults.skew * i32::try_from(number).unwrap_or_default();
        let mut world = Self {
            seed,
            now: calendar.start,
            agenda: Agenda::default(),
            changes,
            horizon: None,
            stirred: calendar.start,
            tables: Tables::new(),
            shared: machines > 1 || rng.bool(),
            machines: (0..machines).map(|number| Machine::new(number, skew(number), config.clone())).collect(),
            parts: parts.clone(),
            doors: doors.collect(),
            usual: config.clone(),
            config,
            healed: false,
            spoilt: None,
            fouls,
            trace: Trace::default(),
            totals: Totals::default(),
            staging,
            plan,
            effects: 0,
            longest_absence,
            digest: 0,
            story: told.then(Vec::new),
            rng,
            calendar,
            faults,
            scene,
        };
        world.plan_ahead(pushes);
        for (at, act) in acts {
            world.agenda.plan(at, Happening::Act(Box::new(act)));
        }
        world
    }

    fn plan_ahead(&mut self, pushes: Vec<(DateTime<Utc>, Sightings)>) {
        for (at, push) in pushes {
            self.agenda.plan(at, Happening::Push(push));
        }
        let Calendar { start, heal, rest, .. } = self.calendar;
        for machine in 0..self.machines.len() {
            self.agenda
                .plan(start + TimeDelta::seconds(60) * i32::try_from(machine).unwrap_or(0), Happening::Start(machine));
        }
        for _ in 0..self.faults.reconfigured {
            let at = self.busy_time();
            self.agenda.plan(at, Happening::Reconfigure);
        }
        if self.faults.broken == Some(Broken::App) {
            let at = self.busy_time();
            self.agenda.plan(at, Happening::Spoil);
        }
        self.agenda.plan(heal, Happening::Heal);
        self.agenda.plan(rest, Happening::Rest);
    }

    fn busy_time(&mut self) -> DateTime<Utc> {
        let season = self.rng.choice(&self.calendar.seasons).copied().unwrap_or(self.calendar.start);
        (season + TimeDelta::minutes(self.rng.i64(10..14 * 60))).min(self.calendar.heal)
    }

    /// Lives until the end.
    pub(super) fn live(&mut self) {
        mark::clear();
        while let Some(Planned { at, happening, .. }) = self.agenda.next().filter(|next| next.at <= self.calendar.over)
        {
            self.now = at;
            self.digest(at.timestamp_micros().unsigned_abs() ^ happening.code());
            self.totals.steps += 1;
            if happening.is_from_outside() {
                self.stirred = at;
            }
            self.happen(happening);
            if self.totals.steps > MOST_STEPS {
                // It spins: without a rest, the effort oracle finds it.
                self.trace.at_rest = None;
                break;
            }
        }
        self.totals.marks = mark::take();
        self.totals.hours = self.calendar.hours();
        self.totals.seeds = 1;
        self.trace.effort.writes = self.tables.writes();
        let fouls = std::mem::take(&mut *self.fouls.lock().unwrap_or_else(PoisonError::into_inner));
        self.trace.fouls.extend(fouls);
    }

    /// How many effects there were at which a process could have died.
    pub(super) fn effects(&self) -> u64 {
        self.effects
    }

    /// Judges the life.
    pub(super) fn report(mut self) -> Report {
        let evidence = Evidence {
            truth: self.scene.truth(),
            tables: &self.tables,
            trace: &self.trace,
            calendar: &self.calendar,
            config: &self.config,
            broken: self.faults.broken.as_ref(),
            spoilt: self.spoilt.as_ref(),
            machines: self.machines.len() as u64,
            sinks: self.doors.len() as u64,
            idle_writes: self.scene.idle_writes(),
        };
        let violations = oracle::judge(&evidence);
        let places: BTreeSet<_> = self.trace.receipts.iter().map(super::trace::Receipt::place).collect();
        self.totals.received = self.trace.receipts.len() as u64;
        self.totals.repeats = self.totals.received - places.len() as u64;
        self.totals.announced = self.trace.announced.len() as u64;
        self.totals.changes = self.changes.len() as u64;
        let (seed, digest, totals) = (self.seed, self.digest, self.totals);
        Report { seed, violations, digest, totals, story: self.story.unwrap_or_default(), replay: String::new() }
    }

    /// Plans something for within the next so many milliseconds.
    fn after(&mut self, most_millis: i64, happening: Happening) {
        let wait = TimeDelta::milliseconds(self.rng.i64(1..=most_millis));
        self.agenda.plan(self.now + wait, happening);
    }

    /// What a machine takes for the time.
    fn clock(&self, machine: usize) -> DateTime<Utc> {
        self.now + self.machines[machine].skew
    }

    fn digest(&mut self, value: u64) {
        self.digest = (self.digest ^ value).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    }

    /// Adds a line to the story that a broken promise is told with.
    fn tale(&mut self, machine: usize, text: impl FnOnce() -> String) {
        if let Some(story) = &mut self.story {
            story.push(format!("{} machine {machine} {}", self.now.format("%m-%d %H:%M:%S%.3f"), text()));
        }
    }

    fn tale_of_all(&mut self, text: impl FnOnce(&Self) -> String) {
        if self.story.is_some() {
            let line = format!("{} {}", self.now.format("%m-%d %H:%M:%S%.3f"), text(self));
            self.story.iter_mut().for_each(|story| story.push(line.clone()));
        }
    }

    fn chance(&mut self, rate: f64) -> bool {
        let hit = !self.healed && rate > 0.0 && self.rng.f64() < rate;
        self.totals.faults += u64::from(hit);
        hit
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Done { run, command, began } => self.done(run, *command, began),
            Happening::Answer { run, input } => self.answer(run, *input),
            Happening::Turn(run) => self.turn(run),
            Happening::Push(sightings) => self.push(sightings),
            Happening::Wake { machine, alarm } => self.wake(machine, alarm),
            Happening::Start(machine) => self.start(machine),
            Happening::Deploy(machine) => self.deploy(machine),
            Happening::Resume(run) => self.resume(run),
            Happening::Reconfigure => {
                let config = self.usual.edited(&self.parts, &mut self.rng);
                self.reconfigure(config);
            }
            Happening::Spoil => self.spoil(),
            Happening::Act(act) => self.act(*act),
            Happening::Heal => self.heal(),
            Happening::Free => self.free(),
            Happening::Rest => {
                self.trace.effort.writes = self.tables.writes();
                self.trace.at_rest = Some(self.trace.effort);
                let workflows = self.config.workflows.iter().filter(|(_, workflow)| workflow.enabled());
                self.trace.welcomed = workflows.map(|(id, workflow)| (id.clone(), workflow.sinks())).collect();
            }
        }
    }

    /// The faults end: who stood still goes on, and everybody gets the configuration that was meant.
    fn heal(&mut self) {
        self.healed = true;
        self.tale_of_all(|_| "everything heals".to_owned());
        for machine in 0..self.machines.len() {
            let run = self.machines[machine].run();
            self.resume(run);
        }
        self.free();
        // A refusal may have been on its way to the store when its sink was freed: whoever watches frees it again.
        self.agenda.plan(self.now + TimeDelta::minutes(5), Happening::Free);
        if self.faults.reconfigured > 0 || self.staging.reverts {
            self.reconfigure(self.usual.clone());
        }
    }

    /// Somebody frees every sink.
    fn free(&mut self) {
        for sink in self.doors.keys().cloned().collect::<Vec<_>>() {
            self.tables.revive(&sink);
            for machine in 0..self.machines.len() {
                self.tell(machine, Input::Revived(sink.clone()));
            }
        }
    }
}
