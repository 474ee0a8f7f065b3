//! Polls ask less while pushes can be relied on, and everything again as soon as they cannot.

use std::time::Duration;

use chrono::TimeDelta;
use statused_apple::testkit::Endpoint::{self, AppWebhooks, Apps, Builds, Reviews, Version, WebhookPings};
use statused_apple::testkit::Mishap;
use statused_apple::webhooks::EventType;
use statused_core::model::{AggregateKey, Status, SubjectKey, SubjectKind};
use statused_core::source::SourceErrorKind;

use crate::receiver::sign;
use crate::support::*;

const FULL: [Endpoint; 2] = [Apps, Builds];
const LIGHT: [Endpoint; 1] = [Apps];

/// A watch whose pushes are trusted: a ping was asked for and has come.
async fn trusted() -> Pushed {
    let mut pushed = pushed_with(|builder| builder).await;
    pushed.watch.app().version("1.0").state("PENDING_DEVELOPER_RELEASE");
    pushed.watch.poll().await;
    assert_eq!(pushed.asked(), [Apps, Builds, AppWebhooks, WebhookPings], "the log, and a ping that proves silence");
    assert!(!pushed.trusted());
    assert!(pushed.receive().iter().any(|received| received.kind == EventType::Ping));
    assert!(pushed.trusted());
    pushed
}

#[tokio::test]
async fn a_trusted_poll_asks_one_cheap_question_and_everything_every_quarter_of_an_hour() {
    let mut pushed = trusted().await;
    let mut full = 0;
    for _ in 0..60 {
        let report = pushed.watch.poll().await;
        let asked = pushed.asked();
        full += usize::from(asked == FULL);
        if asked != FULL {
            assert_eq!(asked, LIGHT);
            let limit =
                pushed.watch.fake.requests()[0].query.iter().any(|(name, value)| name == "limit" && value == "1");
            assert!(limit && report.sightings.keys().all(|key| matches!(key, AggregateKey::Account(_))));
        }
    }
    assert_eq!(full, 2, "in thirty minutes");
}

#[tokio::test]
async fn without_a_push_every_poll_asks_everything() {
    let mut pushed = pushed_with(|builder| builder).await;
    pushed.watch.poll().await;
    for _ in 0..3 {
        pushed.watch.poll().await;
        assert_eq!(pushed.asked(), FULL);
    }
}

#[tokio::test]
async fn an_app_without_a_secret_keeps_the_full_pace() {
    let mut pushed = trusted().await;
    pushed.watch.fake.app("2000", "Other", "com.acme.other");
    pushed.watch.pass(900);
    for _ in 0..3 {
        pushed.watch.poll().await;
        assert_eq!(pushed.asked(), FULL);
    }
    pushed.webhooks.remove(APP);
    assert!(!pushed.trusted());
}

#[tokio::test]
async fn rollouts_and_builds_under_way_keep_their_pace() {
    let mut pushed = trusted().await;
    let app = pushed.watch.app();
    let version = app.version("1.0").state("READY_FOR_SALE").phased("ACTIVE", Some(1));
    pushed.receive();
    let report = pushed.watch.poll().await;
    assert_eq!(pushed.asked(), [Version], "a push has told that it is live, and its rollout is to be found");
    assert_eq!(rollout(&report, version.id()).as_deref(), Some("ROLLOUT_IN_PROGRESS 1%"));
    version.phased("PAUSED", Some(2));
    let report = pushed.watch.poll().await;
    assert_eq!(rollout(&report, version.id()).as_deref(), Some("ROLLOUT_PAUSED 2%"));
    assert!(!covers(&report, &SubjectKind::PhasedRelease) && !covers(&report, &SubjectKind::Version));

    version.phased("COMPLETE", None);
    pushed.watch.poll().await;
    let build = app.build("1.1", "1");
    pushed.watch.pass(900);
    pushed.watch.poll().await;
    assert_eq!(pushed.asked(), FULL);
    pushed.watch.poll().await;
    assert_eq!(pushed.asked(), [Builds], "it is being processed");
    build.processing("VALID").external("READY_FOR_BETA_SUBMISSION");
    pushed.receive();
    let report = pushed.watch.poll().await;
    assert_eq!(status(&report, SubjectKind::Build, build.id()), Some(Status::Valid));
    pushed.watch.poll().await;
    assert_eq!(pushed.asked(), LIGHT, "it is not any more");
}

