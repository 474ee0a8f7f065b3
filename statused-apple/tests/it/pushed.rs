//! What pushes say of their subjects, and the direct looks that they ask for.

use chrono::Utc;
use statused_apple::testkit::{Endpoint, FakeAppStoreConnect};
use statused_core::StatusSource as _;
use statused_core::model::{FeedbackKind, Need, Observation, Sighting, Status, SubjectKey, SubjectKind};
use statused_core::source::{PollReport, PollRequest, Scope};

use crate::receiver::{SECRET, sign, webhooks};
use crate::support::*;

/// The fake's last push as the receiver understands it.
fn last_push(fake: &FakeAppStoreConnect) -> Observation {
    let body = fake.deliveries().pop().unwrap().payload;
    let received = webhooks().receive(APP, Some(&sign(SECRET, &body)), body.as_bytes()).unwrap();
    let mut sightings = received.sightings(&source_id(), Utc::now());
    let Sighting { mut observations, .. } = sightings.remove(&app_key(APP)).unwrap();
    assert!(sightings.is_empty() && observations.len() == 1);
    observations.remove(0)
}

async fn named(watch: &Watch, subject: &SubjectKey) -> PollReport {
    let mut request = PollRequest::new(source_id(), watch.now);
    request.checkpoint.clone_from(&watch.checkpoint);
    request.scope = Scope::Named;
    request.verify = vec![(app_key(APP), subject.clone())];
    watch.fake.forget();
    let report = watch.source.poll(request).await.unwrap();
    assert_eq!((&report.checkpoint, &report.troubles[..]), (&watch.checkpoint, &[][..]));
    report
}

async fn hooked() -> Watch {
    let watch = watch().await;
    watch.app().webhook("http://127.0.0.1:9/", SECRET);
    watch
}

#[tokio::test]
async fn a_version_is_named_by_its_push_and_looked_at_directly() {
    let mut watch = hooked().await;
    let version = watch.app().version("1.0").state("PENDING_DEVELOPER_RELEASE");
    watch.poll().await;
    version.state("READY_FOR_SALE").phased("ACTIVE", Some(1));
    let push = last_push(&watch.fake);
    assert_eq!(push.subject, SubjectKey::new(SubjectKind::Version, version.id()));
    assert_eq!((push.status, push.from), (Status::ReadyForSale, Some(Status::PendingDeveloperRelease)));
    assert!(push.as_of.is_some() && push.need == Need::Identity && !push.news);

    let report = named(&watch, &push.subject).await;
    assert_eq!(watch.counts(), [0, 0, 1, 0, 0]);
    let seen = find(&report, SubjectKind::Version, version.id()).unwrap();
    assert_eq!((seen.details.version.as_deref(), seen.status.clone()), (Some("1.0"), Status::ReadyForSale));
    assert!(seen.looked_at.is_some(), "the answer's date");
    assert_eq!(rollout(&report, version.id()).as_deref(), Some("ROLLOUT_IN_PROGRESS 1%"), "it begins with the version");
    assert!(sighting(&report).covered.is_empty());

    // What the API does not know (yet) is not reported, and no trouble.
    let unknown = SubjectKey::new(SubjectKind::Version, "00000000-0000-4000-8000-00000000ffff");
    assert!(named(&watch, &unknown).await.sightings.is_empty());
}

#[tokio::test]
async fn an_external_beta_is_named_by_its_detail_and_brings_its_build() {
    let mut watch = hooked().await;
    let build = watch.app().build("1.2", "7").processing("VALID").external("IN_BETA_REVIEW");
    watch.poll().await;
    build.external("BETA_APPROVED");
    let push = last_push(&watch.fake);
    assert_eq!(push.subject, SubjectKey::new(SubjectKind::TestFlight, build.detail_id()));
    assert_eq!((push.status, push.from), (Status::BetaApproved, Some(Status::InBetaReview)));
    let report = named(&watch, &push.subject).await;
    assert_eq!((watch.fake.count(Endpoint::BetaDetails), watch.fake.requests().len()), (1, 2));
    let seen = find(&report, SubjectKind::TestFlight, &build.detail_id()).unwrap();
    assert_eq!((seen.details.version.as_deref(), seen.details.build.as_deref()), (Some("1.2"), Some("7")));
    assert_eq!(seen.parent, Some(SubjectKey::new(SubjectKind::Build, build.id())));
    assert!(seen.looked_at.is_some());
    build.external("PROCESSING");
    assert!(last_push(&watch.fake).initial, "as it is for polls");
}

