//! Rejections that show on the review submission alone.

use statused_apple::testkit::{Endpoint, Fault};
use statused_core::model::{Status, SubjectKind};

use crate::support::*;

#[tokio::test]
async fn unresolved_issues_are_a_rejection() {
    let mut watch = watch().await;
    let version = watch.app().version("1.0").state("WAITING_FOR_REVIEW");
    version.submission("WAITING_FOR_REVIEW");
    assert_eq!(version_status(&watch.poll().await, version.id()), Some(Status::WaitingForReview));
    version.state("IN_REVIEW");
    let submission = version.submission("UNRESOLVED_ISSUES");
    let report = watch.poll().await;
    let seen = find(&report, SubjectKind::Version, version.id()).unwrap();
    assert_eq!((&seen.status, seen.details.reason.as_deref()), (&Status::Rejected, Some("UNRESOLVED_ISSUES")));
    let url =
        format!("https://appstoreconnect.apple.com/apps/1000/distribution/reviewsubmissions/details/{submission}");
    assert_eq!(seen.details.console_url.as_deref(), Some(url.as_str()));

    version.submission("WAITING_FOR_REVIEW");
    version.state("WAITING_FOR_REVIEW");
    let report = watch.poll().await;
    assert_eq!(version_status(&report, version.id()), Some(Status::WaitingForReview));
    assert_eq!(find(&report, SubjectKind::Version, version.id()).unwrap().details.reason, None);
}

/// Between the rejection and a failed look, the list still says "In Review"; that must not be repeated.
#[tokio::test]
async fn a_rejected_version_is_not_in_review_again_because_a_look_failed() {
    let mut watch = watch().await;
    let app = watch.app();
    let version = app.version("1.0").state("IN_REVIEW");
    let other = app.version_on("MAC_OS", "1.0").state("IN_REVIEW");
    version.submission("UNRESOLVED_ISSUES");
    watch.poll().await;
    for fault in [Fault::status(500).times(3), Fault::status(403), Fault::throttled(None), Fault::broken_json()] {
        watch.fake.inject(fault.on(Endpoint::Reviews));
        let report = watch.poll_through().await;
        assert_eq!(version_status(&report, version.id()), None);
        assert_eq!(version_status(&report, other.id()), Some(Status::InReview));
        assert!(covers(&report, &SubjectKind::Version));
    }
    // Nor because the submission does not say of which version it is.
    version.unlink_submission();
    assert_eq!(version_status(&watch.poll().await, version.id()), None);
    // A state of the version's own is believed, and ends the matter.
    version.state("METADATA_REJECTED");
    other.state("PENDING_DEVELOPER_RELEASE");
    assert_eq!(version_status(&watch.poll().await, version.id()), Some(Status::MetadataRejected));
    assert_eq!(watch.counts()[4], 1);
    watch.poll().await;
    assert_eq!(watch.counts()[4], 0, "forgotten");
}

/// At first sight, what may be rejected already is not taken for being in review.
#[tokio::test]
async fn a_first_look_without_submissions_is_not_complete() {
    let mut watch = watch().await;
    let version = watch.app().version("1.0").state("IN_REVIEW");
    version.submission("UNRESOLVED_ISSUES");
    watch.fake.inject(Fault::status(500).on(Endpoint::Reviews).times(3));
    let report = watch.poll_through().await;
    assert_eq!(version_status(&report, version.id()), None);
    assert!(!covers(&report, &SubjectKind::Version));
    let report = watch.poll().await;
    assert_eq!(version_status(&report, version.id()), Some(Status::Rejected));
    assert!(covers(&report, &SubjectKind::Version));
}

/// A look that was not complete does not make an app known.
#[tokio::test]
async fn a_second_look_after_an_incomplete_one_is_a_first() {
    let mut watch = watch().await;
    let version = watch.app().version("1.0").state("IN_REVIEW");
    version.submission("UNRESOLVED_ISSUES");
    watch.fake.omit_included("appStoreVersions");
    watch.poll_through().await;
    watch.fake.heal();
    watch.fake.inject(Fault::status(500).on(Endpoint::Reviews).times(3));
    let report = watch.poll_through().await;
    assert_eq!(version_status(&report, version.id()), None);
    assert!(!covers(&report, &SubjectKind::Version));
}

/// A key that may not read submissions sees versions all the same.
#[tokio::test]
async fn submissions_that_may_not_be_read_are_done_without() {
    let mut watch = watch().await;
    let version = watch.app().version("1.0").state("IN_REVIEW");
    watch.fake.inject(Fault::status(403).on(Endpoint::Reviews).always());
    let report = watch.poll_through().await;
    assert_eq!(version_status(&report, version.id()), Some(Status::InReview));
    assert!(covers(&report, &SubjectKind::Version));
    assert_eq!(report.troubles.len(), 1);
}
