//! Where the lifecycle cannot be had, the developer's word is passed on as what it is.

use statused_core::model::SubjectKind;
use statused_core::source::SourceErrorKind;
use statused_google::testkit::{Endpoint, Fault};

use crate::support::*;

async fn declared(watch: &mut Watch) {
    let release = watch.release("1.0", 1);
    let mut told = Vec::new();
    watch.polls_through(2).await;
    for change in 0..5 {
        match change {
            0 => release.draft(),
            1 => release.staged(0.1).in_review(),
            2 => release.halt(),
            3 => release.declare("completed", None),
            _ => release.declare("notedByStore", None),
        };
        let report = watch.poll_through().await;
        assert!(sighting(&report).covered.contains_key(&SubjectKind::Release));
        told.push(crate::support::told(&report, 1).unwrap_or_default());
    }
    assert_eq!(
        told,
        [
            "DRAFT declared",
            "IN_PROGRESS 10% declared",
            "HALTED 10% declared",
            "COMPLETED declared",
            "NOTED_BY_STORE declared"
        ]
    );
}

#[tokio::test]
async fn without_permission() {
    let mut watch = watch().await;
    watch.fake.inject(Fault::permission().on(Endpoint::Lifecycle).always());
    declared(&mut watch).await;
    let report = watch.poll_through().await;
    let [trouble] = report.troubles.as_slice() else { panic!("{:?}", report.troubles) };
    assert_eq!(trouble.kind, SourceErrorKind::Credentials);
    assert!(trouble.message.contains("View app information") && trouble.message.contains("declared"), "{trouble}");
    assert_eq!(watch.reads(), 0, "it is not asked again for an hour");
    watch.fake.heal();
    watch.release("1.0", 1).in_review();
    watch.pass(3600);
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("IN_REVIEW"), "it comes back by itself");
}

#[tokio::test]
async fn without_such_a_method() {
    let mut watch = watch().await;
    watch.fake.inject(Fault::html(404).on(Endpoint::Lifecycle).always());
    declared(&mut watch).await;
    let report = watch.poll_through().await;
    assert!(report.troubles[0].message.contains("base URL"), "{:?}", report.troubles);
}

#[tokio::test]
async fn by_choice() {
    let mut watch = watch_with(|builder| builder.lifecycle(false)).await;
    declared(&mut watch).await;
    assert_eq!(watch.poll().await.troubles, [], "a choice is no trouble");
    assert_eq!(watch.reads(), 0);
}

#[tokio::test]
async fn a_track_that_the_lifecycle_does_not_know_has_no_releases_for_a_while_and_then_nobody_knows() {
    let mut watch = watch().await;
    watch.release("1.0", 1).in_review();
    let not_found = Fault::error(404, "NOT_FOUND", "notFound", "Track not found.");
    watch.fake.inject(not_found.on(Endpoint::Lifecycle).always());
    for _ in 0..30 {
        assert_eq!(told(&watch.poll().await, 1), None);
    }
    let report = loop {
        let report = watch.poll_through().await;
        if !report.troubles.is_empty() {
            break report;
        }
    };
    assert_eq!(told(&report, 1).as_deref(), Some("COMPLETED declared"));
    watch.fake.heal();
    watch.until(1, "IN_REVIEW").await;
    assert_eq!(watch.poll().await.troubles, []);
}

#[tokio::test]
async fn what_was_published_before_stays_what_it_is() {
    let mut watch = watch().await;
    let release = watch.release("1.0", 1).rollout(0.1);
    watch.poll().await;
    watch.fake.inject(Fault::permission().on(Endpoint::Lifecycle).always());
    watch.release("1.1", 2).in_review();
    watch.release("1.0", 1).kept(true);
    release.rollout(0.2);
    let report = watch.poll_through().await;
    assert_eq!(told(&report, 1).as_deref(), Some("ROLLOUT_IN_PROGRESS 20%"));
    assert_eq!(told(&report, 2).as_deref(), Some("COMPLETED declared"));
}

#[tokio::test]
async fn a_track_that_google_does_not_want_to_read_is_a_trouble_of_its_own() {
    let mut watch = watch().await;
    watch.release("1.0", 1).in_review();
    watch.app().track("an odd one").release("1.0", [1]).publish();
    watch.fake.inject(Fault::status(400).on(Endpoint::Lifecycle).after(1).always());
    let report = watch.poll_through().await;
    assert_eq!(told(&report, 1).as_deref(), Some("IN_REVIEW"));
    assert_eq!(find_on(&report, "an odd one", 1), None);
    assert_eq!(report.troubles.len(), 1);
    assert!(sighting(&report).covered.contains_key(&SubjectKind::Release));
}
