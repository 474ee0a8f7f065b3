//! Commits: everything that one input causes.

use rusqlite::{Connection, OptionalExtension, Result, params};
use statused_core::model::AggregateKey;
use statused_core::store::{AggregateWrite, CheckpointWrite, CommitError};

use super::error::failed;
use super::read::checkpoint;
use super::sql;
use crate::rows::{BodyRow, CommitRows, DeliveryRow};
use crate::time::to_nanos;

impl CommitRows {
    /// Writes the rows.
    pub(super) fn write(&self, db: &Connection) -> Result<(), CommitError> {
        let context = |error: rusqlite::Error| failed("cannot write a commit", &error);
        let conflicts = self.conflicts(db).map_err(context)?;
        if !conflicts.is_empty() || self.is_outrun(db).map_err(context)? {
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

    /// Whether the source remembers something else by now.
    fn is_outrun(&self, db: &Connection) -> Result<bool> {
        let Some(CheckpointWrite { source, expected, .. }) = &self.checkpoint else { return Ok(false) };
        Ok(checkpoint(db, source.as_str())? != expected.as_ref().map(|expected| expected.0.clone()))
    }

    fn put(&self, db: &Connection) -> Result<()> {
        for AggregateWrite { key, expected, state, .. } in &self.aggregates {
            db.prepare_cached(sql::PUT_AGGREGATE)?.execute(params![key.to_string(), expected + 1, state])?;
        }
        let mut ids = Vec::with_capacity(self.bodies.len());
        for body in &self.bodies {
            ids.push(if body.listed { list(db, body)? } else { None });
        }
        for delivery in &self.deliveries {
            self.enqueue(db, delivery, &mut ids)?;
        }
        if let Some(CheckpointWrite { source, checkpoint, .. }) = &self.checkpoint {
            db.prepare_cached(sql::PUT_CHECKPOINT)?.execute([source.as_str(), &checkpoint.0])?;
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
            None => *ids[*body].insert(add(db, &self.bodies[*body])?),
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
        db.prepare_cached(sql::ADD_DELIVERY)?.execute(params![lane, sink, event, workflow, message, self.at])?;
        if is_empty {
            refresh_lane(db, lane)?;
        }
        Ok(())
    }
}

/// Adds an event to the history. `None` if it is there already.
fn list(db: &Connection, body: &BodyRow) -> Result<Option<i64>> {
    let new = insert(db, sql::LIST_EVENT, body)? == 1;
    Ok(new.then(|| db.last_insert_rowid()))
}

/// Adds an event for deliveries alone.
fn add(db: &Connection, body: &BodyRow) -> Result<i64> {
    insert(db, sql::ADD_BODY, body)?;
    Ok(db.last_insert_rowid())
}

fn insert(db: &Connection, statement: &str, body: &BodyRow) -> Result<usize> {
    let BodyRow { event, text, .. } = body;
    db.prepare_cached(statement)?.execute(params![event.id.as_bytes(), body.app(), to_nanos(event.time), text])
}

/// Puts the lane's earliest pending delivery at its head.
pub(super) fn refresh_lane(db: &Connection, lane: i64) -> Result<()> {
    db.prepare_cached(sql::REFRESH_LANE)?.execute([lane]).map(drop)
}