#[tokio::test]
async fn a_failed_upload_comes_with_its_errors() {
    let watch = hooked().await;
    let upload = watch.app().upload("1.101.0", "3").process();
    let push = last_push(&watch.fake);
    assert!(push.untold && push.need == Need::Look && push.as_of.is_none());
    upload.fail("90683", "Missing purpose string in Info.plist.");
    let push = last_push(&watch.fake);
    assert_eq!(push.subject, SubjectKey::new(SubjectKind::BuildUpload, upload.id()));
    assert_eq!((push.status, push.from), (Status::Failed, Some(Status::Processing)));
    assert!(push.news && !push.untold && push.need == Need::Look);
    let report = named(&watch, &push.subject).await;
    let seen = find(&report, SubjectKind::BuildUpload, upload.id()).unwrap();
    assert_eq!((&seen.status, seen.untold), (&Status::Failed, false));
    assert_eq!((seen.details.version.as_deref(), seen.details.build.as_deref()), (Some("1.101.0"), Some("3")));
    assert_eq!(seen.details.errors[0].code, "90683");
    assert!(seen.details.errors[0].description.starts_with("Missing purpose string"));
    assert_eq!(watch.fake.requests().len(), 1, "a failed upload has no build");
}

#[tokio::test]
async fn a_complete_upload_brings_its_build() {
    let watch = hooked().await;
    let upload = watch.app().upload("1.2", "7").process();
    let build = upload.complete();
    let push = last_push(&watch.fake);
    assert!(push.untold && push.status == Status::Complete);
    let report = named(&watch, &push.subject).await;
    assert!(find(&report, SubjectKind::BuildUpload, upload.id()).unwrap().untold);
    let seen = find(&report, SubjectKind::Build, build.id()).unwrap();
    assert_eq!((&seen.status, seen.details.version.as_deref()), (&Status::Processing, Some("1.2")));
}

#[tokio::test]
async fn feedback_tells_of_its_build_and_device_and_of_words_only_if_asked() {
    for asked in [false, true] {
        let watch = watch_with(|builder| builder.feedback_comments(asked)).await;
        let app = watch.app();
        app.webhook("http://127.0.0.1:9/", SECRET);
        let build = app.build("1.2", "7").processing("VALID");
        for (kind, page) in [(FeedbackKind::Crash, "crashes"), (FeedbackKind::Screenshot, "screenshots")] {
            let id = if kind == FeedbackKind::Crash { build.crash("it broke") } else { build.screenshot("it broke") };
            let push = last_push(&watch.fake);
            assert_eq!(push.subject, SubjectKey::new(SubjectKind::Feedback, &*id));
            assert_eq!(push.details.feedback.as_ref().map(|feedback| feedback.kind), Some(kind));
            let report = named(&watch, &push.subject).await;
            let seen = find(&report, SubjectKind::Feedback, &id).unwrap();
            assert_eq!((seen.details.version.as_deref(), seen.details.build.as_deref()), (Some("1.2"), Some("7")));
            let feedback = seen.details.feedback.as_ref().unwrap();
            assert_eq!((feedback.kind, feedback.device.as_deref()), (kind, Some("iPhone17_1")));
            assert_eq!(feedback.comment.as_deref(), asked.then_some("it broke"));
            let url = seen.details.console_url.as_deref().unwrap();
            assert_eq!(url, format!("https://appstoreconnect.apple.com/apps/{APP}/testflight/{page}/{id}"));
            assert!(!format!("{report:?}").contains("@example.com"));
            let asked_for = format!("{:?}", watch.fake.requests());
            assert_eq!((asked_for.contains("email"), asked_for.contains("comment")), (false, asked));
        }
    }
}

