//! The file, and the trait.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use statused::StateStore;
use statused::model::{AggregateKey, DeliveryId, DeliveryRecord, Event, SinkId, SourceId};
use statused::source::Checkpoint;
use statused::store::{
    ClaimRequest, Claimed, Commit, CommitError, DeliveryQuery, HistoryQuery, Lease, Pruned, Retention, Settlement,
    SinkState, StoreError, StoreErrorKind, StoredAggregate,
};
use tempfile::NamedTempFile;

use super::claims::Claims;
use super::data::Data;

/// Everything in one JSON file: for a few apps, and for those who like to look at it.
pub(crate) struct FileStore {
    path: PathBuf,
    state: Arc<Mutex<State>>,
    /// Locked for as long as the store is open.
    _owner: File,
}

#[derive(Clone, Debug, Default)]
struct State {
    data: Data,
    claims: Claims,
}

impl FileStore {
    /// Opens the file, which is made with the first change.
    ///
    /// # Errors
    ///
    /// By [`StoreErrorKind`]: `Locked` when another one has it open, `Corrupt` when it cannot be read, `Location` when its
    /// folder cannot be written to.
    pub(crate) fn open(path: PathBuf) -> Result<Self, StoreError> {
        let at = |kind, error: &dyn fmt::Display| StoreError::new(kind, format!("{}: {error}", path.display()));
        let lock = path.with_extension("lock");
        let owner = OpenOptions::new().create(true).truncate(false).write(true).open(lock);
        let owner = owner.map_err(|error| at(StoreErrorKind::Location, &error))?;
        owner.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => at(StoreErrorKind::Locked, &"another one has it open"),
            TryLockError::Error(error) => at(StoreErrorKind::Location, &error),
        })?;
        let data = match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| at(StoreErrorKind::Corrupt, &error))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Data::default(),
            Err(error) => return Err(at(StoreErrorKind::Location, &error)),
        };
        let state = Arc::new(Mutex::new(State { data, claims: Claims::default() }));
        Ok(Self { path, state, _owner: owner })
    }

    /// Reads what is in memory, which is what is in the file.
    fn read<T>(&self, look: impl FnOnce(&Data) -> T) -> T {
        look(&self.state.lock().unwrap_or_else(PoisonError::into_inner).data)
    }

    /// Makes a change: on a copy, which takes the place of the file and of what is in memory once it is on the disk.
    ///
    /// It runs to its end even if nobody waits for it any more.
    async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut State) -> T + Send + 'static,
    ) -> Result<T, CommitError> {
        let (state, path) = (Arc::clone(&self.state), self.path.clone());
        let written = tokio::task::spawn_blocking(move || {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            let mut next = state.clone();
            let result = change(&mut next);
            // Silence costs nothing.
            if next.data != state.data {
                save(&next.data, &path)?;
            }
            *state = next;
            Ok(result)
        });
        let broken = |error| StoreError::new(StoreErrorKind::Other, format!("the writing was broken off: {error}"));
        written.await.unwrap_or_else(|error| Err(CommitError::Unknown(broken(error))))
    }
}

/// Writes a new file beside the old one, and puts it in its place when it is on the disk.
fn save(data: &Data, path: &Path) -> Result<(), CommitError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let error =
        |error: &dyn fmt::Display| StoreError::new(StoreErrorKind::Unavailable, format!("{}: {error}", path.display()));
    let replace = || -> io::Result<()> {
        let mut file = NamedTempFile::new_in(folder)?;
        serde_json::to_writer(io::BufWriter::new(&mut file), data)?;
        file.flush()?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    replace().map_err(|cause| CommitError::Failed(error(&cause)))?;
    // The name may be gone after a crash until the folder is on the disk, too.
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|cause| CommitError::Unknown(error(&cause)))
}

/// What is no commit only fails.
fn plain(error: CommitError) -> StoreError {
    match error {
        CommitError::Failed(error) | CommitError::Unknown(error) => error,
        other => StoreError::new(StoreErrorKind::Other, other.to_string()),
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore").field("path", &self.path).finish_non_exhaustive()
    }
}

#[async_trait]
impl StateStore for FileStore {
    async fn load(&self, keys: &[AggregateKey]) -> Result<Vec<StoredAggregate>, StoreError> {
        Ok(self.read(|data| data.load(keys)))
    }

    async fn list(&self, after: Option<&AggregateKey>, limit: usize) -> Result<Vec<StoredAggregate>, StoreError> {
        Ok(self.read(|data| data.list(after, limit)))
    }

    async fn checkpoint(&self, source: &SourceId) -> Result<Option<Checkpoint>, StoreError> {
        Ok(self.read(|data| data.checkpoints.get(source).cloned()))
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.write(|state| state.data.commit(commit)).await?.map_err(CommitError::Conflict)
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Claimed, StoreError> {
        let State { data, claims } = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(data.claim(claims, &request))
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), StoreError> {
        self.write(|state| state.data.settle(&mut state.claims, settlement)).await.map_err(plain)
    }

    async fn sink_states(&self) -> Result<BTreeMap<SinkId, SinkState>, StoreError> {
        Ok(self.read(|data| data.sinks.clone()))
    }

    async fn revive(&self, sink: &SinkId) -> Result<bool, StoreError> {
        let sink = sink.clone();
        self.write(move |state| state.data.sinks.remove(&sink).is_some()).await.map_err(plain)
    }

    async fn redeliver(&self, id: DeliveryId, now: DateTime<Utc>) -> Result<Option<SinkId>, StoreError> {
        self.write(move |state| state.data.redeliver(id, now)).await.map_err(plain)
    }

    async fn lease(&self, lease: Lease) -> Result<bool, StoreError> {
        Ok(self.state.lock().unwrap_or_else(PoisonError::into_inner).claims.lease(lease))
    }

    async fn history(&self, query: HistoryQuery) -> Result<Vec<Event>, StoreError> {
        Ok(self.read(|data| data.history(&query)))
    }

    async fn deliveries(&self, query: DeliveryQuery) -> Result<Vec<DeliveryRecord>, StoreError> {
        Ok(self.read(|data| data.deliveries(&query)))
    }

    async fn prune(&self, retention: Retention) -> Result<Pruned, StoreError> {
        self.write(move |state| state.data.prune(retention)).await.map_err(plain)
    }
}
