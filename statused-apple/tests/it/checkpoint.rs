//! What is remembered, and what a restart costs.

use statused_apple::testkit::FakeAppStoreConnect;
use statused_core::source::Checkpoint;

use crate::support::*;

fn furnish(fake: &FakeAppStoreConnect) {
    let app = fake.app(APP, "MyApp", "com.acme.app");
    app.build("2.0", "1");
    app.version("0.9").state("REPLACED_WITH_NEW_VERSION");
    app.version("1.0").state("READY_FOR_SALE");
    app.version_on("MAC_OS", "1.0").state("READY_FOR_SALE").phased("COMPLETE", None);
    app.version_on("TV_OS", "1.0").state("READY_FOR_SALE").phased("PAUSED", Some(3));
    app.version("2.0").state("IN_REVIEW").submission("UNRESOLVED_ISSUES");
}

#[tokio::test]
async fn a_poll_without_news_returns_the_checkpoint_that_it_was_given() {
    let mut watch = watch().await;
    furnish(&watch.fake);
    watch.poll().await;
    let first = watch.checkpoint.clone();
    for _ in 0..3 {
        watch.poll().await;
        assert_eq!(watch.checkpoint, first);
    }
    let text = &first.unwrap().0;
    for remembered in ["\"none\"", "\"complete\"", "\"running\"", "unresolved", "builds", "\"v\":1"] {
        assert!(text.contains(remembered), "{remembered} in {text}");
    }
    assert!(!text.contains("com.acme"), "names are not the source's to remember: {text}");
}

#[tokio::test]
async fn a_restart_does_not_ask_again() {
    let mut watch = watch().await;
    furnish(&watch.fake);
    let before = watch.poll().await;
    assert_eq!(watch.counts(), [1, 0, 3, 1, 1]);
    watch.source = builder(&watch.fake).build().unwrap();
    let after = watch.poll().await;
    assert_eq!(watch.counts(), [1, 0, 1, 1, 1], "only the rollout that goes on");
    let told = |report: &statused_core::source::PollReport| {
        let seen = &sighting(report).observations;
        seen.iter().map(|seen| (seen.subject.clone(), seen.status.clone())).collect::<Vec<_>>()
    };
    let settled = |told: Vec<_>| {
        told.into_iter()
            .filter(|(subject, _): &(statused_core::model::SubjectKey, _)| subject.kind.as_str() != "phased_release")
            .collect::<Vec<_>>()
    };
    assert_eq!(settled(told(&before)), settled(told(&after)));
}

#[tokio::test]
async fn a_checkpoint_of_another_version_begins_anew() {
    let mut watch = watch().await;
    furnish(&watch.fake);
    watch.poll().await;
    let good = watch.checkpoint.clone();
    for text in ["", "gibberish", r#"{"v":99,"apps":{}}"#] {
        watch.checkpoint = Some(Checkpoint(text.to_owned()));
        watch.poll().await;
        assert_eq!(watch.counts()[2], 3, "all are looked at again");
        assert_eq!(watch.checkpoint, good);
    }
}

#[tokio::test]
async fn what_is_gone_is_forgotten() {
    let mut watch = watch().await;
    furnish(&watch.fake);
    watch.poll().await;
    watch.app().version("1.0").remove();
    watch.poll().await;
    assert!(!watch.checkpoint.as_ref().unwrap().0.contains("\"none\""));
    watch.app().remove();
    watch.poll().await;
    assert_eq!(watch.checkpoint.as_ref().unwrap().0, r#"{"v":1}"#);
}
