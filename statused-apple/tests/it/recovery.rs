//! What pushes have missed is read from Apple's own log.

use std::time::Duration;

use statused_apple::testkit::{Endpoint, Fault, Mishap};
use statused_core::model::{Status, SubjectKind};
use statused_core::source::PollReport;

use crate::support::*;

/// A watch that has read the log once, so that from now on nothing is missed.
async fn recovering() -> Pushed {
    let mut pushed = pushed_with(|builder| builder.recover_every(Duration::from_secs(60))).await;
    pushed.watch.app().version("1.0").state("PREPARE_FOR_SUBMISSION");
    let report = pushed.watch.poll().await;
    assert!(sighting(&report).observations.iter().all(|seen| seen.trail.is_empty() && seen.as_of.is_none()));
    assert_eq!(pushed.watch.fake.count(Endpoint::Deliveries), 0, "the first time ever, nothing is missed yet");
    pushed
}

/// Time enough for the log to be read again.
async fn later(pushed: &mut Pushed) -> PollReport {
    // While pushes are trusted, full rounds are rare.
    pushed.watch.pass(900);
    pushed.watch.poll().await
}

fn trail(report: &PollReport, id: &str) -> Vec<String> {
    let seen = find(report, SubjectKind::Version, id).unwrap();
    seen.trail.iter().map(|passed| passed.to.code().to_owned()).collect()
}

#[tokio::test]
async fn the_way_to_a_status_is_its_trail() {
    let mut pushed = recovering().await;
    let version = pushed.watch.app().version("1.0");
    let way = ["READY_FOR_REVIEW", "WAITING_FOR_REVIEW", "IN_REVIEW", "PENDING_DEVELOPER_RELEASE", "READY_FOR_SALE"];
    way.iter().for_each(|state| drop(version.state(state)));
    let report = later(&mut pushed).await;
    assert_eq!(trail(&report, version.id()), way);
    let seen = find(&report, SubjectKind::Version, version.id()).unwrap();
    assert_eq!(seen.trail[0].from, Some(Status::PrepareForSubmission));
    assert!(seen.trail.windows(2).all(|pair| pair[0].at < pair[1].at) && seen.as_of.is_none());
    assert_eq!(sighting(&report).observations.len(), 1, "one word for the version");

    for _ in 0..3 {
        later(&mut pushed).await;
    }
    let before = pushed.watch.checkpoint.clone();
    let report = later(&mut pushed).await;
    assert_eq!(trail(&report, version.id()).last().map(String::as_str), Some("READY_FOR_SALE"));
    assert_eq!(pushed.watch.checkpoint, before, "no news is not written down");
}

#[tokio::test]
async fn what_was_received_is_not_missed() {
    let mut pushed = recovering().await;
    let version = pushed.watch.app().version("1.0").state("WAITING_FOR_REVIEW");
    pushed.receive();
    version.state("IN_REVIEW");
    pushed.lose();
    assert_eq!(trail(&later(&mut pushed).await, version.id()), ["IN_REVIEW"]);
}

/// The list is slower than the log: what comes after what it shows is a push of its own.
#[tokio::test]
async fn what_the_log_tells_beyond_the_list_is_told_after_it() {
    let mut pushed = recovering().await;
    let version = pushed.watch.app().version("1.0").state("WAITING_FOR_REVIEW");
    let stale = pushed.watch.fake.snapshot();
    version.state("IN_REVIEW").state("REJECTED");
    pushed.watch.fake.serve_stale(&stale, 3);
    pushed.watch.pass(60);
    let report = pushed.watch.poll().await;
    let told: Vec<_> =
        sighting(&report).observations.iter().map(|seen| (seen.status.code(), seen.as_of.is_some())).collect();
    assert_eq!(told, [("WAITING_FOR_REVIEW", false), ("IN_REVIEW", true), ("REJECTED", true)]);
    assert_eq!(sighting(&report).observations[0].trail.len(), 1);
}

