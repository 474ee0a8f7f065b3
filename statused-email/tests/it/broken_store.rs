//! A store that can be broken.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use statused_core::model::{AggregateKey, DeliveryId, DeliveryRecord, Event, SinkId, SourceId};
use statused_core::source::Checkpoint;
use statused_core::store::*;

#[derive(Debug, Default)]
pub(crate) struct BrokenStore {
    inner: MemoryStore,
    pub(crate) broken: AtomicBool,
    /// It can be read.
    pub(crate) full: AtomicBool,
}

impl BrokenStore {
    fn check(&self) -> Result<&MemoryStore, StoreError> {
        let error = || StoreError::new(StoreErrorKind::Other, "the disk is full");
        if self.broken.load(Ordering::SeqCst) { Err(error()) } else { Ok(&self.inner) }
    }
}

#[async_trait]
impl StateStore for BrokenStore {
    async fn load(&self, keys: &[AggregateKey]) -> Result<Vec<StoredAggregate>, StoreError> {
        self.check()?.load(keys).await
    }

    async fn list(&self, after: Option<&AggregateKey>, limit: usize) -> Result<Vec<StoredAggregate>, StoreError> {
        self.check()?.list(after, limit).await
    }

    async fn checkpoint(&self, source: &SourceId) -> Result<Option<Checkpoint>, StoreError> {
        self.check()?.checkpoint(source).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(CommitError::Failed(StoreError::new(StoreErrorKind::Full, "the disk is full")));
        }
        self.check().map_err(CommitError::Failed)?.commit(commit).await
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Claimed, StoreError> {
        self.check()?.claim(request).await
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), StoreError> {
        self.check()?.settle(settlement).await
    }

    async fn sink_states(&self) -> Result<BTreeMap<SinkId, SinkState>, StoreError> {
        self.check()?.sink_states().await
    }

    async fn revive(&self, sink: &SinkId) -> Result<bool, StoreError> {
        self.check()?.revive(sink).await
    }

    async fn redeliver(&self, id: DeliveryId, now: DateTime<Utc>) -> Result<Option<SinkId>, StoreError> {
        self.check()?.redeliver(id, now).await
    }

    async fn lease(&self, lease: Lease) -> Result<bool, StoreError> {
        self.check()?.lease(lease).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<Vec<Event>, StoreError> {
        self.check()?.history(query).await
    }

    async fn deliveries(&self, query: DeliveryQuery) -> Result<Vec<DeliveryRecord>, StoreError> {
        self.check()?.deliveries(query).await
    }

    async fn prune(&self, retention: Retention) -> Result<Pruned, StoreError> {
        self.check()?.prune(retention).await
    }
}
