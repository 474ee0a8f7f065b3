//! The engine on a bench: a store that answers at once or fails on request, and polls and deliveries held in the hand.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use statused_core::RuleWorkflow;
use statused_core::engine::{Command, Engine, Input, Notice, Settings, Ticket};
use statused_core::model::{
    Account, AggregateKey, DeliveryRecord, Event, Observation, Sighting, Sightings, SinkId, SourceId, Status, Store,
    SubjectKey, SubjectKind,
};
use statused_core::sink::{Outcome, SinkProfile};
use statused_core::source::{PollReport, PollRequest, SourceError};
use statused_core::store::{
    Claim, CommitError, DeliveryQuery, HistoryQuery, Retention, StoreError, StoreErrorKind, Tables,
};

pub(crate) const INTERVAL: Duration = Duration::from_secs(300);

/// How the store of the bench is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Works,
    /// Nothing is done, and it says so.
    Fails,
    /// What is written is written, but the answer is lost.
    Silent,
}

pub(crate) struct Bench {
    pub(crate) engine: Engine,
    pub(crate) tables: Tables,
    pub(crate) now: DateTime<Utc>,
    pub(crate) mood: Mood,
    /// Polls that have been asked for and not answered.
    pub(crate) polls: Vec<PollRequest>,
    /// Deliveries that have been asked for and not answered.
    pub(crate) flights: Vec<(SinkId, Claim, DateTime<Utc>)>,
    pub(crate) notices: Vec<String>,
    pub(crate) answers: Vec<(u64, bool)>,
    pub(crate) prunes: Vec<Retention>,
    /// How often the store was asked to claim.
    pub(crate) claims: usize,
    tickets: u64,
}

impl Bench {
    /// An engine at rest on an empty store.
    pub(crate) fn new() -> Self {
        Self::on(Tables::new())
    }

    /// An engine at rest on what an earlier one has left.
    pub(crate) fn on(tables: Tables) -> Self {
        let mut bench = Self::cold(tables);
        bench.settle_store();
        bench
    }

