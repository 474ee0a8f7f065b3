//! A monitor with one source, and what it remembers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use statused_core::model::Notification;
use statused_core::monitor::Clock;
use statused_core::sink::SinkProfile;
use statused_core::source::Checkpoint;
use statused_core::store::{CheckpointWrite, Commit};
use statused_core::{MemoryStore, Monitor, Outcome, RuleWorkflow, Sink, StateStore as _, StatusSource};

use crate::now;

/// The source's name.
pub const SOURCE: &str = "acme";

#[derive(Debug, Default)]
struct Later(AtomicI64);

impl Clock for Later {
    fn now(&self) -> DateTime<Utc> {
        now() + TimeDelta::seconds(self.0.load(Ordering::Relaxed))
    }
}

/// Takes everything.
#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl Sink for Nowhere {
    fn profile(&self) -> SinkProfile {
        SinkProfile::default()
    }

    async fn deliver(&self, _: &Notification) -> Outcome {
        Outcome::delivered()
    }
}

/// Lets a monitor look three times, the second time at once and the third half an hour later. What it sees first is taken
/// as it is, what differs later is told.
pub async fn watch(source: Arc<dyn StatusSource>, store: Arc<MemoryStore>, checkpoint: Option<String>) {
    if let Some(checkpoint) = checkpoint {
        let mut commit = Commit::new(now());
        commit.checkpoint = Some(CheckpointWrite::new(SOURCE.into(), None, Checkpoint(checkpoint)));
        store.commit(commit).await.unwrap();
    }
    let clock = Arc::new(Later::default());
    let workflow = RuleWorkflow::new("all").sinks(["nowhere"]);
    let monitor = Monitor::builder(store)
        .clock(clock.clone())
        .source(SOURCE, source)
        .sink("nowhere", Arc::new(Nowhere))
        .workflow("all", Arc::new(workflow));
    let monitor = monitor.build().unwrap();
    for seconds in [0, 60, 1800] {
        clock.0.store(seconds, Ordering::Relaxed);
        monitor.tick().await;
    }
    monitor.status().await.unwrap();
}
