//! When there is nothing to do, and what a clock that is set back changes of that.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::process::{
    Process, answered, away, claim, claim_in, delivers, load_in, poll_in, reads_sinks, report, restores,
};
use super::*;
use crate::RuleWorkflow;
use crate::engine::{Command, Input};
use crate::model::{Account, Store};
use crate::sink::Outcome;
use crate::store::{Claimed, CommitError};

impl Process {
    fn is_idle(&self) -> bool {
        self.engine.is_idle(self.now)
    }

    /// The store does not answer when a workflow is to be welcomed.
    fn not_welcomed(&mut self) {
        let workflow = Arc::new(RuleWorkflow::new("new").sinks(["s"]));
        let commands = self.tell(Input::WorkflowAdded { id: "new".into(), workflow });
        let work = load_in(&commands).expect("asks whether it has begun");
        self.tell(Input::Loaded { work, result: Err(away()) });
    }

    fn set_back(&mut self) {
        self.now -= TimeDelta::hours(1);
        self.tell(Input::Woke);
    }

    fn settled_in() -> Self {
        let mut process = Self::started();
        process.sinks_loaded();
        process.claimed(Claimed::default());
        process
    }
}

#[test]
fn nothing_is_left_to_do_only_when_nothing_is_under_way() {
    let mut process = Process::started();
    assert!(!process.is_idle(), "it reads what is kept of the sinks");
    process.sinks_loaded();
    assert!(!process.is_idle(), "it asks for deliveries");
    process.claimed(Claimed::default());
    assert!(process.is_idle());
    let account = Account::new(Store::AppStoreConnect);
    process.tell(Input::SourceAdded { id: "a".into(), account, interval: Duration::from_secs(60) });
    assert!(process.is_idle(), "nobody has asked for a poll");
    assert!(restores(&process.tell(Input::Round)) && !process.is_idle());
    assert!(poll_in(&process.restored()).is_some() && !process.is_idle());
    let mut commands = process.polled(process.now, Ok(report(Sighting::new().covering(SubjectKind::Version))));
    while let Some(answer) = commands.iter().find_map(answered) {
        assert!(!process.is_idle(), "it reads and writes");
        commands = process.tell(answer);
    }
    assert!(process.is_idle());
}

#[test]
fn what_waits_for_the_store_is_done_once_its_time_has_come() {
    let mut process = Process::settled_in();
    process.not_welcomed();
    assert!(process.is_idle(), "the store is left alone for a while");
    process.now += TimeDelta::seconds(5);
    assert!(!process.is_idle() && process.engine.next_deadline() == Some(process.now));
    let mut process = Process::started();
    process.tell(Input::SinksLoaded(Err(away())));
    assert!(process.is_idle());
    process.now += TimeDelta::seconds(5);
    assert!(!process.is_idle());
}

#[test]
fn what_waits_for_the_store_waits_no_longer_because_a_clock_was_set_back() {
    let mut process = Process::settled_in();
    process.not_welcomed();
    process.set_back();
    assert!(load_in(&process.wakes_after(TimeDelta::seconds(5))).is_some());

    let mut process = Process::started();
    process.tell(Input::SinksLoaded(Err(away())));
    process.set_back();
    assert!(reads_sinks(&process.wakes_after(TimeDelta::seconds(5))));

    let mut process = Process::watching();
    process.set_back();
    let commands = process.wakes_after(TimeDelta::hours(1));
    assert!(commands.iter().any(|command| matches!(command, Command::Prune(_))));
}

#[test]
fn what_is_kept_of_the_sinks_is_read_once() {
    let mut process = Process::started();
    process.tell(Input::SinksLoaded(Ok(BTreeMap::new())));
    assert!(!reads_sinks(&process.wakes_after(TimeDelta::hours(1))));
}

#[test]
fn a_lease_ends_no_later_because_a_clock_was_set_back() {
    for (seconds, begun) in [(34, true), (35, false)] {
        let mut process = Process::started();
        process.sinks_loaded();
        process.set_back();
        process.now += TimeDelta::seconds(seconds);
        assert_eq!(delivers(&process.claimed(Claimed::new(vec![claim()], None))), begun, "after {seconds} s");
    }
}

#[test]
fn a_sink_is_left_alone_no_longer_because_a_clock_was_set_back() {
    let mut process = Process::started();
    process.sinks_loaded();
    process.claimed(Claimed::new(vec![claim()], None));
    let token = process.tried(Outcome::retry_after(Duration::from_secs(600), "too many")).expect("it is settled");
    process.settled(token, true);
    process.set_back();
    assert!(claim_in(&process.wakes_after(TimeDelta::seconds(599))).is_none());
    assert!(claim_in(&process.wakes_after(TimeDelta::seconds(1))).is_some());
}

#[test]
fn what_may_have_been_written_is_looked_for_by_all_sinks() {
    let mut process = Process::watching();
    process.claimed(Claimed::default());
    let work = process.remembers("noon");
    assert!(claim_in(&process.committed(work, Err(CommitError::Unknown(away())))).is_some());
}
