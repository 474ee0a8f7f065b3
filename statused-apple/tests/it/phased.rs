//! Phased releases.

use statused_apple::testkit::{Endpoint, Fault};
use statused_core::model::{Status, SubjectKey, SubjectKind};

use crate::support::*;

/// The whole way, day 8 and a bug of the hosted product included: it never told of 100 %.
#[tokio::test]
async fn one_hundred_percent_of_a_phased_release_is_told() {
    let mut watch = watch().await;
    let version = watch.app().version("1.0").state("PENDING_DEVELOPER_RELEASE").phased("INACTIVE", None);
    let report = watch.poll().await;
    assert_eq!((watch.counts(), rollout(&report, version.id())), ([1, 0, 0, 1, 0], None), "not out yet: not asked");

    version.state("READY_FOR_SALE");
    let report = watch.poll().await;
    assert_eq!(rollout(&report, version.id()).as_deref(), Some("ROLLOUT_INACTIVE"));
    let seen = find(&report, SubjectKind::PhasedRelease, version.id()).unwrap();
    assert!(seen.initial);
    assert_eq!(seen.parent, Some(SubjectKey::new(SubjectKind::Version, version.id())));
    assert_eq!(seen.details.version.as_deref(), Some("1.0"));

    let days = [(None, "1%"), (Some(1), "1%"), (Some(2), "2%"), (Some(3), "5%"), (Some(4), "10%"), (Some(5), "20%")];
    for (day, share) in days.into_iter().chain([(Some(6), "50%"), (Some(7), "100%"), (Some(8), "100%")]) {
        version.phased("ACTIVE", day);
        let report = watch.poll().await;
        assert_eq!(rollout(&report, version.id()), Some(format!("ROLLOUT_IN_PROGRESS {share}")), "{day:?}");
        assert!(!find(&report, SubjectKind::PhasedRelease, version.id()).unwrap().initial);
        assert!(covers(&report, &SubjectKind::PhasedRelease));
    }
    version.phased("PAUSED", Some(3));
    assert_eq!(rollout(&watch.poll().await, version.id()).as_deref(), Some("ROLLOUT_PAUSED 5%"));
    version.phased("COMPLETE", Some(7));
    assert_eq!(rollout(&watch.poll().await, version.id()).as_deref(), Some("ROLLOUT_FINISHED 100%"));

    // Over: nothing more to ask, but the version itself is watched on.
    assert_eq!(rollout(&watch.poll().await, version.id()), None);
    assert_eq!(watch.counts(), [1, 0, 0, 1, 0]);
    version.states(Some("READY_FOR_DISTRIBUTION"), Some("REMOVED_FROM_SALE"));
    assert_eq!(version_status(&watch.poll().await, version.id()), Some(Status::RemovedFromSale));
}

/// A bug of the hosted product: a rollout was made up for a version that has none.
#[tokio::test]
async fn no_rollout_for_a_version_without_a_phased_release() {
    let mut watch = watch().await;
    let app = watch.app();
    let old = app.version("0.9").state("READY_FOR_SALE");
    let version = app.version("1.0").state("IN_REVIEW");
    watch.poll().await;
    assert_eq!(watch.counts()[2], 1, "what is live at first sight is looked at once");
    watch.poll().await;
    assert_eq!(watch.counts()[2], 0);

    old.state("REPLACED_WITH_NEW_VERSION");
    version.state("READY_FOR_SALE");
    for looks in [1, 1, 1, 0, 0] {
        let report = watch.poll().await;
        assert_eq!((watch.counts()[2], rollout(&report, version.id())), (looks, None));
        assert_eq!(rollout(&report, old.id()), None);
    }
    version.state("REMOVED_FROM_SALE");
    assert_eq!(rollout(&watch.poll().await, version.id()), None, "halted, but not a rollout");
}

/// Trap 7: what belongs to a release may be late.
#[tokio::test]
async fn a_late_phased_release_is_found() {
    let mut watch = watch().await;
    let version = watch.app().version("1.0").state("IN_REVIEW");
    watch.poll().await;
    version.state("READY_FOR_SALE");
    watch.poll().await;
    watch.poll().await;
    version.phased("ACTIVE", Some(1));
    assert_eq!(rollout(&watch.poll().await, version.id()).as_deref(), Some("ROLLOUT_IN_PROGRESS 1%"));
}

#[tokio::test]
async fn a_look_that_fails_or_is_unclear_is_no_statement() {
    let mut watch = watch().await;
    let version = watch.app().version("1.0").state("READY_FOR_SALE").phased("ACTIVE", Some(2));
    watch.poll().await;
    watch.fake.inject(Fault::status(500).on(Endpoint::Version).times(3));
    let report = watch.poll_through().await;
    assert_eq!(rollout(&report, version.id()), None);
    assert!(!covers(&report, &SubjectKind::PhasedRelease) && covers(&report, &SubjectKind::Version));
    assert_eq!(version_status(&report, version.id()), Some(Status::ReadyForSale));

    watch.fake.omit_included("appStoreVersionPhasedReleases");
    let report = watch.poll_through().await;
    assert_eq!((rollout(&report, version.id()), report.troubles.len()), (None, 1));
    assert!(!covers(&report, &SubjectKind::PhasedRelease));
    watch.fake.heal();
    assert_eq!(rollout(&watch.poll().await, version.id()).as_deref(), Some("ROLLOUT_IN_PROGRESS 2%"));
}

#[tokio::test]
async fn a_rollout_ends_with_its_version() {
    let mut watch = watch().await;
    let version = watch.app().version("1.0").state("READY_FOR_SALE").phased("ACTIVE", Some(2));
    watch.poll().await;
    version.state("REPLACED_WITH_NEW_VERSION");
    watch.poll().await;
    assert_eq!(watch.counts()[2], 0);
    assert!(!watch.checkpoint.as_ref().unwrap().0.contains("phased"), "and is forgotten");
}

#[tokio::test]
async fn a_rollout_is_verified_by_its_versions_id() {
    let mut watch = watch().await;
    let version = watch.app().version("1.0").state("READY_FOR_SALE").phased("COMPLETE", None);
    watch.poll().await;
    version.phased("ACTIVE", Some(4));
    let verify = [SubjectKey::new(SubjectKind::PhasedRelease, version.id())];
    let report = watch.try_poll(&verify).await.unwrap();
    assert_eq!(rollout(&report, version.id()).as_deref(), Some("ROLLOUT_IN_PROGRESS 10%"));
    assert_eq!(watch.counts()[2], 1);
}

#[tokio::test]
async fn a_rollout_state_of_tomorrow_is_readable() {
    let mut watch = watch().await;
    let version = watch.app().version("1.0").state("READY_FOR_SALE").phased("REWOUND", Some(2));
    let report = watch.poll().await;
    let seen = find(&report, SubjectKind::PhasedRelease, version.id()).unwrap();
    assert_eq!(seen.status.label(), "Rollout Rewound");
}
