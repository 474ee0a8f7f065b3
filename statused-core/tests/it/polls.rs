//! When a source is polled, what is written, and what is told of failures.

use std::time::Duration;

use chrono::TimeDelta;
use statused_core::engine::Input;
use statused_core::model::Status;
use statused_core::sink::{Outcome, SinkProfile};
use statused_core::source::{Checkpoint, PollReport, Scope, SourceError, SourceErrorKind};
use statused_core::store::Tables;

use crate::bench::{Bench, INTERVAL, Mood, report, version};

use Status::{InReview, ReadyForSale, WaitingForReview};

/// An engine that runs, whose source has just been asked for its first poll.
fn running() -> Bench {
    let mut bench = Bench::new().with_sink("s", SinkProfile::default()).with_source();
    bench.tell(Input::Run);
    assert_eq!(bench.polls.len(), 1);
    bench
}

/// Seconds until the next poll is asked for.
fn wait(bench: &mut Bench) -> i64 {
    let start = bench.now;
    for _ in 0..100 {
        if !bench.polls.is_empty() {
            return (bench.now - start).num_seconds();
        }
        let next = bench.engine.next_deadline().unwrap();
        bench.live(next - bench.now);
    }
    panic!("it is never polled again");
}

fn failure(kind: SourceErrorKind) -> SourceError {
    SourceError::new(kind, format!("{kind:?}"))
}

#[test]
fn a_poll_follows_the_interval_or_what_the_source_asks_for() {
    let mut bench = running();
    bench.polled(Ok(PollReport::new()));
    assert_eq!(wait(&mut bench), 300);
    let mut slow = PollReport::new();
    slow.come_back = Some(Duration::from_secs(1000));
    bench.polled(Ok(slow));
    assert_eq!(wait(&mut bench), 1000);
    let mut hasty = PollReport::new();
    hasty.come_back = Some(Duration::from_secs(1));
    bench.polled(Ok(hasty));
    assert_eq!(wait(&mut bench), 300, "the interval is the floor");
}

#[test]
fn a_failure_is_answered_with_patience() {
    use SourceErrorKind::{Agreement, Credentials, Throttled, Transient};
    // With an interval of five minutes, patience is the interval: the back-off is told apart at ten seconds.
    let cases: [(SourceError, [i64; 5]); 5] = [
        (failure(Transient), [20, 40, 80, 80, 80]),
        (failure(Credentials), [20, 40, 80, 80, 80]),
        (failure(Agreement), [10; 5]),
        (failure(Throttled), [60; 5]),
        (failure(Throttled).with_retry_after(Duration::from_secs(777)), [777; 5]),
    ];
    for (error, waits) in cases {
        let mut bench = running();
        let account = statused_core::model::Account::new(statused_core::model::Store::AppStoreConnect);
        let interval = Duration::from_secs(10);
        bench.tell(Input::SourceAdded { id: "apple".into(), account, interval });
        for expected in waits {
            bench.polled(Err(error.clone()));
            assert_eq!(wait(&mut bench), expected, "{error:?}");
        }
        bench.polled(Ok(PollReport::new()));
        assert_eq!(wait(&mut bench), 10, "one success and all is as before");
    }
}

#[test]
fn a_failing_source_is_told_once_and_its_recovery_too() {
    let mut bench = running();
    for _ in 0..3 {
        bench.polled(Err(failure(SourceErrorKind::Transient)));
        wait(&mut bench);
    }
    assert_eq!(bench.told("source apple fails"), 1);
    let health = bench.engine.health().sources[&"apple".into()].clone();
    assert_eq!((health.failures_in_a_row, health.failed_polls), (3, 3));
    bench.polled(Ok(PollReport::new()));
    assert_eq!(bench.told("source apple works again"), 1);
    let health = bench.engine.health().sources[&"apple".into()].clone();
    assert_eq!((health.failures_in_a_row, health.error), (0, None));
}

#[test]
fn a_part_that_fails_is_told_once_and_hides_nothing_else() {
    let mut bench = running();
    for _ in 0..2 {
        let mut part = report("1", vec![version("v", InReview, bench.now)]);
        part.troubles.push(failure(SourceErrorKind::BadData));
        bench.polled(Ok(part));
        wait(&mut bench);
    }
    assert_eq!(bench.told("is troubled"), 1);
    assert_eq!(bench.tables.list(None, 9).len(), 1);
    assert_eq!(bench.engine.health().sources[&"apple".into()].troubles, ["BadData"]);
}

