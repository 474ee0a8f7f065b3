//! A store in memory, without locks or async: the rules of the contract in their plainest form.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::query::{DeliveryQuery, HistoryQuery, Pruned, Retention};
use super::types::{
    AggregateWrite, CheckpointWrite, Claim, ClaimRequest, Claimed, Commit, Lease, Settlement, SettlementKind,
    SinkState, StoredAggregate,
};
use crate::model::{
    AggregateKey, DeliveryId, DeliveryRecord, DeliveryState, Event, NewDelivery, Notification, SinkId, SourceId,
};
use crate::source::Checkpoint;

/// The data of a [`MemoryStore`](super::MemoryStore).
///
/// The simulator drives it directly; it is also the model that other stores can be compared with.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    aggregates: BTreeMap<String, (u64, String)>,
    checkpoints: BTreeMap<SourceId, Checkpoint>,
    history: Vec<Event>,
    known_events: BTreeSet<Uuid>,
    deliveries: BTreeMap<DeliveryId, Row>,
    by_event: BTreeSet<(Uuid, SinkId)>,
    lanes: BTreeMap<Lane, BTreeSet<DeliveryId>>,
    /// The open claim of a lane: its token and when its lease ends.
    open: BTreeMap<Lane, (u64, DateTime<Utc>)>,
    sinks: BTreeMap<SinkId, SinkState>,
    leases: BTreeMap<String, (String, DateTime<Utc>)>,
    last_delivery: u64,
    last_token: u64,
    writes: u64,
}

/// The deliveries of one aggregate to one sink: they go one after the other.
type Lane = (SinkId, String);

#[derive(Clone, Debug)]
struct Row {
    record: DeliveryRecord,
    notification: Notification,
    /// The token of the last claim that has not been settled.
    claim: Option<u64>,
}

impl Row {
    fn lane(&self) -> Lane {
        (self.record.sink.clone(), self.notification.event.aggregate.to_string())
    }
}

impl Tables {
    /// Nothing stored.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many operations have written something.
    pub fn writes(&self) -> u64 {
        self.writes
    }

    /// See [`StateStore::load`](super::StateStore::load).
    pub fn load(&self, keys: &[AggregateKey]) -> Vec<StoredAggregate> {
        keys.iter()
            .filter_map(|key| {
                let (version, state) = self.aggregates.get(&key.to_string())?;
                Some(StoredAggregate::new(key.clone(), *version, state.clone()))
            })
            .collect()
    }

    /// See [`StateStore::list`](super::StateStore::list).
    pub fn list(&self, after: Option<&AggregateKey>, limit: usize) -> Vec<StoredAggregate> {
        let after = after.map(ToString::to_string).unwrap_or_default();
        self.aggregates
            .range(after.clone()..)
            .filter(|(key, _)| **key > after)
            .filter_map(|(key, (version, state))| {
                Some(StoredAggregate::new(AggregateKey::parse(key)?, *version, state.clone()))
            })
            .take(limit)
            .collect()
    }

    /// See [`StateStore::checkpoint`](super::StateStore::checkpoint).
    pub fn checkpoint(&self, source: &SourceId) -> Option<Checkpoint> {
        self.checkpoints.get(source).cloned()
    }

    /// See [`StateStore::commit`](super::StateStore::commit).
    ///
    /// # Errors
    ///
    /// The aggregates that have another version than expected; none, if only the checkpoint is another. Nothing is written
    /// then.
    pub fn commit(&mut self, commit: Commit) -> Result<(), Vec<AggregateKey>> {
        let conflicts: Vec<_> = commit
            .aggregates
            .iter()
            .filter(|write| {
                self.aggregates.get(&write.key.to_string()).map_or(0, |(version, _)| *version) != write.expected
            })
            .map(|write| write.key.clone())
            .collect();
        let outrun =
            commit.checkpoint.as_ref().is_some_and(|new| self.checkpoints.get(&new.source) != new.expected.as_ref());
        if outrun || !conflicts.is_empty() {
            return Err(conflicts);
        }
        self.writes += 1;
        for AggregateWrite { key, expected, state } in commit.aggregates {
            self.aggregates.insert(key.to_string(), (expected + 1, state));
        }
        for event in commit.history {
            if self.known_events.insert(event.id) {
                self.history.push(event);
            }
        }
        for delivery in &commit.deliveries {
            self.enqueue(delivery, commit.at);
        }
        if let Some(CheckpointWrite { source, checkpoint, .. }) = commit.checkpoint {
            self.checkpoints.insert(source, checkpoint);
        }
        Ok(())
    }

