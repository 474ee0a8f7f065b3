//! A store that counts what is asked of it.

use std::collections::BTreeMap;
use std::ops::Sub;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use statused::StateStore;
use statused::model::{AggregateKey, DeliveryId, DeliveryRecord, Event, SinkId, SourceId};
use statused::source::Checkpoint;
use statused::store::{
    ClaimRequest, Claimed, Commit, CommitError, DeliveryQuery, HistoryQuery, Lease, Pruned, Retention, Settlement,
    SinkState, StoreError, StoredAggregate,
};

/// Calls since the start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calls {
    pub(crate) commits: usize,
    pub(crate) claims: usize,
    pub(crate) settlements: usize,
    pub(crate) loads: usize,
    pub(crate) leases: usize,
}

impl Sub for Calls {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            commits: self.commits - before.commits,
            claims: self.claims - before.claims,
            settlements: self.settlements - before.settlements,
            loads: self.loads - before.loads,
            leases: self.leases - before.leases,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Counted {
    store: Arc<dyn StateStore>,
    commits: AtomicUsize,
    claims: AtomicUsize,
    settlements: AtomicUsize,
    loads: AtomicUsize,
    leases: AtomicUsize,
}

impl Counted {
    pub(crate) fn new(store: Arc<dyn StateStore>) -> Self {
        let [commits, claims, settlements, loads, leases] = Default::default();
        Self { store, commits, claims, settlements, loads, leases }
    }

    pub(crate) fn calls(&self) -> Calls {
        let count = |calls: &AtomicUsize| calls.load(Ordering::SeqCst);
        Calls {
            commits: count(&self.commits),
            claims: count(&self.claims),
            settlements: count(&self.settlements),
            loads: count(&self.loads),
            leases: count(&self.leases),
        }
    }
}

#[async_trait]
impl StateStore for Counted {
    async fn load(&self, keys: &[AggregateKey]) -> Result<Vec<StoredAggregate>, StoreError> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        self.store.load(keys).await
    }

    async fn list(&self, after: Option<&AggregateKey>, limit: usize) -> Result<Vec<StoredAggregate>, StoreError> {
        self.store.list(after, limit).await
    }

    async fn checkpoint(&self, source: &SourceId) -> Result<Option<Checkpoint>, StoreError> {
        self.store.checkpoint(source).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        self.store.commit(commit).await
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Claimed, StoreError> {
        self.claims.fetch_add(1, Ordering::SeqCst);
        self.store.claim(request).await
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), StoreError> {
        self.settlements.fetch_add(1, Ordering::SeqCst);
        self.store.settle(settlement).await
    }

    async fn sink_states(&self) -> Result<BTreeMap<SinkId, SinkState>, StoreError> {
        self.store.sink_states().await
    }

    async fn revive(&self, sink: &SinkId) -> Result<bool, StoreError> {
        self.store.revive(sink).await
    }

    async fn redeliver(&self, id: DeliveryId, now: DateTime<Utc>) -> Result<Option<SinkId>, StoreError> {
        self.store.redeliver(id, now).await
    }

    async fn lease(&self, lease: Lease) -> Result<bool, StoreError> {
        self.leases.fetch_add(1, Ordering::SeqCst);
        self.store.lease(lease).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<Vec<Event>, StoreError> {
        self.store.history(query).await
    }

    async fn deliveries(&self, query: DeliveryQuery) -> Result<Vec<DeliveryRecord>, StoreError> {
        self.store.deliveries(query).await
    }

    async fn prune(&self, retention: Retention) -> Result<Pruned, StoreError> {
        self.store.prune(retention).await
    }
}
