//! The engine beside other processes on the same store, and after it has stood still.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::RuleWorkflow;
use crate::engine::{Command, Engine, Input, Settings, Ticket};
use crate::model::{Account, AggregateKey, DeliveryId, Notification, Store};
use crate::sink::{Outcome, SinkProfile};
use crate::source::PollReport;
use crate::store::{Claim, ClaimRequest, Claimed, StoreError, StoreErrorKind};

pub(super) struct Process {
    pub(super) engine: Engine,
    pub(super) now: DateTime<Utc>,
}

impl Process {
    /// A process with one source and one sink that has read what there is to read.
    pub(super) fn started() -> Self {
        let mut process = Self { engine: Engine::new(Settings::default()), now: at(0) };
        process.tell(Input::SinkAdded { id: "s".into(), profile: SinkProfile::default() });
        let workflow = Arc::new(RuleWorkflow::new("w").sinks(["s"]).enabled(false));
        process.tell(Input::WorkflowAdded { id: "w".into(), workflow });
        process
    }

    pub(super) fn tell(&mut self, input: Input) -> Vec<Command> {
        self.engine.handle(self.now, input);
        std::iter::from_fn(|| self.engine.poll()).collect()
    }

    pub(super) fn sinks_loaded(&mut self) -> ClaimRequest {
        claim_in(&self.tell(Input::SinksLoaded(Ok(BTreeMap::new())))).expect("asks for deliveries")
    }

    fn claimed(&mut self, claimed: Claimed) -> Vec<Command> {
        self.tell(Input::Claimed { sink: "s".into(), result: Ok(claimed) })
    }

    /// A try ends. Returns the claim that is settled.
    fn tried(&mut self, outcome: Outcome) -> Option<u64> {
        let (sink, delivery, began) = ("s".into(), DeliveryId(1), self.now);
        let commands = self.tell(Input::Delivered { sink, delivery, began, took: Duration::ZERO, outcome });
        commands.iter().find_map(|command| match command {
            Command::Settle { settlement, .. } => Some(settlement.token),
            _ => None,
        })
    }

    fn settled(&mut self, token: u64, works: bool) {
        let away = StoreError::new(StoreErrorKind::Unavailable, "away");
        let result = if works { Ok(()) } else { Err(away) };
        self.tell(Input::Settled { sink: "s".into(), delivery: DeliveryId(1), token, result });
        // Claims are under way all the time.
        self.tell(Input::Woke);
    }
}

fn claim_in(commands: &[Command]) -> Option<ClaimRequest> {
    commands.iter().find_map(|command| match command {
        Command::Claim(request) => Some(request.clone()),
        _ => None,
    })
}

fn claim() -> Claim {
    let event = super::super::test_event(&"w".into(), "s", at(0));
    Claim::new(DeliveryId(1), 1, 0, at(0), Notification::new(event, "w".into()))
}

fn delivers(commands: &[Command]) -> bool {
    commands.iter().any(|command| matches!(command, Command::Deliver { .. }))
}

#[test]
fn a_claim_that_is_answered_after_its_lease_is_not_begun() {
    for (seconds, begun) in [(34, true), (35, false), (3600, false)] {
        let mut process = Process::started();
        let request = process.sinks_loaded();
        assert_eq!(request.lease_until - request.now, TimeDelta::seconds(35));
        process.now += TimeDelta::seconds(seconds);
        let commands = process.claimed(Claimed::new(vec![claim()], None));
        assert_eq!(delivers(&commands), begun, "after {seconds} s");
    }
}

