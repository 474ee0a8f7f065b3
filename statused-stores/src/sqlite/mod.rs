//! SQLite in a file.

mod claims;
mod commit;
mod error;
mod open;
mod options;
mod outbox;
mod owner;
mod prune;
mod read;
mod reader;
mod schema;
mod sql;
mod writer;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use statused_core::StateStore;
use statused_core::model::{AggregateKey, DeliveryId, DeliveryRecord, Event, SinkId, SourceId};
use statused_core::source::Checkpoint;
use statused_core::store::{
    ClaimRequest, Claimed, Commit, CommitError, DeliveryQuery, HistoryQuery, Lease, Pruned, Retention, Settlement,
    SinkState, StoreError, StoreErrorKind, StoredAggregate,
};

use self::error::{failed, plain, store_error};
use self::open::Found;
use self::outbox::{Drawn, Ending};
use self::owner::Owner;
use self::reader::Reader;
use self::writer::Writer;
use crate::rows::CommitRows;
use crate::time::to_nanos;

pub use self::options::{SqliteOptions, Synchronous};

/// Keeps a monitor's state in an SQLite file on the local disk.
///
/// One monitor owns the file, from [`open`](Self::open) until the store is dropped or [closed](Self::close). Other
/// programs may look at it meanwhile, through [`open_shared`](Self::open_shared).
///
/// Dropping the store waits until everything that it was asked for is written and the file is closed.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    access: Access,
    // Dropped before the writer, so that the writer's connection is the last one and tidies up the WAL file.
    reader: Reader,
    writer: Writer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Owner,
    Shared,
}

impl SqliteStore {
    /// Opens the file for a monitor, and creates it if it is not there. Its folder must exist.
    ///
    /// Blocks until it is done, a few milliseconds.
    ///
    /// # Errors
    ///
    /// By [`StoreErrorKind`]: `Locked` when another monitor uses the file, `Corrupt` when it is not a database of this
    /// project, `Newer` when a newer version of it wrote it, `Location` when the folder is missing or may not be
    /// written to. The file is left as it was in all these cases.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(path, SqliteOptions::new())
    }

    /// Like [`open`](Self::open), with options.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open).
    pub fn open_with(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, StoreError> {
        let path = open::resolve(path.as_ref())?;
        open::inspect(&path)?;
        let owner = Owner::take(&path)?;
        // Somebody may have been there between the look and the lock.
        open::inspect(&path)?;
        let writer = open::owner(&path, options)?;
        let reader = Reader::start(open::reader(&path, options)?, &path)?;
        let writer = Writer::start(writer, Some(owner), &path)?;
        Ok(Self { path, access: Access::Owner, reader, writer })
    }

    /// Opens the file beside a monitor that may be running, for a command line tool.
    ///
    /// All look-ups work, and [`revive`](StateStore::revive) and [`redeliver`](StateStore::redeliver). What is the
    /// owner's alone (to commit, claim, settle, lease and prune) is refused. The monitor sees a change when it next
    /// claims or asks for the sinks' states.
    ///
    /// # Errors
    ///
    /// By [`StoreErrorKind`]: `Location` when there is no such file, `Corrupt` and `Newer` as for
    /// [`open`](Self::open), `Other` when an older version wrote it (a monitor that opens it brings it up to date).
    pub fn open_shared(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_shared_with(path, SqliteOptions::new())
    }

    /// Like [`open_shared`](Self::open_shared), with options.
    ///
    /// # Errors
    ///
    /// Those of [`open_shared`](Self::open_shared).
    pub fn open_shared_with(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, StoreError> {
        let path = open::resolve(path.as_ref())?;
        match open::inspect(&path)? {
            Found::Database(schema::VERSION) => {}
            Found::Database(version) => {
                return Err(StoreError::new(
                    StoreErrorKind::Other,
                    format!(
                        "{} was written by an older version (its tables have version {version}, this program needs \
                         {}): start the monitor once to bring it up to date",
                        path.display(),
                        schema::VERSION
                    ),
                ));
            }
            Found::Nothing => {
                return Err(StoreError::new(
                    StoreErrorKind::Location,
                    format!("there is no database at {}: the monitor creates it", path.display()),
                ));
            }
        }
        let writer = Writer::start(open::guest(&path, options)?, None, &path)?;
        let reader = Reader::start(open::reader(&path, options)?, &path)?;
        Ok(Self { path, access: Access::Shared, reader, writer })
    }

    /// Where the file is, without links and relative parts.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many transactions have changed the file since it was opened. Operations that come together share one.
    pub fn transactions(&self) -> u64 {
        self.writer.transactions()
    }

    /// Finishes what was asked for and closes the file. Everything after it fails as
    /// [`Unavailable`](StoreErrorKind::Unavailable).
    ///
    /// For those who share the store and cannot drop it.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    fn owner_only(&self, what: &str) -> Result<(), StoreError> {
        if self.access == Access::Owner {
            return Ok(());
        }
        Err(StoreError::new(
            StoreErrorKind::Other,
            format!("{} was opened beside its monitor: only the monitor may {what}", self.path.display()),
        ))
    }
}

