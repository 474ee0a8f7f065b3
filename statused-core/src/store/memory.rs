//! The store that forgets when the process ends.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    ClaimRequest, Claimed, Commit, CommitError, DeliveryQuery, HistoryQuery, Lease, Pruned, Retention, Settlement,
    SinkState, StateStore, StoreError, StoredAggregate, Tables,
};
use crate::model::{AggregateKey, DeliveryId, DeliveryRecord, Event, SinkId, SourceId};
use crate::source::Checkpoint;

/// Keeps everything in memory: for tests, and for applications that may start anew.
///
/// After a restart every app is new again, so nothing is repeated, and what happened in between is not told.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Tables>);

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // No operation panics half-way through a change, so a poisoned lock still guards consistent tables.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many operations have written something.
    pub fn writes(&self) -> u64 {
        self.tables().writes()
    }
}

#[async_trait]
impl StateStore for MemoryStore {
    async fn load(&self, keys: &[AggregateKey]) -> Result<Vec<StoredAggregate>, StoreError> {
        Ok(self.tables().load(keys))
    }

    async fn list(&self, after: Option<&AggregateKey>, limit: usize) -> Result<Vec<StoredAggregate>, StoreError> {
        Ok(self.tables().list(after, limit))
    }

    async fn checkpoint(&self, source: &SourceId) -> Result<Option<Checkpoint>, StoreError> {
        Ok(self.tables().checkpoint(source))
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.tables().commit(commit).map_err(CommitError::Conflict)
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Claimed, StoreError> {
        Ok(self.tables().claim(&request))
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), StoreError> {
        self.tables().settle(settlement);
        Ok(())
    }

    async fn sink_states(&self) -> Result<BTreeMap<SinkId, SinkState>, StoreError> {
        Ok(self.tables().sink_states())
    }

    async fn revive(&self, sink: &SinkId) -> Result<bool, StoreError> {
        Ok(self.tables().revive(sink))
    }

    async fn redeliver(&self, id: DeliveryId, now: DateTime<Utc>) -> Result<Option<SinkId>, StoreError> {
        Ok(self.tables().redeliver(id, now))
    }

    async fn lease(&self, lease: Lease) -> Result<bool, StoreError> {
        Ok(self.tables().lease(lease))
    }

    async fn history(&self, query: HistoryQuery) -> Result<Vec<Event>, StoreError> {
        Ok(self.tables().history(&query))
    }

    async fn deliveries(&self, query: DeliveryQuery) -> Result<Vec<DeliveryRecord>, StoreError> {
        Ok(self.tables().deliveries(&query))
    }

    async fn prune(&self, retention: Retention) -> Result<Pruned, StoreError> {
        Ok(self.tables().prune(retention))
    }
}