/// A list that shows where the way begins is older than all of it, and comes first.
#[tokio::test]
async fn a_list_that_is_older_than_the_log_comes_before_it() {
    let mut pushed = recovering().await;
    let version = pushed.watch.app().version("1.0");
    let stale = pushed.watch.fake.snapshot();
    version.state("WAITING_FOR_REVIEW").state("IN_REVIEW");
    pushed.watch.fake.serve_stale(&stale, 3);
    let report = later(&mut pushed).await;
    let told: Vec<_> = sighting(&report).observations.iter().map(|seen| seen.status.code()).collect();
    assert_eq!(told, ["PREPARE_FOR_SUBMISSION", "WAITING_FOR_REVIEW", "IN_REVIEW"]);
}

#[tokio::test]
async fn the_other_kinds_come_as_the_pushes_that_they_were_in_their_order() {
    let mut pushed = recovering().await;
    let app = pushed.watch.app();
    let build = app.build("1.0", "1").processing("VALID");
    let crash = build.crash("it broke");
    let upload = app.upload("1.0", "2").process();
    upload.fail("90683", "Missing purpose string");
    let screenshot = build.screenshot("look");
    let report = later(&mut pushed).await;
    let told: Vec<_> = sighting(&report)
        .observations
        .iter()
        .filter(|seen| seen.as_of.is_some())
        .map(|seen| (seen.subject.id.as_str(), seen.status.code(), seen.news))
        .collect();
    assert_eq!(
        told,
        [
            (&*crash, "RECEIVED", true),
            (upload.id(), "PROCESSING", true),
            (upload.id(), "FAILED", true),
            (&*screenshot, "RECEIVED", true),
        ]
    );
}

#[tokio::test]
async fn one_event_in_two_logs_is_one() {
    let mut pushed = recovering().await;
    let app = pushed.watch.app();
    app.webhook("http://127.0.0.1:9/other", "theirs");
    let version = app.version("1.0").state("IN_REVIEW");
    assert_eq!(trail(&later(&mut pushed).await, version.id()), ["IN_REVIEW"]);
    assert_eq!(pushed.watch.fake.count(Endpoint::Deliveries), 2);
}

#[tokio::test]
async fn the_log_is_read_as_often_as_it_shall_be() {
    let mut pushed = pushed_with(|builder| builder).await;
    let mut reads = 0;
    for _ in 0..240 {
        pushed.watch.poll().await;
        reads += pushed.watch.fake.count(Endpoint::AppWebhooks);
    }
    assert_eq!(reads, 2, "at the start, and once more in two hours less a little");
}

/// It is a recovery, not a look: what fails there is tried again, and hides nothing.
#[tokio::test]
async fn a_log_that_cannot_be_read_is_a_trouble_of_its_own_and_read_later() {
    let mut pushed = recovering().await;
    let version = pushed.watch.app().version("1.0").state("IN_REVIEW");
    pushed.watch.fake.inject(Fault::status(500).on(Endpoint::Deliveries).times(3));
    pushed.watch.pass(60);
    let report = pushed.watch.poll_through().await;
    assert_eq!(report.troubles.len(), 1);
    assert!(report.troubles[0].message.starts_with("the log of webhooks: "), "{}", report.troubles[0]);
    assert_eq!(version_status(&report, version.id()), Some(Status::InReview));
    assert_eq!(trail(&later(&mut pushed).await, version.id()), ["IN_REVIEW"]);
}

#[tokio::test]
async fn payloads_that_cannot_be_read_and_events_that_are_missing_are_passed_over() {
    let mut pushed = recovering().await;
    let app = pushed.watch.app();
    app.push(statused_apple::webhooks::EventType::VersionState, "{");
    let version = app.version("1.0").state("IN_REVIEW");
    app.webhooks()[0].next(Mishap::Forgotten);
    version.state("REJECTED");
    let report = later(&mut pushed).await;
    let told: Vec<_> =
        sighting(&report).observations.iter().map(|seen| (seen.status.code(), seen.trail.len())).collect();
    assert_eq!(told, [("IN_REVIEW", 0), ("REJECTED", 0)], "what the log lacks is not invented");
}
