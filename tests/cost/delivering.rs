//! What it costs to make a change durable and to tell it.

use std::sync::Arc;

use stats_alloc::Region;
use statused::stores::SqliteStore;
use statused::{MemoryStore, Monitor, RuleWorkflow, StateStore};

use crate::ALLOCATOR;
use crate::counted::{Calls, Counted};
use crate::linear::is_linear;
use crate::quick::Quick;
use crate::shop::Shop;

const APPS: usize = 250;
const TIMES: usize = 4;
/// Polls in which every app changes.
const STEPS: usize = 4;

/// What these polls came to, with their deliveries.
struct Cost {
    deliveries: usize,
    calls: Calls,
    /// With what came before.
    all_calls: Calls,
    allocations: usize,
    bytes: usize,
}

/// On one thread, in rounds that end when all is done.
async fn told(store: Arc<dyn StateStore>, apps: usize) -> Cost {
    let store = Arc::new(Counted::new(store));
    let shop = Arc::new(Shop::new(apps));
    let monitor = Monitor::builder(Arc::clone(&store) as _)
        .source("shop", Arc::clone(&shop) as _)
        .sink("quick", Arc::new(Quick))
        .workflow("everything", Arc::new(RuleWorkflow::new("Everything").sinks(["quick"])))
        .build()
        .unwrap();
    // The workflow is welcomed; the apps are taken as they are found, and change for the first time.
    shop.allow(2 + STEPS);
    monitor.tick().await;
    let announced = monitor.tick().await.announced;
    let (before, region) = (store.calls(), Region::new(ALLOCATOR));
    for _ in 0..STEPS {
        monitor.tick().await;
    }
    let (change, all_calls) = (region.change(), store.calls());
    let calls = all_calls - before;
    let deliveries = apps * STEPS;
    assert_eq!(monitor.health().await.announced - announced, deliveries as u64);
    Cost { deliveries, calls, all_calls, allocations: change.allocations, bytes: change.bytes_allocated }
}

pub(crate) fn costs_what_it_is_known_to_cost() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        in_memory().await;
        on_disk().await;
    });
}

async fn in_memory() {
    let few = told(Arc::new(MemoryStore::new()), APPS).await;
    let many = told(Arc::new(MemoryStore::new()), TIMES * APPS).await;
    for cost in [&few, &many] {
        cost.calls_are_few();
        // Whoever asks gets as much as there are lanes.
        assert!(cost.calls.claims * 10 <= cost.deliveries, "{:?} for {}", cost.calls, cost.deliveries);
        cost.is_within(205, 36_000);
    }
    is_linear("allocations of a delivery", few.allocations, many.allocations, TIMES);
    is_linear("bytes of a delivery", few.bytes, many.bytes, TIMES);
}

async fn on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(folder.path().join("cost.db")).unwrap());
    let cost = told(Arc::clone(&store) as _, APPS).await;
    cost.calls_are_few();
    // How many share a claim or a transaction is up to the disk; none costs more than one of its own.
    assert!(cost.calls.claims <= cost.deliveries, "{:?} for {}", cost.calls, cost.deliveries);
    cost.is_within(235, 39_000);
    let Calls { commits, settlements, leases, .. } = cost.all_calls;
    let transactions = store.transactions();
    assert!(transactions <= (commits + settlements + leases) as u64, "{transactions} for {:?}", cost.all_calls);
}

impl Cost {
    fn calls_are_few(&self) {
        let Self { deliveries, calls, .. } = self;
        assert_eq!(calls.commits, STEPS, "what one poll brings is one commit");
        assert_eq!(calls.settlements, *deliveries, "each delivery is settled once");
        assert_eq!(calls.loads, 0, "what was seen lately is not read again");
    }

    /// What each delivery allocates, from the poll on: a third more than it did when these limits were set.
    fn is_within(&self, allocations: usize, bytes: usize) {
        let each = (self.allocations / self.deliveries, self.bytes / self.deliveries);
        assert!(each.0 <= allocations && each.1 <= bytes, "{each:?} allocations and bytes for each delivery");
    }
}
