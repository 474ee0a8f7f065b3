//! From the store's push, and from the end of a poll, to the call of the sink.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::Utc;
use statused::model::{
    Account, AggregateKey, Notification, Observation, Sighting, Sightings, SourceId, Status, Store, SubjectKey,
    SubjectKind,
};
use statused::monitor::MonitorBuilder;
use statused::sink::SinkProfile;
use statused::source::{CheckLine, PollReport, PollRequest, SourceError, Vitals};
use statused::stores::SqliteStore;
use statused::{Monitor, Outcome, RuleWorkflow, Sink, StatusSource};
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::running::Running;
use crate::shop::Shop;
use crate::table::{Measured, Row, Table};

const SAMPLES: usize = 500;
const POLL_EVERY: Duration = Duration::from_millis(15);
const BUSY_APPS: usize = 200;
const BUSY_EVERY: Duration = Duration::from_millis(100);

type Outcomes<T> = Result<T, Box<dyn std::error::Error>>;
type Rings = mpsc::UnboundedReceiver<(String, Instant)>;

/// Says when it was called, and for which version.
#[derive(Debug)]
struct Bell(mpsc::UnboundedSender<(String, Instant)>);

#[async_trait]
impl Sink for Bell {
    fn profile(&self) -> SinkProfile {
        SinkProfile::default().with_concurrency(64)
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let now = Instant::now();
        let subject = notification.event.subject.id.clone();
        self.0.send((subject, now)).map_or_else(|_| Outcome::retry("nobody listens"), |()| Outcome::delivered())
    }
}

/// An app that has one more version under review with each poll, and notes when it was seen.
#[derive(Debug, Default)]
struct Teller {
    polls: AtomicUsize,
    seen: Mutex<Vec<Instant>>,
}

impl Teller {
    /// When the news of a version was handed over.
    fn seen_at(&self, subject: &str) -> Option<Instant> {
        let number: usize = subject.strip_prefix(SEEN)?.parse().ok()?;
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(number).copied()
    }
}

/// How the versions of a teller are named.
const SEEN: &str = "seen-";

#[async_trait]
impl StatusSource for Teller {
    fn account(&self) -> Account {
        Account::new(Store::AppStoreConnect)
    }

    fn interval(&self) -> Duration {
        POLL_EVERY
    }

    async fn poll(&self, request: PollRequest) -> Result<PollReport, SourceError> {
        let number = self.polls.fetch_add(1, Ordering::SeqCst);
        let mut report = PollReport::new();
        report.sightings = news(&request.source, &format!("{SEEN}{number}"));
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
        Ok(report)
    }

    fn vitals(&self) -> Vitals {
        Vitals::new()
    }

    async fn check(&self) -> Vec<CheckLine> {
        Vec::new()
    }
}

/// A version of an app has gone under review.
fn news(source: &SourceId, version: &str) -> Sightings {
    let seen = Observation::new(SubjectKey::new(SubjectKind::Version, version), Status::InReview, Utc::now()).as_news();
    Sightings::from([(AggregateKey::App(source.clone(), "0".into()), Sighting::new().with(seen))])
}

/// What some samples came to.
struct Latency {
    p50: Duration,
    p99: Duration,
    /// What else was told meanwhile.
    others: usize,
}

impl Latency {
    fn new(mut samples: Vec<Duration>, others: usize) -> Self {
        samples.sort();
        Self { p50: samples[samples.len() / 2], p99: samples[samples.len() * 99 / 100], others }
    }

    fn is_met(&self) -> bool {
        self.p50 <= Duration::from_millis(5) && self.p99 <= Duration::from_millis(25)
    }

    fn row(&self, what: impl Into<String>) -> Row {
        Row::new(what, format!("p50 {:.2?}, p99 {:.2?}", self.p50, self.p99))
    }
}

pub(crate) async fn measure(table: &mut Table) -> Measured {
    for (what, idle, busy) in [
        ("push in to sink called", pushes(false).await?, pushes(true).await?),
        ("poll seen to sink called", polls(false).await?, polls(true).await?),
    ] {
        let met = idle.is_met();
        let row = idle.row(format!("{what}, SQLite FULL, idle, {SAMPLES} samples"));
        table.add(row.budget("p50 5 ms, p99 25 ms", met));
        let load = format!("{BUSY_APPS} apps change every {BUSY_EVERY:?} ({} other events meanwhile)", busy.others);
        let row = busy.row(format!("{what}, while {load}")).beside(format!("p50 {:.2?} when idle", idle.p50));
        table.add(row.ratio(busy.p50.as_secs_f64() / idle.p50.as_secs_f64()));
    }
    Ok(())
}

/// A monitor on a file, with a bell; and a shop whose apps change all the time, if it is to be busy.
struct Stage {
    monitor: Monitor,
    rings: Rings,
    _folder: TempDir,
}

impl Stage {
    async fn new(busy: bool, adjust: impl FnOnce(MonitorBuilder) -> MonitorBuilder) -> Outcomes<Self> {
        let folder = tempfile::tempdir()?;
        let (bell, rings) = mpsc::unbounded_channel();
        let shop = Arc::new(Shop::every(BUSY_EVERY, BUSY_APPS));
        let builder = Monitor::builder(Arc::new(SqliteStore::open(folder.path().join("latency.db"))?))
            .source("shop", Arc::clone(&shop) as _)
            .sink("bell", Arc::new(Bell(bell)))
            .workflow("everything", Arc::new(RuleWorkflow::new("Everything").sinks(["bell"])));
        let monitor = adjust(builder).build()?;
        if busy {
            // From the first poll on: a source without news is left alone for an hour.
            shop.allow(usize::MAX / 2);
        }
        // Twice: the apps are taken as they are found, and their versions are known.
        monitor.tick().await;
        monitor.tick().await;
        let mut stage = Self { monitor, rings, _folder: folder };
        while stage.rings.try_recv().is_ok() {}
        Ok(stage)
    }
}

/// The time from handing in a push to the call of the sink, one push after the other.
async fn pushes(busy: bool) -> Outcomes<Latency> {
    let mut stage = Stage::new(busy, |builder| builder).await?;
    let running = Running::start(stage.monitor.clone());
    let (mut samples, mut others) = (Vec::new(), 0);
    for number in 0..SAMPLES {
        let subject = format!("pushed-{number}");
        let told = news(&"shop".into(), &subject);
        let began = Instant::now();
        stage.monitor.ingest("shop", told).await?;
        let called = loop {
            let (rung, at) = stage.rings.recv().await.ok_or("the bell is gone")?;
            if rung == subject {
                break at;
            }
            others += 1;
        };
        samples.push(called.duration_since(began));
    }
    running.stop().await?;
    Ok(Latency::new(samples, others))
}

/// The time from the end of a poll that brings one change to the call of the sink.
async fn polls(busy: bool) -> Outcomes<Latency> {
    let teller = Arc::new(Teller::default());
    let mut stage = Stage::new(busy, |builder| builder.source("teller", Arc::clone(&teller) as _)).await?;
    let running = Running::start(stage.monitor.clone());
    let (mut samples, mut others) = (Vec::new(), 0);
    while samples.len() < SAMPLES {
        let (rung, at) = stage.rings.recv().await.ok_or("the bell is gone")?;
        match teller.seen_at(&rung) {
            Some(seen) => samples.push(at.duration_since(seen)),
            None => others += 1,
        }
    }
    running.stop().await?;
    Ok(Latency::new(samples, others))
}
