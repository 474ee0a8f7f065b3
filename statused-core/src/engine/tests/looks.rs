//! Direct looks that are owed: at what is in doubt, and at what a letter has spoken of.

use std::collections::BTreeMap;
use std::time::Duration;

use super::process::{Process, app, away, commit_in, load_in, poll_in, report};
use super::*;
use crate::engine::{Command, Input, Notice, Ticket, WorkId};
use crate::model::{Account, AggregateKey, LetterKind, Store};
use crate::source::{PollReport, PollRequest, Scope, SourceError, SourceErrorKind};
use crate::store::{Claimed, CommitError};

fn failure(kind: SourceErrorKind) -> SourceError {
    SourceError::new(kind, "it fails")
}

impl Process {
    /// A letter about an app that is known. Returns the look at it.
    fn is_written_to(&mut self) -> PollRequest {
        let commands = self.pushed(Sighting::new().with_letter(Letter::new("m", LetterKind::Warning, self.now)));
        poll_in(&self.written(commands)).expect("it looks at the app")
    }

    fn polls_after(&mut self, seconds: i64) -> Option<PollRequest> {
        let commands = self.wakes_after(TimeDelta::seconds(seconds));
        self.look(&commands)
    }

    /// Polls once something is due, which is soon.
    fn looks_soon(&mut self) -> Option<PollRequest> {
        let soon = TimeDelta::seconds(4);
        let pause = self.engine.next_deadline().map(|at| at - self.now).filter(|pause| *pause <= soon)?;
        let commands = self.wakes_after(pause);
        self.look(&commands)
    }
}

/// A process that knows an app with a release under review.
fn knowing() -> Process {
    let mut process = Process::watching();
    process.answers(Ok(report(Sighting::new().with(release(42, Status::InReview)))));
    process.now += TimeDelta::seconds(5);
    process
}

#[test]
fn a_look_that_is_owed_is_made_again_after_it_has_failed() {
    let mut process = knowing();
    let look = process.is_written_to();
    assert_eq!((look.scope, look.hints.len()), (Scope::Named, 1));
    process.answers(Err(failure(SourceErrorKind::Transient)));
    assert_eq!(process.looks_soon().map(|look| (look.scope, look.hints.len())), Some((Scope::Named, 1)));
}

#[test]
fn a_look_that_is_owed_is_made_again_after_what_it_saw_could_not_be_written() {
    let mut process = knowing();
    process.is_written_to();
    let commands = process.polled(process.now, Ok(report(Sighting::new().with(release(42, Status::Rejected)))));
    let work = commit_in(&commands).expect("it is written");
    process.committed(work, Err(CommitError::Failed(away())));
    let hints = process.polls_after(60).map(|look| look.hints.len());
    assert_eq!(hints, Some(1));
}

#[test]
fn a_look_that_another_process_has_outrun_is_made_again_in_the_same_round() {
    let mut process = Process::started();
    process.sinks_loaded();
    let account = Account::new(Store::AppStoreConnect);
    process.tell(Input::SourceAdded { id: "a".into(), account, interval: Duration::from_secs(60) });
    process.tell(Input::Round);
    process.restored();
    let outrun = |process: &mut Process| {
        let seen = Sighting::new().with(release(42, Status::InReview));
        let mut commands = process.polled(process.now, Ok(report(seen)));
        if let Some(work) = load_in(&commands) {
            commands = process.tell(Input::Loaded { work, result: Ok(Vec::new()) });
        }
        let work = commit_in(&commands).expect("it is written");
        let commands = process.committed(work, Err(CommitError::Conflict(vec![app()])));
        let again = process.look(&commands).map(|look| look.scope);
        (again, process.engine.is_idle(process.now))
    };
    assert_eq!(outrun(&mut process), (Some(Scope::Full), false));
    process.tell(Input::Stop);
    assert_eq!(outrun(&mut process).0, None, "nobody waits for it");
}

#[test]
fn a_look_that_is_owed_needs_no_turn() {
    let mut process = knowing();
    process.is_written_to();
    process.tell(Input::PollLeft { source: "a".into() });
    assert_eq!(process.looks_soon().map(|look| (look.scope, look.hints.len())), Some((Scope::Named, 1)));
    let mut idle = knowing();
    assert!(idle.polls_after(55).is_some());
    idle.tell(Input::PollLeft { source: "a".into() });
    assert_eq!(idle.looks_soon().map(|look| look.scope), None, "nothing is owed");
}

#[test]
fn a_source_may_ask_for_any_wait() {
    let mut process = Process::watching();
    let mut seen = report(Sighting::new());
    seen.come_back = Some(Duration::MAX);
    process.answers(Ok(seen));
    let due = |process: &Process| process.engine.poll_due(&"a".into());
    assert_eq!(due(&process), Some(DateTime::<Utc>::MAX_UTC));
    process.now -= TimeDelta::hours(1);
    process.tell(Input::Woke);
    let mut failing = Process::watching();
    let error = SourceError { retry_after: Some(Duration::MAX), ..failure(SourceErrorKind::Throttled) };
    failing.answers(Err(error));
    assert_eq!(due(&failing), Some(DateTime::<Utc>::MAX_UTC));
}

