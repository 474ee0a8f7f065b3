//! Every way in which a poll can fail.

use std::time::Duration;

use statused_apple::testkit::{Endpoint, Fault};
use statused_core::source::SourceErrorKind::{self, *};

use crate::support::*;

/// What becomes of a fault that meets the first request every time: the kind, how often it was asked, and a word of the
/// message.
async fn check(fault: Fault, kind: SourceErrorKind, requests: usize, word: &str) {
    let mut watch = watch_with(|builder| builder.timeout(Duration::from_millis(300))).await;
    watch.app();
    watch.fake.inject(fault.always());
    let error = watch.try_poll(&[]).await.unwrap_err();
    assert_eq!((error.kind, watch.fake.requests().len()), (kind, requests), "{error}");
    assert!(error.message.contains("GET /v1/apps") && error.message.contains(word), "{error}");
    assert!(!["limit", "filter", "fields"].iter().any(|word| error.message.contains(word)), "no query: {error}");
    watch.fake.heal();
    watch.poll().await;
}

fn forbidden(detail: &str) -> Fault {
    let body = format!(
        r#"{{"errors":[{{"id":"X","status":"403","code":"FORBIDDEN_ERROR","title":"This request is forbidden for security reasons","detail":"{detail}"}}]}}"#
    );
    Fault::json(403, body)
}

#[tokio::test]
async fn errors_in_apples_words() {
    check(Fault::status(401), Credentials, 3, "NOT_AUTHORIZED").await;
    check(forbidden("The API key in use does not allow this request"), Credentials, 1, "role").await;
    check(
        forbidden("Team ID: 'X' is not associated with an active membership."),
        Credentials,
        1,
        "account holder renews",
    )
    .await;
    check(Fault::status(404), BadData, 1, "NOT_FOUND").await;
    check(Fault::status(500), Transient, 3, "UNEXPECTED_ERROR").await;
    check(Fault::status(503), Transient, 3, "503").await;
    check(Fault::status(504), Transient, 3, "504").await;
    check(Fault::status(501), Transient, 1, "501").await;
}

#[tokio::test]
async fn errors_in_no_format_at_all() {
    check(Fault::html(502), Transient, 3, "not in Apple's error format").await;
    check(Fault::text(502, "Could not process this request"), Transient, 3, "502").await;
    check(Fault::text(406, "Not Acceptable"), BadData, 1, "406").await;
    check(Fault::json(403, "{}"), Credentials, 1, "403").await;
    check(Fault::json(500, r#"{"errors":[]}"#), Transient, 3, "500").await;
}

#[tokio::test]
async fn answers_that_are_none() {
    check(Fault::empty(), BadData, 1, "could not be read").await;
    check(Fault::broken_json(), BadData, 1, "could not be read").await;
    check(Fault::json(200, r#"{"data":"none"}"#), BadData, 1, "could not be read").await;
    check(Fault::dropped(), Transient, 3, "GET").await;
    check(Fault::delay(Duration::from_secs(5)), Transient, 3, "no answer in time").await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_transient_failure() {
    let mut watch = watch_with(|builder| builder.base_url("http://127.0.0.1:9")).await;
    assert_eq!(watch.try_poll(&[]).await.unwrap_err().kind, Transient);
}

#[tokio::test]
async fn throttled_polls_are_not_repeated_and_say_for_how_long() {
    for (header, wait) in [(Some("120"), 120), (None, 60), (Some("soon"), 60)] {
        let mut watch = watch().await;
        watch.app();
        watch.fake.inject(Fault::throttled(header));
        let error = watch.try_poll(&[]).await.unwrap_err();
        assert_eq!((error.kind, watch.fake.requests().len()), (Throttled, 1));
        assert_eq!(error.retry_after, Some(Duration::from_secs(wait)), "{header:?}");
    }
}

#[tokio::test]
async fn retry_after_may_be_a_date() {
    let now = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let mut watch = watch_with(|builder| builder.clock(move || now)).await;
    watch.fake.clock(move || now);
    watch.fake.inject(Fault::throttled(Some("Fri, 15 Jan 2027 08:01:30 GMT")));
    assert_eq!(watch.try_poll(&[]).await.unwrap_err().retry_after, Some(Duration::from_secs(90)));
}

#[tokio::test]
async fn a_used_up_budget_is_throttled() {
    let mut watch = watch().await;
    watch.fake.rate_limit(3600, 0);
    assert_eq!(watch.try_poll(&[]).await.unwrap_err().kind, Throttled);
}

#[tokio::test]
async fn a_short_failure_is_repaired_within_the_poll() {
    for fault in [Fault::status(500).times(2), Fault::html(502), Fault::dropped(), Fault::status(401).times(2)] {
        let mut watch = watch().await;
        watch.app();
        watch.fake.inject(fault);
        watch.poll().await;
    }
}

/// A broken part stands in the troubles and hides nothing else.
#[tokio::test]
async fn each_part_fails_alone() {
    use statused_core::model::SubjectKind::{Build, PhasedRelease, TestFlight, Version};
    let kinds = [Version, PhasedRelease, Build, TestFlight];
    for (broken, seen, word) in [
        (Endpoint::Builds, [true, true, false, false], "builds: GET /v1/builds"),
        (Endpoint::Version, [true, false, true, true], "versions and phased releases: GET /v1/appStoreVersions/"),
        (Endpoint::Reviews, [true, true, true, true], "review submissions: GET /v1/reviewSubmissions"),
        (Endpoint::Apps, [false, false, true, true], "apps: GET /v1/apps"),
    ] {
        let mut watch = watch_with(|builder| builder.apps([APP])).await;
        let app = watch.app();
        app.build("1.1", "7").processing("VALID").external("IN_BETA_TESTING");
        app.version("1.0").state("READY_FOR_SALE").phased("ACTIVE", Some(3));
        app.version("1.1").state("IN_REVIEW");
        watch.poll().await;
        watch.fake.inject(Fault::status(500).on(broken).always());
        let report = watch.poll_through().await;
        assert_eq!(kinds.clone().map(|kind| covers(&report, &kind)), seen, "{broken:?}");
        assert_eq!(report.troubles.len(), 1);
        assert!(report.troubles[0].message.contains(word), "{}", report.troubles[0]);
        assert_eq!(report.troubles[0].kind, Transient);
    }
}

/// Whoever shows troubles compares their words, and would repeat what reads differently.
#[tokio::test]
async fn a_trouble_that_lasts_keeps_its_words() {
    let mut watch = watch().await;
    for n in 0..20 {
        let app = watch.fake.app(&format!("{}", 2000 + n), "App", "com.acme.app");
        app.version("1.0").state("READY_FOR_SALE").phased("ACTIVE", Some(1));
    }
    watch.fake.inject(Fault::status(500).on(Endpoint::Version).always());
    let first = watch.poll_through().await.troubles;
    assert_eq!(first.len(), 1);
    for _ in 0..3 {
        assert_eq!(watch.poll_through().await.troubles, first);
    }
}
