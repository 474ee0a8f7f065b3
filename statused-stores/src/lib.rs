//! Durable stores for Statused.
//!
//! | Feature | Store | For |
//! | --- | --- | --- |
//! | `postgres` | [`PostgresStore`]: a schema of a PostgreSQL database | several machines |
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
//! # PostgreSQL
//!
#![cfg_attr(feature = "postgres", doc = "```no_run")]
#![cfg_attr(not(feature = "postgres"), doc = "```ignore")]
//! use statused_core::StateStore;
//! use statused_core::store::HistoryQuery;
//! use statused_stores::PostgresStore;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let url = std::env::var("DATABASE_URL")?;
//! // Any number of monitors may do the same. They share what is in the schema.
//! let store = PostgresStore::builder(url).schema("statused").connect().await?;
//! assert!(store.history(HistoryQuery::default()).await?.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! ## What it needs
//!
//! PostgreSQL 14 or newer, with a database in UTF-8, and a schema of its own in it, which is created if the user may do
//! that. The user owns the tables, so needs no other right. The store prepares statements and sets what it needs for its
//! sessions: between it and the server there may be a pooler that gives out whole sessions, and none that gives out single
//! transactions.
//!
//! Monitors of two versions may run side by side while one replaces the other: tables only grow, and a program that is
//! too old for them is refused when it connects.
//!
//! ## Several machines
//!
//! * **Changes.** A machine decides on the state that it knows. If another was faster, the commit is a conflict: a push is
//!   decided again, and a poll is made again.
//! * **Deliveries.** Each is claimed by one machine at a time, and each lane, an app at a destination, by one machine at a
//!   time, so that order holds across machines. Claims neither wait for one another nor for what is just being written.
//! * **A machine that dies** holds what it had claimed until the lease ends, a few seconds after the try would have timed
//!   out. Then another takes it up. A restart of the same machine waits as well.
//! * **A machine that sleeps** and wakes after that can neither settle what another has claimed since nor commit on what
//!   another has changed. As long as nobody has taken over, its word counts.
//! * **Clocks.** The monitor's times are kept as they are, but leases count on the server's clock where a machine's own is
//!   off by more than a second. Due times are not corrected: a machine that is ahead retries that much early.
//!
//! ## What it costs
//!
//! A claim, a lease, a settlement and each look-up is one round trip to the server, a commit is two, and commits and
//! settlements that come while others are on their way share the next transaction, up to 512. Every commit waits for the
//! server's disk, also where the user's default is not to (`synchronous_commit`). Claims write two small rows each; a
//! lease is kept in an unlogged table, so a server that has crashed forgets who polls, and nothing else.
//!
//! ## Errors
//!
//! | Kind | When |
//! | --- | --- |
//! | `Unavailable` | no server, a connection that broke, a statement or a lock that took too long, a closed store |
//! | `Full` | the server's disk is full |
//! | `Corrupt` | the schema holds something else, or the server finds damage |
//! | `Newer` | a newer version wrote the tables, and this one cannot use them |
//! | `Location` | a malformed URL, a refused user or certificate, no such database, a missing right |
//!
//! A commit is [`Unknown`](statused_core::store::CommitError::Unknown) when the connection broke after its end was sent,
//! and the server had not said before that it had failed.
//!
//! # What cannot be read
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
