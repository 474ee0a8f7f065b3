//! Commits: everything that one input causes.

use rusqlite::{Connection, OptionalExtension, Result, params};
use statused_core::model::{AggregateKey, Event, NewDelivery};
use statused_core::store::{AggregateWrite, Commit, CommitError, StoreError, StoreErrorKind};

use super::error::failed;
use super::sql;
use super::time::to_nanos;

/// A commit as rows: made by the caller, so that the writing thread only writes.
#[derive(Debug)]
pub(super) struct CommitRows {
    at: i64,
    aggregates: Vec<AggregateWrite>,
    bodies: Vec<BodyRow>,
    deliveries: Vec<DeliveryRow>,
    checkpoint: Option<(String, String)>,
}

#[derive(Debug)]
struct BodyRow {
    event: Event,
    text: String,
    /// Whether it belongs to the history, and not only to a delivery.
    listed: bool,
}

#[derive(Debug)]
struct DeliveryRow {
    sink: String,
    workflow: String,
    aggregate: String,
    /// The words, where they are not the body's.
    message: Option<String>,
    /// Index of the body that it shares.
    body: usize,
}

impl CommitRows {
    pub(super) fn new(commit: Commit) -> Result<Self, StoreError> {
        let mut bodies = Vec::with_capacity(commit.history.len());
        for event in commit.history {
            bodies.push(BodyRow::new(event, true)?);
        }
        let mut deliveries = Vec::with_capacity(commit.deliveries.len());
        for delivery in commit.deliveries {
            deliveries.push(DeliveryRow::new(delivery, &mut bodies)?);
        }
        let checkpoint = commit.checkpoint.map(|(source, checkpoint)| (source.as_str().to_owned(), checkpoint.0));
        Ok(Self { at: to_nanos(commit.at), aggregates: commit.aggregates, bodies, deliveries, checkpoint })
    }

    /// Writes the rows.
    pub(super) fn write(&self, db: &Connection) -> Result<(), CommitError> {
        let context = |error: rusqlite::Error| failed("cannot write a commit", &error);
        let conflicts = self.conflicts(db).map_err(context)?;
        if !conflicts.is_empty() {
            return Err(CommitError::Conflict(conflicts));
        }
        self.put(db).map_err(context)
    }

    fn conflicts(&self, db: &Connection) -> Result<Vec<AggregateKey>> {
        let mut version = db.prepare_cached(sql::AGGREGATE_VERSION)?;
        let mut conflicts = Vec::new();
        for write in &self.aggregates {
            let now = version.query_row([write.key.to_string()], |row| row.get(0)).optional()?;
            if now.unwrap_or(0u64) != write.expected {
                conflicts.push(write.key.clone());
            }
        }
        Ok(conflicts)
    }

    fn put(&self, db: &Connection) -> Result<()> {
        for AggregateWrite { key, expected, state, .. } in &self.aggregates {
            db.prepare_cached(sql::PUT_AGGREGATE)?.execute(params![key.to_string(), expected + 1, state])?;
        }
        let mut ids = Vec::with_capacity(self.bodies.len());
        for body in &self.bodies {
            ids.push(if body.listed { body.list(db)? } else { None });
        }
        for delivery in &self.deliveries {
            self.enqueue(db, delivery, &mut ids)?;
        }
        if let Some((source, checkpoint)) = &self.checkpoint {
            db.prepare_cached(sql::PUT_CHECKPOINT)?.execute([source, checkpoint])?;
        }
        Ok(())
    }

    fn enqueue(&self, db: &Connection, delivery: &DeliveryRow, ids: &mut [Option<i64>]) -> Result<()> {
        let DeliveryRow { sink, workflow, aggregate, message, body } = delivery;
        let uuid = self.bodies[*body].event.id.as_bytes();
        if db.prepare_cached(sql::DELIVERY_EXISTS)?.exists(params![uuid, sink])? {
            return Ok(());
        }
        let event = match ids[*body] {
            Some(id) => id,
            None => *ids[*body].insert(self.bodies[*body].add(db)?),
        };
        let lane = db
            .prepare_cached(sql::LANE)?
            .query_row([sink, aggregate], |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.is_none())))
            .optional()?;
        let (lane, is_empty) = match lane {
            Some(lane) => lane,
            None => {
                db.prepare_cached(sql::ADD_LANE)?.execute([sink, aggregate])?;
                (db.last_insert_rowid(), true)
            }
        };
        db.prepare_cached(sql::ADD_DELIVERY)?.execute(params![lane, sink, event, uuid, workflow, message, self.at])?;
        if is_empty {
            refresh_lane(db, lane)?;
        }
        Ok(())
    }
}

impl BodyRow {
    fn new(event: Event, listed: bool) -> Result<Self, StoreError> {
        let text = to_json(&event)?;
        Ok(Self { event, text, listed })
    }

    /// Adds it to the history. `None` if it is there already.
    fn list(&self, db: &Connection) -> Result<Option<i64>> {
        let new = self.insert(db, sql::LIST_EVENT)? == 1;
        Ok(new.then(|| db.last_insert_rowid()))
    }

    /// Adds it for deliveries alone.
    fn add(&self, db: &Connection) -> Result<i64> {
        self.insert(db, sql::ADD_BODY)?;
        Ok(db.last_insert_rowid())
    }

    fn insert(&self, db: &Connection, statement: &str) -> Result<usize> {
        let app = self.event.aggregate.app().map(AsRef::as_ref);
        let app: Option<&str> = app;
        db.prepare_cached(statement)?.execute(params![
            self.event.id.as_bytes(),
            app,
            to_nanos(self.event.time),
            self.text
        ])
    }
}

impl DeliveryRow {
    /// Shares a body that differs at most in its words, or adds one.
    fn new(delivery: NewDelivery, bodies: &mut Vec<BodyRow>) -> Result<Self, StoreError> {
        let event = delivery.notification.event;
        let (sink, workflow) = (delivery.sink.as_str().to_owned(), delivery.notification.workflow.as_str().to_owned());
        let aggregate = event.aggregate.to_string();
        let wording = event.data.message.clone();
        let shared = bodies.iter().position(|body| same_but_for_words(&body.event, &event));
        let body = match shared {
            Some(index) => index,
            None => {
                bodies.push(BodyRow::new(event, false)?);
                bodies.len() - 1
            }
        };
        let message = (bodies[body].event.data.message != wording).then_some(wording);
        Ok(Self { sink, workflow, aggregate, message, body })
    }
}

fn same_but_for_words(a: &Event, b: &Event) -> bool {
    a.id == b.id && {
        let mut a = a.clone();
        a.data.message.clone_from(&b.data.message);
        a == *b
    }
}

/// Puts the lane's earliest pending delivery at its head.
pub(super) fn refresh_lane(db: &Connection, lane: i64) -> Result<()> {
    db.prepare_cached(sql::REFRESH_LANE)?.execute([lane]).map(drop)
}

/// The text that a value is stored as.
pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::new(StoreErrorKind::Other, format!("cannot be written as JSON: {error}")))
}
