//! Pushes that wait for a direct look, and when it is asked for.

use chrono::TimeDelta;
use statused_core::engine::Input;
use statused_core::model::{Need, Observation, Status};
use statused_core::sink::SinkProfile;
use statused_core::source::{PollReport, Scope, SourceError, SourceErrorKind};

use crate::bench::{Bench, Mood, report, sightings, version};

use Status::{InReview, Rejected, WaitingForReview};

/// An app whose version waits for review, watched by the clock; the first poll has been answered.
fn watching() -> Bench {
    let mut bench = Bench::new().with_sink("s", SinkProfile::default()).with_workflow("w", &["s"]).with_source();
    bench.tell(Input::Run);
    let seen = version("v", WaitingForReview, bench.now).with_looked_at(bench.now);
    bench.polled(Ok(report("1", vec![seen])));
    bench.pass(TimeDelta::seconds(30));
    assert!(bench.polls.is_empty());
    bench
}

/// A push of this moment that lacks its details.
fn bare(bench: &Bench, status: Status) -> Observation {
    version("v", status, bench.now).with_as_of(bench.now).needing(Need::Look)
}

/// What a direct look at the version brings.
fn direct(bench: &Bench, status: Status) -> PollReport {
    let mut seen = version("v", status, bench.now).with_looked_at(bench.now);
    seen.details.version = Some("1.0".to_owned());
    let mut report = PollReport::new();
    report.sightings = sightings("1", vec![seen]);
    report
}

#[test]
fn a_push_that_waits_is_looked_at_at_once_and_nothing_else_is() {
    let mut bench = watching();
    assert!(bench.push_as_it_is("1", bare(&bench, InReview)), "it is durable all the same");
    assert_eq!(bench.polls.len(), 1);
    assert_eq!(bench.polls[0].scope, Scope::Named);
    let asked: Vec<_> = bench.polls[0].verify.iter().map(|(_, subject)| subject.to_string()).collect();
    assert_eq!(asked, ["version/v"]);
    let seen = direct(&bench, InReview);
    bench.polled(Ok(seen));
    assert_eq!(bench.announced(), ["In Review"]);
    assert_eq!(bench.history()[0].data.version.as_deref(), Some("1.0"));
    assert!(bench.polls.is_empty());
    // The usual pace has gone on.
    bench.live(TimeDelta::seconds(269));
    assert!(bench.polls.is_empty());
    bench.live(TimeDelta::seconds(2));
    assert_eq!(bench.polls[0].scope, Scope::Full);
}

#[test]
fn it_is_told_without_the_look_when_that_does_not_come() {
    let mut bench = watching();
    bench.push_as_it_is("1", bare(&bench, InReview));
    bench.live(TimeDelta::seconds(9));
    assert_eq!(bench.announced(), [""; 0]);
    bench.live(TimeDelta::seconds(1));
    assert_eq!(bench.announced(), ["In Review"], "the look is still under way");
    let seen = direct(&bench, InReview);
    bench.polled(Ok(seen));
    assert_eq!(bench.announced(), ["In Review"]);
}

/// Whoever took it in answers for it.
#[test]
fn what_waits_is_told_in_time_though_another_monitor_polls() {
    let mut bench = watching();
    bench.push_as_it_is("1", bare(&bench, InReview));
    bench.live(TimeDelta::seconds(5));
    bench.tell(Input::PollLeft { source: "apple".into() });
    bench.live(TimeDelta::seconds(5));
    assert_eq!(bench.announced(), ["In Review"]);
}

#[test]
fn a_store_that_fails_just_then_is_tried_again() {
    let mut bench = watching();
    bench.push_as_it_is("1", bare(&bench, InReview));
    bench.mood = Mood::Fails;
    bench.live(TimeDelta::seconds(60));
    assert_eq!(bench.announced(), [""; 0]);
    bench.mood = Mood::Works;
    bench.live(TimeDelta::seconds(6));
    assert_eq!(bench.announced(), ["In Review"]);
}

#[test]
fn a_push_that_is_not_durable_is_not_confirmed() {
    let mut bench = watching();
    bench.mood = Mood::Fails;
    assert!(!bench.push_as_it_is("1", bare(&bench, InReview)));
}

#[test]
fn a_push_that_comes_while_a_poll_is_under_way_is_looked_at_right_after_it() {
    let mut bench = watching();
    bench.live(TimeDelta::seconds(270));
    assert_eq!(bench.polls[0].scope, Scope::Full);
    bench.push_as_it_is("1", bare(&bench, InReview));
    assert_eq!(bench.polls.len(), 1);
    bench.polled(Ok(PollReport::new()));
    assert_eq!(bench.polls[0].scope, Scope::Named, "without a pause");
}

#[test]
fn looks_that_fail_come_less_and_less_often_and_hold_nothing_else_up() {
    let mut bench = watching();
    bench.push_as_it_is("1", bare(&bench, InReview));
    let begun = bench.now;
    let mut named = Vec::new();
    loop {
        let scope = bench.polls[0].scope;
        bench.polled(Err(SourceError::new(SourceErrorKind::Transient, "a bad minute")));
        if scope == Scope::Full {
            break;
        }
        named.push((bench.now - begun).num_seconds());
        // Before it is told without.
        while bench.polls.is_empty() {
            bench.live(TimeDelta::seconds(1));
        }
        if (bench.now - begun).num_seconds() > 400 {
            panic!("the usual pace was given up");
        }
    }
    assert_eq!(named[..3], [0, 2, 6]);
    assert!(named.len() < 8, "{named:?}");
    assert_eq!((bench.now - begun).num_seconds(), 270, "the usual poll came when it was due");
}

#[test]
fn what_waits_is_taken_up_after_a_restart() {
    let mut bench = watching();
    bench.push_as_it_is("1", bare(&bench, InReview));
    bench.push_as_it_is("1", bare(&bench, Rejected).with_as_of(bench.now + TimeDelta::milliseconds(5)));
    let mut bench = bench.restarted().with_sink("s", SinkProfile::default()).with_workflow("w", &["s"]).with_source();
    bench.tell(Input::Run);
    let seen = version("v", Rejected, bench.now).with_looked_at(bench.now);
    bench.polled(Ok(report("1", vec![seen])));
    assert_eq!(bench.announced(), ["In Review", "Rejected"], "what was acknowledged is not forgotten");
}

#[test]
fn a_clock_that_is_set_back_does_not_prolong_the_wait() {
    let mut bench = watching();
    bench.push_as_it_is("1", bare(&bench, InReview));
    bench.pass(TimeDelta::days(-1));
    assert_eq!(bench.announced(), ["In Review"]);
}
