//! The world of one seed, from its first poll to its last delivery.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use uuid::Uuid;

use super::faults::Faults;
use super::oracle::{self, Evidence, FirstTimes, Receipt};
use super::report::{Report, Totals};
use super::store::{self, Fate};
use super::truth::Truth;
use crate::RuleWorkflow;
use crate::engine::{Aggregate, Command, Engine, Input, Settings, Ticket};
use crate::model::{Account, AggregateKey, EventData, Sighting, Sightings, SinkId, SourceId, Store};
use crate::sink::{Outcome, SinkProfile, Verdict};
use crate::source::{Checkpoint, PollReport, PollRequest, SourceError, SourceErrorKind};
use crate::store::{Claim, Tables};

const INTERVAL: Duration = Duration::from_secs(300);
const FAULTY: TimeDelta = TimeDelta::hours(20);
const HEALING: TimeDelta = TimeDelta::hours(10);
const QUIET: TimeDelta = TimeDelta::hours(2);

/// Something that will happen.
#[derive(Debug)]
enum Happening {
    /// A command of the process of this generation reaches its end.
    Done(u32, Command, DateTime<Utc>),
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
                let command = match command {
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

pub(super) struct World {
    seed: u64,
    rng: Rng,
    /// True time. The process sees it shifted by `skew`.
    now: DateTime<Utc>,
    skew: TimeDelta,
    queue: BinaryHeap<Reverse<(DateTime<Utc>, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    last_happening: u64,
    faults: Faults,
    truth: Truth,
    tables: Tables,
    engine: Option<Engine>,
    generation: u32,
    alarm: u64,
    healed: bool,
    first: FirstTimes,
    writes_seen: u64,
    announced_at: BTreeMap<Uuid, DateTime<Utc>>,
    receipts: Vec<Receipt>,
    unwritten: Vec<Uuid>,
    writes_at_rest: Option<u64>,
    totals: Totals,
    digest: u64,
    story: Vec<String>,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let start = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000);
        let faults = Faults::draw(&mut rng);
        let truth = Truth::draw(&mut rng, &source(), start, start + FAULTY + TimeDelta::hours(2));
        let mut world = Self {
            seed,
            rng,
            now: start,
            skew: TimeDelta::zero(),
            queue: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            last_happening: 0,
            faults,
            truth,
            tables: Tables::new(),
            engine: None,
            generation: 0,
            alarm: 0,
            healed: false,
            first: FirstTimes::default(),
            writes_seen: 0,
            announced_at: BTreeMap::new(),
            receipts: Vec::new(),
            unwritten: Vec::new(),
            writes_at_rest: None,
            totals: Totals::default(),
            digest: 0,
            story: Vec::new(),
        };
        world.plan_pushes(start);
        world.at(start, Happening::Start);
        world.at(start + FAULTY, Happening::Heal);
        world.at(start + FAULTY + HEALING, Happening::Rest);
        world
    }

    /// Lives until the end.
    pub(super) fn live(&mut self) {
        let end = self.now + FAULTY + HEALING + QUIET;
        while let Some(Reverse((at, id))) = self.queue.pop() {
            if at > end {
                break;
            }
            self.now = at;
            if let Some(happening) = self.happenings.remove(&id) {
                self.digest(at.timestamp_micros().unsigned_abs() ^ happening.code());
                self.totals.steps += 1;
                self.happen(happening);
            }
        }
        self.totals.hours = (FAULTY + HEALING + QUIET).num_hours().unsigned_abs();
    }

    /// Judges the life.
    pub(super) fn report(self) -> Report {
        let mut totals = self.totals;
        let evidence = Evidence {
            truth: &self.truth,
            tables: &self.tables,
            first: &self.first,
            announced_at: &self.announced_at,
            receipts: &self.receipts,
            unwritten: &self.unwritten,
            writes_at_rest: self.writes_at_rest,
            sinks: sinks().into_iter().collect(),
        };
        let violations = oracle::judge(&evidence);
        let distinct: BTreeSet<_> = self.receipts.iter().map(|receipt| (&receipt.sink, receipt.event)).collect();
        totals.received = self.receipts.len() as u64;
        totals.repeats = totals.received - distinct.len() as u64;
        totals.announced = self.announced_at.len() as u64;
        totals.changes = self.truth.lives.values().map(|life| life.states.len() as u64).sum();
        Report { seed: self.seed, violations, digest: self.digest, totals, story: self.story }
    }

    fn at(&mut self, time: DateTime<Utc>, happening: Happening) {
        self.last_happening += 1;
        self.happenings.insert(self.last_happening, happening);
        self.queue.push(Reverse((time, self.last_happening)));
    }

    fn after(&mut self, most_millis: i64, happening: Happening) {
        let wait = TimeDelta::milliseconds(self.rng.i64(1..=most_millis));
        self.at(self.now + wait, happening);
    }

    fn digest(&mut self, value: u64) {
        self.digest = (self.digest ^ value).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    }

    /// Adds a line to the story that a broken promise is told with.
    fn tale(&mut self, text: &str) {
        self.story.push(format!("{} {text}", self.now.format("%d %H:%M:%S%.3f")));
    }

    fn chance(&mut self, rate: f64) -> bool {
        let hit = !self.healed && self.rng.f64() < rate;
        self.totals.faults += u64::from(hit);
        hit
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Done(generation, command, began) => self.done(generation, command, began),
            Happening::Push(sightings) => {
                let (source, ticket) = (source(), Ticket(self.last_happening));
                for (key, sighting) in &sightings {
                    for seen in &sighting.observations {
                        self.tale(&format!(
                            "push {key} {}: {:?} {:?} as of {:?}",
                            seen.subject, seen.status, seen.share, seen.as_of
                        ));
                    }
                }
                self.tell(Input::Pushed { ticket, source, sightings });
            }
            Happening::Wake(alarm) => {
                if alarm == self.alarm {
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
        self.engine = Some(Engine::new(Settings::default()));
        for id in sinks() {
            self.tell(Input::SinkAdded { id, profile: SinkProfile::default() });
        }
        for (n, sink) in sinks().into_iter().enumerate() {
            let workflow = Arc::new(RuleWorkflow::new(format!("w{n}")).sinks([sink]));
            self.tell(Input::WorkflowAdded { id: format!("w{n}").into(), workflow });
        }
        let account = Account::new(Store::AppStoreConnect);
        self.tell(Input::SourceAdded { id: source(), account, interval: INTERVAL });
        self.tell(Input::Run);
    }

    fn crash(&mut self) {
        self.tale("crash");
        self.totals.crashes += 1;
        self.engine = None;
        self.generation += 1;
        self.after(3_600_000, Happening::Start);
    }

    fn tell(&mut self, input: Input) {
        if self.chance(self.faults.clock_jumps) {
            self.skew = TimeDelta::minutes(self.rng.i64(-600..600));
            self.tale(&format!("the clock is off by {} min", self.skew.num_minutes()));
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
            self.alarm += 1;
            self.at(at, Happening::Wake(self.alarm));
        }
    }

    fn begin(&mut self, command: Command, now: DateTime<Utc>) {
        let most = match &command {
            Command::Poll { .. } | Command::Deliver { .. } => 2_000,
            Command::Tell(_) | Command::Answer { .. } | Command::Prune(_) => return,
            _ => 20,
        };
        self.after(most, Happening::Done(self.generation, command, now));
    }

    fn done(&mut self, generation: u32, command: Command, began: DateTime<Utc>) {
        let alive = generation == self.generation && self.engine.is_some();
        if !alive && (self.rng.bool() || matches!(command, Command::Claim(_))) {
            // The process died before the call was on its way.
            return;
        }
        let input = match command {
            Command::Poll { request } => self.poll(&request),
            Command::Deliver { sink, claim, .. } => self.deliver(sink, &claim, began),
            command => {
                let fate = store::fate(&command, &self.faults, &mut self.rng);
                let fate = if self.healed { Fate::Works } else { fate };
                self.totals.faults += u64::from(fate != Fate::Works);
                let commits = matches!(command, Command::Commit { .. });
                let Some(input) = store::call(&mut self.tables, command, fate) else { return };
                if commits {
                    self.watch_the_store();
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
    fn watch_the_store(&mut self) {
        if std::mem::replace(&mut self.writes_seen, self.tables.writes()) == self.tables.writes() {
            return;
        }
        for stored in self.tables.list(None, usize::MAX) {
            self.first.note(&stored.key, Aggregate::from_json(&stored.state).ok().as_ref(), self.now);
        }
        for event in self.tables.history_from(self.announced_at.len()).to_vec() {
            self.announced_at.entry(event.id).or_insert(self.now);
            let EventData { status_code, user_distribution, .. } = &event.data;
            self.tale(&format!(
                "announced {} {}: {status_code:?} {user_distribution:?}",
                event.aggregate, event.subject
            ));
        }
    }

    fn poll(&mut self, request: &PollRequest) -> Input {
        let (source, seen_at) = (request.source.clone(), request.now);
        if self.chance(self.faults.poll_fails) {
            let error = SourceError::new(SourceErrorKind::Transient, "simulated");
            return Input::Polled { source, seen_at, result: Err(error) };
        }
        let stale = if self.chance(self.faults.page_stale) { self.rng.i64(1..600) } else { 0 };
        if stale > 0 || !request.verify.is_empty() {
            self.tale(&format!("poll, pages {stale} min old, second look at {:?}", request.verify));
        }
        let mut report = PollReport::new();
        for key in self.truth.aggregates() {
            let sighting = self.look(&key, request, stale, seen_at);
            report.sightings.insert(key, sighting);
        }
        report.checkpoint = Some(request.checkpoint.clone().unwrap_or_else(|| Checkpoint("1".to_owned())));
        Input::Polled { source, seen_at, result: Ok(report) }
    }

    fn look(&mut self, key: &AggregateKey, request: &PollRequest, stale: i64, seen_at: DateTime<Utc>) -> Sighting {
        let known = if stale > 0 { self.tables.load(std::slice::from_ref(key)).pop() } else { None };
        let known = known.and_then(|stored| Aggregate::from_json(&stored.state).ok());
        let mut sighting = Truth::frame(key);
        let subjects: Vec<_> =
            self.truth.lives.keys().filter(|(of, _)| of == key).map(|(_, subject)| subject.clone()).collect();
        // Children after their parents: a rollout is told after its version.
        let (children, parents): (Vec<_>, Vec<_>) = subjects
            .into_iter()
            .partition(|subject| self.truth.lives[&(key.clone(), subject.clone())].parent.is_some());
        for subject in parents.into_iter().chain(children) {
            let asked = request.verify.iter().any(|(of, what)| of == key && *what == subject);
            let fresh = self.truth.observe(key, &subject, self.now, seen_at);
            let old = self.truth.observe(key, &subject, self.now - TimeDelta::minutes(stale), seen_at);
            // A stale page is one that was served before: it shows only what has been seen.
            let seen_before = known.as_ref().and_then(|known| known.subjects.get(&subject)).is_some_and(|known| {
                old.as_ref().is_some_and(|old| known.left.contains(&old.status) || known.status == old.status)
            });
            let shown = if stale > 0 && !asked && seen_before { old } else { fresh };
            if self.chance(self.faults.subject_missing) {
                sighting.covered.remove(&subject.kind);
            } else {
                sighting.observations.extend(shown);
            }
        }
        sighting
    }

    fn deliver(&mut self, sink: SinkId, claim: &Claim, began: DateTime<Utc>) -> Input {
        let (outcome, arrives) = if self.chance(self.faults.sink_refuses) {
            (Outcome::retry("simulated"), false)
        } else if self.chance(self.faults.sink_ambiguous) {
            (Outcome::ambiguous("simulated"), self.rng.bool())
        } else if self.chance(self.faults.sink_throttles) {
            (Outcome::retry_after(Duration::from_secs(self.rng.u64(1..300)), "simulated"), false)
        } else if self.chance(self.faults.sink_dies) {
            (Outcome::new(Verdict::Dead).with_detail("simulated"), false)
        } else {
            (Outcome::delivered(), true)
        };
        let event = &claim.notification.event;
        if arrives {
            let welcome = matches!(event.aggregate, AggregateKey::Workflow(_));
            if !welcome && !self.announced_at.contains_key(&event.id) {
                self.unwritten.push(event.id);
            }
            let body = serde_json::to_string(&claim.notification).unwrap_or_default();
            self.receipts.push(Receipt {
                sink: sink.clone(),
                event: event.id,
                aggregate: event.aggregate.clone(),
                body,
            });
        }
        Input::Delivered { sink, delivery: claim.id, began, took: Duration::from_millis(5), outcome }
    }

    fn plan_pushes(&mut self, start: DateTime<Utc>) {
        let mut pushes = Vec::new();
        for ((key, subject), life) in &self.truth.lives {
            for (at, _) in life.states.iter().filter(|(at, _)| *at > start) {
                if self.rng.f64() >= self.faults.push_sent {
                    continue;
                }
                let Some(observation) = self.truth.observe(key, subject, *at, *at) else { continue };
                let push = Sightings::from([(key.clone(), Sighting::new().with(observation.with_as_of(*at)))]);
                let copies = if self.rng.f64() < self.faults.push_doubled { 2 } else { 1 };
                for _ in 0..copies {
                    // Most come at once; some take hours.
                    let most = if self.rng.f64() < 0.8 { 2 } else { 4 * 3600 };
                    let late = TimeDelta::milliseconds(self.rng.i64(50..most * 1000));
                    pushes.push((*at + late, push.clone()));
                }
            }
        }
        for (at, push) in pushes {
            self.at(at, Happening::Push(push));
        }
    }
}

fn source() -> SourceId {
    SourceId::from("apple")
}

fn sinks() -> [SinkId; 2] {
    [SinkId::from("a"), SinkId::from("b")]
}
