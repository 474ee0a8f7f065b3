//! Versions: both attributes, traps of lists, and direct looks.

use chrono::{TimeDelta, TimeZone as _, Utc};
use statused_apple::testkit::{Endpoint, Fault};
use statused_core::model::{Status, SubjectKey, SubjectKind};

use crate::support::*;

#[tokio::test]
async fn a_version_is_told_with_its_details() {
    let mut watch = watch().await;
    let app = watch.app();
    let created = Utc.with_ymd_and_hms(2026, 1, 1, 8, 0, 0).unwrap();
    let ios = app.version("1.2.0").state("IN_REVIEW").created(created);
    let mac = app.version_on("MAC_OS", "1.2.0").state("READY_FOR_SALE");
    let live = app.version("1.1.0").state("READY_FOR_SALE");
    let report = watch.poll().await;
    let seen = find(&report, SubjectKind::Version, ios.id()).unwrap();
    assert_eq!((seen.details.version.as_deref(), seen.details.platform.as_deref()), (Some("1.2.0"), Some("IOS")));
    assert_eq!((seen.details.born_at, seen.seen_at, seen.as_of), (Some(created), watch.now, None));
    assert!(!seen.initial && !seen.doubtful && seen.parent.is_none());
    let url = |id: &str| find(&report, SubjectKind::Version, id).unwrap().details.console_url.clone().unwrap();
    let app = "https://appstoreconnect.apple.com/apps/1000";
    assert_eq!(url(ios.id()), format!("{app}/distribution/ios/version/inflight"));
    assert_eq!(url(live.id()), format!("{app}/distribution/ios/version/deliverable"));
    assert_eq!(url(mac.id()), app);
    assert_eq!(sighting(&report).app.name.as_deref(), Some("MyApp"));
    assert_eq!(sighting(&report).app.bundle_id.as_deref(), Some("com.acme.app"));
}

#[tokio::test]
async fn the_attributes_flip_without_a_change() {
    let mut watch = watch().await;
    let version = watch.app().version("1.0");
    let both = [
        (Some("READY_FOR_DISTRIBUTION"), Some("READY_FOR_SALE")),
        (Some("READY_FOR_DISTRIBUTION"), None),
        (None, Some("READY_FOR_SALE")),
    ];
    for (newer, older) in both {
        version.states(newer, older);
        assert_eq!(version_status(&watch.poll().await, version.id()), Some(Status::ReadyForSale));
    }
    version.states(Some("READY_FOR_DISTRIBUTION"), Some("DEVELOPER_REMOVED_FROM_SALE"));
    assert_eq!(version_status(&watch.poll().await, version.id()), Some(Status::DeveloperRemovedFromSale));
    version.states(Some("WAITING_FOR_THE_MOON"), None);
    assert_eq!(version_status(&watch.poll().await, version.id()).unwrap().label(), "Waiting For The Moon");
    version.states(None, None);
    let report = watch.poll_through().await;
    assert_eq!(version_status(&report, version.id()), None, "no state is no statement");
    assert!(!covers(&report, &SubjectKind::Version));
}

/// Trap 1: Apple does not promise an order, and changes are told in the order of creation.
#[tokio::test]
async fn versions_are_told_from_the_oldest_on() {
    let mut watch = watch().await;
    let app = watch.app();
    let ids: Vec<_> = ["1.0", "1.1", "1.2"].map(|version| app.version(version).id().to_owned()).into();
    app.version("1.0").state("REPLACED_WITH_NEW_VERSION");
    for oldest_first in [true, false] {
        watch.fake.oldest_first(oldest_first);
        let report = watch.poll().await;
        let told: Vec<_> = sighting(&report).observations.iter().map(|seen| seen.subject.id.clone()).collect();
        assert_eq!(told, ids);
    }
}

/// A bug of the hosted product: on 2024-10-22 the API listed versions of two years before for an hour, and wrong states
/// were announced. A list without the newest version that is known to exist is an old one, whatever it says.
#[tokio::test]
async fn old_versions_returned_for_an_hour() {
    let mut watch = watch().await;
    let app = watch.app();
    let old = app.version("1.0").state("REPLACED_WITH_NEW_VERSION");
    let new = app.version("2.0").state("READY_FOR_SALE").phased("ACTIVE", Some(3));
    watch.poll().await;

    old.state("READY_FOR_SALE");
    watch.fake.old_versions_only(true);
    for day in 4..6 {
        new.phased("ACTIVE", Some(day));
        let report = watch.poll_through().await;
        assert_eq!(version_status(&report, old.id()), None, "the list says that it is live again");
        assert_eq!(version_status(&report, new.id()), Some(Status::ReadyForSale), "looked at for its rollout");
        assert!(!covers(&report, &SubjectKind::Version));
        assert!(report.troubles[0].message.contains("old lists of versions"), "{:?}", report.troubles);
    }
    old.state("REPLACED_WITH_NEW_VERSION");
    watch.fake.heal();
    let report = watch.poll().await;
    assert_eq!(version_status(&report, old.id()), Some(Status::ReplacedWithNewVersion));
    assert_eq!(rollout(&report, new.id()).as_deref(), Some("ROLLOUT_IN_PROGRESS 20%"));
}

#[tokio::test]
async fn a_list_without_a_deleted_version_is_no_old_one() {
    let mut watch = watch().await;
    let app = watch.app();
    let live = app.version("1.0").state("READY_FOR_SALE").not_phased();
    let draft = app.version("2.0").state("PREPARE_FOR_SUBMISSION");
    watch.poll().await;
    draft.remove();
    for looks in [1, 0] {
        let report = watch.poll().await;
        assert_eq!(version_status(&report, live.id()), Some(Status::ReadyForSale));
        assert_eq!(watch.counts()[2], looks, "it is asked once whether it is gone");
    }
}

