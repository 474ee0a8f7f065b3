//! Direct looks, and hints.

use statused_core::model::{SubjectKey, SubjectKind};
use statused_core::source::Scope;
use statused_google::testkit::{Endpoint, Fault};

use crate::support::*;

#[tokio::test]
async fn a_direct_look_tells_of_nothing_else() {
    let mut watch = watch().await;
    let (one, two) = (watch.release("1.0", 1).in_review(), watch.release("1.1", 2).in_review());
    watch.app().track("beta").release("1.0", [1]).in_review();
    watch.fake.app("com.acme.other", "Other").track("production").release("1.0", [1]).in_review();
    watch.polls(3).await;
    one.reject();
    two.reject();
    watch.verify = vec![SubjectKey::release("production", &[1])];
    watch.scope = Scope::Named;
    let report = watch.poll().await;
    assert_eq!(told(&report, 1).as_deref(), Some("REJECTED"));
    assert_eq!(report.sightings.len(), 1, "no other app");
    let seen = sighting(&report);
    assert_eq!((seen.observations.len(), seen.covered.len()), (1, 0), "no other release, and no word on the rest");
    assert_eq!(watch.fake.requests().len(), 4);
    let report = watch.poll().await;
    assert_eq!(told(&report, 2).as_deref(), Some("REJECTED"), "what was seen beside it is found again");
}

#[tokio::test]
async fn a_direct_look_at_what_is_published_needs_no_read_but_makes_one() {
    let mut watch = watch().await;
    watch.release("1.0", 1).rollout(0.2);
    watch.polls(3).await;
    watch.release("1.0", 1).rollout(0.1);
    watch.verify = vec![SubjectKey::release("production", &[1])];
    watch.scope = Scope::Named;
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("ROLLOUT_IN_PROGRESS 10%"));
    assert_eq!(watch.reads(), 1);
}

#[tokio::test]
async fn nothing_named_is_nothing_asked() {
    let mut watch = watch().await;
    watch.release("1.0", 1).in_review();
    watch.poll().await;
    watch.scope = Scope::Named;
    let report = watch.poll().await;
    assert_eq!((report.requests, report.sightings.len()), (0, 0));
}

#[tokio::test]
async fn no_track_is_read_twice_within_half_a_minute() {
    let mut watch = watch().await;
    watch.release("1.0", 1).in_review();
    watch.poll().await;
    watch.pass(-55);
    watch.verify = vec![SubjectKey::release("production", &[1])];
    watch.scope = Scope::Named;
    let report = watch.poll().await;
    assert_eq!((told(&report, 1), watch.reads()), (None, 0), "nothing rather than what was read before");
}

#[tokio::test]
async fn a_hint_is_looked_into_at_once_and_again_if_the_news_is_not_there() {
    let mut watch = watch().await;
    let release = watch.release("1.0", 1).in_review();
    watch.app().track("beta").release("0.9", [9]).publish();
    watch.polls(3).await;
    watch.hint = true;
    watch.scope = Scope::Named;
    watch.poll().await;
    let mut read_at = vec![];
    for minute in 0..10 {
        if watch.reads() > 0 {
            assert_eq!(watch.reads(), 1, "only what is under way");
            read_at.push(minute);
        }
        watch.poll().await;
    }
    assert_eq!(read_at, [0, 1, 5]);
    release.reject();
    watch.hint = true;
    watch.scope = Scope::Named;
    let report = watch.poll().await;
    assert_eq!(told(&report, 1).as_deref(), Some("REJECTED"));
    assert!(find_on(&report, "beta", 9).is_some(), "all of the app is told");
    for _ in 0..10 {
        watch.poll().await;
        assert_eq!(watch.reads(), 0, "the news was there");
    }
}

#[tokio::test]
async fn a_hint_counts_in_a_full_poll_too_and_where_nothing_is_under_way() {
    let mut watch = watch().await;
    watch.release("1.0", 1).reject();
    watch.polls(3).await;
    watch.release("1.0", 1).in_review();
    watch.hint = true;
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("IN_REVIEW"));
}

#[tokio::test]
async fn a_hint_that_could_not_be_looked_into_is_not_forgotten() {
    let mut watch = watch().await;
    let release = watch.release("1.0", 1).in_review();
    watch.polls(3).await;
    release.reject();
    watch.fake.inject(Fault::status(500).on(Endpoint::Lifecycle).times(3));
    (watch.hint, watch.scope) = (true, Scope::Named);
    assert_eq!(told(&watch.poll_through().await, 1), None);
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("REJECTED"));

    watch.fake.inject(Fault::status(500).on(Endpoint::OpenEdit).times(3));
    (watch.hint, watch.scope) = (true, Scope::Named);
    watch.try_poll().await.expect_err("so that the hint is given again");
}

#[tokio::test]
async fn what_is_not_watched_any_more_is_not_looked_at_and_holds_nothing_up() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    watch.polls(3).await;
    watch.restart(|builder| builder.packages([APP]).tracks(["production"]));
    watch.poll().await;
    let covers = |report: &_| sighting(report).covered.contains_key(&SubjectKind::Release);
    watch.verify = vec![SubjectKey::release("beta", &[9]), SubjectKey::release("gone", &[9])];
    assert!(covers(&watch.poll().await), "their doubts are dropped");
    watch.restart(|builder| builder.packages(["com.acme.other"]));
    watch.fake.app("com.acme.other", "Other");
    watch.poll().await;
    (watch.hint, watch.scope) = (true, Scope::Named);
    assert_eq!(watch.poll().await.requests, 0);
}

#[tokio::test]
async fn a_direct_look_does_not_take_the_reason_of_another_release() {
    let mut watch = watch().await;
    let older = watch.release("1.0", 1).rollout(0.2).kept(true);
    watch.app().track("beta").release("1.0", [1]).in_review();
    watch.polls(3).await;
    older.halt();
    watch.release("1.1", 2).rollout(0.05);
    watch.verify = vec![SubjectKey::release("beta", &[1])];
    watch.scope = Scope::Named;
    assert_eq!(told(&watch.poll().await, 1), None);
    let halted = "ROLLOUT_HALTED 20% [A newer release (1.1) took its place]";
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some(halted));
}

#[tokio::test]
async fn a_hint_is_about_what_was_rejected_rather_than_about_a_draft() {
    let mut watch = watch().await;
    let release = watch.release("1.0", 1).reject();
    watch.app().track("beta").release("1.1", [2]);
    watch.polls(3).await;
    release.in_review();
    watch.hint = true;
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("IN_REVIEW"));
    assert_eq!(watch.reads(), 1);
}

#[tokio::test]
async fn a_direct_look_at_an_app_that_is_not_remembered_takes_nothing_as_told() {
    let mut watch = watch_with(|builder| builder.packages([APP])).await;
    watch.release("1.0", 1).in_review();
    watch.verify = vec![SubjectKey::release("production", &[1])];
    watch.scope = Scope::Named;
    assert_eq!(told(&watch.poll().await, 1), None);
    let report = watch.poll().await;
    assert_eq!(told(&report, 1).as_deref(), Some("IN_REVIEW"));
    assert!(sighting(&report).covered.contains_key(&SubjectKind::Release));
}
