//! An engine, a clock that stands still unless it is set, and the words that tests have for what it orders.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::RuleWorkflow;
use crate::engine::{Command, Engine, Input, Settings, Ticket, WorkId};
use crate::model::{Account, AggregateKey, DeliveryId, Notification, Store};
use crate::sink::{Outcome, SinkProfile};
use crate::source::{Checkpoint, PollReport, PollRequest, SourceError};
use crate::store::{Claim, ClaimRequest, Claimed, CommitError, StoreError, StoreErrorKind};

pub(super) struct Process {
    pub(super) engine: Engine,
    pub(super) now: DateTime<Utc>,
}

impl Process {
    /// A process with a workflow and a sink that reads what is kept of the sinks.
    pub(super) fn started() -> Self {
        let mut process = Self { engine: Engine::new(Settings::default()), now: at(0) };
        process.tell(Input::SinkAdded { id: "s".into(), profile: SinkProfile::default() });
        let workflow = Arc::new(RuleWorkflow::new("w").sinks(["s"]).enabled(false));
        process.tell(Input::WorkflowAdded { id: "w".into(), workflow });
        process
    }

    /// One that also watches an account, whose first poll is under way.
    pub(super) fn watching() -> Self {
        let mut process = Self::started();
        process.sinks_loaded();
        let account = Account::new(Store::AppStoreConnect);
        process.tell(Input::SourceAdded { id: "a".into(), account, interval: Duration::from_secs(60) });
        process.tell(Input::Run);
        process.restored();
        process
    }

    pub(super) fn tell(&mut self, input: Input) -> Vec<Command> {
        self.engine.handle(self.now, input);
        std::iter::from_fn(|| self.engine.poll()).collect()
    }

    pub(super) fn wakes_after(&mut self, pause: TimeDelta) -> Vec<Command> {
        self.now += pause;
        self.tell(Input::Woke)
    }

    /// Lets the store do what it is asked for. Returns what is left to do.
    pub(super) fn written(&mut self, mut commands: Vec<Command>) -> Vec<Command> {
        while let Some(answer) = commands.iter().find_map(answered) {
            commands = self.tell(answer);
        }
        commands
    }

    pub(super) fn committed(&mut self, work: WorkId, result: Result<(), CommitError>) -> Vec<Command> {
        self.tell(Input::Committed { work, result })
    }
}

/// Sinks.
impl Process {
    pub(super) fn sinks_loaded(&mut self) -> ClaimRequest {
        claim_in(&self.tell(Input::SinksLoaded(Ok(BTreeMap::new())))).expect("asks for deliveries")
    }

    pub(super) fn claimed(&mut self, claimed: Claimed) -> Vec<Command> {
        self.tell(Input::Claimed { sink: "s".into(), result: Ok(claimed) })
    }

    /// A try ends. Returns the claim that is settled.
    pub(super) fn tried(&mut self, outcome: Outcome) -> Option<u64> {
        let (sink, delivery, began) = ("s".into(), DeliveryId(1), self.now);
        let commands = self.tell(Input::Delivered { sink, delivery, began, took: Duration::ZERO, outcome });
        commands.iter().find_map(|command| match command {
            Command::Settle { settlement, .. } => Some(settlement.token),
            _ => None,
        })
    }

    pub(super) fn settled(&mut self, token: u64, works: bool) {
        let result = if works { Ok(()) } else { Err(away()) };
        self.tell(Input::Settled { sink: "s".into(), delivery: DeliveryId(1), token, result });
        // Claims are under way all the time.
        self.tell(Input::Woke);
    }
}

/// The source.
impl Process {
    pub(super) fn restored(&mut self) -> Vec<Command> {
        self.tell(Input::Restored { source: "a".into(), result: Ok(None) })
    }

    pub(super) fn polled(&mut self, seen_at: DateTime<Utc>, result: Result<PollReport, SourceError>) -> Vec<Command> {
        self.tell(Input::Polled { source: "a".into(), seen_at, result })
    }

    /// A poll ends now, and what is to be written is.
    pub(super) fn answers(&mut self, result: Result<PollReport, SourceError>) -> Vec<Command> {
        let commands = self.polled(self.now, result);
        self.written(commands)
    }

    pub(super) fn pushed(&mut self, sighting: Sighting) -> Vec<Command> {
        let sightings = BTreeMap::from([(app(), sighting)]);
        self.tell(Input::Pushed { ticket: Ticket(1), source: "a".into(), sightings })
    }

    /// A poll from which the source wants to remember something. Returns what is written.
    pub(super) fn remembers(&mut self, text: &str) -> WorkId {
        let commands = self.polled(self.now, Ok(remembering(text)));
        commit_in(&commands).expect("it is written")
    }

    /// The poll that begins with these, once it has read where the source has got to.
    pub(super) fn look(&mut self, commands: &[Command]) -> Option<PollRequest> {
        poll_in(commands).or_else(|| if restores(commands) { poll_in(&self.restored()) } else { None })
    }
}

pub(super) fn app() -> AggregateKey {
    AggregateKey::App("a".into(), "1".into())
}

pub(super) fn away() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "away")
}

/// A poll that has seen the app.
pub(super) fn report(sighting: Sighting) -> PollReport {
    let mut report = PollReport::new();
    report.sightings.insert(app(), sighting);
    report
}

pub(super) fn remembering(text: &str) -> PollReport {
    let mut report = PollReport::new();
    report.checkpoint = Some(Checkpoint(text.into()));
    report
}

pub(super) fn claim() -> Claim {
    let event = super::super::test_event(&"w".into(), "s", at(0));
    Claim::new(DeliveryId(1), 1, 0, at(0), Notification::new(event, "w".into()))
}

/// What a store says in which nobody else writes.
pub(super) fn answered(command: &Command) -> Option<Input> {
    match command {
        Command::Load { work, .. } => Some(Input::Loaded { work: *work, result: Ok(Vec::new()) }),
        Command::Commit { work, .. } => Some(Input::Committed { work: *work, result: Ok(()) }),
        _ => None,
    }
}

pub(super) fn claim_in(commands: &[Command]) -> Option<ClaimRequest> {
    commands.iter().find_map(|command| match command {
        Command::Claim(request) => Some(request.clone()),
        _ => None,
    })
}

pub(super) fn load_in(commands: &[Command]) -> Option<WorkId> {
    commands.iter().find_map(|command| match command {
        Command::Load { work, .. } => Some(*work),
        _ => None,
    })
}

pub(super) fn commit_in(commands: &[Command]) -> Option<WorkId> {
    commands.iter().find_map(|command| match command {
        Command::Commit { work, .. } => Some(*work),
        _ => None,
    })
}

pub(super) fn poll_in(commands: &[Command]) -> Option<PollRequest> {
    commands.iter().find_map(|command| match command {
        Command::Poll { request } => Some(request.clone()),
        _ => None,
    })
}

pub(super) fn delivers(commands: &[Command]) -> bool {
    commands.iter().any(|command| matches!(command, Command::Deliver { .. }))
}

pub(super) fn reads_sinks(commands: &[Command]) -> bool {
    commands.iter().any(|command| matches!(command, Command::LoadSinks))
}

pub(super) fn restores(commands: &[Command]) -> bool {
    commands.iter().any(|command| matches!(command, Command::Restore { .. }))
}
