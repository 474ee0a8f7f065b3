//! What Google's answers look like at times.

use statused_core::StatusSource as _;
use statused_google::testkit::{Endpoint, Fault};

use crate::support::*;

async fn all_is_seen(watch: &mut Watch) {
    watch.release("1.0", 1).rollout(0.1);
    watch.app().track("beta").release("2.0", [9]).in_review();
    let report = watch.poll().await;
    assert_eq!(told(&report, 1).as_deref(), Some("ROLLOUT_IN_PROGRESS 10%"));
    assert_eq!(find_on(&report, "beta", 9).map(words).as_deref(), Some("IN_REVIEW"));
}

#[tokio::test]
async fn packed_bodies() {
    let mut watch = watch().await;
    watch.fake.gzip(true);
    all_is_seen(&mut watch).await;
}

#[tokio::test]
async fn numbers_as_text_and_text_as_numbers() {
    let mut watch = watch().await;
    watch.fake.swap_codes(true);
    all_is_seen(&mut watch).await;
}

#[tokio::test]
async fn lists_without_a_body() {
    for no_content in [false, true] {
        let mut watch = watch().await;
        watch.fake.no_content(no_content);
        watch.release("1.0", 1).publish();
        watch.polls(2).await;
        // Obsolete altogether: the lifecycle has nothing to say of this track.
        watch.fake.inject(Fault::json(200, "").on(Endpoint::Lifecycle));
        watch.hint = true;
        assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("LIVE"), "the developer's list still shows it");
        watch.app().hidden(true);
        watch.restart(|builder| builder);
        watch.poll_through().await;
    }
}

#[tokio::test]
async fn fields_that_are_absent_or_null() {
    let mut watch = watch().await;
    watch.release("", 1).publish();
    let body = r#"{"releases":[{"releaseLifecycleState":"RELEASE_LIFECYCLE_STATE_IN_REVIEW"},
        {"releaseName":null,"activeArtifacts":[{"versionCode":1}],"releaseLifecycleState":"RELEASE_LIFECYCLE_STATE_PUBLISHED","newField":{}},
        {"activeArtifacts":null}]}"#;
    watch.fake.inject(Fault::json(200, body).on(Endpoint::Lifecycle));
    let tracks = r#"{"kind":"x","tracks":[{"track":"production","releases":[{"versionCodes":["1"],"status":"completed","name":null,"userFraction":null}]},{"track":"beta","releases":null},{}]}"#;
    watch.fake.inject(Fault::json(200, tracks).on(Endpoint::Tracks));
    let report = watch.poll().await;
    assert_eq!(told(&report, 1).as_deref(), Some("LIVE"));
    assert_eq!(sighting(&report).observations.len(), 1);
}

#[tokio::test]
async fn shares_that_are_none() {
    for (fraction, words) in [
        (0.0, "ROLLOUT_IN_PROGRESS"),
        (1.0, "ROLLOUT_IN_PROGRESS"),
        (-3.0, "ROLLOUT_IN_PROGRESS"),
        (1e300, "ROLLOUT_IN_PROGRESS"),
        (0.001, "ROLLOUT_IN_PROGRESS 0.1%"),
    ] {
        let mut watch = watch().await;
        watch.release("1.0", 1).publish().declare("inProgress", Some(fraction));
        assert_eq!(told(&watch.poll().await, 1).as_deref(), Some(words), "{fraction}");
    }
}

#[tokio::test]
async fn edits_of_one_app_are_opened_one_after_the_other() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    watch.fake.inject(Fault::delay(std::time::Duration::from_millis(20)).on(Endpoint::Tracks).always());
    let client = watch.source.client().clone();
    let (lines, report, view) =
        tokio::join!(watch.source.check(), watch.source.poll(request(&watch)), client.view_edit(APP, false));
    assert!(lines.iter().all(|line| line.ok), "{lines:?}");
    assert_eq!(report.unwrap().troubles, []);
    assert_eq!(view.unwrap().tracks.tracks.len(), 4);
    assert_eq!(watch.fake.overlapping_edits(), 0);
    watch.pass(0);
}

fn request(watch: &Watch) -> statused_core::source::PollRequest {
    statused_core::source::PollRequest::new(source_id(), watch.now)
}

#[tokio::test]
async fn clocks_that_are_set_back() {
    let mut watch = watch().await;
    let release = watch.release("1.0", 1).in_review();
    watch.polls(2).await;
    watch.fake.lifecycle_quota(0);
    watch.pass(900);
    watch.poll_through().await;
    watch.fake.lifecycle_quota(9);
    // Ten years: nothing that was put off until then is waited for.
    watch.pass(-10 * 365 * 86_400);
    release.reject();
    watch.until(1, "REJECTED").await;
}
