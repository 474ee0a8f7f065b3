//! What the file holds, and what each operation does to it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use statused::model::{
    AggregateKey, DeliveryId, DeliveryRecord, DeliveryState, Event, NewDelivery, Notification, SinkId, SourceId,
};
use statused::source::Checkpoint;
use statused::store::{
    Claim, ClaimRequest, Claimed, Commit, DeliveryQuery, HistoryQuery, Pruned, Retention, Settlement, SettlementKind,
    SinkState, StoredAggregate,
};

use super::claims::{Claims, Lane};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Data {
    /// Version and state, by the text of the key.
    aggregates: BTreeMap<String, (u64, String)>,
    pub(crate) checkpoints: BTreeMap<SourceId, Checkpoint>,
    /// In the order of announcement.
    history: Vec<Event>,
    deliveries: BTreeMap<DeliveryId, Row>,
    pub(crate) sinks: BTreeMap<SinkId, SinkState>,
    /// The last number of a delivery: none is used again.
    last_delivery: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    record: DeliveryRecord,
    notification: Notification,
}

impl Row {
    fn lane(&self) -> Lane {
        (self.record.sink.clone(), self.notification.event.aggregate.to_string())
    }
}

impl Data {
    pub(crate) fn load(&self, keys: &[AggregateKey]) -> Vec<StoredAggregate> {
        let find = |key: &AggregateKey| {
            let (version, state) = self.aggregates.get(&key.to_string())?;
            Some(StoredAggregate::new(key.clone(), *version, state.clone()))
        };
        keys.iter().filter_map(find).collect()
    }

    /// A key that this version cannot read was written by a newer one, and is left out.
    pub(crate) fn list(&self, after: Option<&AggregateKey>, limit: usize) -> Vec<StoredAggregate> {
        let after = after.map(ToString::to_string).unwrap_or_default();
        let rest = self.aggregates.iter().filter(|(key, _)| **key > after);
        let read = rest.filter_map(|(key, (version, state))| {
            Some(StoredAggregate::new(AggregateKey::parse(key)?, *version, state.clone()))
        });
        read.take(limit).collect()
    }

    /// The aggregates that have another version than expected, none if only the checkpoint is another; then nothing is changed.
    pub(crate) fn commit(&mut self, commit: Commit) -> Result<(), Vec<AggregateKey>> {
        let version = |key: &AggregateKey| self.aggregates.get(&key.to_string()).map_or(0, |(version, _)| *version);
        let changed = commit.aggregates.iter().filter(|write| version(&write.key) != write.expected);
        let changed: Vec<_> = changed.map(|write| write.key.clone()).collect();
        let outrun =
            commit.checkpoint.as_ref().is_some_and(|new| self.checkpoints.get(&new.source) != new.expected.as_ref());
        if outrun || !changed.is_empty() {
            return Err(changed);
        }
        for write in commit.aggregates {
            self.aggregates.insert(write.key.to_string(), (write.expected + 1, write.state));
        }
        for event in commit.history {
            if self.history.iter().all(|known| known.id != event.id) {
                self.history.push(event);
            }
        }
        for new in commit.deliveries {
            self.queue(new, commit.at);
        }
        self.checkpoints.extend(commit.checkpoint.map(|new| (new.source, new.checkpoint)));
        Ok(())
    }

    /// An event goes to a sink once.
    fn queue(&mut self, new: NewDelivery, at: DateTime<Utc>) {
        let same = |row: &Row| row.record.sink == new.sink && row.record.event_id == new.notification.event.id;
        if self.deliveries.values().any(same) {
            return;
        }
        self.last_delivery += 1;
        let id = DeliveryId(self.last_delivery);
        let record = DeliveryRecord::new(id, &new, at);
        self.deliveries.insert(id, Row { record, notification: new.notification });
    }