    /// An engine that has not yet read anything.
    pub(crate) fn cold(tables: Tables) -> Self {
        Self {
            engine: Engine::new(Settings::default()),
            tables,
            now: DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000),
            mood: Mood::Works,
            polls: Vec::new(),
            flights: Vec::new(),
            notices: Vec::new(),
            answers: Vec::new(),
            prunes: Vec::new(),
            claims: 0,
            tickets: 0,
        }
    }

    /// The same store and time under a new engine, as after a restart.
    pub(crate) fn restarted(self) -> Self {
        let mut bench = Self::cold(self.tables);
        bench.now = self.now;
        bench.settle_store();
        bench
    }

    pub(crate) fn tell(&mut self, input: Input) {
        self.engine.handle(self.now, input);
        self.settle_store();
    }

    /// Lets time pass to its end at once.
    pub(crate) fn pass(&mut self, time: TimeDelta) {
        self.now += time;
        self.tell(Input::Woke);
    }

    /// Lets time pass until `end`, waking the engine whenever it has asked to be woken.
    pub(crate) fn live(&mut self, time: TimeDelta) {
        let end = self.now + time;
        for _ in 0..100_000 {
            match self.engine.next_deadline() {
                Some(at) if at <= end => {
                    self.now = self.now.max(at);
                    self.tell(Input::Woke);
                }
                _ => {
                    self.now = end;
                    return;
                }
            }
        }
        panic!("the engine asks to be woken for nothing");
    }

    pub(crate) fn with_sink(mut self, id: &str, profile: SinkProfile) -> Self {
        self.tell(Input::SinkAdded { id: id.into(), profile });
        self
    }

    pub(crate) fn with_workflow(mut self, id: &str, sinks: &[&str]) -> Self {
        let workflow = Arc::new(RuleWorkflow::new(id).sinks(sinks.iter().copied()));
        self.tell(Input::WorkflowAdded { id: id.into(), workflow });
        self
    }

    pub(crate) fn with_source(mut self) -> Self {
        let account = Account::new(Store::AppStoreConnect);
        self.tell(Input::SourceAdded { id: "apple".into(), account, interval: INTERVAL });
        self
    }

    /// A source, a sink `s`, a workflow `w` whose welcome has arrived, and an app that has had its quiet start.
    pub(crate) fn ready(profile: SinkProfile) -> Self {
        let mut bench = Self::new().with_sink("s", profile).with_workflow("w", &["s"]).with_source();
        bench.answer(&Outcome::delivered());
        assert_eq!(bench.received(), ["Your workflow w is active and watching for status changes."]);
        for app in ["1", "2", "3"] {
            bench.push(app, "v", Status::PrepareForSubmission);
        }
        assert!(bench.flights.is_empty(), "the quiet start is quiet");
        bench
    }

    /// Pushes a status of version `id` of an app, in the order of the store. Returns whether it became durable.
    pub(crate) fn push(&mut self, app: &str, id: &str, status: Status) -> bool {
        // The store's own clock: a second per push.
        let as_of = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(i64::try_from(self.tickets).unwrap());
        self.push_as_it_is(app, version(id, status, self.now).with_as_of(as_of))
    }

    /// Pushes what is given. Returns whether it became durable.
    pub(crate) fn push_as_it_is(&mut self, app: &str, seen: Observation) -> bool {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let sightings = sightings(app, vec![seen]);
        self.tell(Input::Pushed { ticket, source: "apple".into(), sightings });
        self.answers.iter().any(|(answered, ok)| *answered == ticket.0 && *ok)
    }

    /// Answers the poll that was asked for first.
    pub(crate) fn polled(&mut self, result: Result<PollReport, SourceError>) {
        let request = self.polls.remove(0);
        self.tell(Input::Polled { source: request.source, seen_at: request.now, result });
    }

    /// Answers every delivery under way, and those that follow, until none is left.
    pub(crate) fn answer(&mut self, outcome: &Outcome) -> usize {
        let mut answered = 0;
        while !self.flights.is_empty() {
            self.answer_one(0, outcome.clone());
            answered += 1;
            assert!(answered < 1000, "it is delivered again and again");
        }
        answered
    }

    pub(crate) fn answer_one(&mut self, place: usize, outcome: Outcome) {
        let (sink, claim, began) = self.flights.remove(place);
        self.tell(Input::Delivered { sink, delivery: claim.id, began, took: Duration::from_millis(5), outcome });
    }

    /// The messages under way.
    pub(crate) fn flying(&self) -> Vec<String> {
        self.flights.iter().map(|(_, claim, _)| claim.notification.event.data.message.clone()).collect()
    }

    /// The messages that count as delivered, the oldest first.
    pub(crate) fn received(&self) -> Vec<String> {
        self.states().into_iter().filter_map(|(message, state)| (state == "delivered").then_some(message)).collect()
    }

    /// Every delivery and its state, the oldest first.
    pub(crate) fn states(&self) -> Vec<(String, &'static str)> {
        self.records().into_iter().map(|record| (record.message, record.state.as_str())).collect()
    }

    pub(crate) fn records(&self) -> Vec<DeliveryRecord> {
        let mut records = self.tables.deliveries(&DeliveryQuery::default().with_limit(usize::MAX));
        records.reverse();
        records
    }

    pub(crate) fn history(&self) -> Vec<Event> {
        let mut events = self.tables.history(&HistoryQuery::default().with_limit(usize::MAX));
        events.reverse();
        events
    }

    /// The labels of what was announced, the oldest first.
    pub(crate) fn announced(&self) -> Vec<String> {
        self.history().into_iter().map(|event| event.data.status).collect()
    }

    pub(crate) fn told(&self, part: &str) -> usize {
        self.notices.iter().filter(|notice| notice.contains(part)).count()
    }

    fn settle_store(&mut self) {
        while let Some(command) = self.engine.poll() {
            if let Some(input) = self.act(command) {
                self.engine.handle(self.now, input);
            }
        }
    }

    fn act(&mut self, command: Command) -> Option<Input> {
        let works = self.mood == Mood::Works;
        let error = StoreError::new(StoreErrorKind::Unavailable, "the disk is on holiday");
        Some(match command {
            Command::Poll { request } => {
                self.polls.push(request);
                return None;
            }
            Command::Deliver { sink, claim, .. } => {
                self.flights.push((sink, *claim, self.now));
                return None;
            }
            Command::Tell(notice) => {
                self.note(&notice);
                return None;
            }
            Command::Answer { ticket, result } => {
                self.answers.push((ticket.0, result.is_ok()));
                return None;
            }
            Command::Prune(retention) => {
                self.prunes.push(retention);
                return None;
            }
            Command::Restore { source } => {
                let result = if works { Ok(self.tables.checkpoint(&source)) } else { Err(error) };
                Input::Restored { source, result }
            }
            Command::Load { work, keys } => {
                Input::Loaded { work, result: if works { Ok(self.tables.load(&keys)) } else { Err(error) } }
            }
            Command::Commit { work, commit } => {
                let result = match self.mood {
                    Mood::Works => self.tables.commit(commit).map_err(CommitError::Conflict),
                    Mood::Fails => Err(CommitError::Failed(error)),
                    Mood::Silent => {
                        self.tables.commit(commit).unwrap();
                        Err(CommitError::Unknown(error))
                    }
                };
                Input::Committed { work, result }
            }
            Command::Claim(request) => {
                self.claims += 1;
                let result = if works { Ok(self.tables.claim(&request)) } else { Err(error) };
                Input::Claimed { sink: request.sink, result }
            }
            Command::Settle { sink, settlement } => {
                let (delivery, token) = (settlement.id, settlement.token);
                if self.mood != Mood::Fails {
                    self.tables.settle(settlement);
                }
                Input::Settled { sink, delivery, token, result: if works { Ok(()) } else { Err(error) } }
            }
            Command::LoadSinks => Input::SinksLoaded(if works { Ok(self.tables.sink_states()) } else { Err(error) }),
            other => panic!("the bench does not know {other:?}"),
        })
    }

    fn note(&mut self, notice: &Notice) {
        self.notices.push(notice.to_string());
    }
}

pub(crate) fn version(id: &str, status: Status, now: DateTime<Utc>) -> Observation {
    Observation::new(SubjectKey::new(SubjectKind::Version, id), status, now)
}

pub(crate) fn sightings(app: &str, seen: Vec<Observation>) -> Sightings {
    let mut sighting = Sighting::new();
    sighting.observations = seen;
    Sightings::from([(AggregateKey::App(SourceId::from("apple"), app.into()), sighting)])
}

/// A poll that saw these of one app, and everything of the kinds it knows.
pub(crate) fn report(app: &str, seen: Vec<Observation>) -> PollReport {
    let mut report = PollReport::new();
    report.sightings = sightings(app, seen);
    for sighting in report.sightings.values_mut() {
        for kind in [SubjectKind::Version, SubjectKind::PhasedRelease, SubjectKind::Build] {
            sighting.covered.insert(kind, None);
        }
    }
    report
}
