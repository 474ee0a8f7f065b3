//! The world of one seed, from its first poll to its last delivery.

mod outside;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use uuid::Uuid;

use super::faults::Faults;
use super::oracle::{self, Evidence, FirstTimes, Receipt};
use super::report::{Report, Totals};
use super::scene::Scene;
use super::store::{self, Fate};
use crate::RuleWorkflow;
use crate::engine::{Command, Engine, Input, Settings, Ticket};
use crate::model::{AggregateKey, EventData, Sightings, SinkId, SourceId};
use crate::sink::SinkProfile;
use crate::store::Tables;

const INTERVAL: Duration = Duration::from_secs(300);
const FAULTY: TimeDelta = TimeDelta::hours(20);
const HEALING: TimeDelta = TimeDelta::hours(10);
const QUIET: TimeDelta = TimeDelta::hours(2);
/// No life needs more: a usual one takes ten thousand.
const MOST_STEPS: u64 = 200_000;

/// Something that will happen.
#[derive(Debug)]
enum Happening {
    /// A command of the process of this generation reaches its end.
    Done(u32, Box<Command>, DateTime<Utc>),
    /// A push arrives.
    Push(Sightings),
    /// The process wakes, unless it has named another time since.
    Wake(u64),
    /// The process starts again.
    Start,
    /// The faults end.
    Heal,
    /// What must be written has been written.
    Rest,
}

impl Happening {
    /// Tells happenings apart in the digest.
    fn code(&self) -> u64 {
        match self {
            Self::Done(generation, command, _) => {
                let command = match command.as_ref() {
                    Command::Poll { request } => 1 + request.verify.len() as u64 * 16,
                    Command::Commit { commit, .. } => 2 + commit.history.len() as u64 * 16,
                    Command::Deliver { claim, .. } => 3 + claim.id.0 * 16,
                    Command::Settle { settlement, .. } => 4 + settlement.id.0 * 16,
                    _ => 5,
                };
                command << 32 | u64::from(*generation)
            }
            Self::Push(sightings) => 1 << 60 | sightings.len() as u64,
            Self::Wake(alarm) => 2 << 60 | alarm,
            Self::Start | Self::Heal | Self::Rest => 3 << 60,
        }
    }
}

/// A happening and its time; of two at the same time, the one that was planned first.
#[derive(Debug)]
struct Planned {
    at: DateTime<Utc>,
    number: u64,
    happening: Happening,
}

impl Ord for Planned {
    /// The heap gives the greatest first: that is the earliest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Planned {}

pub(super) struct World {
    seed: u64,
    rng: Rng,
    /// True time. The process sees it shifted by `skew`.
    now: DateTime<Utc>,
    skew: TimeDelta,
    queue: BinaryHeap<Planned>,
    last_happening: u64,
    faults: Faults,
    scene: Box<dyn Scene>,
    tables: Tables,
    engine: Option<Engine>,
    generation: u32,
    /// The number and the time of the wake that counts.
    alarm: (u64, Option<DateTime<Utc>>),
    healed: bool,
    first: FirstTimes,
    writes_seen: u64,
    announced_at: BTreeMap<Uuid, DateTime<Utc>>,
    receipts: Vec<Receipt>,
    unwritten: Vec<Uuid>,
    writes_at_rest: Option<u64>,
    totals: Totals,
    digest: u64,
    /// What is told of it, if anything is.
    story: Option<Vec<String>>,
}

/// Draws the store of a world: its account is watched under this name, and lives from the first time to the second.
pub(super) type Draw<'a> = dyn Fn(&mut Rng, &SourceId, DateTime<Utc>, DateTime<Utc>) -> Box<dyn Scene> + 'a;

impl World {
    /// The world of a seed. Its story is told on request: the telling takes longer than the living.
    pub(super) fn new(seed: u64, draw: &Draw<'_>, told: bool) -> Self {
        let mut rng = Rng::with_seed(seed);
        let start = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000);
        let faults = Faults::draw(&mut rng);
        let mut scene = draw(&mut rng, &source(), start, start + FAULTY + TimeDelta::hours(2));
        let pushes = scene.pushes(&mut rng, start);
        let mut world = Self {
            seed,
            rng,
            now: start,
            skew: TimeDelta::zero(),
            queue: BinaryHeap::new(),
            last_happening: 0,
            faults,
            scene,
            tables: Tables::new(),
            engine: None,
            generation: 0,
            alarm: (0, None),
            healed: false,
            first: FirstTimes::default(),
            writes_seen: 0,
            announced_at: BTreeMap::new(),
            receipts: Vec::new(),
            unwritten: Vec::new(),
            writes_at_rest: None,
            totals: Totals::default(),
            digest: 0,
            story: told.then(Vec::new),
        };
        for (at, push) in pushes {
            world.at(at, Happening::Push(push));
        }
        world.at(start, Happening::Start);
        world.at(start + FAULTY, Happening::Heal);
        world.at(start + FAULTY + HEALING, Happening::Rest);
        world
    }

