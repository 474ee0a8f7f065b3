//! How fast the store is alone, and whether it stays so. Prints figures; run it with
//! `cargo test --release -p statused-stores --features postgres --test postgres pace -- --ignored --nocapture`.

use std::future::poll_fn;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use statused_core::model::{
    Account, AggregateKey, DeliveryState, Notification, Observation, Sighting, Sightings, Status, Store as Shop,
    SubjectKey, SubjectKind,
};
use statused_core::sink::{Outcome, SinkProfile};
use statused_core::source::{CheckLine, PollReport, PollRequest, SourceError, Vitals};
use statused_core::store::{ClaimRequest, Commit, SettlementKind};
use statused_core::{Monitor, RuleWorkflow, Sink, StateStore as _, StatusSource};
use statused_stores::PostgresStore;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_postgres::{AsyncMessage, NoTls};

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

/// A source that has nothing to show: all news is pushed.
#[derive(Debug)]
struct Quiet;

#[async_trait]
impl StatusSource for Quiet {
    fn account(&self) -> Account {
        Account::new(Shop::AppStoreConnect)
    }

    fn interval(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn poll(&self, _: PollRequest) -> Result<PollReport, SourceError> {
        Ok(PollReport::new())
    }

    fn vitals(&self) -> Vitals {
        Vitals::new()
    }

    async fn check(&self) -> Vec<CheckLine> {
        Vec::new()
    }
}

/// Says when it was called.
#[derive(Debug)]
struct Bell(mpsc::UnboundedSender<Instant>);

#[async_trait]
impl Sink for Bell {
    fn profile(&self) -> SinkProfile {
        SinkProfile::default()
    }

    async fn deliver(&self, _: &Notification) -> Outcome {
        self.0.send(Instant::now()).map_or_else(|_| Outcome::retry("nobody listens"), |()| Outcome::delivered())
    }
}

fn percentiles(mut samples: Vec<Duration>) -> String {
    samples.sort();
    format!("p50 {:.2?}, p99 {:.2?}", samples[samples.len() / 2], samples[samples.len() * 99 / 100])
}

/// What a notification of the server could save: nothing on the way from a push to its sink, since whoever commits also
/// delivers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints figures"]
async fn from_a_push_to_its_sink() {
    const SAMPLES: u32 = 500;
    let Some(place) = Schema::new().await else { return };
    let (bell, mut rings) = mpsc::unbounded_channel();
    let mut monitors = Vec::new();
    for _ in 0..3 {
        let monitor = Monitor::builder(Arc::new(place.open().await))
            .source("shop", Arc::new(Quiet))
            .sink("bell", Arc::new(Bell(bell.clone())))
            .workflow("all", Arc::new(RuleWorkflow::new("all").sinks(["bell"])));
        monitors.push(monitor.build().unwrap());
    }
    let mut running = JoinSet::new();
    for monitor in monitors.clone() {
        running.spawn(async move { monitor.run(std::future::pending()).await });
    }
    // The welcome.
    rings.recv().await.unwrap();
    let mut samples = Vec::new();
    for number in 0..SAMPLES {
        let subject = SubjectKey::new(SubjectKind::Version, format!("{number}"));
        let seen = Observation::new(subject, Status::InReview, Utc::now()).as_news();
        let key = AggregateKey::App("shop".into(), "0".into());
        let begun = Instant::now();
        let monitor = &monitors[number as usize % monitors.len()];
        monitor.ingest("shop", Sightings::from([(key, Sighting::new().with(seen))])).await.unwrap();
        samples.push(rings.recv().await.unwrap().duration_since(begun));
    }
    say(&format!("push in to sink called, three monitors, {SAMPLES} samples: {}", percentiles(samples)));

    let (listener, mut connection) = tokio_postgres::connect(place.url(), NoTls).await.unwrap();
    let (heard, mut hear) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if matches!(message, AsyncMessage::Notification(_)) {
                heard.send(Instant::now()).ok();
            }
        }
    });
    listener.batch_execute("LISTEN pace").await.unwrap();
    let notifier = place.raw().await;
    let mut samples = Vec::new();
    for _ in 0..SAMPLES {
        let begun = Instant::now();
        notifier.batch_execute("NOTIFY pace").await.unwrap();
        samples.push(hear.recv().await.unwrap().duration_since(begun));
    }
    say(&format!("a notification from one session to another: {}", percentiles(samples)));
}
