//! What a batch of commits writes, column by column.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures_util::future::BoxFuture;
use statused_core::store::{CheckpointWrite, CommitError};
use tokio_postgres::Error;
use uuid::Uuid;

use super::pool::Connection;
use super::sql;
use crate::rows::{BodyRow, CommitRows, DeliveryRow};
use crate::time::to_nanos;

/// What becomes of one commit.
pub(super) type Answer = Result<(), CommitError>;

/// What is there before a batch is written.
#[derive(Debug, Default)]
pub(super) struct Before {
    pub(super) versions: HashMap<String, u64>,
    /// What sources remember.
    pub(super) remembered: HashMap<String, String>,
    /// Events that the history holds.
    pub(super) listed: HashSet<Uuid>,
    /// Deliveries that exist, by event and sink.
    pub(super) queued: HashSet<(Uuid, String)>,
    /// Numbers for new events, the lowest last.
    pub(super) numbers: Vec<i64>,
}

/// The new rows of a batch.
#[derive(Debug, Default)]
pub(super) struct Writes<'a> {
    /// By key: whether it is new, its version and its state.
    aggregates: BTreeMap<String, (bool, i64, &'a str)>,
    events: Events<'a>,
    deliveries: Deliveries<'a>,
    /// By source: whether there was none, and the last one.
    checkpoints: BTreeMap<&'a str, (bool, &'a str)>,
    put: Aggregates<'a>,
    add: Aggregates<'a>,
    put_checkpoints: Checkpoints<'a>,
    add_checkpoints: Checkpoints<'a>,
}

#[derive(Debug, Default)]
struct Checkpoints<'a> {
    sources: Vec<&'a str>,
    bodies: Vec<&'a str>,
}

#[derive(Debug, Default)]
struct Aggregates<'a> {
    keys: Vec<String>,
    versions: Vec<i64>,
    states: Vec<&'a str>,
}

#[derive(Debug, Default)]
struct Events<'a> {
    ids: Vec<i64>,
    uuids: Vec<Uuid>,
    listed: Vec<bool>,
    apps: Vec<Option<&'a str>>,
    times: Vec<i64>,
    bodies: Vec<&'a str>,
}

#[derive(Debug, Default)]
struct Deliveries<'a> {
    sinks: Vec<&'a str>,
    aggregates: Vec<&'a str>,
    events: Vec<i64>,
    uuids: Vec<Uuid>,
    workflows: Vec<&'a str>,
    messages: Vec<Option<String>>,
    times: Vec<i64>,
}

impl CommitRows {
    /// The event of a delivery.
    pub(super) fn uuid(&self, delivery: &DeliveryRow) -> Uuid {
        self.bodies[delivery.body].event.id
    }
}

impl<'a> Writes<'a> {
    /// Decides about each commit as if they came one after the other.
    pub(super) fn plan(items: &'a [CommitRows], mut before: Before) -> (Vec<Answer>, Self) {
        let mut writes = Self::default();
        let answers = items.iter().map(|rows| writes.take(rows, &mut before)).collect();
        for (key, (new, version, state)) in std::mem::take(&mut writes.aggregates) {
            let Aggregates { keys, versions, states } = if new { &mut writes.add } else { &mut writes.put };
            keys.push(key);
            versions.push(version);
            states.push(state);
        }
        for (source, (new, body)) in std::mem::take(&mut writes.checkpoints) {
            let Checkpoints { sources, bodies } =
                if new { &mut writes.add_checkpoints } else { &mut writes.put_checkpoints };
            sources.push(source);
            bodies.push(body);
        }
        (answers, writes)
    }