    /// Lives until the end.
    pub(super) fn live(&mut self) {
        let end = self.now + FAULTY + HEALING + QUIET;
        while let Some(Planned { at, happening, .. }) = self.queue.pop().filter(|next| next.at <= end) {
            self.now = at;
            self.digest(at.timestamp_micros().unsigned_abs() ^ happening.code());
            self.totals.steps += 1;
            self.happen(happening);
            if self.totals.steps > MOST_STEPS {
                // It spins: without a rest, the effort oracle finds it.
                self.writes_at_rest = None;
                break;
            }
        }
        self.totals.hours = (FAULTY + HEALING + QUIET).num_hours().unsigned_abs();
    }

    /// Judges the life.
    pub(super) fn report(self) -> Report {
        let mut totals = self.totals;
        let evidence = Evidence {
            truth: self.scene.truth(),
            tables: &self.tables,
            first: &self.first,
            announced_at: &self.announced_at,
            receipts: &self.receipts,
            unwritten: &self.unwritten,
            writes_at_rest: self.writes_at_rest,
            idle_writes: self.scene.idle_writes(),
            sinks: sinks().into_iter().collect(),
        };
        let violations = oracle::judge(&evidence);
        let distinct: BTreeSet<_> = self.receipts.iter().map(|receipt| (&receipt.sink, receipt.event())).collect();
        totals.received = self.receipts.len() as u64;
        totals.repeats = totals.received - distinct.len() as u64;
        totals.announced = self.announced_at.len() as u64;
        totals.changes = self.scene.truth().lives().map(|(_, _, life)| life.states.len() as u64).sum();
        Report { seed: self.seed, violations, digest: self.digest, totals, story: self.story.unwrap_or_default() }
    }

    fn at(&mut self, time: DateTime<Utc>, happening: Happening) {
        self.last_happening += 1;
        self.queue.push(Planned { at: time, number: self.last_happening, happening });
    }

    fn after(&mut self, most_millis: i64, happening: Happening) {
        let wait = TimeDelta::milliseconds(self.rng.i64(1..=most_millis));
        self.at(self.now + wait, happening);
    }

    fn digest(&mut self, value: u64) {
        self.digest = (self.digest ^ value).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    }

    /// Adds a line to the story that a broken promise is told with.
    fn tale(&mut self, text: impl FnOnce() -> String) {
        if let Some(story) = &mut self.story {
            story.push(format!("{} {}", self.now.format("%d %H:%M:%S%.3f"), text()));
        }
    }

