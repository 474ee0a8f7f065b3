//! How fast the store is alone, and whether it stays so. Prints figures; run it with
//! `cargo test --release -p statused-stores --features postgres --test postgres pace -- --ignored --nocapture`.

use std::future::poll_fn;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
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

/// Says when it was called, and which it is.
#[derive(Debug)]
struct Bell(mpsc::UnboundedSender<(Instant, usize)>, usize);

#[async_trait]
impl Sink for Bell {
    fn profile(&self) -> SinkProfile {
        SinkProfile::default()
    }

    async fn deliver(&self, _: &Notification) -> Outcome {
        self.0
            .send((Instant::now(), self.1))
            .map_or_else(|_| Outcome::retry("nobody listens"), |()| Outcome::delivered())
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
            .sink("bell", Arc::new(Bell(bell.clone(), 0)))
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
        samples.push(rings.recv().await.unwrap().0.duration_since(begun));
    }
    say(&format!("push in to sink called, three monitors, {SAMPLES} samples: {}", percentiles(samples)));

    let (listener, mut connection) = tokio_postgres::connect(&place.address().url(), NoTls).await.unwrap();
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

/// What a notification of the server could save: what a machine has committed and not delivered when it dies is looked for
/// once a minute; and so is what somebody redelivers from elsewhere. It would be found at once, or when its lease ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints figures, and takes two minutes"]
async fn from_a_death_to_the_sink_of_what_was_left() {
    const SINKS: usize = 24;
    let Some(place) = Schema::new().await else { return };
    let (bell, mut rings) = mpsc::unbounded_channel();
    let mut survivor = Monitor::builder(Arc::new(place.open().await)).source("shop", Arc::new(Quiet));
    for number in 0..SINKS {
        survivor = survivor.sink(name(number), Arc::new(Bell(bell.clone(), number)));
    }
    let survivor = survivor.build().unwrap();
    let running = tokio::spawn(async move { survivor.run(std::future::pending()).await });

    // One dies every two and a half seconds; what it had committed, and for every other what it had claimed, stays.
    let dead = place.open().await;
    let (mut died, mut free, mut claimed) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..SINKS {
        tokio::time::sleep(Duration::from_millis(2500)).await;
        let now: DateTime<Utc> = Utc::now();
        let mut commit = Commit::new(now);
        let event = event(number as u64, &app(&number.to_string()), now, "It is so.");
        commit.deliveries.push(delivery(&name(number), event.clone()));
        commit.history.push(event);
        dead.commit(commit).await.unwrap();
        if number % 2 == 1 {
            let lease = SinkProfile::default().timeout + Duration::from_secs(5);
            let claims =
                dead.claim(ClaimRequest::new(name(number).as_str().into(), now, 1, now + lease)).await.unwrap();
            assert_eq!(claims.claims.len(), 1);
        }
        died.push(Instant::now());
    }
    for _ in 0..SINKS {
        let (at, number) = rings.recv().await.unwrap();
        let waited = at.duration_since(died[number]);
        if number % 2 == 1 { claimed.push(waited) } else { free.push(waited) }
    }
    running.abort();
    for (what, mut waits) in [("nobody had claimed", free), ("the dead had claimed", claimed)] {
        waits.sort();
        let (least, median, most) = (waits[0], waits[waits.len() / 2], waits[waits.len() - 1]);
        say(&format!(
            "what {what} is delivered after {least:.1?} at least, {median:.1?} by the median, {most:.1?} at most"
        ));
    }
}

fn name(number: usize) -> String {
    format!("sink-{number}")
}

/// What it would cost: the server takes those who notify one after the other, up to the end of their wait for the disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints figures"]
async fn commits_that_notify_and_commits_that_do_not() {
    const CLIENTS: usize = 16;
    const EACH: usize = 500;
    let Some(place) = Schema::new().await else { return };
    place.execute(&format!("CREATE SCHEMA {0}; CREATE TABLE {0}.t (n int)", place.name())).await;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(place.raw().await);
    }
    for (what, script) in [
        ("silent", "BEGIN; INSERT INTO t VALUES (1); COMMIT"),
        ("notifying", "BEGIN; INSERT INTO t VALUES (1); NOTIFY pace; COMMIT"),
        ("silent again", "BEGIN; INSERT INTO t VALUES (1); COMMIT"),
    ] {
        let start = Instant::now();
        join_all(clients.iter().map(async |client| {
            for _ in 0..EACH {
                client.batch_execute(script).await.unwrap();
            }
        }))
        .await;
        say(&format!(
            "{what} commits, {CLIENTS} at a time: {:.0}/s",
            per_second((CLIENTS * EACH) as u64, start.elapsed())
        ));
    }
}
