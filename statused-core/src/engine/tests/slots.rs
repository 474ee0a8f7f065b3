//! What a sink is asked for, and when.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::process::{Process, answered, claim, claim_in, delivers, reads_sinks};
use super::*;
use crate::RuleWorkflow;
use crate::engine::{Command, Input};
use crate::model::DeliveryId;
use crate::sink::{Outcome, RetryPolicy, SinkProfile};
use crate::store::{Claim, Claimed, SinkState};

impl Process {
    fn with_sink(profile: SinkProfile) -> Self {
        let mut process = Self::started();
        process.tell(Input::SinkAdded { id: "s".into(), profile });
        process.sinks_loaded();
        process
    }

    /// A claim brings a delivery, and there are more. Returns how many are asked for then.
    fn brings(&mut self, number: u64) -> Option<usize> {
        let claim = Claim { id: DeliveryId(number), token: number, ..claim() };
        let commands = self.claimed(Claimed::new(vec![claim], Some(self.now)));
        assert!(delivers(&commands));
        limit(&commands)
    }

    /// A try succeeds. Returns how many are asked for then.
    fn ends(&mut self, number: u64) -> Option<usize> {
        let (delivery, began, outcome) = (DeliveryId(number), self.now, Outcome::delivered());
        limit(&self.tell(Input::Delivered { sink: "s".into(), delivery, began, took: Duration::ZERO, outcome }))
    }

    /// The store has its outcome. Returns how many are asked for then.
    fn is_written(&mut self, number: u64) -> Option<usize> {
        let (delivery, token) = (DeliveryId(number), number);
        limit(&self.tell(Input::Settled { sink: "s".into(), delivery, token, result: Ok(()) }))
    }

    fn knows_of_its_sink(&mut self, state: SinkState) -> Vec<Command> {
        self.tell(Input::SinksLoaded(Ok(BTreeMap::from([("s".into(), state)]))))
    }
}