#[test]
fn an_account_in_doubt_is_seen_by_a_whole_poll_and_by_no_look_at_an_app() {
    let mut process = knowing();
    assert!(process.polls_after(55).is_some());
    process.answers(Err(failure(SourceErrorKind::Agreement)));
    assert_eq!(process.is_written_to().verify.len(), 0);
    process.answers(Ok(PollReport::new()));
    let look = process.polls_after(60).expect("polls");
    assert_eq!((look.scope, look.verify.len()), (Scope::Full, 1));
}

#[test]
fn a_clock_that_is_set_back_prolongs_no_wait_for_a_look() {
    let mut process = knowing();
    process.is_written_to();
    process.answers(Err(failure(SourceErrorKind::Transient)));
    process.now -= TimeDelta::hours(1);
    process.tell(Input::Woke);
    assert!(process.looks_soon().is_some());
}

/// It may show what was before that, as this process may have stood still since.
#[test]
fn a_look_that_another_process_has_outrun_is_made_again_and_not_judged_anew() {
    let mut process = knowing();
    assert!(process.polls_after(55).is_some());
    let commands = process.polled(process.now, Ok(report(Sighting::new().with(release(42, Status::Live)))));
    let work = commit_in(&commands).expect("it is written");
    let commands = process.committed(work, Err(CommitError::Conflict(vec![app()])));
    assert_eq!(load_in(&commands), None);
    assert!(process.look(&commands).is_some());
}

#[test]
fn nobody_looks_at_an_app_that_was_never_seen_because_of_a_letter() {
    let mut process = knowing();
    let letter = Letter::new("m", LetterKind::Warning, process.now);
    let other = AggregateKey::App("a".into(), "2".into());
    let sightings = BTreeMap::from([(other, Sighting::new().with_letter(letter))]);
    let commands = process.tell(Input::Pushed { ticket: Ticket(1), source: "a".into(), sightings });
    assert!(poll_in(&process.written(commands)).is_none());
}

/// The number of the first thing that a push has read, if it has to read something.
fn read_for_a_push(process: &mut Process) -> Option<WorkId> {
    let commands = process.pushed(Sighting::new().with(release(42, Status::InReview)));
    let load = load_in(&commands);
    process.written(commands);
    load
}

#[test]
fn what_another_monitor_may_have_written_is_read_again_and_each_reading_has_its_number() {
    let mut process = knowing();
    assert_eq!(read_for_a_push(&mut process), None);
    process.tell(Input::PollLeft { source: "a".into() });
    let first = read_for_a_push(&mut process).expect("another polls");
    process.tell(Input::PollLeft { source: "a".into() });
    assert_ne!(read_for_a_push(&mut process), Some(first));
}

#[test]
fn nothing_is_left_of_a_source_that_was_removed() {
    let mut process = knowing();
    let mut pushed = release(42, Status::Rejected).with_as_of(process.now + TimeDelta::days(1)).needing(Need::Look);
    pushed.news = true;
    let commands = process.pushed(Sighting::new().with(pushed));
    #[cfg(feature = "testkit")]
    assert!(!process.engine.doubts_anything());
    process.written(commands);
    #[cfg(feature = "testkit")]
    assert!(process.engine.doubts_anything());
    process.claimed(Claimed::default());
    process.tell(Input::Stop);
    assert!(process.engine.next_deadline().is_some(), "the push is told without a look after a while");
    process.tell(Input::SourceRemoved("a".into()));
    assert_eq!(process.engine.next_deadline(), None);
    process.tell(Input::Run);
    let account = Account::new(Store::GooglePlay);
    process.tell(Input::SourceAdded { id: "a".into(), account, interval: Duration::from_secs(60) });
    let look = poll_in(&process.restored()).expect("polls");
    assert_eq!(look.verify.len(), 0);
    assert!(read_for_a_push(&mut process).is_some());
}

#[test]
fn polls_requests_and_failures_are_counted_and_a_trouble_is_told_when_it_begins() {
    let mut process = knowing();
    let mut told = Vec::new();
    for _ in 0..3 {
        let mut report = PollReport::new();
        report.requests = 4;
        report.troubles.push(failure(SourceErrorKind::BadData));
        let commands = process.polled(process.now, Ok(report));
        told.push(commands.iter().any(|command| matches!(command, Command::Tell(Notice::SourceTroubled(..)))));
    }
    assert_eq!(told, [true, false, false]);
    for _ in 0..2 {
        process.answers(Err(failure(SourceErrorKind::Transient)));
    }
    let health = &process.engine.health().sources[&"a".into()];
    assert_eq!((health.polls, health.requests, health.failed_polls), (6, 12, 2));
}