    fn take(&mut self, rows: &'a CommitRows, before: &mut Before) -> Answer {
        let changed = |key: &str, expected| before.versions.get(key).copied().unwrap_or(0) != expected;
        let conflicts: Vec<_> = rows
            .aggregates
            .iter()
            .filter(|write| changed(&write.key.to_string(), write.expected))
            .map(|write| write.key.clone())
            .collect();
        let remembered = |new: &CheckpointWrite| before.remembered.get(new.source.as_str());
        let outrun = |new| remembered(new) != new.expected.as_ref().map(|expected| &expected.0);
        if !conflicts.is_empty() || rows.checkpoint.as_ref().is_some_and(outrun) {
            return Err(CommitError::Conflict(conflicts));
        }
        for write in &rows.aggregates {
            let key = write.key.to_string();
            let new = self.aggregates.get(&key).map_or(write.expected == 0, |(new, ..)| *new);
            let version = write.expected + 1;
            before.versions.insert(key.clone(), version);
            self.aggregates.insert(key, (new, version.cast_signed(), &write.state));
        }
        let mut ids = vec![None; rows.bodies.len()];
        for (id, body) in ids.iter_mut().zip(&rows.bodies) {
            if body.listed && before.listed.insert(body.event.id) {
                *id = Some(self.events.add(body, true, before));
            }
        }
        for delivery in &rows.deliveries {
            let uuid = rows.uuid(delivery);
            if before.queued.insert((uuid, delivery.sink.clone())) {
                let id = &mut ids[delivery.body];
                // One that is listed already belongs to an earlier commit.
                let event = *id.get_or_insert_with(|| self.events.add(&rows.bodies[delivery.body], false, before));
                self.deliveries.add(delivery, uuid, event, rows.at);
            }
        }
        if let Some(CheckpointWrite { source, expected, checkpoint, .. }) = &rows.checkpoint {
            let new = self.checkpoints.get(source.as_str()).map_or(expected.is_none(), |(new, _)| *new);
            before.remembered.insert(source.as_str().to_owned(), checkpoint.0.clone());
            self.checkpoints.insert(source.as_str(), (new, &checkpoint.0));
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.put.keys.is_empty()
            && self.add.keys.is_empty()
            && self.events.ids.is_empty()
            && self.deliveries.sinks.is_empty()
            && self.put_checkpoints.sources.is_empty()
            && self.add_checkpoints.sources.is_empty()
    }

    /// The statements that write it, in their order.
    pub(super) fn steps<'s>(&'s self, connection: &'s Connection<'_>) -> Vec<BoxFuture<'s, Result<u64, Error>>> {
        let Self { put, add, events, deliveries, .. } = self;
        let mut steps: Vec<BoxFuture<'s, _>> = Vec::with_capacity(8);
        if !put.keys.is_empty() {
            steps.push(connection.step(sql::PUT_AGGREGATES, vec![&put.keys, &put.versions, &put.states]));
        }
        if !add.keys.is_empty() {
            steps.push(connection.step(sql::ADD_AGGREGATES, vec![&add.keys, &add.versions, &add.states]));
        }
        if !events.ids.is_empty() {
            let Events { ids, uuids, listed, apps, times, bodies } = events;
            steps.push(connection.step(sql::ADD_EVENTS, vec![ids, uuids, listed, apps, times, bodies]));
        }
        if !deliveries.sinks.is_empty() {
            let Deliveries { sinks, aggregates, events, uuids, workflows, messages, times } = deliveries;
            steps.push(connection.step(sql::ADD_LANES, vec![sinks, aggregates]));
            steps.push(connection.step(sql::LOCK_LANES, vec![sinks, aggregates]));
            let columns: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> =
                vec![sinks, aggregates, events, uuids, workflows, messages, times];
            steps.push(connection.step(sql::ADD_DELIVERIES, columns));
            steps.push(connection.step(sql::FILL_LANES, vec![sinks, aggregates]));
        }
        for (statement, checkpoints) in
            [(sql::PUT_CHECKPOINTS, &self.put_checkpoints), (sql::ADD_CHECKPOINTS, &self.add_checkpoints)]
        {
            if !checkpoints.sources.is_empty() {
                steps.push(connection.step(statement, vec![&checkpoints.sources, &checkpoints.bodies]));
            }
        }
        steps
    }
}

impl<'a> Events<'a> {
    fn add(&mut self, body: &'a BodyRow, listed: bool, before: &mut Before) -> i64 {
        // There are as many numbers as bodies, and each body is added once.
        let id = before.numbers.pop().unwrap_or_default();
        self.ids.push(id);
        self.uuids.push(body.event.id);
        self.listed.push(listed);
        self.apps.push(body.app());
        self.times.push(to_nanos(body.event.time));
        self.bodies.push(&body.text);
        id
    }
}

impl<'a> Deliveries<'a> {
    fn add(&mut self, row: &'a DeliveryRow, uuid: Uuid, event: i64, at: i64) {
        self.sinks.push(&row.sink);
        self.aggregates.push(&row.aggregate);
        self.events.push(event);
        self.uuids.push(uuid);
        self.workflows.push(&row.workflow);
        // As JSON, since the server takes no text with a zero byte in it.
        self.messages.push(row.message.as_ref().map(|words| serde_json::Value::from(&**words).to_string()));
        self.times.push(at);
    }
}
