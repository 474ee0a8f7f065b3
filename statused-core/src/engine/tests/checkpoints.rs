//! Where a source has got to, when other processes may have gone on from there.

use std::time::Duration;

use super::process::{Process, app, away, commit_in, load_in, poll_in, remembering, report, restores};
use super::*;
use crate::engine::{Command, Input};
use crate::model::{Account, LetterKind, SourceId, Store};
use crate::source::{Checkpoint, PollReport};
use crate::store::{CheckpointWrite, CommitError};

/// Otherwise a source that remembers what it has asked asks it again.
#[test]
fn no_poll_begins_with_the_checkpoint_before_the_last() {
    let mut process = Process::started();
    process.sinks_loaded();
    let id = SourceId::from("source");
    let account = Account::new(Store::GooglePlay);
    process.tell(Input::SourceAdded { id: id.clone(), account, interval: Duration::from_millis(20) });
    process.tell(Input::Run);
    let polls = |commands: &[Command]| poll_in(commands).map(|request| request.checkpoint);
    assert_eq!(polls(&process.tell(Input::Restored { source: id.clone(), result: Ok(None) })), Some(None));
    let result = Ok(remembering("noon"));
    let commands = process.tell(Input::Polled { source: id.clone(), seen_at: process.now, result });
    let work = commit_in(&commands).expect("the checkpoint is written");
    assert_eq!(polls(&process.wakes_after(TimeDelta::seconds(5))), None, "the last look is not written yet");
    assert!(process.engine.next_deadline().is_none_or(|at| at > process.now), "and nobody spins until it is");
    assert_eq!(polls(&process.committed(work, Ok(()))), Some(Some(Checkpoint("noon".into()))));
}

/// The process stood still before it heard the answer: another may have looked since.
#[test]
fn a_checkpoint_that_was_read_long_ago_is_read_again() {
    let mut process = Process::watching();
    let work = process.remembers("noon");
    process.committed(work, Ok(()));
    assert!(restores(&process.wakes_after(TimeDelta::minutes(1))));
    process.now += TimeDelta::hours(4);
    let commands = process.restored();
    assert!(restores(&commands) && poll_in(&commands).is_none());
    process.now += TimeDelta::seconds(39);
    assert!(poll_in(&process.restored()).is_some());
}

#[test]
fn where_a_source_has_got_to_is_read_again_when_a_commit_did_not_answer() {
    let mut process = Process::watching();
    let work = process.remembers("noon");
    process.committed(work, Err(CommitError::Unknown(away())));
    assert!(restores(&process.wakes_after(TimeDelta::seconds(30))), "it may have been written");
}

#[test]
fn what_a_source_remembers_follows_what_its_poll_was_given() {
    let mut process = Process::watching();
    let mut given = None;
    for text in ["noon", "one"] {
        let commands = process.polled(process.now, Ok(remembering(text)));
        let write = commands.iter().find_map(|command| match command {
            Command::Commit { commit, .. } => commit.checkpoint.clone(),
            _ => None,
        });
        assert_eq!(write, Some(CheckpointWrite::new("a".into(), given.clone(), Checkpoint(text.into()))));
        given = Some(Checkpoint(text.into()));
        process.written(commands);
        assert!(restores(&process.wakes_after(TimeDelta::seconds(60))));
        let commands = process.tell(Input::Restored { source: "a".into(), result: Ok(given.clone()) });
        assert!(poll_in(&commands).is_some());
    }
}

/// What the source made of its memory was made of an old one.
#[test]
fn a_look_that_another_process_has_outrun_is_made_again() {
    let mut process = Process::watching();
    let work = process.remembers("noon");
    let commands = process.committed(work, Err(CommitError::Conflict(Vec::new())));
    assert_eq!(commit_in(&commands), None);
    assert!(process.look(&commands).is_some());
}

fn processing() -> Sighting {
    Sighting::new().with(build("b1", Status::Processing))
}

#[test]
fn a_push_that_is_being_written_keeps_no_poll_waiting() {
    let mut process = Process::watching();
    process.answers(Ok(PollReport::new()));
    assert!(load_in(&process.pushed(processing())).is_some());
    assert!(poll_in(&process.wakes_after(TimeDelta::seconds(60))).is_some());
}

#[test]
fn a_push_that_another_process_has_outrun_is_decided_again() {
    let mut process = Process::watching();
    process.answers(Ok(report(Sighting::new().covering(SubjectKind::Build))));
    let work = commit_in(&process.pushed(processing())).expect("it is written");
    let commands = process.committed(work, Err(CommitError::Conflict(vec![app()])));
    assert!(load_in(&commands).is_some());
    assert!(!commands.iter().any(|command| matches!(command, Command::Answer { .. })));
}

#[test]
fn a_store_that_is_down_is_not_asked_again_at_once_for_the_sake_of_a_letter() {
    let mut process = Process::watching();
    let mut first = report(Sighting::new().with(release(42, Status::InReview)));
    first.checkpoint = Some(Checkpoint("noon".into()));
    process.answers(Ok(first));
    process.now += TimeDelta::seconds(45);
    let letter = Letter::new("m", LetterKind::Warning, process.now);
    let commands = process.pushed(Sighting::new().with_letter(letter));
    assert!(restores(&process.written(commands)), "it is about to look at the app");
    assert!(!restores(&process.tell(Input::Restored { source: "a".into(), result: Err(away()) })));
    assert!(restores(&process.wakes_after(TimeDelta::seconds(5))));
}
