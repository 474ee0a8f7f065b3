//! Every way in which a poll can fail.

use std::time::Duration;

use statused_core::source::SourceErrorKind::{self, *};
use statused_google::testkit::{Endpoint, Fault};

use crate::support::*;

/// What becomes of a fault that meets an endpoint every time: the kind, how often it was asked, and words of the message.
async fn check(endpoint: Endpoint, fault: Fault, kind: SourceErrorKind, requests: usize, words: &[&str]) {
    let mut watch = watch_with(|builder| builder.packages([APP]).timeout(Duration::from_millis(300))).await;
    watch.release("1.0", 1).publish();
    watch.poll().await;
    watch.fake.inject(fault.on(endpoint).always());
    let error = watch.try_poll().await.unwrap_err();
    assert_eq!((error.kind, watch.fake.count(endpoint)), (kind, requests), "{error}");
    for word in words {
        assert!(error.message.contains(word), "{word:?} in {error}");
    }
    assert!(!error.message.contains("ya29") && !error.message.contains("00000"), "no token, no edit: {error}");
    watch.fake.heal();
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("LIVE"), "it heals");
}

#[tokio::test]
async fn errors_in_googles_words() {
    use Endpoint::{OpenEdit, Tracks};
    check(OpenEdit, Fault::status(401), Credentials, 2, &["edits.insert of com.acme.app", "401", "also a fresh one"])
        .await;
    check(OpenEdit, Fault::permission(), Credentials, 1, &["403", "does not have permission", "View app information"])
        .await;
    let insufficient = "The current user has insufficient permissions to perform the requested operation.";
    let denied = Fault::error(401, "UNAUTHENTICATED", "permissionDenied", insufficient);
    check(OpenEdit, denied, Credentials, 1, &["permissionDenied", "View app information"]).await;
    check(OpenEdit, Fault::disabled(), Credentials, 1, &["accessNotConfigured", "androidpublisher.googleapis.com"])
        .await;
    check(OpenEdit, Fault::status(404), BadData, 1, &["Package not found", "check the package name"]).await;
    check(OpenEdit, Fault::html(404), BadData, 1, &["base URL"]).await;
    check(OpenEdit, Fault::status(500), Transient, 3, &["Internal error encountered."]).await;
    check(Tracks, Fault::status(503), Transient, 3, &["edits.tracks.list", "currently unavailable"]).await;
    check(Tracks, Fault::status(409), Transient, 3, &["409"]).await;
    check(Tracks, Fault::status(501), Transient, 1, &["501"]).await;
    check(Tracks, Fault::status(400), BadData, 1, &["400"]).await;
    check(Tracks, Fault::edit_deleted(), Transient, 2, &["has been deleted", "service account of its own"]).await;
    check(Tracks, Fault::edit_expired(), Transient, 2, &["has expired"]).await;
    check(Tracks, Fault::html(410), Transient, 2, &["410"]).await;
}

