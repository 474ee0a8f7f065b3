//! How many requests it takes, and when the lifecycle is read.

use statused_google::testkit::Endpoint;

use crate::support::*;

#[tokio::test]
async fn an_idle_poll_of_an_app_is_three_requests_and_writes_nothing() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    watch.release("1.1", 2).in_review();
    let first = watch.poll().await;
    assert_eq!(first.requests, 1 + 1 + 3 + 1, "the token, the search, the edit, the track");
    let kinds: Vec<_> = watch.fake.requests().iter().map(|logged| logged.endpoint).collect();
    let edit = [Endpoint::OpenEdit, Endpoint::Tracks, Endpoint::CloseEdit];
    assert_eq!(kinds, [&[Endpoint::Token, Endpoint::Search][..], &edit[..], &[Endpoint::Lifecycle]].concat());
    for _ in 0..14 {
        let before = watch.checkpoint.clone();
        let report = watch.poll().await;
        let kinds: Vec<_> = watch.fake.requests().iter().map(|logged| logged.endpoint).collect();
        assert_eq!((report.requests, kinds.as_slice()), (3, &edit[..]));
        assert_eq!(report.checkpoint, before, "no news, no write");
    }
    let report = watch.poll().await;
    assert_eq!((report.requests, watch.reads()), (4, 1), "a quarter of an hour has passed");
}

/// Reads of the lifecycle within so many minutes.
async fn reads_within(watch: &mut Watch, minutes: u32) -> usize {
    let mut reads = 0;
    for _ in 0..minutes {
        watch.poll().await;
        reads += watch.reads();
    }
    reads
}

#[tokio::test]
async fn what_rests_is_read_less_often_than_what_is_under_way() {
    for (state, reads) in [("IN_REVIEW", 48), ("NOT_APPROVED", 12), ("PUBLISHED", 2), ("SOMETHING_NEW", 48)] {
        let mut watch = watch().await;
        watch.release("1.0", 1).publish().state(state);
        watch.poll().await;
        assert_eq!(reads_within(&mut watch, 12 * 60).await, reads, "{state}");
    }
}

#[tokio::test]
async fn a_draft_is_read_once() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    watch.polls(2).await;
    watch.release("1.1", 2);
    assert_eq!(reads_within(&mut watch, 120).await, 1);
}

#[tokio::test]
async fn empty_tracks_cost_nothing() {
    let mut watch = watch().await;
    assert_eq!(reads_within(&mut watch, 60).await, 0);
}

#[tokio::test]
async fn a_change_that_the_developer_has_declared_is_looked_into_at_once() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    watch.polls(5).await;
    let release = watch.release("1.1", 2).in_review();
    assert_eq!((told(&watch.poll().await, 2).as_deref(), watch.reads()), (Some("IN_REVIEW"), 1));
    assert_eq!(reads_within(&mut watch, 10).await, 0, "the news was there");
    // Of a published release everything shows in the developer's list.
    release.rollout(0.1);
    watch.until(2, "ROLLOUT_IN_PROGRESS 10%").await;
    for fraction in [0.2, 0.5, 0.7] {
        release.rollout(fraction);
        watch.poll().await;
        assert_eq!(watch.reads(), 0);
    }
}

#[tokio::test]
async fn news_that_come_later_to_the_lifecycle_are_waited_for() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    watch.polls(5).await;
    watch.fake.freeze_lifecycle();
    watch.release("1.1", 2).in_review();
    let mut read_at = Vec::new();
    for minute in 0..20 {
        assert_eq!(told(&watch.poll().await, 2), None);
        if watch.reads() > 0 {
            read_at.push(minute);
        }
    }
    assert_eq!(read_at, [0, 1, 5], "now, after a minute, after five, and then at the usual pace");
    watch.fake.propagate();
    watch.until(2, "IN_REVIEW").await;
}

#[tokio::test]
async fn news_that_come_later_to_the_edits_are_waited_for() {
    let mut watch = watch().await;
    watch.release("1.0", 1).rollout(0.1);
    watch.polls(5).await;
    watch.fake.freeze_edits();
    watch.release("1.0", 1).rollout(0.2);
    watch.release("1.1", 2).in_review();
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("ROLLOUT_IN_PROGRESS 10%"));
    watch.fake.propagate();
    assert_eq!(told(&watch.poll().await, 2).as_deref(), Some("IN_REVIEW"));
}

#[tokio::test]
async fn an_approval_that_nobody_has_to_act_on_is_looked_at_again_soon() {
    for (managed, reads) in [(false, 2), (true, 0)] {
        let mut watch = watch_with(|builder| builder.managed_publishing(managed)).await;
        watch.release("1.0", 1).approved();
        watch.poll().await;
        assert_eq!(reads_within(&mut watch, 10).await, reads, "managed: {managed}");
    }
}

#[tokio::test]
async fn a_first_round_is_spread() {
    let mut watch = watch().await;
    for n in 0..5 {
        for track in ["production", "beta", "alpha"] {
            watch.fake.app(&format!("com.acme.app{n}"), "More").track(track).release("1", [1]).publish();
        }
    }
    let mut tracks = Vec::new();
    for _ in 0..3 {
        watch.poll().await;
        assert!(watch.reads() <= 6);
        let reads = watch.fake.requests().into_iter().filter(|logged| logged.endpoint == Endpoint::Lifecycle);
        tracks.extend(reads.filter_map(|logged| logged.track));
    }
    assert_eq!(tracks.len(), 15);
    assert_eq!(&tracks[..5], ["production"; 5], "users come first");
    assert_eq!(reads_within(&mut watch, 60).await, 0, "all are settled");
}

#[tokio::test]
async fn the_pace_outlives_a_restart() {
    let mut watch = watch().await;
    watch.release("1.0", 1).in_review();
    watch.poll().await;
    for _ in 0..5 {
        watch.restart(|builder| builder);
        watch.poll().await;
        assert_eq!(watch.reads(), 0, "a program that is started every minute must not use the quota up");
    }
}