#[tokio::test]
async fn of_a_subject_to_verify_only_the_direct_look_is_told() {
    let mut watch = watch().await;
    let app = watch.app();
    let version = app.version("1.0").state("IN_REVIEW");
    let other = app.version("0.9").state("REPLACED_WITH_NEW_VERSION");
    watch.poll().await;
    let stale = watch.fake.snapshot();
    version.state("PENDING_DEVELOPER_RELEASE");
    let verify = [SubjectKey::new(SubjectKind::Version, version.id())];

    watch.fake.serve_stale(&stale, 1);
    let report = watch.try_poll(&verify).await.unwrap();
    assert_eq!(version_status(&report, version.id()), Some(Status::PendingDeveloperRelease));
    assert!(version_status(&report, other.id()).is_some());
    assert_eq!(watch.counts(), [1, 0, 1, 1, 1], "one look, and the list's review is asked about");

    for fault in [Fault::status(500).times(3), Fault::status(404), Fault::throttled(None)] {
        watch.fake.inject(fault.on(Endpoint::Version));
        let report = watch.try_poll(&verify).await.unwrap();
        assert_eq!(version_status(&report, version.id()), None, "no look, no word");
        assert!(version_status(&report, other.id()).is_some());
        assert_eq!(report.troubles.len(), 1);
    }
}

/// A version that the list lacks can be looked at all the same.
#[tokio::test]
async fn an_unlisted_version_is_verified() {
    let mut watch = watch().await;
    let app = watch.app();
    app.version("1.0").state("REPLACED_WITH_NEW_VERSION");
    let new = app.version("2.0").state("IN_REVIEW");
    watch.poll().await;
    watch.fake.old_versions_only(true);
    let verify = [SubjectKey::new(SubjectKind::Version, new.id())];
    let report = watch.try_poll(&verify).await.unwrap();
    assert_eq!(version_status(&report, new.id()), Some(Status::InReview));

    app.remove();
    let report = watch.try_poll(&verify).await.unwrap();
    assert_eq!(version_status(&report, new.id()), Some(Status::InReview), "even if its app is not listed");
    assert!(!covers(&report, &SubjectKind::Version));
}

/// Trap 3: what is linked to but not included says nothing.
#[tokio::test]
async fn a_missing_include_is_not_a_change() {
    let mut watch = watch().await;
    let version = watch.app().version("1.0").state("IN_REVIEW");
    watch.poll().await;
    watch.fake.omit_included("appStoreVersions");
    let report = watch.poll_through().await;
    assert_eq!(version_status(&report, version.id()), None);
    assert!(!covers(&report, &SubjectKind::Version) && !covers(&report, &SubjectKind::PhasedRelease));
    assert!(covers(&report, &SubjectKind::Build));
    assert!(report.troubles[0].message.contains("apps came without all of their versions, 1000 among them"));
}

/// Trap 2: with more than fifty versions the newest may be missing.
#[tokio::test]
async fn a_cut_list_of_versions_is_completed() {
    let mut watch = watch().await;
    let app = watch.app();
    for n in 0..60 {
        app.version(&format!("0.{n}")).state("REPLACED_WITH_NEW_VERSION");
    }
    let newest = app.version("1.0").state("IN_REVIEW");
    watch.fake.oldest_first(true);
    let report = watch.poll().await;
    assert_eq!(watch.counts(), [1, 1, 0, 1, 1]);
    assert_eq!(version_status(&report, newest.id()), Some(Status::InReview));
    assert_eq!(sighting(&report).observations.len(), 61);
    assert!(covers(&report, &SubjectKind::Version));
    watch.poll().await;
    assert_eq!(watch.counts()[1], 1, "the fifty oldest are never enough");

    // Newest first, the cut list shows all that matters, until the number of versions changes.
    watch.fake.oldest_first(false);
    let report = watch.poll().await;
    assert_eq!(watch.counts()[1], 0);
    assert!(covers(&report, &SubjectKind::Version));
    assert_eq!(version_status(&report, newest.id()), Some(Status::InReview));
    let newer = app.version("1.1");
    let report = watch.poll().await;
    assert_eq!(watch.counts()[1], 1);
    assert_eq!(version_status(&report, newer.id()), Some(Status::PrepareForSubmission));
    // A version of long ago that comes back is noticed, too: it is current at the next complete look.
    newer.created(watch.now - TimeDelta::days(1000));
    assert!(version_status(&watch.poll().await, newer.id()).is_some());
    assert_eq!(watch.counts()[1], 1, "a current version has left the cut list");
}

#[tokio::test]
async fn a_cut_list_that_cannot_be_completed_is_left_out() {
    let mut watch = watch().await;
    let app = watch.app();
    for n in 0..60 {
        app.version(&format!("0.{n}")).state("REPLACED_WITH_NEW_VERSION");
    }
    watch.fake.inject(Fault::status(500).on(Endpoint::AppVersions).always());
    let report = watch.poll_through().await;
    assert_eq!(sighting(&report).observations, []);
    assert!(!covers(&report, &SubjectKind::Version) && covers(&report, &SubjectKind::Build));
    assert_eq!(report.troubles.len(), 1);
    assert!(report.troubles[0].message.contains("appStoreVersions"), "{}", report.troubles[0]);
}