fn limit(commands: &[Command]) -> Option<usize> {
    claim_in(commands).map(|request| request.limit)
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

/// What waits is bounded, since a crash would repeat it; and nothing waits where a repeat does harm.
#[test]
fn what_only_waits_for_the_store_is_no_call_any_more() {
    let mut process = Process::with_sink(SinkProfile::default().with_concurrency(1));
    assert_eq!(process.brings(1), None, "one is on its way");
    assert_eq!(process.ends(1), Some(1));
    assert_eq!(process.brings(2), None, "one is on its way");
    assert_eq!(process.ends(2), None, "two wait");
    assert_eq!(process.is_written(1), Some(1));
    let mut process = Process::with_sink(SinkProfile::default().with_concurrency(1).with_harmful_repeats());
    assert_eq!(process.brings(1), None);
    assert_eq!(process.ends(1), None);
    assert_eq!(process.is_written(1), Some(1));
}

#[test]
fn a_sink_that_is_full_asks_for_nothing_and_wakes_nobody() {
    let mut process = Process::with_sink(SinkProfile::default().with_concurrency(1).with_harmful_repeats());
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
fn whether_a_sink_that_is_stopped_was_freed_is_read_twice_a_minute() {
    for state in [SinkState::parked("gone"), SinkState::held(at(0) + TimeDelta::hours(1))] {
        let mut process = Process::started();
        process.knows_of_its_sink(state.clone());
        let reads = [(); 9].map(|()| {
            let reads = reads_sinks(&process.wakes_after(TimeDelta::seconds(10)));
            if reads {
                process.knows_of_its_sink(state.clone());
            }
            reads
        });
        assert_eq!(reads, [false, false, true, false, false, true, false, false, true]);
        assert!(reads_sinks(&process.wakes_after(TimeDelta::seconds(30))));
        assert!(claim_in(&process.knows_of_its_sink(SinkState::default())).is_some(), "somebody has freed it");
        assert!(!reads_sinks(&process.wakes_after(TimeDelta::seconds(30))));
    }
}

/// Who has freed it may have made something due.
#[test]
fn a_sink_that_was_freed_elsewhere_is_asked_for_at_once_and_one_that_was_free_is_not() {
    let patient = RetryPolicy { waits: vec![Duration::from_secs(7200)], ..RetryPolicy::five() };
    let mut process = Process::with_sink(SinkProfile::default().with_retry(patient));
    let later = process.now + TimeDelta::hours(1);
    assert_eq!(claim_in(&process.claimed(Claimed::new(Vec::new(), Some(later)))), None);
    process.knows_of_its_sink(SinkState::parked("gone"));
    assert!(reads_sinks(&process.wakes_after(TimeDelta::seconds(30))));
    assert!(claim_in(&process.knows_of_its_sink(SinkState::default())).is_some(), "it was freed");
    process.claimed(Claimed::new(Vec::new(), Some(later)));
    assert_eq!(claim_in(&process.knows_of_its_sink(SinkState::default())), None, "it was free");
}

#[test]
fn what_is_read_of_a_sink_is_older_than_what_has_happened_since_it_was_asked_for() {
    let asks_for_patience = Outcome::retry_after(Duration::from_secs(600), "too many");
    let begun = || {
        let mut process = Process::with_sink(SinkProfile::default());
        process.claimed(Claimed::new(vec![claim()], None));
        process.knows_of_its_sink(SinkState::held(process.now + TimeDelta::minutes(1)));
        process
    };
    // Asked, read, and only then held: while the hold is on its way to the store, and when it is there.
    for is_written in [false, true] {
        let mut process = begun();
        assert!(reads_sinks(&process.wakes_after(TimeDelta::seconds(30))));
        process.tried(asks_for_patience.clone());
        if is_written {
            process.settled(1, true);
        }
        assert_eq!(claim_in(&process.knows_of_its_sink(SinkState::default())), None);
    }
    // Held, asked, and answered from before it was written: while it is on its way, and when it is there.
    for is_written in [false, true] {
        let mut process = begun();
        process.tried(asks_for_patience.clone());
        assert!(reads_sinks(&process.wakes_after(TimeDelta::seconds(30))));
        if is_written {
            process.settled(1, true);
        }
        assert_eq!(claim_in(&process.knows_of_its_sink(SinkState::default())), None);
    }
}

/// Of two answers nobody could say which one is the later.
#[test]
fn the_sinks_records_are_read_once_at_a_time() {
    let mut process = Process::started();
    process.knows_of_its_sink(SinkState::parked("gone"));
    assert!(reads_sinks(&process.wakes_after(TimeDelta::seconds(30))));
    assert!(!process.engine.is_idle(process.now));
    assert!(!reads_sinks(&process.wakes_after(TimeDelta::seconds(300))));
    process.knows_of_its_sink(SinkState::parked("gone"));
    assert!(reads_sinks(&process.wakes_after(TimeDelta::seconds(30))));
}

#[test]
fn patience_that_was_asked_for_before_a_sink_was_freed_counts_once_it_is_written() {
    let mut process = Process::with_sink(SinkProfile::default());
    process.claimed(Claimed::new(vec![claim()], None));
    process.tried(Outcome::retry_after(Duration::from_secs(600), "too many"));
    assert!(claim_in(&process.tell(Input::Revived("s".into()))).is_some());
    process.tell(Input::Settled { sink: "s".into(), delivery: DeliveryId(1), token: 1, result: Ok(()) });
    assert_eq!(claim_in(&process.claimed(Claimed::default())), None);
    let held = process.engine.health().sinks[&"s".into()].held_until;
    assert_eq!(held, Some(process.now + TimeDelta::seconds(600)));
}

#[test]
fn a_sink_that_was_freed_is_not_parked_by_what_was_read_before() {
    let mut process = Process::started();
    process.knows_of_its_sink(SinkState::parked("gone"));
    assert!(reads_sinks(&process.wakes_after(TimeDelta::seconds(30))));
    assert!(claim_in(&process.tell(Input::Revived("s".into()))).is_some());
    process.knows_of_its_sink(SinkState::parked("gone"));
    assert_eq!(process.engine.health().sinks[&"s".into()].parked, None);
}

#[test]
fn an_outcome_that_the_store_did_not_take_is_offered_again_also_before_the_end() {
    let mut process = Process::with_sink(SinkProfile::default());
    process.claimed(Claimed::new(vec![claim()], None));
    process.tell(Input::Stop);
    process.tried(Outcome::delivered());
    process.settled(1, false);
    assert!(process.engine.owes_settlements());
    assert_eq!(process.engine.next_deadline(), Some(process.now + TimeDelta::seconds(1)));
    let commands = process.wakes_after(TimeDelta::seconds(1));
    assert!(commands.iter().any(|command| matches!(command, Command::Settle { .. })));
    assert_eq!(claim_in(&commands), None, "it takes nothing new");
    process.settled(1, true);
    assert!(!process.engine.owes_settlements());
}

#[test]
fn what_comes_together_is_answered_together() {
    let mut process = Process::with_sink(SinkProfile::default().with_concurrency(2));
    let claims = [1, 2].map(|number| Claim { id: DeliveryId(number), token: number, ..claim() });
    process.claimed(Claimed::new(claims.to_vec(), Some(process.now)));
    for number in [1, 2] {
        let (delivery, began, outcome) = (DeliveryId(number), process.now, Outcome::delivered());
        let sink = "s".into();
        process.engine.handle(process.now, Input::Delivered { sink, delivery, began, took: Duration::ZERO, outcome });
    }
    assert!(!process.engine.is_idle(process.now));
    let commands: Vec<_> = std::iter::from_fn(|| process.engine.poll()).collect();
    assert_eq!(limit(&commands), Some(2), "one claim for both places");
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