#[tokio::test]
async fn asset_packs_and_their_releases_are_told_by_name() {
    let watch = hooked().await;
    let asset = watch.app().asset_version("levels", "4");
    asset.fail("1001", "The manifest is not valid.");
    let push = last_push(&watch.fake);
    assert_eq!(push.subject, SubjectKey::new(SubjectKind::BackgroundAsset, asset.id()));
    assert_eq!((push.need, push.status), (Need::Look, Status::Failed));
    let report = named(&watch, &push.subject).await;
    let seen = find(&report, SubjectKind::BackgroundAsset, asset.id()).unwrap();
    assert_eq!((seen.details.name.as_deref(), seen.details.version.as_deref()), (Some("levels"), Some("4")));
    assert_eq!(seen.details.errors[0].description, "The manifest is not valid.");

    let asset = watch.app().asset_version("levels", "5");
    for (id, track, status) in [
        (asset.release_internally(), "Internal TestFlight", Status::ReadyForTesting),
        (asset.external("REJECTED"), "External TestFlight", Status::Rejected),
        (asset.store("READY_FOR_DISTRIBUTION"), "App Store", Status::ReadyForDistribution),
    ] {
        let push = watch.fake.deliveries();
        let push = push.iter().rev().find(|delivery| delivery.payload.contains(&id)).unwrap();
        let body = &push.payload;
        let received = webhooks().receive(APP, Some(&sign(SECRET, body)), body.as_bytes()).unwrap();
        let told = received.sightings(&source_id(), Utc::now()).remove(&app_key(APP)).unwrap();
        let told = &told.observations[0];
        assert_eq!((told.details.track.as_deref(), &told.status, told.news), (Some(track), &status, true));
        let report = named(&watch, &SubjectKey::new(SubjectKind::BackgroundAssetRelease, &*id)).await;
        let seen = find(&report, SubjectKind::BackgroundAssetRelease, &id).unwrap();
        assert_eq!((&seen.status, seen.details.track.as_deref()), (&status, Some(track)));
        assert_eq!((seen.details.name.as_deref(), seen.details.version.as_deref()), (Some("levels"), Some("5")));
    }
}

#[tokio::test]
async fn what_cannot_be_looked_at_is_told_as_it_came() {
    let body = r#"{"data":{"type":"alternativeDistributionTerritoryAvailabilityUpdated","id":"33e7","version":1,
        "attributes":{"available":false,"territories":["DNK","IRL"],"appId":"10795421620","timestamp":"2025-07-17T14:55:16.125331Z"},
        "relationships":{"marketplaceApp":{"data":{"type":"apps","id":"10737747186"}}}}}"#;
    let received = webhooks().receive(APP, Some(&sign(SECRET, body)), body.as_bytes()).unwrap();
    let told = received.sightings(&source_id(), Utc::now()).remove(&app_key(APP)).unwrap();
    let told = &told.observations[0];
    assert_eq!(told.subject, SubjectKey::new(SubjectKind::AlternativeDistribution, "33e7"));
    assert_eq!((&told.status, told.need, told.news), (&Status::Unavailable, Need::Nothing, true));
    assert_eq!(told.details.territories, ["DNK", "IRL"]);
    assert_eq!(told.details.name.as_deref(), Some("10795421620"));
    let ping = r#"{"data":{"type":"webhookPingCreated","id":"p"}}"#;
    let received = webhooks().receive(APP, Some(&sign(SECRET, ping)), ping.as_bytes()).unwrap();
    assert!(received.sightings(&source_id(), Utc::now()).is_empty());
}

/// A doubt of a list about an external beta is resolved by its detail's id, too.
#[tokio::test]
async fn a_full_poll_verifies_an_external_beta() {
    let mut watch = watch().await;
    let build = watch.app().build("1.0", "1").processing("VALID").external("IN_BETA_TESTING");
    watch.poll().await;
    let verify = [SubjectKey::new(SubjectKind::TestFlight, build.detail_id())];
    build.external("IN_BETA_REVIEW");
    let stale = watch.fake.snapshot();
    build.external("IN_BETA_TESTING");
    watch.fake.serve_stale(&stale, 2);
    let report = watch.try_poll(&verify).await.unwrap();
    assert_eq!(status(&report, SubjectKind::TestFlight, &build.detail_id()), Some(Status::InBetaTesting));
}