#[test]
fn a_doubt_is_looked_at_again_soon_and_then_less_soon() {
    let mut bench = running();
    bench.polled(Ok(report("1", vec![version("v", InReview, bench.now)])));
    wait(&mut bench);
    let mut waits = Vec::new();
    for _ in 0..6 {
        bench.polled(Ok(PollReport::new()));
        waits.push(wait(&mut bench));
    }
    assert_eq!(waits, [300; 6], "no doubt, no hurry");
    bench.polled(Ok(report("1", vec![version("v", WaitingForReview, bench.now)])));
    let mut waits = vec![wait(&mut bench)];
    assert_eq!(bench.polls[0].verify.len(), 1, "the second look is asked for");
    assert_eq!(bench.polls[0].scope, Scope::Named, "and nothing else");
    for _ in 0..5 {
        // A source that cannot look directly leaves it open.
        bench.polled(Ok(PollReport::new()));
        waits.push(wait(&mut bench));
    }
    assert_eq!(waits, [2, 4, 8, 16, 32, 64]);
    bench.polled(Ok(report("1", vec![version("v", WaitingForReview, bench.now)])));
    assert_eq!(bench.announced(), ["Waiting for Review"]);
    assert_eq!(wait(&mut bench), 300 - 126, "the usual pace has gone on");
    assert!(bench.polls[0].verify.is_empty());
    assert_eq!(bench.polls[0].scope, Scope::Full);
}

#[test]
fn a_second_look_outlives_a_restart() {
    let mut bench = running();
    bench.polled(Ok(report("1", vec![version("v", InReview, bench.now)])));
    wait(&mut bench);
    bench.polled(Ok(report("1", vec![version("v", WaitingForReview, bench.now)])));
    let mut bench = bench.restarted().with_source();
    bench.tell(Input::Run);
    // What is in doubt is known once the app has been looked at.
    bench.polled(Ok(report("1", vec![version("v", WaitingForReview, bench.now)])));
    assert_eq!(wait(&mut bench), 2);
    bench.polled(Ok(report("1", vec![version("v", WaitingForReview, bench.now)])));
    assert_eq!(bench.announced(), ["Waiting for Review"]);
}

#[test]
fn a_checkpoint_is_written_only_when_it_has_changed() {
    let mut bench = running();
    assert_eq!(bench.polls[0].checkpoint, None);
    let poll = |bench: &mut Bench, text: &str| {
        let before = bench.tables.writes();
        let mut seen = PollReport::new();
        seen.checkpoint = Some(Checkpoint(text.to_owned()));
        bench.polled(Ok(seen));
        wait(bench);
        assert_eq!(bench.polls[0].checkpoint, Some(Checkpoint(text.to_owned())));
        bench.tables.writes() - before
    };
    assert_eq!(poll(&mut bench, "a"), 1);
    assert_eq!(poll(&mut bench, "a"), 0);
    assert_eq!(poll(&mut bench, "b"), 1);
    let mut bench = bench.restarted().with_source();
    bench.tell(Input::Run);
    assert_eq!(bench.polls[0].checkpoint, Some(Checkpoint("b".to_owned())));
    assert_eq!(poll(&mut bench, "b"), 0, "nor after a restart");
}

#[test]
fn a_checkpoint_is_not_taken_further_than_what_it_came_with() {
    let mut bench = running();
    let mut seen = report("1", vec![version("v", InReview, bench.now)]);
    seen.checkpoint = Some(Checkpoint("a".to_owned()));
    bench.mood = Mood::Fails;
    bench.polled(Ok(seen));
    bench.mood = Mood::Works;
    wait(&mut bench);
    assert_eq!(bench.polls[0].checkpoint, None, "the next poll begins where the last one that was kept ended");
}

#[test]
fn a_store_that_fails_is_told_once_and_looked_past_soon() {
    let mut bench = running();
    bench.polled(Ok(report("1", vec![version("v", InReview, bench.now)])));
    wait(&mut bench);
    bench.mood = Mood::Fails;
    for _ in 0..3 {
        bench.polled(Ok(report("1", vec![version("v", ReadyForSale, bench.now)])));
        assert_eq!(wait(&mut bench), 30);
    }
    assert_eq!(bench.told("the store fails"), 1);
    assert!(bench.engine.health().store_error.is_some());
    bench.mood = Mood::Works;
    bench.polled(Ok(report("1", vec![version("v", ReadyForSale, bench.now)])));
    assert_eq!(bench.told("the store works again"), 1);
    assert_eq!(bench.announced(), ["Ready for Sale"]);
    assert_eq!(bench.engine.health().store_error, None);
}