/// Otherwise its outcome would be lost, and it would be made again when its lease has ended.
#[test]
fn a_second_answer_to_a_settlement_does_not_end_the_next_try() {
    let mut process = Process::started();
    process.sinks_loaded();
    let mut claim = claim();
    let mut claimed = |process: &mut Process, token| {
        claim.token = token;
        process.claimed(Claimed::new(vec![claim.clone()], None))
    };
    assert!(delivers(&claimed(&mut process, 1)));
    assert_eq!(process.tried(Outcome::retry("refused")), Some(1));
    // The store has it, and does not say so: the next claim brings the delivery again, and so its outcome is offered again.
    process.settled(1, false);
    assert!(!delivers(&claimed(&mut process, 2)));
    process.settled(2, true);
    assert!(delivers(&claimed(&mut process, 3)));
    process.settled(2, true);
    assert_eq!(process.tried(Outcome::delivered()), Some(3));
}

#[test]
fn a_due_time_of_another_clock_is_overruled_and_a_lease_is_not() {
    let mut process = Process::started();
    process.sinks_loaded();
    let wrong = process.now + TimeDelta::hours(5);
    let request = claim_in(&process.claimed(Claimed::new(Vec::new(), Some(wrong)))).expect("reaches further");
    assert_eq!((request.due_by, request.now), (wrong, process.now));
    // What is still there is held by a lease.
    assert_eq!(claim_in(&process.claimed(Claimed::new(Vec::new(), Some(wrong)))), None);
    assert_eq!(process.engine.next_deadline(), Some(process.now + TimeDelta::seconds(60)));
}

#[test]
fn nothing_is_claimed_before_the_sinks_records_are_read() {
    let mut process = Process::started();
    let error = StoreError::new(StoreErrorKind::Unavailable, "away");
    assert_eq!(claim_in(&process.tell(Input::SinksLoaded(Err(error)))), None);
    assert_eq!(process.engine.next_deadline(), Some(process.now + TimeDelta::seconds(5)));
    assert!(process.engine.is_idle(process.now), "there is nothing to do before then");
    process.now += TimeDelta::seconds(5);
    assert!(process.tell(Input::Woke).iter().any(|command| matches!(command, Command::LoadSinks)));
    process.sinks_loaded();
}

#[test]
fn a_process_that_stops_does_not_ask_to_be_woken_for_deliveries() {
    let mut process = Process::started();
    process.sinks_loaded();
    process.claimed(Claimed::default());
    process.tell(Input::Stop);
    assert_eq!(process.engine.next_deadline(), None);
}

/// A process that watches an app, and what it orders when a poll of this age is answered.
pub(super) fn watching() -> Process {
    let mut process = Process::started();
    process.sinks_loaded();
    let account = Account::new(Store::AppStoreConnect);
    process.tell(Input::SourceAdded { id: "a".into(), account, interval: Duration::from_secs(60) });
    process.tell(Input::Run);
    process.tell(Input::Restored { source: "a".into(), result: Ok(None) });
    process
}

impl Process {
    fn polled(&mut self, seen_at: DateTime<Utc>) -> Vec<Command> {
        let mut report = PollReport::new();
        report.sightings.insert(AggregateKey::App("a".into(), "1".into()), Sighting::new());
        self.tell(Input::Polled { source: "a".into(), seen_at, result: Ok(report) })
    }

    pub(super) fn restored(&mut self) -> Vec<Command> {
        self.tell(Input::Restored { source: "a".into(), result: Ok(None) })
    }

    /// Whether it polls, once it has read again where the source has got to.
    pub(super) fn looks(&mut self, commands: &[Command]) -> bool {
        restores(commands) && polls(&self.restored())
    }
}

pub(super) fn polls(commands: &[Command]) -> bool {
    commands.iter().any(|command| matches!(command, Command::Poll { .. }))
}

pub(super) fn restores(commands: &[Command]) -> bool {
    commands.iter().any(|command| matches!(command, Command::Restore { .. }))
}

impl Process {
    /// A poll shows one version. Returns what is announced.
    fn saw(&mut self, seen: Observation) -> Vec<String> {
        let sighting = Sighting::new().with(seen).covering(SubjectKind::Version);
        let mut report = PollReport::new();
        report.sightings.insert(AggregateKey::App("a".into(), "1".into()), sighting);
        let commands = self.tell(Input::Polled { source: "a".into(), seen_at: self.now, result: Ok(report) });
        self.written(commands)
    }

