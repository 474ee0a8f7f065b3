//! Where a source has got to, when other processes may have gone on from there.

use std::collections::BTreeMap;
use std::time::Duration;

use super::machines::{Process, answered, polls, restores, watching};
use super::*;
use crate::engine::{Command, Input, Ticket, WorkId};
use crate::model::{Account, AggregateKey, LetterKind, SourceId, Store};
use crate::source::{Checkpoint, PollReport};
use crate::store::{CheckpointWrite, CommitError, StoreError, StoreErrorKind};

impl Process {
    /// A poll from which the source wants to remember something. Returns what is written.
    fn remembers(&mut self, text: &str) -> WorkId {
        let mut report = PollReport::new();
        report.checkpoint = Some(Checkpoint(text.into()));
        let seen_at = self.now;
        let commands = self.tell(Input::Polled { source: "a".into(), seen_at, result: Ok(report) });
        let work = commands.iter().find_map(|command| match command {
            Command::Commit { work, .. } => Some(*work),
            _ => None,
        });
        work.expect("it is written")
    }
}

/// Otherwise a source that remembers what it has asked asks it again.
#[test]
fn no_poll_begins_with_the_checkpoint_before_the_last() {
    let mut process = Process::started();
    process.sinks_loaded();
    let id = SourceId::from("source");
    let account = Account::new(Store::GooglePlay);
    process.tell(Input::SourceAdded { id: id.clone(), account, interval: Duration::from_millis(20) });
    process.tell(Input::Run);
    let polls = |commands: &[Command]| {
        commands.iter().find_map(|command| match command {
            Command::Poll { request } => Some(request.checkpoint.clone()),
            _ => None,
        })
    };
    assert_eq!(polls(&process.tell(Input::Restored { source: id.clone(), result: Ok(None) })), Some(None));
    let mut report = PollReport::new();
    report.checkpoint = Some(Checkpoint("asked at noon".into()));
    let commands = process.tell(Input::Polled { source: id.clone(), seen_at: process.now, result: Ok(report) });
    let work = commands.iter().find_map(|command| match command {
        Command::Commit { work, .. } => Some(*work),
        _ => None,
    });
    process.now += TimeDelta::seconds(5);
    assert_eq!(polls(&process.tell(Input::Woke)), None, "the last look is not written yet");
    assert!(process.engine.next_deadline().is_none_or(|at| at > process.now), "and nobody spins until it is");
    let work = work.expect("the checkpoint is written");
    let commands = process.tell(Input::Committed { work, result: Ok(()) });
    assert_eq!(polls(&commands), Some(Some(Checkpoint("asked at noon".into()))));
}

/// The process stood still before it heard the answer: another may have looked since.
#[test]
fn a_checkpoint_that_was_read_long_ago_is_read_again() {
    let mut process = watching();
    let work = process.remembers("noon");
    process.tell(Input::Committed { work, result: Ok(()) });
    process.now += TimeDelta::minutes(1);
    assert!(restores(&process.tell(Input::Woke)));
    process.now += TimeDelta::hours(4);
    let commands = process.restored();
    assert!(restores(&commands) && !polls(&commands));
    process.now += TimeDelta::seconds(39);
    assert!(polls(&process.restored()));
}

#[test]
fn where_a_source_has_got_to_is_read_again_when_a_commit_did_not_answer() {
    let mut process = watching();
    let work = process.remembers("noon");
    let away = StoreError::new(StoreErrorKind::Unavailable, "away");
    process.tell(Input::Committed { work, result: Err(CommitError::Unknown(away)) });
    process.now += TimeDelta::seconds(30);
    assert!(restores(&process.tell(Input::Woke)), "it may have been written");
}

#[test]
fn what_a_source_remembers_follows_what_its_poll_was_given() {
    let mut process = watching();
    let mut given = None;
    for text in ["noon", "one"] {
        let mut report = PollReport::new();
        report.checkpoint = Some(Checkpoint(text.into()));
        let seen_at = process.now;
        let mut commands = process.tell(Input::Polled { source: "a".into(), seen_at, result: Ok(report) });
        let write = commands.iter().find_map(|command| match command {
            Command::Commit { commit, .. } => commit.checkpoint.clone(),
            _ => None,
        });
        assert_eq!(write, Some(CheckpointWrite::new("a".into(), given.clone(), Checkpoint(text.into()))));
        given = Some(Checkpoint(text.into()));
        while let Some(answer) = commands.iter().find_map(answered) {
            commands = process.tell(answer);
        }
        process.now += TimeDelta::seconds(60);
        assert!(restores(&process.tell(Input::Woke)));
        assert!(polls(&process.tell(Input::Restored { source: "a".into(), result: Ok(given.clone()) })));
    }
}

/// What the source made of its memory was made of an old one.
#[test]
fn a_look_that_another_process_has_outrun_is_made_again() {
    let mut process = watching();
    let work = process.remembers("noon");
    let commands = process.tell(Input::Committed { work, result: Err(CommitError::Conflict(Vec::new())) });
    assert!(!commands.iter().any(|command| matches!(command, Command::Commit { .. })));
    assert!(process.looks(&commands));
}

#[test]
fn a_store_that_is_down_is_not_asked_again_at_once_for_the_sake_of_a_letter() {
    let mut process = watching();
    let key = AggregateKey::App("a".into(), "1".into());
    let mut report = PollReport::new();
    report.checkpoint = Some(Checkpoint("noon".into()));
    report.sightings.insert(key.clone(), Sighting::new().with(release(42, Status::InReview)));
    let seen_at = process.now;
    let mut commands = process.tell(Input::Polled { source: "a".into(), seen_at, result: Ok(report) });
    while let Some(answer) = commands.iter().find_map(answered) {
        commands = process.tell(answer);
    }
    process.now += TimeDelta::seconds(45);
    let letter = Letter::new("m", LetterKind::Warning, process.now);
    let sightings = BTreeMap::from([(key, Sighting::new().with_letter(letter))]);
    let mut commands = process.tell(Input::Pushed { ticket: Ticket(1), source: "a".into(), sightings });
    while let Some(answer) = commands.iter().find_map(answered) {
        commands = process.tell(answer);
    }
    assert!(restores(&commands), "it is about to look at the app");
    let away = StoreError::new(StoreErrorKind::Unavailable, "away");
    assert!(!restores(&process.tell(Input::Restored { source: "a".into(), result: Err(away) })));
    process.now += TimeDelta::seconds(5);
    assert!(restores(&process.tell(Input::Woke)));
}