    fn enqueue(&mut self, new: &NewDelivery, at: DateTime<Utc>) {
        if !self.by_event.insert((new.notification.event.id, new.sink.clone())) {
            return;
        }
        self.last_delivery += 1;
        let id = DeliveryId(self.last_delivery);
        let row = Row { record: DeliveryRecord::new(id, new, at), notification: new.notification.clone(), claim: None };
        self.lanes.entry(row.lane()).or_default().insert(id);
        self.deliveries.insert(id, row);
    }

    /// See [`StateStore::claim`](super::StateStore::claim).
    pub fn claim(&mut self, request: &ClaimRequest) -> Claimed {
        self.claim_by_clock(request, TimeDelta::zero())
    }

    /// As [`claim`](Self::claim), for leases that count by a clock of the store's own, which is ahead of the caller's by
    /// this much.
    pub(crate) fn claim_by_clock(&mut self, request: &ClaimRequest, ahead: TimeDelta) -> Claimed {
        let mut heads: Vec<(DateTime<Utc>, DeliveryId)> = Vec::new();
        let mut next_due: Option<DateTime<Utc>> = None;
        let mut not_before = |at: DateTime<Utc>| next_due = Some(next_due.map_or(at, |next| next.min(at)));
        let first = (request.sink.clone(), String::new());
        for (lane, ids) in self.lanes.range(first..) {
            if lane.0 != request.sink {
                break;
            }
            let Some(row) = ids.first().and_then(|id| self.deliveries.get(id)) else { continue };
            let Some(due) = row.record.due_at else { continue };
            match self.open.get(lane) {
                Some((_, until)) if *until - ahead > request.now => not_before(due.max(*until - ahead)),
                _ => heads.push((due, row.record.id)),
            }
        }
        heads.sort_unstable();
        let taken = heads.iter().take_while(|(due, _)| *due <= request.due_by).count().min(request.limit);
        if let Some((due, _)) = heads.get(taken) {
            not_before(*due);
        }
        let claims = heads.drain(..taken).filter_map(|(_, id)| self.take(id, request.lease_until + ahead)).collect();
        Claimed::new(claims, next_due)
    }

    fn take(&mut self, id: DeliveryId, until: DateTime<Utc>) -> Option<Claim> {
        self.last_token += 1;
        let row = self.deliveries.get_mut(&id)?;
        row.claim = Some(self.last_token);
        self.open.insert(row.lane(), (self.last_token, until));
        let record = &row.record;
        Some(Claim::new(id, self.last_token, record.attempts, record.created_at, row.notification.clone()))
    }

    /// See [`StateStore::settle`](super::StateStore::settle).
    pub fn settle(&mut self, settlement: Settlement) {
        let Some(row) = self.deliveries.get_mut(&settlement.id) else { return };
        if row.claim != Some(settlement.token) {
            return;
        }
        self.writes += 1;
        row.claim = None;
        let lane = row.lane();
        if self.open.get(&lane).is_some_and(|(token, _)| *token == settlement.token) {
            self.open.remove(&lane);
        }
        row.record.log.push(settlement.attempt);
        match settlement.kind {
            SettlementKind::Again { due_at, counted } => {
                row.record.attempts += u32::from(counted);
                row.record.due_at = Some(due_at);
            }
            SettlementKind::Final(state) => {
                row.record.attempts += 1;
                row.record.state = state;
                row.record.due_at = None;
                row.record.settled_at = Some(settlement.at);
                self.leave_lane(&lane, settlement.id);
            }
        }
        if let Some((sink, state)) = settlement.sink {
            self.sinks.insert(sink, state);
        }
    }

