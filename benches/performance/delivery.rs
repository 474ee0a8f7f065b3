//! Durable deliveries a second: from the source through the store to a receiver that answers at once.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use statused::model::Notification;
use statused::sink::SinkProfile;
use statused::sinks::webhook::Webhook;
use statused::stores::{PostgresStore, SqliteOptions, SqliteStore, Synchronous};
use statused::{MemoryStore, Monitor, Outcome, RuleWorkflow, Sink, StateStore};
use tokio::sync::watch;

use crate::bare;
use crate::client;
use crate::receiver::Receiver;
use crate::running::Running;
use crate::shop::Shop;
use crate::table::{Measured, Table};

const EVENTS: usize = 20_000;
const APPS: usize = 2_000;
const BACKLOG: usize = 100_000;
const OLD_EVENTS: usize = 1_000_000;
/// An odd number, so that one is in the middle.
const ROUNDS: usize = 9;

type Outcomes<T> = Result<T, Box<dyn std::error::Error>>;

/// A webhook that is called so many times at once, behind a gate.
#[derive(Debug)]
struct Gated {
    webhook: Webhook,
    lanes: usize,
    gate: watch::Receiver<bool>,
}

#[async_trait]
impl Sink for Gated {
    fn profile(&self) -> SinkProfile {
        self.webhook.profile().with_concurrency(self.lanes).with_timeout(Duration::from_secs(600))
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let is_open = self.gate.clone().wait_for(|open| *open).await.is_ok();
        if is_open { self.webhook.deliver(notification).await } else { Outcome::retry("the gate is gone") }
    }
}

fn sqlite(path: &Path, synchronous: Synchronous) -> Outcomes<Arc<dyn StateStore>> {
    Ok(Arc::new(SqliteStore::open_with(path, SqliteOptions::new().with_synchronous(synchronous))?))
}

/// What a run came to.
struct Run {
    /// Events a second that were made durable, before anything was delivered.
    enqueued: f64,
    /// Deliveries a second, each recorded.
    drained: f64,
    body: Vec<u8>,
}