#[tokio::test]
async fn answers_that_are_none() {
    use Endpoint::{OpenEdit, Tracks};
    check(Tracks, Fault::html(502), Transient, 3, &["not in Google's error format"]).await;
    check(Tracks, Fault::html(200), BadData, 1, &["could not be read"]).await;
    check(Tracks, Fault::json(200, r#"{"tracks":[{"track":"#), BadData, 1, &["could not be read"]).await;
    check(Tracks, Fault::json(200, r#"{"tracks":[{"releases":[{"versionCodes":["x"]}]}]}"#), BadData, 1, &[]).await;
    check(Tracks, Fault::json(403, "{}"), Credentials, 1, &["403"]).await;
    check(OpenEdit, Fault::json(200, ""), BadData, 1, &["no id"]).await;
    check(Tracks, Fault::dropped(), Transient, 3, &["edits.tracks.list"]).await;
    check(Tracks, Fault::delay(Duration::from_secs(5)), Transient, 1, &["no answer in time"]).await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_transient_failure() {
    let mut watch = watch_with(|builder| builder.packages([APP]).base_url("http://127.0.0.1:9")).await;
    assert_eq!(watch.try_poll().await.unwrap_err().kind, Transient);
}

#[tokio::test]
async fn a_quota_of_everything_ends_the_poll_and_says_for_how_long() {
    for (header, wait) in [(Some("120"), 120), (None, 60), (Some("soon"), 60)] {
        let mut watch = watch().await;
        for n in 0..20 {
            watch.fake.app(&format!("com.acme.app{n}"), "More");
        }
        watch.poll().await;
        let fault = Fault::status(429).on(Endpoint::OpenEdit).always();
        watch.fake.inject(header.map_or(fault.clone(), |header| fault.retry_after(header)));
        let error = watch.try_poll().await.unwrap_err();
        assert_eq!((error.kind, error.retry_after), (Throttled, Some(Duration::from_secs(wait))));
        assert!(watch.fake.requests().len() <= 16, "not for each of the apps: {}", watch.fake.requests().len());
    }
}

#[tokio::test]
async fn a_broken_app_hides_no_other() {
    for fault in [Fault::permission(), Fault::status(404), Fault::status(500), Fault::html(200)] {
        let mut watch = watch().await;
        watch.release("1.0", 1).publish();
        watch.fake.app("com.acme.aaa", "First").track("production").release("1.0", [1]).publish();
        watch.fake.inject(fault.on(Endpoint::Tracks).of("com.acme.aaa").always());
        let report = watch.poll_through().await;
        assert_eq!((report.troubles.len(), report.sightings.len()), (1, 1));
        assert_eq!(told(&report, 1).as_deref(), Some("LIVE"));
        assert_eq!(watch.poll_through().await.troubles, report.troubles, "the words stay the same");
    }
}

#[tokio::test]
async fn a_lifecycle_that_fails_is_no_lifecycle() {
    for fault in [Fault::status(500), Fault::html(200), Fault::json(200, r#"{"releases":[{"activeArtifacts":7}]}"#)] {
        let mut watch = watch().await;
        watch.release("1.0", 1).rollout(0.1);
        watch.app().track("beta").release("2.0", [9]).in_review();
        watch.poll().await;
        watch.release("1.0", 1).rollout(0.2);
        watch.pass(900);
        watch.fake.inject(fault.on(Endpoint::Lifecycle).always());
        let report = watch.poll_through().await;
        assert_eq!(told(&report, 1).as_deref(), Some("ROLLOUT_IN_PROGRESS 20%"));
        assert!(find_on(&report, "beta", 9).is_none());
        assert!(report.troubles[0].message.starts_with("review states: tracks.releases.list of com.acme.app"));
        watch.fake.heal();
        let report = watch.poll().await;
        assert_eq!(find_on(&report, "beta", 9).map(words).as_deref(), Some("IN_REVIEW"));
    }
}

#[tokio::test]
async fn an_edit_that_was_ended_is_opened_again_and_one_that_stays_is_no_error() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    watch.fake.inject(Fault::edit_deleted().on(Endpoint::Tracks));
    watch.poll().await;
    assert_eq!((watch.fake.count(Endpoint::OpenEdit), watch.fake.count(Endpoint::CloseEdit)), (2, 1));
    watch.fake.inject(Fault::status(500).on(Endpoint::CloseEdit).always());
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("LIVE"));
    watch.fake.heal();
    watch.poll().await;
}

#[tokio::test]
async fn tokens_serve_until_they_end_or_are_refused() {
    let mut watch = watch().await;
    watch.poll().await;
    watch.polls(50).await;
    assert_eq!(watch.fake.claims().len(), 1, "one for both APIs");
    watch.polls(10).await;
    assert_eq!(watch.fake.claims().len(), 2, "and a new one in time");
    watch.fake.revoke_tokens();
    watch.poll().await;
    assert_eq!(watch.fake.claims().len(), 3, "a refused one is replaced at once");
    let claims = &watch.fake.claims()[0];
    assert_eq!(claims.iss, "watcher@fake-project.iam.gserviceaccount.com");
    assert_eq!(claims.scope.split(' ').count(), 2);
    assert!(claims.exp - claims.iat <= 3600);
}

#[tokio::test]
async fn several_requests_wait_for_one_token() {
    let mut watch = watch().await;
    for n in 0..8 {
        watch.fake.app(&format!("com.acme.app{n}"), "More");
    }
    watch.poll().await;
    watch.fake.revoke_tokens();
    watch.poll().await;
    assert_eq!(watch.fake.count(Endpoint::Token), 1, "{:?}", watch.fake.requests());
}

#[tokio::test]
async fn a_key_that_is_refused_ends_the_poll_with_what_to_do() {
    let mut watch = watch_with(|builder| builder.packages([APP, "com.acme.other"])).await;
    watch.fake.inject(Fault::invalid_grant().on(Endpoint::Token).always());
    let error = watch.try_poll().await.unwrap_err();
    assert_eq!(error.kind, Credentials);
    for word in ["token endpoint", "Invalid JWT Signature", "Service accounts", "clock"] {
        assert!(error.message.contains(word), "{word:?} in {error}");
    }
    assert_eq!(watch.fake.requests().len(), 1, "refused keys are refused everywhere");
    watch.fake.heal();
    watch.fake.app("com.acme.other", "Other");
    watch.poll().await;
    watch.fake.revoke_tokens();
    watch.fake.inject(Fault::invalid_grant().on(Endpoint::Token).always());
    assert_eq!(watch.try_poll().await.unwrap_err().kind, Credentials, "also when no search is due");
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_named() {
    let mut watch = watch_with(|builder| builder.packages([APP]).clock(|| chrono::DateTime::UNIX_EPOCH)).await;
    let error = watch.try_poll().await.unwrap_err();
    assert!(error.message.contains("clock differs from Google's by"), "{error}");
}

#[tokio::test]
async fn health_counts_what_failed() {
    use statused_core::StatusSource as _;
    let mut watch = watch().await;
    watch.poll().await;
    assert_eq!(watch.source.health().failures, 0);
    assert!(watch.source.vitals().api.is_some_and(|api| api.error_rate == 0.0));
    watch.fake.inject(Fault::status(500).on(Endpoint::Tracks).times(2));
    watch.poll().await;
    let health = watch.source.health();
    assert_eq!(health.failures, 2);
    assert!(health.last_failure.is_some_and(|failure| failure.message.contains("Internal error")));
    assert!(watch.source.vitals().api.is_some_and(|api| api.error_rate > 0.0));
}
