//! How fast the store is alone, and whether it stays so. Prints figures; run it with
//! `cargo test --release -p statused-stores --features postgres --test postgres pace -- --ignored --nocapture`.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use statused_core::StateStore as _;
use statused_core::model::DeliveryState;
use statused_core::store::{ClaimRequest, Commit, SettlementKind};
use statused_stores::PostgresStore;
use tokio::task::JoinSet;

use crate::common::support::{Place as _, announcement, app, at, delivery, event, settlement};
use crate::place::Schema;

const LANES: u64 = 64;

fn say(line: &str) {
    writeln!(std::io::stderr().lock(), "{line}").unwrap();
}

fn per_second(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

async fn fill(store: &PostgresStore, first: u64, count: u64) {
    let numbers: Vec<u64> = (first..first + count).collect();
    for chunk in numbers.chunks(1000) {
        let mut commit = Commit::new(at(0));
        for number in chunk {
            let event = event(*number, &app(&(number % LANES).to_string()), at(0), "It is so.");
            commit.deliveries.push(delivery("hook", event.clone()));
            commit.history.push(event);
        }
        store.commit(commit).await.unwrap();
    }
}

/// As a monitor does it: what is settled makes room for the next claim, and many settlements are on their way at once.
async fn drain(store: Arc<PostgresStore>) -> u64 {
    let mut settling = JoinSet::new();
    let mut count = 0;
    loop {
        let free = LANES as usize - settling.len();
        let now = Utc::now();
        let claimed =
            store.claim(ClaimRequest::new("hook".into(), now, free, now + TimeDelta::seconds(35))).await.unwrap();
        let done = claimed.claims.is_empty() && claimed.next_due.is_none();
        for claim in claimed.claims {
            let store = Arc::clone(&store);
            settling.spawn(async move {
                let delivered = SettlementKind::Final(DeliveryState::Delivered);
                store.settle(settlement(&claim, 1, delivered)).await.unwrap();
            });
            count += 1;
        }
        if settling.join_next().await.is_none() && done {
            return count;
        }
        while settling.try_join_next().is_some() {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints figures, and takes a minute"]
async fn the_store_alone() {
    let Some(place) = Schema::new().await else { return };
    let stores = [Arc::new(place.open().await), Arc::new(place.open().await)];
    let mut next = 0;

    let start = Instant::now();
    for number in 0..500 {
        stores[0].commit(announcement(1_000_000 + number, "alone", number, &["other"])).await.unwrap();
    }
    say(&format!("commits, one after the other: {:.0}/s", per_second(500, start.elapsed())));
    let start = Instant::now();
    let commits = (0..64_u64).map(async |task| {
        for number in 0..100 {
            let name = format!("app {task}");
            let id = 2_000_000 + task * 1000 + number;
            stores[(task % 2) as usize].commit(announcement(id, &name, number, &["other"])).await.unwrap();
        }
    });
    join_all(commits).await;
    say(&format!("commits, 64 at a time on two stores: {:.0}/s", per_second(6400, start.elapsed())));

    for (backlog, machines) in [(2_000, 1), (20_000, 1), (20_000, 2), (100_000, 2)] {
        fill(&stores[0], next, backlog).await;
        next += backlog;
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for store in &stores[..machines] {
            tasks.spawn(drain(Arc::clone(store)));
        }
        let count: u64 = tasks.join_all().await.into_iter().sum();
        assert_eq!(count, backlog);
        let rate = per_second(backlog, start.elapsed());
        say(&format!("deliveries claimed and settled, {machines} store(s), backlog {backlog}: {rate:.0}/s"));
    }
}