#[async_trait]
impl StateStore for SqliteStore {
    async fn load(&self, keys: &[AggregateKey]) -> Result<Vec<StoredAggregate>, StoreError> {
        let keys = keys.to_vec();
        self.reader.read(move |db| read::load(db, &keys)).await
    }

    async fn list(&self, after: Option<&AggregateKey>, limit: usize) -> Result<Vec<StoredAggregate>, StoreError> {
        let after = after.map(ToString::to_string).unwrap_or_default();
        self.reader.read(move |db| read::list(db, &after, limit)).await
    }

    async fn checkpoint(&self, source: &SourceId) -> Result<Option<Checkpoint>, StoreError> {
        let source = source.clone();
        let found = self.reader.read(move |db| read::checkpoint(db, source.as_str())).await?;
        Ok(found.map(Checkpoint))
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.owner_only("commit").map_err(CommitError::Failed)?;
        let rows = CommitRows::new(commit).map_err(CommitError::Failed)?;
        self.writer.write(move |db, _| rows.write(db)).await
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Claimed, StoreError> {
        self.owner_only("claim")?;
        let drawn = self
            .writer
            .look(
                move |db, claims| outbox::draw(db, claims, &request),
                |unwanted, claims| claims.give_back(unwanted.iter().flat_map(Drawn::tokens)),
            )
            .await?;
        Ok(drawn.map_err(|error| store_error("cannot claim", &error))?.into_claimed())
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), StoreError> {
        self.owner_only("settle")?;
        let Some(ending) = Ending::of(&settlement)? else { return Ok(()) };
        self.writer.write(move |db, claims| ending.write(db, claims)).await.map_err(plain)
    }

    async fn sink_states(&self) -> Result<BTreeMap<SinkId, SinkState>, StoreError> {
        self.reader.read(read::sink_states).await
    }

    async fn revive(&self, sink: &SinkId) -> Result<bool, StoreError> {
        let sink = sink.clone();
        let revive = move |db: &_| outbox::revive(db, sink.as_str()).map_err(|e| failed("cannot revive a sink", &e));
        self.writer.write(move |db, _| revive(db)).await.map_err(plain)
    }

    async fn redeliver(&self, id: DeliveryId, now: DateTime<Utc>) -> Result<Option<SinkId>, StoreError> {
        let Ok(id) = i64::try_from(id.0) else { return Ok(None) };
        let now = to_nanos(now);
        let redeliver = move |db: &_| outbox::redeliver(db, id, now).map_err(|e| failed("cannot redeliver", &e));
        self.writer.write(move |db, _| redeliver(db)).await.map_err(plain)
    }

    async fn lease(&self, lease: Lease) -> Result<bool, StoreError> {
        self.owner_only("lease")?;
        self.writer.look(move |_, claims| claims.lease(lease), |_, _| ()).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<Vec<Event>, StoreError> {
        self.reader.read(move |db| read::history(db, &query)).await
    }

    async fn deliveries(&self, query: DeliveryQuery) -> Result<Vec<DeliveryRecord>, StoreError> {
        self.reader.read(move |db| read::deliveries(db, &query)).await
    }

    async fn prune(&self, retention: Retention) -> Result<Pruned, StoreError> {
        self.owner_only("prune")?;
        let mut pruned = Pruned::default();
        loop {
            let prune = move |db: &_| prune::prune(db, retention).map_err(|e| failed("cannot prune", &e));
            let step = self.writer.write(move |db, _| prune(db)).await.map_err(plain)?;
            pruned.history += step.history;
            pruned.deliveries += step.deliveries;
            if step.history < prune::STEP && step.deliveries < prune::STEP {
                return Ok(pruned);
            }
        }
    }
}