/// A build that a push has led to is followed before the next full round has seen it.
#[tokio::test]
async fn a_build_that_a_push_has_led_to_is_followed() {
    let mut pushed = trusted().await;
    let upload = pushed.watch.app().upload("1.1", "1").process();
    let build = upload.complete();
    pushed.receive();
    let mut request = statused_core::source::PollRequest::new(source_id(), pushed.watch.now);
    request.scope = statused_core::source::Scope::Named;
    request.verify = vec![(app_key(APP), SubjectKey::new(SubjectKind::BuildUpload, upload.id()))];
    statused_core::StatusSource::poll(&pushed.watch.source, request).await.unwrap();
    build.processing("VALID");
    let report = pushed.watch.poll().await;
    assert_eq!(pushed.asked(), [Builds]);
    assert_eq!(status(&report, SubjectKind::Build, build.id()), Some(Status::Valid));
}

/// Such a rejection shows on the submission alone, and no push tells of it.
#[tokio::test]
async fn unresolved_issues_are_found_at_the_usual_pace() {
    let mut pushed = trusted().await;
    let version = pushed.watch.app().version("1.0").state("IN_REVIEW");
    version.submission("IN_REVIEW");
    pushed.receive();
    let report = pushed.watch.poll().await;
    assert_eq!(pushed.asked(), [Reviews]);
    assert!(report.sightings.keys().all(|key| matches!(key, AggregateKey::Account(_))));
    version.submission("UNRESOLVED_ISSUES");
    let report = pushed.watch.poll().await;
    assert_eq!(pushed.asked(), [Reviews, Version]);
    assert_eq!(version_status(&report, version.id()), Some(Status::Rejected));
    pushed.watch.poll().await;
    assert_eq!(pushed.asked(), [Reviews]);
    version.submission("IN_REVIEW");
    let report = pushed.watch.poll().await;
    assert_eq!(version_status(&report, version.id()), Some(Status::InReview));
    assert!(pushed.trusted(), "nothing of this speaks against the pushes");
}

#[tokio::test]
async fn a_pending_agreement_is_found_at_the_usual_pace() {
    let mut pushed = trusted().await;
    pushed.watch.poll().await;
    pushed.watch.fake.agreement_pending(true);
    assert_eq!(pushed.watch.try_poll(&[]).await.unwrap_err().kind, SourceErrorKind::Agreement);
}

#[tokio::test]
async fn a_doubt_is_looked_at_whatever_the_pace() {
    let mut pushed = trusted().await;
    let version = pushed.watch.app().version("1.0");
    let subject = SubjectKey::new(SubjectKind::Version, version.id());
    let report = pushed.watch.try_poll(&[subject]).await.unwrap();
    assert_eq!(pushed.asked(), [Version]);
    assert_eq!(version_status(&report, version.id()), Some(Status::PendingDeveloperRelease));
}

#[tokio::test]
async fn a_change_that_no_push_has_told_costs_the_trust_until_the_next_push() {
    let mut pushed = trusted().await;
    let version = pushed.watch.app().version("1.0").state("READY_FOR_SALE");
    pushed.receive();
    pushed.watch.pass(900);
    pushed.watch.poll().await;
    assert!(pushed.trusted(), "a push has told it");

    version.state("REPLACED_WITH_NEW_VERSION");
    pushed.lose();
    pushed.watch.poll().await;
    assert!(pushed.trusted(), "nobody knows yet");
    pushed.watch.pass(900);
    pushed.watch.poll().await;
    assert!(!pushed.trusted());
    for _ in 0..2 {
        pushed.watch.poll().await;
        assert_eq!(pushed.asked(), FULL);
    }
    pushed.watch.app().version("1.1").state("WAITING_FOR_REVIEW");
    pushed.receive();
    assert!(pushed.trusted());
}

/// Removals show in an attribute that no push is about.
#[tokio::test]
async fn a_removal_from_sale_speaks_against_nothing() {
    let mut pushed = trusted().await;
    let version = pushed.watch.app().version("1.0").state("READY_FOR_SALE");
    pushed.receive();
    for older in ["REMOVED_FROM_SALE", "READY_FOR_SALE"] {
        version.states(Some("READY_FOR_DISTRIBUTION"), Some(older));
        pushed.watch.pass(900);
        pushed.watch.poll().await;
        assert!(pushed.trusted(), "{older}");
    }
}

