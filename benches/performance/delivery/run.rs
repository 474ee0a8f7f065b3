//! One run: what apps have to tell is queued while a gate is shut before the receiver, then delivered.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use statused::model::DeliveryState;
use statused::sinks::webhook::Webhook;
use statused::store::DeliveryQuery;
use statused::stores::{SqliteOptions, SqliteStore, Synchronous};
use statused::{Monitor, RuleWorkflow, StateStore};

use super::gate::{Gate, Gated};
use super::{Outcomes, SINK};
use crate::quick::Quick;
use crate::receiver::Receiver;
use crate::running::Running;
use crate::shop::Shop;

/// Apps that change together.
pub(super) const APPS: usize = 2_000;

/// What is to be delivered, and how.
pub(super) struct Plan {
    /// As many monitors as stores share the work.
    pub(super) stores: Vec<Arc<dyn StateStore>>,
    /// The shop's name: under a new one its apps are new.
    pub(super) shop: String,
    pub(super) events: usize,
    pub(super) lanes: usize,
}

/// What a run came to.
pub(super) struct Run {
    events: f64,
    queueing: Duration,
    draining: Duration,
    pub(super) body: Vec<u8>,
}

impl Run {
    /// Events a second that were made durable, before anything was delivered.
    pub(super) fn queued(&self) -> f64 {
        self.events / self.queueing.as_secs_f64()
    }

    /// Deliveries a second, each recorded.
    pub(super) fn drained(&self) -> f64 {
        self.events / self.draining.as_secs_f64()
    }

    /// Events a second from the source to the receiver, one step after the other.
    pub(super) fn whole(&self) -> f64 {
        self.events / (self.queueing + self.draining).as_secs_f64()
    }
}

impl Plan {
    pub(super) fn new(store: Arc<dyn StateStore>, events: usize) -> Self {
        Self { stores: vec![store], shop: "shop".to_owned(), events, lanes: 64 }
    }

    /// # Panics
    ///
    /// When the receiver was called for anything twice, or not called for something.
    pub(super) async fn run(self) -> Outcomes<Run> {
        welcome(Arc::clone(&self.stores[0])).await?;
        let receiver = Receiver::start()?;
        let shop = Arc::new(Shop::new(APPS));
        shop.allow(self.events / APPS);
        let gate = Arc::new(Gate::default());
        let mut monitors = Vec::new();
        for store in &self.stores {
            let webhook = Webhook::builder(receiver.url()).secret("a secret").allow_http(true).build()?;
            let monitor = Monitor::builder(Arc::clone(store))
                .source(&*self.shop, Arc::clone(&shop) as _)
                .sink(SINK, Arc::new(Gated { webhook, lanes: self.lanes, gate: Arc::clone(&gate) }))
                .workflow("everything", everything());
            monitors.push(monitor.build()?);
        }
        let began = Instant::now();
        let running: Vec<_> = monitors.iter().cloned().map(Running::start).collect();
        while announced(&monitors).await < self.events as u64 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let queueing = began.elapsed();

        let began = Instant::now();
        gate.open();
        receiver.reached(self.events).await;
        let draining = began.elapsed();
        for running in running {
            running.stop().await?;
        }
        // As many calls as deliveries, and none that waits: each was made once.
        let query = || DeliveryQuery::default().with_state(DeliveryState::Pending).with_limit(1);
        assert!(monitors[0].deliveries(query()).await?.is_empty(), "something was not delivered");
        assert_eq!(receiver.taken(), self.events, "something was delivered twice");
        Ok(Run { events: self.events as f64, queueing, draining, body: receiver.body() })
    }
}

pub(super) fn everything() -> Arc<RuleWorkflow> {
    Arc::new(RuleWorkflow::new("Everything").sinks([SINK]))
}

/// Has the workflow's welcome over, which is no part of what is measured.
async fn welcome(store: Arc<dyn StateStore>) -> Outcomes<()> {
    let monitor = Monitor::builder(store).sink(SINK, Arc::new(Quick)).workflow("everything", everything()).build()?;
    monitor.tick().await;
    Ok(())
}

/// Changes that these monitors have announced together.
async fn announced(monitors: &[Monitor]) -> u64 {
    let mut announced = 0;
    for monitor in monitors {
        announced += monitor.health().await.announced;
    }
    announced
}

pub(super) fn sqlite(path: &Path, synchronous: Synchronous) -> Outcomes<Arc<dyn StateStore>> {
    Ok(Arc::new(SqliteStore::open_with(path, SqliteOptions::new().with_synchronous(synchronous))?))
}
