//! The engine beside other processes on the same store, and after it has stood still.

use super::process::{
    Process, answered, away, claim, claim_in, commit_in, delivers, load_in, poll_in, reads_sinks, report,
};
use super::*;
use crate::engine::{Command, Input};
use crate::sink::Outcome;
use crate::store::Claimed;

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
    assert_eq!(claim_in(&process.tell(Input::SinksLoaded(Err(away())))), None);
    assert_eq!(process.engine.next_deadline(), Some(process.now + TimeDelta::seconds(5)));
    assert!(process.engine.is_idle(process.now), "there is nothing to do before then");
    assert!(reads_sinks(&process.wakes_after(TimeDelta::seconds(5))));
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

/// A poll that was begun at this time is answered.
fn polled(process: &mut Process, seen_at: DateTime<Utc>) -> Vec<Command> {
    process.polled(seen_at, Ok(report(Sighting::new())))
}

#[test]
fn what_was_seen_before_the_process_stood_still_says_nothing() {
    let mut process = Process::watching();
    let seen_at = process.now;
    process.now += TimeDelta::minutes(7);
    let commands = polled(&mut process, seen_at);
    assert_eq!(load_in(&commands), None);
    assert!(process.look(&commands).is_some(), "it looks again at once");
    let now = process.now;
    assert!(load_in(&polled(&mut process, now)).is_some());
}

#[test]
fn what_waited_for_the_store_while_the_process_stood_still_says_nothing() {
    let mut process = Process::watching();
    let now = process.now;
    let load = polled(&mut process, now);
    process.now += TimeDelta::minutes(7);
    let commands = process.tell(load.iter().find_map(answered).expect("reads what is known"));
    assert_eq!(commit_in(&commands), None, "others have looked since");
    assert!(process.look(&commands).is_some(), "it looks again at once");
}

#[test]
fn what_another_process_may_have_written_is_read_again() {
    let mut process = Process::watching();
    let mut read = Vec::new();
    for minute in [0, 5, 9, 10, 15, 20] {
        process.now = at(minute);
        let commands = polled(&mut process, at(minute));
        read.push(load_in(&commands).is_some());
        process.written(commands);
    }
    assert_eq!(read, [true, false, false, true, false, true]);
}

/// Lets the store do what it is asked for. Returns what is announced.
fn told(process: &mut Process, mut commands: Vec<Command>) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(answer) = commands.iter().find_map(answered) {
        for command in &commands {
            let Command::Commit { commit, .. } = command else { continue };
            told.extend(commit.history.iter().filter_map(|event| Some(event.data.status_code.as_ref()?.to_string())));
        }
        commands = process.tell(answer);
    }
    told
}

/// The look may have begun before that change, and show what was before it.
#[test]
fn a_look_verifies_nothing_that_was_announced_since_it_began() {
    let mut process = Process::watching();
    let saw = |process: &mut Process, seen: Observation| {
        let sighting = Sighting::new().with(seen).covering(SubjectKind::Version);
        let commands = process.polled(process.now, Ok(report(sighting)));
        told(process, commands)
    };
    let pushed = |process: &mut Process, seen: Observation| {
        let commands = process.pushed(Sighting::new().with(seen));
        told(process, commands)
    };
    let seen = |status| version("v1", status).with_looked_at(at(0));
    assert_eq!(saw(&mut process, seen(Status::InReview)), [""; 0]);
    assert_eq!(saw(&mut process, seen(Status::WaitingForReview)), [""; 0]);
    let look = poll_in(&process.wakes_after(TimeDelta::seconds(5)));
    assert_eq!(look.map(|request| request.verify.len()), Some(1));
    assert_eq!(pushed(&mut process, version("v1", Status::Rejected).with_as_of(at(1))), ["Rejected"]);
    let doubtful = version("v1", Status::WaitingForReview).with_as_of(at(2)).as_doubtful();
    assert_eq!(pushed(&mut process, doubtful), [""; 0]);
    let late = version("v1", Status::WaitingForReview);
    assert_eq!(saw(&mut process, late), [""; 0], "it has not seen the refusal");
}
