//! How much is asked: the habits that a small quota needs.

use std::collections::BTreeMap;

use statused::google::testkit::Endpoint;

use super::site::{Console, PACKAGE, SOURCE, now};

const APPS: [&str; 3] = [PACKAGE, "com.acme.second", "com.acme.third"];

#[tokio::test]
async fn a_look_is_one_edit_for_each_app_and_review_states_are_read_when_it_can_matter() {
    // Nothing is due by the clock within a test; and a look that begins before the last one is on disk asks what that has
    // asked, so the store is one that takes no time.
    let keys = "lifecycle_every = \"12h\"\npoll_every = \"150ms\"\n";
    let console = Console::new(keys).await;
    let text = console.text(keys, "").replace("sqlite:statused.db", "memory:");
    std::fs::write(console.path("statused.toml"), text).unwrap();
    for package in &APPS[1..] {
        console.play.app(package, "Another").track("production").release("1.0", [7]).publish();
    }
    let process = console.watched().await;
    console.looks(12).await;
    let polls = || async { console.metric(&format!("statused_polls_total{{source=\"{SOURCE}\"}}")).await };

    // Between two looks nothing is under way, so the counts belong to whole looks.
    let before = polls().await;
    let log = console.play.requests();
    let after = polls().await;
    let mut counts: BTreeMap<(Endpoint, Option<&str>), u64> = BTreeMap::new();
    for asked in &log {
        *counts.entry((asked.endpoint, asked.package.as_deref())).or_default() += 1;
    }
    let count = |endpoint, package| counts.get(&(endpoint, package)).copied().unwrap_or(0);
    for package in APPS {
        for endpoint in [Endpoint::OpenEdit, Endpoint::Tracks, Endpoint::CloseEdit] {
            let asked = count(endpoint, Some(package));
            assert!(
                (before..=after + 1).contains(&asked),
                "{endpoint:?} of {package}: {asked} in {before}..{after} looks"
            );
        }
        assert_eq!(count(Endpoint::Lifecycle, Some(package)), 1, "{package}: once, to find it as it is");
        assert!(
            count(Endpoint::Details, Some(package)) <= 1 && count(Endpoint::Icon, Some(package)) <= 1,
            "once a day"
        );
    }
    assert_eq!((count(Endpoint::Token, None), count(Endpoint::Search, None)), (1, 1), "an hour");
    assert_eq!((count(Endpoint::FilterOptions, None), count(Endpoint::Other, None)), (0, 0));
    assert_eq!(console.play.overlapping_edits(), 0);

    // Something changes on one track of one app: that is read, and nothing else.
    console.play.forget();
    console.app().track("beta").release("2.0", [50]).in_review();
    console.tells(&process, &[now("In Review")]).await;
    console.looks(12).await;
    let read: Vec<_> = console.play.requests().into_iter().filter(|it| it.endpoint == Endpoint::Lifecycle).collect();
    assert_eq!(read.len(), 1, "{read:#?}");
    assert_eq!((read[0].package.as_deref(), read[0].track.as_deref()), (Some(PACKAGE), Some("beta")));
    assert_eq!((console.play.count(Endpoint::Token), console.play.count(Endpoint::Search)), (0, 0));

    // A letter is a reason to look at what is under way, but not more often than twice a minute.
    assert_eq!(console.post(&console.warning("Ads")).await, 200);
    console.looks(6).await;
    assert_eq!(console.play.count(Endpoint::Lifecycle), 1);
    assert_eq!(process.terminate().await.code(), Some(0));
}

/// The pace outlives a restart: whoever restarts often does not use up the quota.
#[tokio::test]
async fn restarts_read_no_review_state_again() {
    let console = Console::new("lifecycle_every = \"12h\"\n").await;
    console.release().in_review();
    let mut process = console.watched().await;
    let read = console.asked(Endpoint::Lifecycle);
    assert!(read > 0);
    for _ in 0..4 {
        process.kill();
        process = console.start();
        console.looks(3).await;
    }
    assert_eq!(console.asked(Endpoint::Lifecycle), read);
    assert_eq!(process.terminate().await.code(), Some(0));
}