    fn chance(&mut self, rate: f64) -> bool {
        let hit = !self.healed && self.rng.f64() < rate;
        self.totals.faults += u64::from(hit);
        hit
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Done(generation, command, began) => self.done(generation, *command, began),
            Happening::Push(sightings) => {
                let (source, ticket) = (source(), Ticket(self.last_happening));
                for (key, sighting) in &sightings {
                    for letter in &sighting.letters {
                        self.tale(|| {
                            format!("letter {key}: {:?} {:?} as of {}", letter.kind, letter.version_codes, letter.at)
                        });
                    }
                    for seen in &sighting.observations {
                        self.tale(|| {
                            let (status, share, as_of) = (&seen.status, seen.share, seen.as_of);
                            format!("push {key} {}: {status:?} {share:?} as of {as_of:?}", seen.subject)
                        });
                    }
                }
                self.tell(Input::Pushed { ticket, source, sightings });
            }
            Happening::Wake(alarm) => {
                if alarm == self.alarm.0 {
                    self.alarm.1 = None;
                    self.tell(Input::Woke);
                }
            }
            Happening::Start => self.start(),
            Happening::Heal => {
                self.healed = true;
                for sink in sinks() {
                    self.tables.revive(&sink);
                    self.tell(Input::Revived(sink));
                }
            }
            Happening::Rest => self.writes_at_rest = Some(self.tables.writes()),
        }
    }

    fn start(&mut self) {
        self.generation += 1;
        self.scene.restarted();
        self.engine = Some(Engine::new(Settings::default()));
        for id in sinks() {
            self.tell(Input::SinkAdded { id, profile: SinkProfile::default() });
        }
        for (n, sink) in sinks().into_iter().enumerate() {
            let workflow = Arc::new(RuleWorkflow::new(format!("w{n}")).sinks([sink]));
            self.tell(Input::WorkflowAdded { id: format!("w{n}").into(), workflow });
        }
        let account = self.scene.account();
        self.tell(Input::SourceAdded { id: source(), account, interval: INTERVAL });
        self.tell(Input::Run);
    }

    fn crash(&mut self) {
        self.tale(|| "crash".to_owned());
        self.totals.crashes += 1;
        self.engine = None;
        self.generation += 1;
        self.after(3_600_000, Happening::Start);
    }

    fn tell(&mut self, input: Input) {
        if self.chance(self.faults.clock_jumps) {
            self.skew = TimeDelta::minutes(self.rng.i64(-600..600));
            let skew = self.skew.num_minutes();
            self.tale(|| format!("the clock is off by {skew} min"));
        }
        let now = self.now + self.skew;
        let Some(engine) = &mut self.engine else { return };
        engine.handle(now, input);
        let mut commands = Vec::new();
        while let Some(command) = engine.poll() {
            commands.push(command);
        }
        let deadline = engine.next_deadline();
        for command in commands {
            if self.chance(self.faults.crash) {
                self.crash();
                return;
            }
            self.begin(command, now);
        }
        if let Some(deadline) = deadline {
            let wait = (deadline - now).clamp(TimeDelta::zero(), TimeDelta::minutes(30));
            let at = self.now + wait.max(TimeDelta::milliseconds(1));
            if self.alarm.1 != Some(at) {
                self.alarm = (self.alarm.0 + 1, Some(at));
                self.at(at, Happening::Wake(self.alarm.0));
            }
        }
    }

    fn begin(&mut self, command: Command, now: DateTime<Utc>) {
        let most = match &command {
            Command::Poll { .. } | Command::Deliver { .. } => 2_000,
            Command::Tell(_) | Command::Answer { .. } | Command::Prune(_) => return,
            _ => 20,
        };
        self.after(most, Happening::Done(self.generation, Box::new(command), now));
    }

    fn done(&mut self, generation: u32, command: Command, began: DateTime<Utc>) {
        let alive = generation == self.generation && self.engine.is_some();
        if !alive && (self.rng.bool() || matches!(command, Command::Claim(_))) {
            // The process died before the call was on its way.
            return;
        }
        let input = match command {
            Command::Poll { request } => self.poll(&request),
            Command::Deliver { sink, claim, .. } => self.deliver(sink, *claim, began),
            command => {
                let fate = store::fate(&command, &self.faults, &mut self.rng);
                let fate = if self.healed { Fate::Works } else { fate };
                self.totals.faults += u64::from(fate != Fate::Works);
                let touched: Vec<_> = match &command {
                    Command::Commit { commit, .. } => commit.aggregates.iter().map(|w| w.key.clone()).collect(),
                    _ => Vec::new(),
                };
                let Some(input) = store::call(&mut self.tables, command, fate) else { return };
                if !touched.is_empty() {
                    self.watch_the_store(&touched);
                }
                input
            }
        };
        if alive && self.chance(self.faults.crash) {
            // It took effect, and nobody is left to hear it.
            self.crash();
        } else if alive {
            self.tell(input);
        }
    }

    /// Notes what became durable just now.
    fn watch_the_store(&mut self, touched: &[AggregateKey]) {
        if std::mem::replace(&mut self.writes_seen, self.tables.writes()) == self.tables.writes() {
            return;
        }
        for stored in self.tables.load(touched) {
            self.first.note(&stored.key, &stored.state, self.now);
        }
        for event in self.tables.history_from(self.announced_at.len()).to_vec() {
            self.announced_at.entry(event.id).or_insert(self.now);
            let EventData { status_code, user_distribution, .. } = &event.data;
            self.tale(|| {
                let share = user_distribution.as_deref().unwrap_or_default();
                format!("announced {} {}: {status_code:?} {share}", event.aggregate, event.subject)
            });
        }
    }
}

fn source() -> SourceId {
    SourceId::from("account")
}

fn sinks() -> [SinkId; 2] {
    [SinkId::from("a"), SinkId::from("b")]
}