    fn leave_lane(&mut self, lane: &Lane, id: DeliveryId) {
        if let Some(ids) = self.lanes.get_mut(lane) {
            ids.remove(&id);
            if ids.is_empty() {
                self.lanes.remove(lane);
            }
        }
    }

    /// See [`StateStore::sink_states`](super::StateStore::sink_states).
    pub fn sink_states(&self) -> BTreeMap<SinkId, SinkState> {
        self.sinks.clone()
    }

    /// See [`StateStore::revive`](super::StateStore::revive).
    pub fn revive(&mut self, sink: &SinkId) -> bool {
        let was = self.sinks.remove(sink).is_some();
        self.writes += u64::from(was);
        was
    }

    /// See [`StateStore::redeliver`](super::StateStore::redeliver).
    pub fn redeliver(&mut self, id: DeliveryId, now: DateTime<Utc>) -> Option<SinkId> {
        let row = self.deliveries.get_mut(&id)?;
        let sink = row.record.sink.clone();
        row.record.due_at = Some(now);
        if row.record.state != DeliveryState::Pending {
            row.record.state = DeliveryState::Pending;
            row.record.attempts = 0;
            row.record.settled_at = None;
            let lane = row.lane();
            self.lanes.entry(lane).or_default().insert(id);
        }
        self.sinks.remove(&sink);
        self.writes += 1;
        Some(sink)
    }

    /// See [`StateStore::lease`](super::StateStore::lease).
    pub fn lease(&mut self, lease: Lease) -> bool {
        let taken =
            self.leases.get(&lease.name).is_some_and(|(holder, until)| *holder != lease.holder && *until > lease.now);
        if !taken {
            self.leases.insert(lease.name, (lease.holder, lease.until));
        }
        !taken
    }

    /// See [`StateStore::history`](super::StateStore::history).
    pub fn history(&self, query: &HistoryQuery) -> Vec<Event> {
        let of_app = |event: &Event| {
            query.app.as_ref().is_none_or(|app| event.aggregate.app().is_some_and(|id| id.as_str() == app))
        };
        let mut found: Vec<_> = self
            .history
            .iter()
            .rev()
            .filter(|event| of_app(event) && query.before.is_none_or(|before| event.time < before))
            .collect();
        found.sort_by_key(|event| Reverse(event.time));
        found.into_iter().take(query.effective_limit()).cloned().collect()
    }

    /// Ends all leases of claims, as the restart of a process does whose store keeps them in memory.
    #[cfg(feature = "testkit")]
    pub(crate) fn forget_claims(&mut self) {
        self.open.clear();
    }

    /// How many deliveries wait.
    #[cfg(feature = "testkit")]
    pub(crate) fn pending(&self) -> u64 {
        self.lanes.values().map(|ids| ids.len() as u64).sum()
    }

    /// See [`StateStore::deliveries`](super::StateStore::deliveries).
    pub fn deliveries(&self, query: &DeliveryQuery) -> Vec<DeliveryRecord> {
        self.deliveries
            .values()
            .rev()
            .map(|row| &row.record)
            .filter(|record| {
                query.id.is_none_or(|id| record.id == id)
                    && query.sink.as_ref().is_none_or(|sink| record.sink == *sink)
                    && query.state.is_none_or(|state| record.state == state)
            })
            .take(query.effective_limit())
            .cloned()
            .collect()
    }

    /// See [`StateStore::prune`](super::StateStore::prune).
    pub fn prune(&mut self, retention: Retention) -> Pruned {
        let events = self.history.len();
        self.history.retain(|event| event.time >= retention.history_before);
        self.history.shrink_to_fit();
        self.known_events = self.history.iter().map(|event| event.id).collect();
        let rows = self.deliveries.len();
        self.deliveries
            .retain(|_, row| row.record.settled_at.is_none_or(|settled| settled >= retention.deliveries_before));
        let kept: BTreeSet<_> =
            self.deliveries.values().map(|row| (row.notification.event.id, row.record.sink.clone())).collect();
        self.by_event = kept;
        let pruned = Pruned::new((events - self.history.len()) as u64, (rows - self.deliveries.len()) as u64);
        self.writes += u64::from(pruned != Pruned::default());
        pruned
    }
}