    /// Of each lane the pending delivery with the lowest number, unless somebody has one of the lane; the earliest due
    /// first.
    pub(crate) fn claim(&self, claims: &mut Claims, request: &ClaimRequest) -> Claimed {
        let (mut lanes, mut free, mut busy) = (BTreeSet::new(), Vec::new(), Vec::new());
        for (id, row) in &self.deliveries {
            let Some(due) = row.record.due_at.filter(|_| row.record.sink == request.sink) else { continue };
            if !lanes.insert(row.lane()) {
                continue;
            }
            match claims.busy_until(&row.lane(), request.now) {
                Some(until) => busy.push(due.max(until)),
                None => free.push((due, *id)),
            }
        }
        free.sort_unstable();
        let due = free.iter().take_while(|(due, _)| *due <= request.due_by).count();
        let later = free.split_off(due.min(request.limit));
        let next_due = later.first().map(|(due, _)| *due).into_iter().chain(busy).min();
        let given = free.into_iter().map(|(_, id)| {
            let Row { record, notification } = &self.deliveries[&id];
            let token = claims.take(id, self.deliveries[&id].lane(), request.lease_until);
            Claim::new(id, token, record.attempts, record.created_at, notification.clone())
        });
        Claimed::new(given.collect(), next_due)
    }

    /// Changes nothing unless the claim is the delivery's last one.
    pub(crate) fn settle(&mut self, claims: &mut Claims, settlement: Settlement) {
        let Some(row) = self.deliveries.get_mut(&settlement.id) else { return };
        if !claims.end(settlement.id, &row.lane(), settlement.token) {
            return;
        }
        let record = &mut row.record;
        record.log.push(settlement.attempt);
        match settlement.kind {
            SettlementKind::Again { due_at, counted } => {
                record.attempts += u32::from(counted);
                record.due_at = Some(due_at);
            }
            SettlementKind::Final(state) => {
                record.attempts += 1;
                (record.state, record.due_at, record.settled_at) = (state, None, Some(settlement.at));
            }
            _ => {}
        }
        self.sinks.extend(settlement.sink);
    }

    pub(crate) fn redeliver(&mut self, id: DeliveryId, now: DateTime<Utc>) -> Option<SinkId> {
        let record = &mut self.deliveries.get_mut(&id)?.record;
        record.due_at = Some(now);
        if record.state != DeliveryState::Pending {
            (record.state, record.attempts, record.settled_at) = (DeliveryState::Pending, 0, None);
        }
        self.sinks.remove(&record.sink);
        Some(record.sink.clone())
    }

    pub(crate) fn history(&self, query: &HistoryQuery) -> Vec<Event> {
        let of_app = |event: &Event| {
            query.app.as_ref().is_none_or(|app| event.aggregate.app().is_some_and(|id| id.as_str() == app))
        };
        let before = |event: &Event| query.before.is_none_or(|before| event.time < before);
        let mut found: Vec<_> = self.history.iter().rev().filter(|event| of_app(event) && before(event)).collect();
        // Of those of the same time the one committed last stays first.
        found.sort_by_key(|event| Reverse(event.time));
        found.into_iter().take(query.effective_limit()).cloned().collect()
    }

    pub(crate) fn deliveries(&self, query: &DeliveryQuery) -> Vec<DeliveryRecord> {
        let asked = |record: &&DeliveryRecord| {
            query.id.is_none_or(|id| record.id == id)
                && query.sink.as_ref().is_none_or(|sink| record.sink == *sink)
                && query.state.is_none_or(|state| record.state == state)
        };
        let found = self.deliveries.values().rev().map(|row| &row.record).filter(asked);
        found.take(query.effective_limit()).cloned().collect()
    }

    pub(crate) fn prune(&mut self, retention: Retention) -> Pruned {
        let (events, rows) = (self.history.len(), self.deliveries.len());
        self.history.retain(|event| event.time >= retention.history_before);
        let is_young = |record: &DeliveryRecord| record.settled_at.is_none_or(|at| at >= retention.deliveries_before);
        self.deliveries.retain(|_, row| is_young(&row.record));
        Pruned::new((events - self.history.len()) as u64, (rows - self.deliveries.len()) as u64)
    }
}