#[tokio::test]
async fn a_wrong_signature_costs_the_trust_until_the_next_push() {
    let mut pushed = trusted().await;
    pushed.watch.poll().await;
    assert_eq!(pushed.asked(), LIGHT);
    pushed.webhooks.receive(APP, Some(&sign("another", "{}")), b"{}").unwrap_err();
    pushed.webhooks.receive("2000", Some(&sign("another", "{}")), b"{}").unwrap_err();
    assert!(!pushed.trusted());
    pushed.watch.poll().await;
    assert!(pushed.asked().starts_with(&FULL));
    pushed.watch.app().version("1.0").state("READY_FOR_SALE");
    pushed.receive();
    pushed.watch.poll().await;
    assert_eq!(pushed.asked(), [Version]);
}

#[tokio::test]
async fn a_failed_delivery_costs_the_trust() {
    let mut pushed = trusted().await;
    let hook = pushed.watch.app().webhooks().remove(0);
    hook.next(Mishap::Lost);
    pushed.watch.pass(3600);
    pushed.watch.app().upload("1.1", "1").process();
    pushed.watch.pass(30);
    pushed.watch.poll().await;
    assert!(pushed.asked().contains(&Endpoint::Deliveries));
    assert!(!pushed.trusted());
}

/// Another receiver's trouble is not ours.
#[tokio::test]
async fn a_failed_delivery_of_another_webhook_does_not_if_ours_is_known() {
    let mut pushed = trusted().await;
    let app = pushed.watch.app();
    let ours = app.webhooks().remove(0);
    pushed.webhooks.registered_as(APP, ours.id());
    app.webhook("http://127.0.0.1:9/other", "theirs").every(Some(Mishap::Lost));
    pushed.watch.pass(3600);
    ours.next(Mishap::Forgotten);
    app.upload("1.1", "1").process();
    pushed.watch.pass(30);
    pushed.watch.poll().await;
    assert!(pushed.asked().contains(&Endpoint::Deliveries) && pushed.trusted());
}

#[tokio::test]
async fn silence_is_broken_by_a_ping_and_trusted_no_longer_than_it_may_be() {
    let mut pushed = pushed_with(|builder| builder.trust_for(Duration::from_secs(7200))).await;
    pushed.watch.poll().await;
    pushed.receive();
    pushed.watch.poll().await;
    assert!(pushed.trusted());
    pushed.watch.pass(3600);
    pushed.watch.poll().await;
    assert!(pushed.asked().contains(&WebhookPings), "half of the time is over");
    pushed.receive();
    pushed.watch.pass(1800);
    pushed.watch.poll().await;
    assert!(!pushed.asked().contains(&WebhookPings));

    let begin = pushed.watch.now;
    let mut pings = 0;
    while pushed.trusted() && pushed.watch.now - begin < TimeDelta::hours(3) {
        pushed.watch.pass(870);
        pushed.watch.poll().await;
        pings += pushed.asked().iter().filter(|endpoint| **endpoint == WebhookPings).count();
    }
    let silent = pushed.watch.now - begin;
    assert!(silent > TimeDelta::minutes(80) && silent < TimeDelta::minutes(125), "{silent}");
    assert!((1..=4).contains(&pings), "{pings}");
    pushed.watch.poll().await;
    assert!(pushed.asked().starts_with(&FULL));
}

#[tokio::test]
async fn a_developers_key_polls_and_receives_without_trouble() {
    let mut pushed = pushed_with(|builder| builder).await;
    pushed.watch.fake.developer_key(true);
    let version = pushed.watch.app().version("1.0");
    pushed.watch.poll().await;
    assert_eq!(pushed.asked(), [Apps, Builds, AppWebhooks]);
    pushed.watch.poll().await;
    assert_eq!(pushed.asked(), FULL, "it does not ask again before it is time");
    version.state("WAITING_FOR_REVIEW");
    pushed.receive();
    pushed.watch.poll().await;
    assert_eq!(pushed.asked(), [Reviews]);
    assert!(pushed.trusted());
}
