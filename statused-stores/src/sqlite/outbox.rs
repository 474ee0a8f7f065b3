//! Claims, settlements and redelivery.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use statused_core::model::{DeliveryId, Notification, SinkId};
use statused_core::store::{
    Claim, ClaimRequest, Claimed, CommitError, Settlement, SettlementKind, StoreError, StoreErrorKind,
};

use super::claims::Claims;
use super::commit::refresh_lane;
use super::error::failed;
use super::sql;
use crate::rows::{event, to_json};
use crate::time::{from_nanos, to_nanos};

/// What a claim took, before the events are read.
#[derive(Debug)]
pub(super) struct Drawn {
    rows: Vec<DrawnRow>,
    next_due: Option<i64>,
}

#[derive(Debug)]
struct DrawnRow {
    id: i64,
    token: u64,
    attempts: u32,
    created_at: i64,
    workflow: String,
    message: Option<String>,
    body: String,
}

/// Takes the heads of lanes that are due. Writes nothing: a claim is kept in memory.
pub(super) fn draw(db: &Connection, claims: &mut Claims, request: &ClaimRequest) -> Result<Drawn> {
    let sink: Arc<str> = request.sink.as_str().into();
    let Heads { due, next } = heads(db, claims, request)?;
    let mut rows = Vec::with_capacity(due.len());
    let mut to_deliver = db.prepare_cached(sql::TO_DELIVER)?;
    for (_, head) in &due {
        rows.push(to_deliver.query_row([head], |row| DrawnRow::read(*head, row))?);
    }
    // Only now that nothing can fail any more are they taken.
    let until = to_nanos(request.lease_until);
    for (row, (lane, head)) in rows.iter_mut().zip(due) {
        row.token = claims.open(head, &sink, lane, until);
    }
    Ok(Drawn { rows, next_due: next })
}

/// The lanes that can be claimed, each with its head, and when the next one can be.
struct Heads {
    due: Vec<(i64, i64)>,
    next: Option<i64>,
}

fn heads(db: &Connection, claims: &Claims, request: &ClaimRequest) -> Result<Heads> {
    let sink = request.sink.as_str();
    let due_by = to_nanos(request.due_by);
    let busy = claims.busy_lanes(sink, to_nanos(request.now));
    let mut heads = Heads { due: Vec::new(), next: None };
    let mut not_before = |at: i64| heads.next = Some(heads.next.map_or(at, |next| next.min(at)));
    let mut lanes = db.prepare_cached(sql::DUE_LANES)?;
    let mut lanes = lanes.query([sink])?;
    while let Some(row) = lanes.next()? {
        let (lane, head, due): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if let Some(until) = busy.get(&lane) {
            not_before(due.max(*until));
        } else if due > due_by || heads.due.len() == request.limit {
            // Nothing after it can be had earlier, busy or not: the walk is in the order of due times.
            not_before(due);
            break;
        } else {
            heads.due.push((lane, head));
        }
    }
    Ok(heads)
}

impl DrawnRow {
    fn read(id: i64, row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id,
            token: 0,
            attempts: row.get(0)?,
            created_at: row.get(1)?,
            workflow: row.get(2)?,
            message: row.get(3)?,
            body: row.get(4)?,
        })
    }

    fn into_claim(self) -> Option<Claim> {
        let id = DeliveryId(self.id.cast_unsigned());
        let notification = Notification::new(event(&self.body, self.message)?, self.workflow.into());
        Some(Claim::new(id, self.token, self.attempts, from_nanos(self.created_at), notification))
    }
}

impl Drawn {
    /// The deliveries and their tokens.
    pub(super) fn tokens(&self) -> impl Iterator<Item = (i64, u64)> + '_ {
        self.rows.iter().map(|row| (row.id, row.token))
    }

    /// Reads the events. A delivery whose event cannot be read (damage; an older program than the one that wrote it)
    /// is left out and holds up only its own lane.
    pub(super) fn into_claimed(self) -> Claimed {
        let mut claims = Vec::with_capacity(self.rows.len());
        claims.extend(self.rows.into_iter().filter_map(DrawnRow::into_claim));
        Claimed::new(claims, self.next_due.map(from_nanos))
    }
}

/// A settlement in the columns' terms: made by the caller, so that whoever writes for all of them only writes.
#[derive(Debug)]
pub(super) struct Ending {
    id: i64,
    token: u64,
    end: End,
    attempt: String,
    sink: Option<(SinkId, String)>,
}

impl Ending {
    /// `None` if this store has never given out such a delivery.
    pub(super) fn of(settlement: &Settlement) -> Result<Option<Self>, StoreError> {
        let Ok(id) = i64::try_from(settlement.id.0) else { return Ok(None) };
        let sink = settlement.sink.as_ref().map(|(sink, state)| to_json(state).map(|state| (sink.clone(), state)));
        let sink = sink.transpose()?;
        let (end, attempt) = (End::of(settlement)?, to_json(&settlement.attempt)?);
        Ok(Some(Self { id, token: settlement.token, end, attempt, sink }))
    }

    /// Ends the claim. Does nothing if it has been lost.
    pub(super) fn write(&self, db: &Connection, claims: &mut Claims) -> Result<(), CommitError> {
        let Some(lane) = claims.take(self.id, self.token) else { return Ok(()) };
        let write = || {
            if !self.end.write(db, self.id)? {
                return Ok(());
            }
            db.prepare_cached(sql::ADD_ATTEMPT)?.execute(params![self.id, self.attempt])?;
            refresh_lane(db, lane)?;
            if let Some((sink, state)) = &self.sink {
                db.prepare_cached(sql::PUT_SINK)?.execute([sink.as_str(), state])?;
            }
            Ok(())
        };
        write().map_err(|error| failed("cannot settle a delivery", &error))
    }
}

/// How a claim ends.
#[derive(Debug)]
enum End {
    Again { due_at: i64, counted: bool },
    Final { state: &'static str, at: i64 },
}

impl End {
    fn of(settlement: &Settlement) -> Result<Self, StoreError> {
        match settlement.kind {
            SettlementKind::Again { due_at, counted } => Ok(Self::Again { due_at: to_nanos(due_at), counted }),
            SettlementKind::Final(state) => Ok(Self::Final { state: state.as_str(), at: to_nanos(settlement.at) }),
            ref other => Err(StoreError::new(
                StoreErrorKind::Other,
                format!("this store does not know the settlement {other:?}"),
            )),
        }
    }

    /// Returns whether there is such a pending delivery.
    fn write(&self, db: &Connection, id: i64) -> Result<bool> {
        let changed = match *self {
            Self::Again { due_at, counted } => {
                db.prepare_cached(sql::SETTLE_AGAIN)?.execute(params![id, due_at, counted])
            }
            Self::Final { state, at } => db.prepare_cached(sql::SETTLE_FINAL)?.execute(params![id, state, at]),
        };
        changed.map(|rows| rows > 0)
    }
}

/// Makes a delivery pending again and frees its sink.
pub(super) fn redeliver(db: &Connection, id: i64, now: i64) -> Result<Option<SinkId>> {
    let found = db
        .prepare_cached(sql::REDELIVER)?
        .query_row([id, now], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))
        .optional()?;
    let Some((lane, sink)) = found else { return Ok(None) };
    refresh_lane(db, lane)?;
    revive(db, &sink)?;
    Ok(Some(sink.into()))
}

/// Frees a sink. Returns whether it was held or parked.
pub(super) fn revive(db: &Connection, sink: &str) -> Result<bool> {
    Ok(db.prepare_cached(sql::FREE_SINK)?.execute([sink])? > 0)
}
