//! What a sink is asked for, and when.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::process::{Process, answered, claim, claim_in, delivers, reads_sinks};
use super::*;
use crate::RuleWorkflow;
use crate::engine::{Command, Input};
use crate::sink::{Outcome, SinkProfile};
use crate::store::{Claimed, SinkState};

impl Process {
    fn with_sink(profile: SinkProfile) -> Self {
        let mut process = Self::started();
        process.tell(Input::SinkAdded { id: "s".into(), profile });
        process.sinks_loaded();
        process
    }
}

#[test]
fn no_more_is_asked_for_than_may_be_on_its_way() {
    let mut process = Process::with_sink(SinkProfile::default().with_concurrency(3));
    let commands = process.claimed(Claimed::new(vec![claim()], None));
    assert!(delivers(&commands));
    assert_eq!(claim_in(&commands), None, "nothing more was due");
    let request = claim_in(&process.wakes_after(TimeDelta::seconds(60)));
    assert_eq!(request.map(|request| request.limit), Some(2));
}

#[test]
fn a_sink_that_is_full_asks_for_nothing_and_wakes_nobody() {
    let mut process = Process::with_sink(SinkProfile::default().with_concurrency(1));
    process.claimed(Claimed::new(vec![claim()], None));
    assert!(!process.engine.is_idle(process.now), "a delivery is on its way");
    assert_eq!(process.engine.next_deadline(), None);
    let token = process.tried(Outcome::retry("refused")).expect("it is settled");
    process.settled(token, false);
    assert_eq!(process.engine.next_deadline(), Some(process.now + TimeDelta::seconds(1)), "it is offered again");
    let commands = process.wakes_after(TimeDelta::seconds(1));
    assert!(commands.iter().any(|command| matches!(command, Command::Settle { .. })));
    assert_eq!(process.engine.next_deadline(), None, "and not a third time before it is answered");
    assert_eq!(process.engine.health().sinks[&"s".into()].failed, 1);
    assert_eq!(process.tried(Outcome::retry("refused")), Some(1));
    assert_eq!(process.engine.health().sinks[&"s".into()].failed, 2);
}

#[test]
fn a_sink_has_something_to_do_when_its_time_has_come() {
    let mut process = Process::with_sink(SinkProfile::default());
    process.claimed(Claimed::default());
    assert!(process.engine.is_idle(process.now));
    assert!(!process.engine.is_idle(process.now + TimeDelta::seconds(60)), "it looks for what others left");
}

#[test]
fn what_is_written_while_a_claim_is_under_way_is_claimed_after_it() {
    let mut process = Process::with_sink(SinkProfile::default());
    process.tell(Input::Revived("s".into()));
    assert!(claim_in(&process.claimed(Claimed::default())).is_some());
    assert!(claim_in(&process.claimed(Claimed::default())).is_none());
}

#[test]
fn a_sink_that_asked_for_patience_is_left_alone_also_if_a_due_time_is_wrong() {
    let mut process = Process::with_sink(SinkProfile::default());
    process.claimed(Claimed::new(vec![claim()], None));
    assert!(claim_in(&process.wakes_after(TimeDelta::seconds(60))).is_some());
    process.tried(Outcome::retry_after(Duration::from_secs(600), "too many"));
    let wrong = process.now + TimeDelta::hours(5);
    assert!(claim_in(&process.claimed(Claimed::new(Vec::new(), Some(wrong)))).is_none());
    let request = claim_in(&process.wakes_after(TimeDelta::seconds(600))).expect("the patience is over");
    assert_eq!(request.due_by, wrong);
}

#[test]
fn a_due_time_as_far_away_as_a_lease_is_not_wrong() {
    let mut process = Process::with_sink(SinkProfile::default().with_timeout(Duration::from_secs(100)));
    let leased = process.now + TimeDelta::seconds(105);
    assert!(claim_in(&process.claimed(Claimed::new(Vec::new(), Some(leased)))).is_none());
}

#[test]
fn whether_a_parked_sink_was_freed_is_read_twice_a_minute() {
    let mut process = Process::started();
    let parked = SinkState::parked("gone");
    process.tell(Input::SinksLoaded(Ok(BTreeMap::from([("s".into(), parked)]))));
    let reads = [(); 9].map(|()| reads_sinks(&process.wakes_after(TimeDelta::seconds(10))));
    assert_eq!(reads, [false, false, true, false, false, true, false, false, true]);
}

#[test]
fn a_workflow_is_welcomed_once() {
    let mut process = Process::with_sink(SinkProfile::default());
    let workflow = Arc::new(RuleWorkflow::new("new").sinks(["s"]));
    let mut commands = process.tell(Input::WorkflowAdded { id: "new".into(), workflow });
    let mut written = 0;
    while let Some(answer) = commands.iter().find_map(answered) {
        commands = process.tell(answer);
        written += 1;
    }
    assert_eq!(written, 2, "it is read whether it has begun, and written that it has");
    while claim_in(&process.claimed(Claimed::default())).is_some() {}
    assert_eq!(process.engine.next_deadline(), Some(process.now + TimeDelta::seconds(60)), "nobody asks again");
}

#[test]
fn what_is_older_than_its_time_is_pruned() {
    let mut process = Process::watching();
    let commands = process.wakes_after(TimeDelta::hours(1));
    let retention = commands.iter().find_map(|command| match command {
        Command::Prune(retention) => Some(*retention),
        _ => None,
    });
    let retention = retention.expect("retention runs by the hour");
    let (history, deliveries) = (process.now - TimeDelta::days(365), process.now - TimeDelta::days(30));
    assert_eq!((retention.history_before, retention.deliveries_before), (history, deliveries));
}