    /// A push of one version. Returns what is announced.
    fn pushed(&mut self, seen: Observation) -> Vec<String> {
        let sightings = BTreeMap::from([(AggregateKey::App("a".into(), "1".into()), Sighting::new().with(seen))]);
        let commands = self.tell(Input::Pushed { ticket: Ticket(1), source: "a".into(), sightings });
        self.written(commands)
    }

    /// Lets the store do what it is asked for. Returns what is announced.
    fn written(&mut self, mut commands: Vec<Command>) -> Vec<String> {
        let mut told = Vec::new();
        while let Some(answer) = commands.iter().find_map(answered) {
            for command in &commands {
                let Command::Commit { commit, .. } = command else { continue };
                told.extend(
                    commit.history.iter().filter_map(|event| Some(event.data.status_code.as_ref()?.to_string())),
                );
            }
            commands = self.tell(answer);
        }
        told
    }
}

fn loads(commands: &[Command]) -> bool {
    commands.iter().any(|command| matches!(command, Command::Load { .. }))
}

#[test]
fn what_was_seen_before_the_process_stood_still_says_nothing() {
    let mut process = watching();
    let seen_at = process.now;
    process.now += TimeDelta::minutes(7);
    let commands = process.polled(seen_at);
    assert!(!loads(&commands));
    assert!(process.looks(&commands), "it looks again at once");
    let now = process.now;
    assert!(loads(&process.polled(now)));
}

#[test]
fn what_waited_for_the_store_while_the_process_stood_still_says_nothing() {
    let mut process = watching();
    let now = process.now;
    let load = process.polled(now);
    process.now += TimeDelta::minutes(7);
    let commands = process.tell(load.iter().find_map(answered).expect("reads what is known"));
    assert!(!commands.iter().any(|command| matches!(command, Command::Commit { .. })), "others have looked since");
    assert!(process.looks(&commands), "it looks again at once");
}

#[test]
fn what_another_process_may_have_written_is_read_again() {
    let mut process = watching();
    let mut read = Vec::new();
    for minute in [0, 5, 9, 10, 15, 20] {
        process.now = at(minute);
        let mut commands = process.polled(at(minute));
        read.push(loads(&commands));
        while let Some(answer) = commands.iter().find_map(answered) {
            commands = process.tell(answer);
        }
    }
    assert_eq!(read, [true, false, false, true, false, true]);
}

/// What a store says in which nobody else writes.
pub(super) fn answered(command: &Command) -> Option<Input> {
    match command {
        Command::Load { work, .. } => Some(Input::Loaded { work: *work, result: Ok(Vec::new()) }),
        Command::Commit { work, .. } => Some(Input::Committed { work: *work, result: Ok(()) }),
        _ => None,
    }
}

/// The look may have begun before that change, and show what was before it.
#[test]
fn a_look_verifies_nothing_that_was_announced_since_it_began() {
    let mut process = watching();
    let seen = |status| version("v1", status).with_looked_at(at(0));
    assert_eq!(process.saw(seen(Status::InReview)), [""; 0]);
    assert_eq!(process.saw(seen(Status::WaitingForReview)), [""; 0]);
    process.now += TimeDelta::seconds(5);
    let asked = process.tell(Input::Woke);
    assert!(asked.iter().any(|command| matches!(command, Command::Poll { request } if request.verify.len() == 1)));
    let rejected = version("v1", Status::Rejected).with_as_of(at(1));
    assert_eq!(process.pushed(rejected), ["Rejected"]);
    let doubtful = version("v1", Status::WaitingForReview).with_as_of(at(2)).as_doubtful();
    assert_eq!(process.pushed(doubtful), [""; 0]);
    assert_eq!(process.saw(version("v1", Status::WaitingForReview)), [""; 0], "it has not seen the refusal");
}
