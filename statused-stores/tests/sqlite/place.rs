//! A folder with a database in it.

use statused_core::store::StoreError;
use statused_core::testkit::conformance;
use statused_core::testkit::conformance::store::Abilities;
use statused_stores::{SqliteOptions, SqliteStore, Synchronous};
use tempfile::TempDir;

use crate::common::support::Place;

/// A folder with a database in it.
pub(crate) struct Folder {
    folder: TempDir,
    options: SqliteOptions,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), options: SqliteOptions::new() }
    }

    /// One whose disk is not waited for.
    pub(crate) fn quick() -> Self {
        Self { options: SqliteOptions::new().with_synchronous(Synchronous::Normal), ..Self::new() }
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("state.db")
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) fn open(&self) -> SqliteStore {
        SqliteStore::open_with(self.path(), self.options).unwrap()
    }

    /// The database without a store on top.
    pub(crate) fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).unwrap()
    }
}

impl Place for Folder {
    type Store = SqliteStore;

    async fn open(&self) -> SqliteStore {
        Self::open(self)
    }

    async fn close(&self, store: &SqliteStore) {
        store.close().await;
    }

    async fn execute(&self, statement: &str) {
        self.raw().execute(statement, []).unwrap();
    }

    async fn counts(&self) -> [i64; 3] {
        let db = self.raw();
        ["events", "deliveries", "attempts"]
            .map(|table| db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap())
    }
}

impl conformance::store::Place for Folder {
    type Store = SqliteStore;

    async fn open(&self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open_with(self.path(), self.options)
    }

    fn abilities(&self) -> Abilities {
        Abilities::lasting()
    }

    async fn close(&self, store: SqliteStore) {
        store.close().await;
    }

    async fn fingerprint(&self, _: &SqliteStore) -> Option<Vec<u8>> {
        let log = format!("{}-wal", self.path().display());
        Some([std::fs::read(self.path()).unwrap(), std::fs::read(log).unwrap()].concat())
    }
}
