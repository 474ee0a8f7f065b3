//! Look-ups.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Params, Result, Row, params};
use statused_core::model::{
    AggregateKey, Attempt, DeliveryId, DeliveryRecord, DeliveryState, NewDelivery, Notification,
};
use statused_core::model::{Event, SinkId};
use statused_core::store::{DeliveryQuery, HistoryQuery, SinkState, StoredAggregate};

use super::sql;
use crate::rows::event;
use crate::time::{from_nanos, to_nanos};

pub(super) fn load(db: &Connection, keys: &[AggregateKey]) -> Result<Vec<StoredAggregate>> {
    let mut aggregate = db.prepare_cached(sql::AGGREGATE)?;
    let mut found = Vec::with_capacity(keys.len());
    for key in keys {
        let row = aggregate.query_row([key.to_string()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        found.extend(row.map(|(version, state)| StoredAggregate::new(key.clone(), version, state)));
    }
    Ok(found)
}

pub(super) fn list(db: &Connection, after: &str, limit: usize) -> Result<Vec<StoredAggregate>> {
    let mut found = Vec::new();
    let mut aggregates = db.prepare_cached(sql::AGGREGATES)?;
    let mut rows = aggregates.query([after])?;
    while found.len() < limit {
        let Some(row) = rows.next()? else { break };
        // A key that a newer version wrote is not for us.
        if let Some(key) = AggregateKey::parse(row.get_ref(0)?.as_str()?) {
            found.push(StoredAggregate::new(key, row.get(1)?, row.get(2)?));
        }
    }
    Ok(found)
}

pub(super) fn checkpoint(db: &Connection, source: &str) -> Result<Option<String>> {
    db.prepare_cached(sql::CHECKPOINT)?.query_row([source], |row| row.get(0)).optional()
}

pub(super) fn sink_states(db: &Connection) -> Result<BTreeMap<SinkId, SinkState>> {
    let mut states = BTreeMap::new();
    let mut sinks = db.prepare_cached(sql::SINKS)?;
    let mut rows = sinks.query([])?;
    while let Some(row) = rows.next()? {
        let sink = SinkId::new(row.get::<_, String>(0)?);
        match serde_json::from_str(row.get_ref(1)?.as_str()?) {
            Ok(state) => {
                states.insert(sink, state);
            }
            Err(error) => tracing::error!(%sink, %error, "a sink's state in the store cannot be read, it is left out"),
        }
    }
    Ok(states)
}

pub(super) fn history(db: &Connection, query: &HistoryQuery) -> Result<Vec<Event>> {
    let until = query.before.map_or(i64::MAX, |before| to_nanos(before).saturating_sub(1));
    let limit = query.effective_limit();
    let read = |row: &Row<'_>| Ok(event(row.get_ref(0)?.as_str()?, None));
    match &query.app {
        Some(app) => newest(db, sql::HISTORY_OF_APP, params![until, app], limit, read),
        None => newest(db, sql::HISTORY, params![until], limit, read),
    }
}

pub(super) fn deliveries(db: &Connection, query: &DeliveryQuery) -> Result<Vec<DeliveryRecord>> {
    let limit = query.effective_limit();
    let rows = i64::try_from(limit).unwrap_or(i64::MAX);
    let sink = query.sink.as_ref().map(SinkId::as_str);
    let state = query.state.map(DeliveryState::as_str);
    let read = |row: &Row<'_>| record(db, row);
    match (query.id, sink, query.state) {
        (Some(DeliveryId(id)), ..) => {
            let Ok(id) = i64::try_from(id) else { return Ok(Vec::new()) };
            newest(db, sql::DELIVERY, params![id, sink, state], limit, read)
        }
        (_, None, None) => newest(db, sql::DELIVERIES, [rows], limit, read),
        (_, Some(sink), None) => newest(db, sql::DELIVERIES_OF_SINK, params![rows, sink], limit, read),
        (_, None, Some(DeliveryState::Delivered)) => newest(db, sql::DELIVERED, [rows], limit, read),
        (_, Some(sink), Some(DeliveryState::Delivered)) => {
            newest(db, sql::DELIVERED_TO_SINK, params![rows, sink], limit, read)
        }
        (_, None, Some(_)) => newest(db, sql::DELIVERIES_OPEN, params![rows, state], limit, read),
        (_, Some(sink), Some(_)) => newest(db, sql::DELIVERIES_OPEN_OF_SINK, params![rows, state, sink], limit, read),
    }
}

/// The first `limit` rows that can be read.
fn newest<T>(
    db: &Connection,
    statement: &str,
    params: impl Params,
    limit: usize,
    mut read: impl FnMut(&Row<'_>) -> Result<Option<T>>,
) -> Result<Vec<T>> {
    let mut statement = db.prepare_cached(statement)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while found.len() < limit {
        let Some(row) = rows.next()? else { break };
        found.extend(read(row)?);
    }
    Ok(found)
}

fn record(db: &Connection, row: &Row<'_>) -> Result<Option<DeliveryRecord>> {
    let id: i64 = row.get(0)?;
    let Some(event) = event(row.get_ref(9)?.as_str()?, row.get(3)?) else { return Ok(None) };
    let Some(state) = DeliveryState::parse(row.get_ref(4)?.as_str()?) else { return Ok(None) };
    let notification = Notification::new(event, row.get::<_, String>(2)?.into());
    let new = NewDelivery::new(row.get::<_, String>(1)?.into(), notification);
    let mut record = DeliveryRecord::new(DeliveryId(id.cast_unsigned()), &new, from_nanos(row.get(7)?));
    record.state = state;
    record.attempts = row.get(5)?;
    record.due_at = row.get::<_, Option<i64>>(6)?.map(from_nanos);
    record.settled_at = row.get::<_, Option<i64>>(8)?.map(from_nanos);
    record.log = attempts(db, id)?;
    Ok(Some(record))
}

fn attempts(db: &Connection, delivery: i64) -> Result<Vec<Attempt>> {
    let mut log = Vec::new();
    let mut attempts = db.prepare_cached(sql::ATTEMPTS)?;
    let mut rows = attempts.query([delivery])?;
    while let Some(row) = rows.next()? {
        match serde_json::from_str(row.get_ref(0)?.as_str()?) {
            Ok(attempt) => log.push(attempt),
            Err(error) => tracing::error!(delivery, %error, "a try in the store cannot be read, it is left out"),
        }
    }
    Ok(log)
}
