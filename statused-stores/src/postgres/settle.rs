//! Settlements, those that come together in one transaction and one round trip; and redeliveries.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::{BoxFuture, try_join3};
use statused_core::model::{DeliveryId, DeliveryState, SinkId};
use statused_core::store::{Settlement, SettlementKind, StoreError, StoreErrorKind};
use tokio_postgres::Error;

use super::batch::Work;
use super::error::{is_about_data, was_a_race};
use super::pool::{Connection, Failure, Pool};
use super::sql;
use crate::rows::to_json;
use crate::time::to_nanos;

/// How often a batch is done again because another machine was in the way.
const TRIES: u32 = 5;

const DOING: &str = "cannot settle";

/// A settlement as a row.
#[derive(Debug)]
pub(super) struct Settled {
    id: i64,
    token: i64,
    state: &'static str,
    due_at: Option<i64>,
    counted: i64,
    settled_at: Option<i64>,
    attempt: String,
    sink: Option<String>,
    sink_state: Option<String>,
}

impl Settled {
    /// `None`: there can be no such delivery.
    pub(super) fn new(settlement: &Settlement) -> Result<Option<Self>, StoreError> {
        let Ok(id) = i64::try_from(settlement.id.0) else { return Ok(None) };
        let (state, due_at, counted, settled_at) = match settlement.kind {
            SettlementKind::Again { due_at, counted } => {
                (DeliveryState::Pending, Some(to_nanos(due_at)), counted, None)
            }
            SettlementKind::Final(state) => (state, None, true, Some(to_nanos(settlement.at))),
            ref other => {
                let why = format!("this store does not know the settlement {other:?}");
                return Err(StoreError::new(StoreErrorKind::Other, why));
            }
        };
        let (sink, sink_state) = match &settlement.sink {
            Some((sink, state)) => (Some(sink.as_str().to_owned()), Some(to_json(state)?)),
            None => (None, None),
        };
        Ok(Some(Self {
            id,
            token: settlement.token.cast_signed(),
            state: state.as_str(),
            due_at,
            counted: counted.into(),
            settled_at,
            attempt: to_json(&settlement.attempt)?,
            sink,
            sink_state,
        }))
    }
}

/// A batch, column by column.
#[derive(Debug, Default)]
struct Columns<'a> {
    ids: Vec<i64>,
    tokens: Vec<i64>,
    states: Vec<&'a str>,
    due_at: Vec<Option<i64>>,
    counted: Vec<i64>,
    settled_at: Vec<Option<i64>>,
    attempts: Vec<&'a str>,
    sinks: Vec<Option<&'a str>>,
    sink_states: Vec<Option<&'a str>>,
}

impl<'a> Columns<'a> {
    fn new(items: &'a [Settled]) -> Self {
        let mut columns = Self::default();
        let mut seen = HashSet::new();
        // The first settlement of a claim counts.
        for item in items.iter().filter(|item| seen.insert((item.id, item.token))) {
            columns.ids.push(item.id);
            columns.tokens.push(item.token);
            columns.states.push(item.state);
            columns.due_at.push(item.due_at);
            columns.counted.push(item.counted);
            columns.settled_at.push(item.settled_at);
            columns.attempts.push(&item.attempt);
            columns.sinks.push(item.sink.as_deref());
            columns.sink_states.push(item.sink_state.as_deref());
        }
        columns
    }

    fn steps<'s>(&'s self, connection: &'s Connection<'_>) -> Vec<BoxFuture<'s, Result<u64, Error>>> {
        let Self { ids, tokens, states, due_at, counted, settled_at, attempts, sinks, sink_states } = self;
        vec![
            Box::pin(async { connection.say("BEGIN").await.map(|()| 0) }),
            connection.step(sql::LOCK_LANES_OF, vec![ids]),
            connection.step(
                sql::SETTLE,
                vec![ids, tokens, states, due_at, counted, settled_at, attempts, sinks, sink_states],
            ),
            connection.step(sql::REFRESH_LANES, vec![ids]),
        ]
    }
}

/// Writes settlements.
#[derive(Debug)]
pub(super) struct Settlements(pub(super) Arc<Pool>);

#[async_trait]
impl Work for Settlements {
    type Item = Settled;
    type Answer = Result<(), StoreError>;

    async fn run(&self, items: Vec<Settled>) -> Vec<Self::Answer> {
        match self.write(&items).await {
            Err((_, true)) if items.len() > 1 => {
                // The others do without the one that cannot be written.
                let mut answers = Vec::with_capacity(items.len());
                for item in items.chunks(1) {
                    answers.push(self.write(item).await.map_err(|(error, _)| error));
                }
                answers
            }
            answer => vec![answer.map_err(|(error, _)| error); items.len()],
        }
    }
}

impl Settlements {
    /// An error comes with whether it lies in what was to be written. To write the same again does no harm.
    async fn write(&self, items: &[Settled]) -> Result<(), (StoreError, bool)> {
        let columns = Columns::new(items);
        let mut tries = 1;
        loop {
            let connection = self.0.get().await.map_err(|error| (error, false))?;
            match connection.finish(DOING, columns.steps(&connection)).await {
                Ok(()) => {
                    connection.done();
                    return Ok(());
                }
                Err(Failure::RolledBack(error)) if was_a_race(&error) && tries < TRIES => tries += 1,
                Err(Failure::RolledBack(error)) => return Err((self.0.error(DOING, &error), is_about_data(&error))),
                Err(failure) => return Err((failure.plain(&self.0, DOING), false)),
            }
        }
    }
}

/// Makes a delivery pending again and frees its sink.
pub(super) async fn redeliver(pool: &Pool, id: DeliveryId, now: i64) -> Result<Option<SinkId>, StoreError> {
    const DOING: &str = "cannot redeliver";
    let Ok(id) = i64::try_from(id.0) else { return Ok(None) };
    let (ids, connection) = (vec![id], pool.get().await?);
    let (.., found) = connection
        .wait(
            DOING,
            try_join3(
                connection.say("BEGIN"),
                connection.changes(sql::LOCK_LANES_OF, &[&ids]),
                connection.rows(sql::REDELIVER, &[&id, &now]),
            ),
        )
        .await?;
    let Some(row) = found.first() else {
        connection.roll_back(DOING).await?;
        return Ok(None);
    };
    let sink: String = row.get(0);
    let steps = vec![connection.step(sql::REFRESH_LANES, vec![&ids]), connection.step(sql::FREE_SINK, vec![&sink])];
    match connection.finish(DOING, steps).await {
        Ok(()) => {
            connection.done();
            Ok(Some(sink.into()))
        }
        Err(failure) => Err(failure.plain(pool, DOING)),
    }
}

/// Frees a sink. Returns whether it was held or parked.
pub(super) async fn revive(pool: &Pool, sink: &str) -> Result<bool, StoreError> {
    let connection = pool.get().await?;
    let freed = connection.wait("cannot revive a sink", connection.changes(sql::FREE_SINK, &[&sink])).await?;
    connection.done();
    Ok(freed > 0)
}
