//! Retention, in steps that hold nobody up.

use futures_util::future::try_join3;
use statused_core::store::{Pruned, Retention, StoreError};

use super::pool::Pool;
use super::sql;
use crate::time::to_nanos;

/// As many events, or deliveries, as one step removes.
const STEP: i64 = 500;

const DOING: &str = "cannot prune";

/// Removes what may go, the oldest first.
pub(super) async fn prune(pool: &Pool, retention: Retention) -> Result<Pruned, StoreError> {
    let deliveries = all(pool, sql::PRUNE_DELIVERIES, to_nanos(retention.deliveries_before)).await?;
    let history = all(pool, sql::PRUNE_HISTORY, to_nanos(retention.history_before)).await?;
    Ok(Pruned::new(history, deliveries))
}

async fn all(pool: &Pool, statement: &str, before: i64) -> Result<u64, StoreError> {
    let mut count = 0;
    loop {
        let step = step(pool, statement, before).await?;
        count += step;
        if step < STEP.unsigned_abs() {
            return Ok(count);
        }
    }
}

/// Removes some, and the bodies that nobody needs without them.
async fn step(pool: &Pool, statement: &str, before: i64) -> Result<u64, StoreError> {
    let connection = pool.get().await?;
    let begin = connection.say("BEGIN");
    let alone = connection.rows(sql::PRUNE_ALONE, &[]);
    let (.., gone) =
        connection.wait(DOING, try_join3(begin, alone, connection.rows(statement, &[&before, &STEP]))).await?;
    if gone.is_empty() {
        connection.roll_back(DOING).await?;
        return Ok(0);
    }
    let events: Vec<i64> = gone.iter().map(|row| row.get(0)).collect();
    match connection.finish(DOING, vec![connection.step(sql::PRUNE_BODIES, vec![&events])]).await {
        Ok(()) => {
            connection.done();
            Ok(gone.len() as u64)
        }
        Err(failure) => Err(failure.plain(pool, DOING)),
    }
}
