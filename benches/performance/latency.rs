//! From the store's push, and from the end of a poll, to the call of the sink.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::Utc;
use statused::model::{AggregateKey, Notification, Observation, Sighting, Sightings, Status, SubjectKey, SubjectKind};
use statused::sink::SinkProfile;
use statused::stores::SqliteStore;
use statused::{Monitor, Outcome, RuleWorkflow, Sink};
use tokio::sync::mpsc;

use crate::running::Running;
use crate::shop::Shop;
use crate::table::{Measured, Table};

const SAMPLES: usize = 500;
const BUSY_APPS: usize = 200;
const BUSY_EVERY: Duration = Duration::from_millis(100);

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

pub(crate) async fn measure(table: &mut Table) -> Measured {
    let (mut idle, _) = pushes(false).await?;
    let (p50, p99) = percentiles(&mut idle);
    table.judge(
        format!("push in to sink called, SQLite FULL, idle, {SAMPLES} samples"),
        format!("p50 {p50:.2?}, p99 {p99:.2?}"),
        "",
        "p50 5 ms, p99 25 ms",
        p50 <= Duration::from_millis(5) && p99 <= Duration::from_millis(25),
    );
    let (mut busy, others) = pushes(true).await?;
    let (p50, p99) = percentiles(&mut busy);
    table.note(
        format!("the same while {BUSY_APPS} apps change every {BUSY_EVERY:?} ({others} other events meanwhile)"),
        format!("p50 {p50:.2?}, p99 {p99:.2?}"),
        "",
    );
    Ok(())
}

/// The time from handing in a push to the call of the sink, one push after the other; and what else was told meanwhile.
async fn pushes(busy: bool) -> Result<(Vec<Duration>, usize), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let (bell, mut rings) = mpsc::unbounded_channel();
    let shop = Arc::new(Shop::every(BUSY_EVERY, BUSY_APPS));
    let monitor = Monitor::builder(Arc::new(SqliteStore::open(folder.path().join("latency.db"))?))
        .source("shop", Arc::clone(&shop) as _)
        .sink("bell", Arc::new(Bell(bell)))
        .workflow("everything", Arc::new(RuleWorkflow::new("Everything").sinks(["bell"])))
        .build()?;
    if busy {
        // From the first poll on: a source without news is left alone for an hour.
        shop.allow(usize::MAX / 2);
    }
    // Twice: the apps are taken as they are found, and their versions are known.
    monitor.tick().await;
    monitor.tick().await;
    while rings.try_recv().is_ok() {}
    let running = Running::start(monitor.clone());
    let (mut samples, mut others) = (Vec::new(), 0);
    for number in 0..SAMPLES {
        let subject = format!("pushed-{number}");
        let seen =
            Observation::new(SubjectKey::new(SubjectKind::Version, &*subject), Status::InReview, Utc::now()).as_news();
        let app = AggregateKey::App("shop".into(), "0".into());
        let began = Instant::now();
        monitor.ingest("shop", Sightings::from([(app, Sighting::new().with(seen))])).await?;
        let called = loop {
            let (rung, at) = rings.recv().await.ok_or("the bell is gone")?;
            if rung == subject {
                break at;
            }
            others += 1;
        };
        samples.push(called.duration_since(began));
    }
    running.stop().await?;
    Ok((samples, others))
}

fn percentiles(samples: &mut [Duration]) -> (Duration, Duration) {
    samples.sort();
    (samples[samples.len() / 2], samples[samples.len() * 99 / 100])
}
