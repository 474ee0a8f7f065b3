//! Look-ups.

use std::collections::{BTreeMap, HashMap};

use statused_core::model::{
    AggregateKey, Attempt, DeliveryId, DeliveryRecord, DeliveryState, Event, NewDelivery, Notification, SinkId,
};
use statused_core::store::{DeliveryQuery, HistoryQuery, SinkState, StoreError, StoredAggregate};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::claim::words;
use super::pool::{Params, Pool};
use super::sql;
use crate::rows::event;
use crate::time::{from_nanos, to_nanos};

const DOING: &str = "cannot read";

/// As many rows as are asked for at once.
const PAGE: usize = 1000;

pub(super) async fn load(pool: &Pool, keys: &[AggregateKey]) -> Result<Vec<StoredAggregate>, StoreError> {
    let texts: Vec<_> = keys.iter().map(ToString::to_string).collect();
    let rows = rows(pool, sql::AGGREGATES, &[&texts]).await?;
    let found: HashMap<&str, &Row> = rows.iter().map(|row| (row.get(0), row)).collect();
    let aggregate = |(key, text): (&AggregateKey, &String)| Some(aggregate(key.clone(), found.get(&**text)?));
    Ok(keys.iter().zip(&texts).filter_map(aggregate).collect())
}

fn aggregate(key: AggregateKey, row: &Row) -> StoredAggregate {
    StoredAggregate::new(key, row.get::<_, i64>(1).cast_unsigned(), row.get(2))
}

pub(super) async fn list(pool: &Pool, after: String, limit: usize) -> Result<Vec<StoredAggregate>, StoreError> {
    let mut found = Vec::new();
    let mut after = after;
    while let Some(page) = page(found.len(), limit) {
        let rows = rows(pool, sql::AGGREGATES_AFTER, &[&after, &page]).await?;
        // A key that a newer version wrote is not for us.
        found.extend(rows.iter().filter_map(|row| Some(aggregate(AggregateKey::parse(row.get(0))?, row))));
        match rows.last() {
            Some(last) if is_full(&rows, page) => after = last.get(0),
            _ => break,
        }
    }
    Ok(found)
}

pub(super) async fn checkpoint(pool: &Pool, source: &str) -> Result<Option<String>, StoreError> {
    Ok(rows(pool, sql::CHECKPOINT, &[&source]).await?.first().map(|row| row.get(0)))
}

pub(super) async fn sink_states(pool: &Pool) -> Result<BTreeMap<SinkId, SinkState>, StoreError> {
    let mut states = BTreeMap::new();
    for row in rows(pool, sql::SINKS, &[]).await? {
        let sink = SinkId::new(row.get::<_, String>(0));
        match serde_json::from_str(row.get(1)) {
            Ok(state) => {
                states.insert(sink, state);
            }
            Err(error) => tracing::error!(%sink, %error, "a sink's state in the store cannot be read, it is left out"),
        }
    }
    Ok(states)
}

pub(super) async fn history(pool: &Pool, query: &HistoryQuery) -> Result<Vec<Event>, StoreError> {
    let limit = query.effective_limit();
    // What happened at that time is not before it.
    let mut place = query.before.map_or((i64::MAX, i64::MAX), |before| (to_nanos(before), i64::MIN));
    let mut found = Vec::new();
    while let Some(page) = page(found.len(), limit) {
        let rows = match &query.app {
            Some(app) => rows(pool, sql::HISTORY_OF_APP, &[&place.0, &place.1, &page, app]).await?,
            None => rows(pool, sql::HISTORY, &[&place.0, &place.1, &page]).await?,
        };
        found.extend(rows.iter().filter_map(|row| event(row.get(2), None)));
        match rows.last() {
            Some(last) if is_full(&rows, page) => place = (last.get(0), last.get(1)),
            _ => break,
        }
    }
    Ok(found)
}

pub(super) async fn deliveries(pool: &Pool, query: &DeliveryQuery) -> Result<Vec<DeliveryRecord>, StoreError> {
    let sink = query.sink.as_ref().map(SinkId::as_str);
    let state = query.state.map(DeliveryState::as_str);
    let Ok(id) = query.id.map(|DeliveryId(id)| i64::try_from(id)).transpose() else { return Ok(Vec::new()) };
    let (statement, filters): (_, Vec<&(dyn ToSql + Sync)>) = match (&id, &sink, &state) {
        (Some(id), ..) => (sql::DELIVERY, vec![id, &sink, &state]),
        (_, None, None) => (sql::DELIVERIES, vec![]),
        (_, Some(sink), None) => (sql::DELIVERIES_OF_SINK, vec![sink]),
        (_, None, Some("delivered")) => (sql::DELIVERED, vec![]),
        (_, Some(sink), Some("delivered")) => (sql::DELIVERED_TO_SINK, vec![sink]),
        (_, None, Some(state)) => (sql::DELIVERIES_OPEN, vec![state]),
        (_, Some(sink), Some(state)) => (sql::DELIVERIES_OPEN_OF_SINK, vec![state, sink]),
    };
    let limit = query.effective_limit();
    let (mut before, mut found) = (i64::MAX, Vec::new());
    while let Some(page) = page(found.len(), limit) {
        let params: Vec<&(dyn ToSql + Sync)> =
            [&before as &(dyn ToSql + Sync), &page].into_iter().chain(filters.iter().copied()).collect();
        let rows = rows(pool, statement, &params).await?;
        found.extend(rows.iter().filter_map(record));
        match rows.last() {
            Some(last) if is_full(&rows, page) => before = last.get(0),
            _ => break,
        }
    }
    Ok(found)
}

fn record(row: &Row) -> Option<DeliveryRecord> {
    let id: i64 = row.get(0);
    let event = event(row.get(10), words(row.get(3)))?;
    let state = DeliveryState::parse(row.get(4))?;
    let notification = Notification::new(event, row.get::<_, String>(2).into());
    let new = NewDelivery::new(row.get::<_, String>(1).into(), notification);
    let mut record = DeliveryRecord::new(DeliveryId(id.cast_unsigned()), &new, from_nanos(row.get(7)));
    record.state = state;
    record.attempts = u32::try_from(row.get::<_, i64>(5)).unwrap_or(u32::MAX);
    record.due_at = row.get::<_, Option<i64>>(6).map(from_nanos);
    record.settled_at = row.get::<_, Option<i64>>(8).map(from_nanos);
    record.log = row.get::<_, Vec<&str>>(9).into_iter().filter_map(|text| attempt(id, text)).collect();
    Some(record)
}

fn attempt(delivery: i64, text: &str) -> Option<Attempt> {
    serde_json::from_str(text)
        .inspect_err(|error| tracing::error!(delivery, %error, "a try in the store cannot be read, it is left out"))
        .ok()
}

async fn rows(pool: &Pool, statement: &str, params: Params<'_>) -> Result<Vec<Row>, StoreError> {
    let connection = pool.get().await?;
    let rows = connection.wait(DOING, connection.rows(statement, params)).await?;
    connection.done();
    Ok(rows)
}

/// How many rows to ask for next; rows that cannot be read are left out and do not count. `None`: enough are found.
fn page(found: usize, limit: usize) -> Option<i64> {
    let missing = limit.saturating_sub(found).min(PAGE);
    (missing > 0).then_some(missing as i64)
}

/// Whether there may be more rows.
fn is_full(rows: &[Row], page: i64) -> bool {
    rows.len() as i64 == page
}
