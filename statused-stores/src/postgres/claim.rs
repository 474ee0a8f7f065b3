//! Claims and named leases, each in one round trip.
//!
//! Their times are the monitor's, as everywhere. Machines that share a schema must agree on when a lease ends, though,
//! so that one whose clock is ahead takes nothing away from another: with each request goes the machine's own time when
//! it was made, and how far the server's clock is ahead of that is added to what is kept: a lease ends so long after it
//! is given, also if the request had to wait and the clock was set meanwhile. Differences of less than a second, which may be
//! the way to the server, are left alone; a claim outlives its try by more.

use chrono::{DateTime, Utc};
use statused_core::model::{DeliveryId, Notification};
use statused_core::store::{Claim, ClaimRequest, Claimed, Lease, StoreError};
use tokio_postgres::Row;

use super::pool::{Params, Pool};
use super::sql;
use crate::rows::event;
use crate::time::{from_nanos, to_nanos};

/// The end of a lease, with room for the difference between two clocks.
fn end(until: DateTime<Utc>) -> i64 {
    to_nanos(until).clamp(i64::MIN / 2, i64::MAX / 2)
}

/// Takes the heads of lanes that are due. `machine` is the machine's own time.
pub(super) async fn claim(
    pool: &Pool,
    request: &ClaimRequest,
    token: u64,
    machine: fn() -> DateTime<Utc>,
) -> Result<Claimed, StoreError> {
    let machine = to_nanos(machine());
    let sink = request.sink.as_str();
    let limit = i64::try_from(request.limit).unwrap_or(i64::MAX);
    let (due_by, now, until) = (to_nanos(request.due_by), end(request.now), end(request.lease_until));
    let stored = token.cast_signed();
    let connection = pool.get().await?;
    let params: Params<'_> = &[&sink, &due_by, &now, &limit, &machine, &until, &stored];
    let rows = connection.wait("cannot claim", connection.rows(sql::CLAIM, params)).await?;
    connection.done();
    let next_due = rows.first().and_then(|row| row.get::<_, Option<i64>>(0)).map(from_nanos);
    Ok(Claimed::new(rows.iter().filter_map(|row| given(row, token)).collect(), next_due))
}

/// `None` if nothing was given, or what was given cannot be read. That holds up only its own lane.
fn given(row: &Row, token: u64) -> Option<Claim> {
    let id: i64 = row.get::<_, Option<i64>>(1)?;
    let attempts = u32::try_from(row.get::<_, i64>(2)).unwrap_or(u32::MAX);
    let notification = Notification::new(event(row.get(6), words(row.get(5)))?, row.get::<_, String>(4).into());
    Some(Claim::new(DeliveryId(id.cast_unsigned()), token, attempts, from_nanos(row.get(3)), notification))
}

/// A workflow's own words, as they are kept.
pub(super) fn words(message: Option<&str>) -> Option<String> {
    serde_json::from_str(message?).ok()
}

/// Gives a lease to whoever may have it.
pub(super) async fn lease(pool: &Pool, lease: &Lease, machine: fn() -> DateTime<Utc>) -> Result<bool, StoreError> {
    let machine = to_nanos(machine());
    let connection = pool.get().await?;
    let (now, until) = (end(lease.now), end(lease.until));
    let params: Params<'_> = &[&lease.name, &lease.holder, &now, &until, &machine];
    let given = connection.wait("cannot lease", connection.changes(sql::LEASE, params)).await?;
    connection.done();
    Ok(given == 1)
}