/// Queues what `apps` have to tell in so many steps while a gate is shut before the receiver, then opens it and waits for
/// `deliveries`. As many monitors as stores share the work.
async fn run(
    stores: Vec<Arc<dyn StateStore>>,
    apps: usize,
    steps: usize,
    deliveries: usize,
    lanes: usize,
) -> Outcomes<Run> {
    let receiver = Receiver::start()?;
    let shop = Arc::new(Shop::new(apps));
    shop.allow(steps);
    let gate = watch::Sender::new(false);
    let mut monitors = Vec::new();
    for store in stores {
        let webhook = Webhook::builder(receiver.url()).secret("a secret").allow_http(true).build()?;
        let monitor = Monitor::builder(store)
            .source("shop", Arc::clone(&shop) as _)
            .sink("hook", Arc::new(Gated { webhook, lanes, gate: gate.subscribe() }))
            .workflow("everything", Arc::new(RuleWorkflow::new("Everything").sinks(["hook"])));
        monitors.push(monitor.build()?);
    }
    let began = Instant::now();
    let running: Vec<_> = monitors.iter().cloned().map(Running::start).collect();
    let events = (apps * steps) as u64;
    loop {
        let mut announced = 0;
        for monitor in &monitors {
            announced += monitor.health().await.announced;
        }
        if announced >= events {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let enqueued = events as f64 / began.elapsed().as_secs_f64();

    let began = Instant::now();
    gate.send_replace(true);
    receiver.reached(deliveries).await;
    let drained = deliveries as f64 / began.elapsed().as_secs_f64();
    for running in running {
        running.stop().await?;
    }
    Ok(Run { enqueued, drained, body: receiver.body() })
}

pub(crate) async fn measure(table: &mut Table) -> Measured {
    let folder = tempfile::tempdir()?;
    let memory = run(vec![Arc::new(MemoryStore::new())], APPS, EVENTS / APPS, EVENTS, 64).await?;
    let width = [1, 16, 64];
    let mut bare = Vec::new();
    for lanes in width {
        bare.push(client::posts(memory.body.clone(), EVENTS, lanes).await?);
    }
    table.note("memory, 64 lanes", rate(memory.drained), beside(memory.drained, bare[2]));
    for (name, synchronous) in [("FULL", Synchronous::Full), ("NORMAL", Synchronous::Normal)] {
        let inserts = bare::inserts(folder.path(), name, EVENTS, 100)?;
        for (lanes, bare) in width.into_iter().zip(&bare) {
            let store = sqlite(&folder.path().join(format!("{name}-{lanes}.db")), synchronous)?;
            let run = run(vec![store], APPS, EVENTS / APPS, EVENTS, lanes).await?;
            table.note(
                format!("SQLite {name}, {lanes} lanes"),
                format!("{} (queued at {})", rate(run.drained), rate(run.enqueued)),
                format!("{}; {} bare inserts, 100 in one", beside(run.drained, *bare), rate(inserts)),
            );
        }
    }
    judge(table, folder.path(), memory.body).await?;
    match std::env::var("STATUSED_BENCH_POSTGRES") {
        Ok(url) => postgres(table, &url, bare[2]).await?,
        Err(_) => table.note("PostgreSQL", "skipped: STATUSED_BENCH_POSTGRES names no server", ""),
    }
    Ok(())
}

/// Some rounds, each beside a bare client of the same minute: one second alone says little where others share the machine.
async fn judge(table: &mut Table, folder: &Path, body: Vec<u8>) -> Measured {
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let bare = client::posts(body.clone(), EVENTS, 64).await?;
        let run = durable(&folder.join(format!("round-{round}.db")), EVENTS).await?;
        rounds.push((run.drained, bare));
    }
    let ratio = |(ours, bare): (f64, f64)| ours / bare;
    rounds.sort_by(|one, other| ratio(*one).total_cmp(&ratio(*other)));
    let (drained, bare) = rounds[ROUNDS / 2];
    table.judge(
        format!("SQLite FULL, 64 lanes, median of {ROUNDS} rounds"),
        rate(drained),
        format!("{} ({:.2} to {:.2})", beside(drained, bare), ratio(rounds[0]), ratio(rounds[ROUNDS - 1])),
        "a quarter of the bare client",
        drained * 4.0 >= bare,
    );
    Ok(())
}

async fn postgres(table: &mut Table, url: &str, bare: f64) -> Measured {
    for monitors in [1, 2] {
        let schema = format!("bench_{}_{monitors}", std::process::id());
        let mut stores: Vec<Arc<dyn StateStore>> = Vec::new();
        for _ in 0..monitors {
            stores.push(Arc::new(PostgresStore::builder(url).schema(&schema).connect().await?));
        }
        let run = run(stores, APPS, EVENTS / APPS, EVENTS, 64).await?;
        let (what, figure, limit) = (
            format!("PostgreSQL, 64 lanes, {monitors} monitors"),
            format!("{} (queued at {})", rate(run.drained), rate(run.enqueued)),
            beside(run.drained, bare),
        );
        if monitors == 2 {
            table.judge(what, figure, limit, "4,500/s", run.drained >= 4_500.0);
        } else {
            table.note(what, figure, limit);
        }
    }
    Ok(())
}

/// So many events through a file with `synchronous=FULL`, 64 lanes wide.
async fn durable(path: &Path, events: usize) -> Outcomes<Run> {
    run(vec![sqlite(path, Synchronous::Full)?], APPS, events / APPS, events, 64).await
}

/// The same with five times as much waiting.
pub(crate) async fn measure_backlog(table: &mut Table) -> Measured {
    let folder = tempfile::tempdir()?;
    let plain = durable(&folder.path().join("plain.db"), EVENTS).await?;
    let long = durable(&folder.path().join("long.db"), BACKLOG).await?;
    table.judge(
        format!("SQLite FULL, 64 lanes, {BACKLOG} that wait"),
        rate(long.drained),
        format!("{} when no more wait", rate(plain.drained)),
        "80 % of it",
        long.drained >= 0.8 * plain.drained,
    );
    Ok(())
}

/// The same after a long life.
pub(crate) async fn measure_history(table: &mut Table) -> Measured {
    let folder = tempfile::tempdir()?;
    let plain = durable(&folder.path().join("plain.db"), EVENTS).await?;
    let path = folder.path().join("old.db");
    // Nobody is told of the past: it is history alone.
    let store = sqlite(&path, Synchronous::Normal)?;
    let shop = Arc::new(Shop::new(APPS));
    shop.allow(OLD_EVENTS / APPS);
    let monitor = Monitor::builder(store).source("past", shop).build()?;
    while monitor.tick().await.announced < OLD_EVENTS as u64 {}
    drop(monitor);
    let old = durable(&path, EVENTS).await?;
    table.judge(
        format!("SQLite FULL, 64 lanes, after {OLD_EVENTS} old events"),
        rate(old.drained),
        format!("{} in a new file", rate(plain.drained)),
        "90 % of it",
        old.drained >= 0.9 * plain.drained,
    );
    Ok(())
}

fn rate(per_second: f64) -> String {
    format!("{per_second:.0}/s")
}

fn beside(figure: f64, bare: f64) -> String {
    format!("{} the bare client: {:.2} of it", rate(bare), figure / bare)
}
