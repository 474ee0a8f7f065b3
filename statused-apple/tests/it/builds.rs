//! Builds and TestFlight.

use chrono::TimeDelta;
use statused_apple::testkit::{Endpoint, FakeBuild, Fault};
use statused_core::model::{Observation, Status, SubjectKey, SubjectKind};
use statused_core::source::PollReport;

use crate::support::*;

fn build_status(report: &PollReport, build: &FakeBuild) -> Option<Status> {
    status(report, SubjectKind::Build, build.id())
}

/// Under the id of its beta detail, or its own where it has none.
fn beta_of<'a>(report: &'a PollReport, build: &FakeBuild) -> Option<&'a Observation> {
    let by = |id: &str| find(report, SubjectKind::TestFlight, id);
    by(&build.detail_id()).or_else(|| by(build.id()))
}

fn beta_status(report: &PollReport, build: &FakeBuild) -> Option<Status> {
    beta_of(report, build).map(|seen| seen.status.clone())
}

/// A bug of the hosted product: the newest store version was put beside the number of another version's build.
#[tokio::test]
async fn a_build_is_paired_with_its_own_version_and_not_the_newest_store_version() {
    let mut watch = watch().await;
    let app = watch.app();
    app.version("1.0").state("READY_FOR_SALE");
    app.version("3.0").state("PREPARE_FOR_SUBMISSION");
    let build = app.build("2.0", "200").processing("VALID").external("IN_BETA_TESTING");
    let report = watch.poll().await;
    for (kind, id) in [(SubjectKind::Build, build.id()), (SubjectKind::TestFlight, &build.detail_id())] {
        let details = &find(&report, kind, id).unwrap().details;
        assert_eq!((details.version.as_deref(), details.build.as_deref()), (Some("2.0"), Some("200")));
        assert_eq!(details.platform.as_deref(), Some("IOS"));
        assert_eq!(details.console_url.as_deref(), Some("https://appstoreconnect.apple.com/apps/1000/testflight/ios"));
        assert!(details.born_at.is_some());
    }
    // Without its own version, a build is not told of at all.
    watch.fake.omit_included("preReleaseVersions");
    let report = watch.poll().await;
    assert_eq!((build_status(&report, &build), beta_status(&report, &build)), (None, None));
}

#[tokio::test]
async fn a_build_lives_through_processing_and_beta() {
    let mut watch = watch().await;
    let build = watch.app().build("1.0", "1").platform("MAC_OS");
    let report = watch.poll().await;
    assert_eq!(build_status(&report, &build), Some(Status::Processing));
    let beta = beta_of(&report, &build).unwrap();
    assert!(beta.initial && beta.status == Status::Processing);
    assert_eq!(beta.parent, Some(SubjectKey::new(SubjectKind::Build, build.id())));
    assert_eq!(beta.details.console_url.as_deref(), Some("https://appstoreconnect.apple.com/apps/1000"));

    for (state, seen, initial) in [
        ("NOT_APPLICABLE", Status::NotApplicable, true),
        ("READY_FOR_BETA_SUBMISSION", Status::ReadyForBetaSubmission, false),
        ("WAITING_FOR_BETA_REVIEW", Status::WaitingForBetaReview, false),
        ("IN_BETA_REVIEW", Status::InBetaReview, false),
        ("BETA_APPROVED", Status::BetaApproved, false),
        ("IN_BETA_TESTING", Status::InBetaTesting, false),
        ("EXPIRED", Status::Expired, false),
    ] {
        build.processing("VALID").external(state);
        let report = watch.poll().await;
        let beta = beta_of(&report, &build).unwrap();
        assert_eq!((&beta.status, beta.initial, beta.doubtful), (&seen, initial, false));
        assert_eq!(build_status(&report, &build), Some(Status::Valid));
    }
    for (state, seen) in [("INVALID", Status::Invalid), ("FAILED", Status::Failed)] {
        build.processing(state);
        assert_eq!(build_status(&watch.poll().await, &build), Some(seen));
    }
}

/// Trap 3, as on 2022-09-14: builds came without their beta details.
#[tokio::test]
async fn a_missing_beta_detail_is_not_a_change() {
    let mut watch = watch().await;
    let build = watch.app().build("1.0", "1").processing("VALID").external("IN_BETA_TESTING").beta_review("APPROVED");
    watch.poll().await;
    watch.fake.omit_included("buildBetaDetails");
    // Not even the beta review, which the answer has, is asked to stand in.
    for review in ["APPROVED", "IN_REVIEW", "REJECTED"] {
        build.beta_review(review);
        let report = watch.poll().await;
        assert_eq!((build_status(&report, &build), beta_status(&report, &build)), (Some(Status::Valid), None));
    }
    build.beta_review("APPROVED");
    watch.poll().await;
    watch.fake.heal();
    // Gone altogether: the approval of long ago is no news of a build that is being tested.
    build.no_beta_detail();
    assert_eq!(beta_status(&watch.poll().await, &build), None);
}

