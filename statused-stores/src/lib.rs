//! Durable stores for Statused.
//!
//! | Feature | Store | For |
//! | --- | --- | --- |
//! | `sqlite` | [`SqliteStore`]: a file | one machine |
//!
//! # SQLite
//!
#![cfg_attr(feature = "sqlite", doc = "```")]
#![cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
//! use statused_core::StateStore;
//! use statused_core::store::HistoryQuery;
//! use statused_stores::SqliteStore;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("state.db");
//! let store = SqliteStore::open(&path)?;
//! assert!(store.history(HistoryQuery::default()).await?.is_empty());
//!
//! // While the monitor runs, a command line tool may look, and may redeliver:
//! let tool = SqliteStore::open_shared(&path)?;
//! assert!(tool.sink_states().await?.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! ## Files
//!
//! For `state.db` there are, in its folder:
//!
//! * `state.db`, the database, and while it is open `state.db-wal` and `state.db-shm`, which belong to it;
//! * `state.db.lock`, an empty file that tells other monitors that the database is in use. It stays; the lock on it ends
//!   with the process.
//!
//! The folder must be on a local disk: SQLite's write-ahead log does not work over a network. Pruning makes room inside
//! the file for what comes; it does not make the file smaller.
//!
//! To back it up while the monitor runs: `sqlite3 state.db ".backup 'copy.db'"`. To copy it with other means, stop the
//! monitor first. After a copy is put back, what was delivered since then may be delivered again, with the same ids.
//!
//! ## What durability costs
//!
//! With [`Synchronous::Full`], the default, each commit waits until the disk has it, and survives a power cut. All
//! operations that come while one commit is on its way to the disk share the next one, up to 512, so under load it
//! costs a few percent; a single operation on an idle machine takes as long as the disk takes, often a millisecond or
//! less. [`Synchronous::Normal`] saves that wait and survives a crash of the process, but a power cut can take back
//! the last commits. Then the monitor announces those changes again, with the same ids. Look-ups, claims and leases
//! write nothing and wait for no disk.
//!
//! ## Errors
//!
//! A [`StoreError`](statused_core::store::StoreError) says in its `kind` what to do, and names the file:
//!
//! | Kind | When |
//! | --- | --- |
//! | `Unavailable` | another process holds the file for too long, an I/O error, a closed store |
//! | `Full` | the disk is full; nothing was written, and the store works on as soon as there is room |
//! | `Locked` | another monitor has the file |
//! | `Corrupt` | it is no database of this project, or it is damaged; the file is left as it is |
//! | `Newer` | a newer version wrote it |
//! | `Location` | no such folder, no permission, no place for a write-ahead log |
//!
//! An event that cannot be read any more is logged and left out: its lane stands still, everything else goes on.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod rows;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod time;

#[cfg(feature = "postgres")]
pub use postgres::{PostgresBuilder, PostgresStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteStore, Synchronous};
