//! Which tracks are watched, and from when on.

use statused_core::model::SubjectKind;
use statused_google::testkit::{Endpoint, Fault};

use crate::support::*;

#[tokio::test]
async fn a_track_that_is_watched_later_does_not_tell_its_past() {
    let mut watch = watch_with(|builder| builder.tracks(["production"])).await;
    watch.release("1.0", 1).publish();
    let beta = watch.app().track("beta").release("2.0", [9]).rollout(0.1);
    let report = watch.polls(3).await;
    assert!(find_on(&report, "beta", 9).is_none());
    watch.restart(|builder| builder);
    let report = watch.poll().await;
    assert_eq!(find_on(&report, "beta", 9).map(words).as_deref(), Some("ROLLOUT_IN_PROGRESS 10% untold"));
    assert_eq!(told(&report, 1).as_deref(), Some("LIVE"));
    beta.rollout(0.2);
    let report = watch.poll().await;
    assert_eq!(find_on(&report, "beta", 9).map(words).as_deref(), Some("ROLLOUT_IN_PROGRESS 20%"));
}

#[tokio::test]
async fn a_track_that_is_made_later_is_news() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    watch.polls(3).await;
    watch.app().track("early birds").release("2.0", [9]).publish();
    let report = watch.poll().await;
    assert_eq!(find_on(&report, "early birds", 9).map(words).as_deref(), Some("LIVE"));
}

#[tokio::test]
async fn ids_of_tracks_are_encoded() {
    let mut watch = watch().await;
    for track in ["wear:production", "early birds", "50%", "a/b"] {
        watch.app().track(track).release("2.0", [9]).publish();
    }
    let report = watch.poll().await;
    for track in ["wear:production", "early birds", "50%", "a/b"] {
        assert!(find_on(&report, track, 9).is_some(), "{track}");
    }
    let paths: Vec<_> = watch.fake.requests().into_iter().map(|logged| logged.path).collect();
    assert!(paths.iter().any(|path| path.contains("/tracks/wear%3Aproduction/releases")), "{paths:?}");
}

#[tokio::test]
async fn the_first_cover_waits_for_every_track() {
    let mut watch = watch().await;
    for n in 0..9 {
        watch.app().track(&format!("closed{n}")).release("1.0", [1]).publish();
    }
    let covers = |report: &_| sighting(report).covered.contains_key(&SubjectKind::Release);
    assert!(!covers(&watch.poll().await), "six of nine were read");
    assert!(covers(&watch.poll().await));
}

#[tokio::test]
async fn a_list_without_tracks_is_no_list() {
    let mut watch = watch().await;
    watch.release("1.0", 1).rollout(0.1);
    watch.polls(2).await;
    let before = watch.checkpoint.clone();
    watch.fake.inject(Fault::json(200, "").on(Endpoint::Tracks));
    assert!(watch.try_poll().await.unwrap_err().message.contains("no tracks"));
    assert_eq!(watch.checkpoint, before);
    watch.release("1.0", 1).complete();
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("ROLLOUT_FINISHED 100%"), "nothing was forgotten");
}

#[tokio::test]
async fn without_edits_the_lifecycle_tells_what_it_can() {
    let mut watch = watch_with(|builder| builder.edits(false)).await;
    let release = watch.release("1.0", 1).in_review();
    watch.app().track("beta").release("0.9", [9]).rollout(0.1);
    let report = watch.poll().await;
    assert_eq!(told(&report, 1).as_deref(), Some("IN_REVIEW"));
    assert_eq!(find_on(&report, "beta", 9).map(words).as_deref(), Some("LIVE"), "without a share");
    assert_eq!(watch.fake.count(Endpoint::OpenEdit), 0);
    release.publish();
    watch.polls(14).await;
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("LIVE"));
    assert_eq!(watch.reads(), 2, "each track at the pace of one that is under way");
    watch.app().track("internal").release("1.1", [10]).publish();
    let report = watch.poll().await;
    assert_eq!(find_on(&report, "internal", 10).map(words).as_deref(), Some("LIVE"), "a track that serves is new");
}

#[tokio::test]
async fn releases_that_cannot_be_told_apart_are_left_out() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    let twice = r#"{"tracks":[{"track":"production","releases":[
        {"versionCodes":["1"],"status":"completed"},{"versionCodes":["1"],"status":"halted"},{"status":"draft"}]}]}"#;
    watch.fake.inject(Fault::json(200, twice).on(Endpoint::Tracks));
    assert_eq!(told(&watch.poll().await, 1), None);
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("LIVE"));
}

#[tokio::test]
async fn of_two_words_on_a_release_that_it_is_published_counts() {
    let row = |state: &str| {
        format!(
            r#"{{"activeArtifacts":[{{"versionCode":1}}],"releaseLifecycleState":"RELEASE_LIFECYCLE_STATE_{state}"}}"#
        )
    };
    for (one, two, expected) in [
        ("PUBLISHED", "IN_REVIEW", Some("LIVE")),
        ("IN_REVIEW", "PUBLISHED", Some("LIVE")),
        ("IN_REVIEW", "NOT_APPROVED", None),
    ] {
        let mut watch = watch().await;
        watch.release("1.0", 1).publish();
        let body = format!(r#"{{"releases":[{},{}]}}"#, row(one), row(two));
        watch.fake.inject(Fault::json(200, body).on(Endpoint::Lifecycle));
        assert_eq!(told(&watch.poll().await, 1).as_deref(), expected, "{one} and {two}");
    }
}