#[tokio::test]
async fn the_beta_review_stands_in_for_an_absent_detail() {
    let mut watch = watch().await;
    let build = watch.app().build("1.0", "1").processing("VALID").no_beta_detail();
    assert_eq!(beta_status(&watch.poll().await, &build), None);
    for (state, seen) in [
        ("WAITING_FOR_REVIEW", Status::WaitingForBetaReview),
        ("IN_REVIEW", Status::InBetaReview),
        ("APPROVED", Status::BetaApproved),
        ("REJECTED", Status::BetaRejected),
    ] {
        build.beta_review(state);
        let report = watch.poll().await;
        let beta = beta_of(&report, &build).unwrap();
        assert_eq!((&beta.status, beta.doubtful), (&seen, true));
    }
    build.expire();
    assert_eq!(beta_status(&watch.poll().await, &build), None);
}

/// Trap 5: the date of a build may change; its id does not.
#[tokio::test]
async fn a_build_with_another_date_is_the_same_build() {
    let mut watch = watch().await;
    let build = watch.app().build("1.0", "1").processing("VALID");
    let before = watch.poll().await;
    build.uploaded(watch.now);
    let after = watch.poll().await;
    assert_eq!(build_status(&before, &build), build_status(&after, &build));
    assert_eq!(sighting(&after).observations.len(), 2);
}

#[tokio::test]
async fn a_cut_list_has_a_horizon_and_builds_under_way_are_asked_for() {
    let mut watch = watch().await;
    let app = watch.app();
    let slow = app.build("1.0", "1");
    let reviewed = app.build("1.0", "2").processing("VALID").external("IN_BETA_REVIEW");
    let settled = app.build("1.0", "3").processing("VALID").external("IN_BETA_TESTING");
    let report = watch.poll().await;
    assert_eq!(sighting(&report).covered[&SubjectKind::Build], None, "all of them were seen");

    for n in 0..200 {
        app.build("2.0", &format!("{n}")).processing("VALID").uploaded(watch.now + TimeDelta::seconds(n));
    }
    let begin = watch.now;
    let report = watch.poll().await;
    assert_eq!(watch.counts()[3], 2, "one more request for both");
    assert_eq!(build_status(&report, &slow), Some(Status::Processing));
    assert_eq!(beta_status(&report, &reviewed), Some(Status::InBetaReview));
    assert_eq!(build_status(&report, &settled), None);
    assert_eq!(sighting(&report).covered[&SubjectKind::Build], Some(begin));
    assert_eq!(sighting(&report).covered[&SubjectKind::TestFlight], Some(begin));

    slow.processing("INVALID");
    reviewed.external("BETA_REJECTED");
    let report = watch.poll().await;
    assert_eq!(build_status(&report, &slow), Some(Status::Invalid));
    assert_eq!(beta_status(&report, &reviewed), Some(Status::BetaRejected));
    watch.poll().await;
    assert_eq!(watch.counts()[3], 1, "both are settled");
}

#[tokio::test]
async fn a_build_under_way_that_is_gone_is_forgotten() {
    let mut watch = watch().await;
    let app = watch.app();
    let slow = app.build("1.0", "1");
    watch.poll().await;
    slow.remove();
    watch.poll().await;
    assert_eq!(watch.counts()[3], 2);
    watch.poll().await;
    assert_eq!(watch.counts()[3], 1);
}

#[tokio::test]
async fn of_a_build_to_verify_only_the_direct_look_is_told() {
    let mut watch = watch().await;
    let build = watch.app().build("1.0", "1").processing("VALID").external("IN_BETA_TESTING");
    watch.poll().await;
    build.processing("PROCESSING");
    let stale = watch.fake.snapshot();
    build.processing("VALID");
    let verify = [SubjectKey::new(SubjectKind::Build, build.id())];
    watch.fake.serve_stale(&stale, 2);
    let report = watch.try_poll(&verify).await.unwrap();
    assert_eq!(build_status(&report, &build), Some(Status::Valid));
    assert_eq!(watch.counts()[3], 2);

    watch.fake.inject(Fault::status(500).on(Endpoint::Builds).after(1).times(3));
    let report = watch.try_poll(&verify).await.unwrap();
    assert_eq!((build_status(&report, &build), beta_status(&report, &build)), (None, None));
    assert!(covers(&report, &SubjectKind::Build));
}

#[tokio::test]
async fn the_newest_builds_icon_stands_in_for_the_apps() {
    let mut watch = watch().await;
    let app = watch.app();
    app.build("1.0", "1").icon("https://icons.example/one");
    app.build("1.0", "2").icon("https://icons.example/two");
    app.build("1.0", "3");
    let icon = |report: &PollReport| sighting(report).app.icon_url.clone();
    assert_eq!(icon(&watch.poll().await).as_deref(), Some("https://icons.example/two/512x512bb.png"));
    app.icon("https://icons.example/own");
    assert_eq!(icon(&watch.poll().await).as_deref(), Some("https://icons.example/own/512x512bb.png"));
    watch.fake.omit_included("buildIcons");
    assert_eq!(icon(&watch.poll().await), None, "not shown is not changed");
}
