//! Commits: those that come together are one transaction, in which each of them conflicts or not by itself.
//!
//! Two round trips: what is there (with the aggregates locked), then everything that is new and `COMMIT`.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::{try_join3, try_join4};
use statused_core::store::{CommitError, StoreError, StoreErrorKind};
use uuid::Uuid;

use super::batch::Work;
use super::error::{is_about_data, was_a_race};
use super::pool::{Connection, Failure, Pool};
use super::sql;
use super::writes::{Answer, Before, Writes};
use crate::rows::CommitRows;

/// How often a batch is done again because another machine was in the way.
const TRIES: u32 = 5;

const DOING: &str = "cannot write a commit";

/// Writes commits.
#[derive(Debug)]
pub(super) struct Commits(pub(super) Arc<Pool>);

#[async_trait]
impl Work for Commits {
    type Item = CommitRows;
    type Answer = Answer;

    async fn run(&self, items: Vec<CommitRows>) -> Vec<Answer> {
        match self.write(&items).await {
            Ok(answers) => answers,
            Err(Broken::ByData(_)) if items.len() > 1 => {
                // The others do without the one that cannot be written.
                let mut answers = Vec::with_capacity(items.len());
                for item in items.chunks(1) {
                    answers.extend(self.write(item).await.unwrap_or_else(|broken| vec![Err(broken.into())]));
                }
                answers
            }
            Err(broken) => vec![Err(broken.into()); items.len()],
        }
    }
}

/// Why a whole batch has no answers of its own.
enum Broken {
    /// Nothing was written, and the reason lies in what was to be written.
    ByData(StoreError),
    Otherwise(CommitError),
}

impl From<Broken> for CommitError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::ByData(error) => Self::Failed(error),
            Broken::Otherwise(error) => error,
        }
    }
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self::Otherwise(CommitError::Failed(error))
    }
}

impl Commits {
    async fn write(&self, items: &[CommitRows]) -> Result<Vec<Answer>, Broken> {
        for _ in 0..TRIES {
            if let Some(answers) = self.once(items).await? {
                return Ok(answers);
            }
        }
        let why = format!("{}: {DOING}: other machines were faster {TRIES} times", self.0.place());
        Err(StoreError::new(StoreErrorKind::Unavailable, why).into())
    }

    /// `None`: another machine was in the way. Nothing was written, and another look tells what there is to do.
    async fn once(&self, items: &[CommitRows]) -> Result<Option<Vec<Answer>>, Broken> {
        let connection = self.0.get().await?;
        let before = match look(&connection, items).await {
            Ok(before) => before,
            Err(failure) => return self.judge(failure),
        };
        let (answers, writes) = Writes::plan(items, before);
        if writes.is_empty() {
            connection.roll_back(DOING).await?;
            return Ok(Some(answers));
        }
        match connection.finish(DOING, writes.steps(&connection)).await {
            Ok(()) => {
                connection.done();
                Ok(Some(answers))
            }
            Err(failure) => self.judge(failure),
        }
    }

    fn judge<T>(&self, failure: Failure) -> Result<Option<T>, Broken> {
        match failure {
            Failure::RolledBack(error) if was_a_race(&error) => Ok(None),
            Failure::RolledBack(error) if is_about_data(&error) => Err(Broken::ByData(self.0.error(DOING, &error))),
            Failure::RolledBack(error) => Err(self.0.error(DOING, &error).into()),
            Failure::Unsent(error) => Err(error.into()),
            Failure::Unknown(error) => Err(Broken::Otherwise(CommitError::Unknown(error))),
        }
    }
}

/// Begins the transaction and finds what is there.
async fn look(connection: &Connection<'_>, items: &[CommitRows]) -> Result<Before, Failure> {
    let keys: Vec<_> = items.iter().flat_map(|rows| &rows.aggregates).map(|write| write.key.to_string()).collect();
    let bodies = || items.iter().flat_map(|rows| &rows.bodies);
    let listed: Vec<Uuid> = bodies().filter(|body| body.listed).map(|body| body.event.id).collect();
    let deliveries = || items.iter().flat_map(|rows| rows.deliveries.iter().map(|row| (rows.uuid(row), &*row.sink)));
    let (uuids, sinks): (Vec<Uuid>, Vec<&str>) = deliveries().unzip();
    let sources: Vec<_> =
        items.iter().filter_map(|rows| rows.checkpoint.as_ref()).map(|new| new.source.as_str()).collect();
    let count = i64::try_from(bodies().count()).unwrap_or(i64::MAX);
    let ((_, versions, remembered), listed, queued, numbers) = connection
        .begin(
            DOING,
            try_join4(
                try_join3(
                    connection.say("BEGIN"),
                    connection.rows(sql::LOCK_AGGREGATES, &[&keys]),
                    connection.rows(sql::LOCK_CHECKPOINTS, &[&sources]),
                ),
                connection.rows(sql::LISTED, &[&listed]),
                connection.rows(sql::QUEUED, &[&uuids, &sinks]),
                connection.rows(sql::EVENT_NUMBERS, &[&count]),
            ),
        )
        .await?;
    Ok(Before {
        versions: versions.iter().map(|row| (row.get(0), row.get::<_, i64>(1).cast_unsigned())).collect(),
        remembered: remembered.iter().map(|row| (row.get(0), row.get(1))).collect(),
        listed: listed.iter().map(|row| row.get(0)).collect(),
        queued: queued.iter().map(|row| (row.get(0), row.get(1))).collect(),
        numbers: numbers.iter().rev().map(|row| row.get(0)).collect(),
    })
}