#[test]
fn a_commit_that_did_not_answer_is_neither_lost_nor_repeated() {
    let mut bench = Bench::ready(SinkProfile::default());
    bench.mood = Mood::Silent;
    assert!(!bench.push("1", "v", InReview), "it may not be confirmed");
    bench.mood = Mood::Works;
    bench.live(TimeDelta::seconds(5));
    assert_eq!(bench.answer(&Outcome::delivered()), 1, "it was written, so it goes out");
    bench.tell(Input::Round);
    bench.polled(Ok(report("1", vec![version("v", InReview, bench.now)])));
    assert_eq!(bench.announced(), ["In Review"]);
}

#[test]
fn the_loser_of_a_race_decides_again() {
    let mut bench = Bench::ready(SinkProfile::default());
    // Another monitor on the same store announces the same change first.
    let mut other = Bench::on(bench.tables.clone()).with_sink("s", SinkProfile::default()).with_source();
    other = other.with_workflow("w", &["s"]);
    for _ in 0..6 {
        other.push("1", "v", InReview);
    }
    assert_eq!(other.announced(), ["In Review"]);
    bench.tables = other.tables;
    for _ in 0..3 {
        bench.push("1", "v", InReview);
    }
    assert_eq!(bench.announced(), ["In Review"], "told once, whoever saw it");
}

#[test]
fn a_source_that_is_removed_while_it_is_polled_is_forgotten() {
    let mut bench = running();
    bench.tell(Input::SourceRemoved("apple".into()));
    let before = bench.tables.writes();
    bench.polled(Ok(report("1", vec![version("v", InReview, bench.now)])));
    bench.live(TimeDelta::hours(1));
    assert_eq!((bench.polls.len(), bench.tables.writes()), (0, before));
    assert!(bench.engine.health().sources.is_empty());
    assert!(!bench.push("1", "v", InReview), "a push for it is refused");
}

#[test]
fn a_clock_that_is_set_does_not_stall_polls() {
    for hours in [-48, 48] {
        let mut bench = running();
        bench.polled(Ok(PollReport::new()));
        bench.pass(TimeDelta::hours(hours));
        let waited = wait(&mut bench);
        assert!(waited <= i64::try_from(INTERVAL.as_secs()).unwrap(), "{hours} h: {waited} s");
    }
}

#[test]
fn another_monitor_polls_and_this_one_stands_by() {
    let mut bench = running();
    bench.polls.clear();
    bench.tell(Input::PollLeft { source: "apple".into() });
    assert_eq!(wait(&mut bench), 5);
}

#[test]
fn a_poll_without_news_writes_nothing() {
    let mut bench = running();
    bench.polled(Ok(report("1", vec![version("v", InReview, bench.now)])));
    let before = bench.tables.writes();
    for _ in 0..10 {
        wait(&mut bench);
        bench.polled(Ok(report("1", vec![version("v", InReview, bench.now)])));
    }
    assert_eq!(bench.tables.writes(), before);
}

#[test]
fn retention_runs_by_the_hour() {
    let mut bench = running();
    bench.polls.clear();
    bench.live(TimeDelta::hours(3));
    assert_eq!(bench.prunes.len(), 4);
}

#[test]
fn a_welcome_is_sent_once_also_after_a_restart_and_when_the_store_fails_first() {
    let mut bench = Bench::cold(Tables::new());
    bench.mood = Mood::Fails;
    let mut bench = bench.with_sink("s", SinkProfile::default()).with_sink("t", SinkProfile::default());
    bench = bench.with_workflow("w", &["s", "t"]);
    bench.live(TimeDelta::seconds(30));
    assert!(bench.flights.is_empty());
    bench.mood = Mood::Silent;
    bench.live(TimeDelta::seconds(10));
    bench.mood = Mood::Works;
    bench.live(TimeDelta::seconds(10));
    assert_eq!(bench.answer(&Outcome::delivered()), 2, "one to each of its sinks");
    bench = bench.with_workflow("w", &["s", "t"]);
    bench.live(TimeDelta::minutes(1));
    let bench = bench.restarted().with_sink("s", SinkProfile::default()).with_workflow("w", &["s"]);
    assert!(bench.flights.is_empty());
    assert_eq!(bench.records().len(), 2);
}
