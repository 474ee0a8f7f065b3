//! Retention, in steps that hold nobody up.

use rusqlite::{Connection, Result, params};
use statused_core::store::{Pruned, Retention};

use super::sql;
use crate::time::to_nanos;

/// As many events, and as many deliveries, as one step removes.
pub(super) const STEP: u64 = 250;

/// Removes the oldest of what may go. There is more when either count reaches [`STEP`].
pub(super) fn prune(db: &Connection, retention: Retention) -> Result<Pruned> {
    let deliveries = deliveries(db, to_nanos(retention.deliveries_before))?;
    let history = history(db, to_nanos(retention.history_before))?;
    Ok(Pruned::new(history, deliveries))
}

fn deliveries(db: &Connection, before: i64) -> Result<u64> {
    let old: Vec<(i64, i64)> = db
        .prepare_cached(sql::OLD_DELIVERIES)?
        .query_map(params![before, STEP], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_>>()?;
    for (id, event) in &old {
        db.prepare_cached(sql::REMOVE_ATTEMPTS)?.execute([id])?;
        db.prepare_cached(sql::REMOVE_DELIVERY)?.execute([id])?;
        db.prepare_cached(sql::REMOVE_BODY)?.execute([event])?;
    }
    Ok(old.len() as u64)
}

fn history(db: &Connection, before: i64) -> Result<u64> {
    let old: Vec<i64> = db
        .prepare_cached(sql::OLD_EVENTS)?
        .query_map(params![before, STEP], |row| row.get(0))?
        .collect::<Result<_>>()?;
    for id in &old {
        db.prepare_cached(sql::UNLIST_EVENT)?.execute([id])?;
        db.prepare_cached(sql::REMOVE_BODY)?.execute([id])?;
    }
    Ok(old.len() as u64)
}
