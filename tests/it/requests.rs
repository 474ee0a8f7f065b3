//! What watching costs: requests, and writes.

use std::time::SystemTime;

use statused::apple::testkit::{Endpoint, FakeVersion, Logged};

use crate::support::{Live, Stage};

const APPS: usize = 150;
const ROLLOUTS: usize = 3;

/// Many live apps, a few of them in a phased release; returns the versions.
fn fleet(stage: &Stage) -> Vec<FakeVersion> {
    let versions = (0..APPS).map(|n| {
        let app = stage.apple.app(&(1_000_000 + n).to_string(), &format!("App {n}"), &format!("com.acme.app{n}"));
        app.build("1.0", "1").processing("VALID");
        app.version("1.0").state("READY_FOR_SALE")
    });
    let versions: Vec<_> = versions.collect();
    versions.iter().step_by(APPS / ROLLOUTS).for_each(|version| drop(version.phased("ACTIVE", Some(2))));
    versions
}

fn count(requests: &[Logged], endpoint: Endpoint) -> usize {
    requests.iter().filter(|request| request.endpoint == endpoint).count()
}

/// The requests of one round.
async fn round(stage: &Stage, live: &Live) -> Vec<Logged> {
    stage.apple.forget();
    live.ticks(1).await;
    stage.apple.requests()
}

/// What the files of the database look like from outside.
fn files(stage: &Stage) -> Vec<(String, u64, SystemTime)> {
    let entries = std::fs::read_dir(stage.folder()).unwrap();
    let mut files: Vec<_> = entries
        .map(|entry| {
            let (entry, name) = entry.map(|entry| (entry.metadata().unwrap(), entry.file_name())).unwrap();
            (name.into_string().unwrap(), entry.len(), entry.modified().unwrap())
        })
        // The index of the log is shared memory, not a file that is written.
        .filter(|(name, ..)| !name.ends_with("-shm"))
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_cycle_is_two_requests_and_one_for_each_rollout() {
    let stage = Stage::new().await;
    let versions = fleet(&stage);
    let live = stage.monitor().await;
    live.ticks(2).await;
    assert_eq!(stage.apple.count(Endpoint::Version), APPS + ROLLOUTS, "each live version is looked at once");
    for _ in 0..5 {
        let requests = round(&stage, &live).await;
        assert_eq!(requests.len(), 2 + ROLLOUTS, "{requests:#?}");
        let kinds = [Endpoint::Apps, Endpoint::Builds, Endpoint::Version].map(|kind| count(&requests, kind));
        assert_eq!(kinds, [1, 1, ROLLOUTS]);
    }

    let under_review = stage.apple.app("1000001", "App 1", "").version("2.0").state("IN_REVIEW");
    round(&stage, &live).await;
    for _ in 0..3 {
        let requests = round(&stage, &live).await;
        assert_eq!((requests.len(), count(&requests, Endpoint::Reviews)), (3 + ROLLOUTS, 1));
    }
    under_review.state("PENDING_DEVELOPER_RELEASE");
    round(&stage, &live).await;
    versions[0].phased("COMPLETE", Some(7));
    round(&stage, &live).await;
    assert_eq!(round(&stage, &live).await.len(), 2 + ROLLOUTS - 1, "a rollout that is over costs nothing");

    drop(live);
    let live = stage.monitor().await;
    for _ in 0..3 {
        assert_eq!(round(&stage, &live).await.len(), 2 + ROLLOUTS - 1, "a restart has nothing to learn anew");
    }
}

#[tokio::test]
async fn cycles_by_the_clock_are_as_cheap() {
    let stage = Stage::new().await;
    fleet(&stage);
    let live = stage.monitor().await.run();
    stage.polls(2).await;
    stage.apple.forget();
    stage.polls(8).await;
    live.stop().await;
    let requests = stage.apple.requests();
    let begins: Vec<_> = (0..requests.len()).filter(|n| requests[*n].endpoint == Endpoint::Apps).collect();
    for cycle in begins.windows(2) {
        assert_eq!(cycle[1] - cycle[0], 2 + ROLLOUTS, "{:#?}", &requests[cycle[0]..cycle[1]]);
    }
}

#[tokio::test]
async fn a_cycle_without_news_writes_nothing() {
    let stage = Stage::new().await;
    let versions = fleet(&stage);
    let live = stage.monitor().await;
    live.ticks(3).await;
    let (before, transactions) = (files(&stage), live.store.transactions());
    assert!(before.len() >= 2 && transactions > 0, "{before:?}");
    live.ticks(10).await;
    assert_eq!((files(&stage), live.store.transactions()), (before, transactions));
    versions[1].state("REMOVED_FROM_SALE");
    live.ticks(1).await;
    assert!(live.store.transactions() > transactions, "what is news is written");
}

#[tokio::test]
async fn a_cycle_under_review_without_news_writes_nothing() {
    let stage = Stage::new().await;
    let version = stage.apple.app("1", "MyApp", "com.acme.app").version("1.0").state("IN_REVIEW");
    version.submission("IN_REVIEW");
    stage.apple.app("1", "", "").build("1.0", "1").processing("VALID").beta_review("IN_REVIEW");
    let live = stage.monitor().await.run();
    stage.ci.wait_for(1).await;
    stage.polls(3).await;
    let transactions = live.store.transactions();
    stage.polls(10).await;
    assert_eq!(live.store.transactions(), transactions);
    live.stop().await;
}
