//! Opens files, and leaves alone what is not ours.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use statused_core::store::{StoreError, StoreErrorKind};

use super::error::{io_error, store_error};
use super::options::{SqliteOptions, Synchronous};
use super::schema;

/// What every SQLite file begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Statements are prepared once for each connection; there are fewer than this.
const STATEMENT_CACHE: usize = 64;

/// Bytes of the database that a connection keeps in memory, so that a long backlog is not read again and again.
const CACHE: i64 = 16 << 20;

/// Pages that the WAL file collects before they are moved into the database: a page that changes often is moved once.
const CHECKPOINT: i64 = 4000;

/// After a long transaction the WAL file is cut to this many bytes.
const WAL_LIMIT: i64 = 64 << 20;

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// No file, or an empty one.
    Nothing,
    /// A database of this project, by the version of its tables.
    Database(i32),
}

/// The path without links and relative parts, so that everybody who means the same file also names it the same.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, StoreError> {
    if let Ok(found) = path.canonicalize() {
        return Ok(found);
    }
    let Some(name) = path.file_name() else {
        return Err(StoreError::new(StoreErrorKind::Location, format!("{} is not a file", path.display())));
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder =
        folder.canonicalize().map_err(|error| io_error(path, "cannot use the folder of the database", &error))?;
    Ok(folder.join(name))
}

/// Looks at a file without changing it.
pub(super) fn inspect(path: &Path) -> Result<Found, StoreError> {
    let mut head = Vec::with_capacity(MAGIC.len());
    match File::open(path) {
        Ok(file) => {
            file.take(MAGIC.len() as u64)
                .read_to_end(&mut head)
                .map_err(|error| io_error(path, "cannot read the database", &error))?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(io_error(path, "cannot open the database", &error)),
    }
    if head.is_empty() {
        return Ok(Found::Nothing);
    }
    if head != MAGIC {
        return Err(corrupt(path, "it is not an SQLite database"));
    }
    // The header alone does not do: the newest one may still be in the WAL file.
    let read = || {
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        Ok((schema::application_id(&db)?, schema::version(&db)?, schema::is_empty(&db)?))
    };
    match read().map_err(|error| store_error(&format!("cannot read the database {}", path.display()), &error))? {
        (schema::APPLICATION_ID, version, _) if version > schema::VERSION => Err(StoreError::new(
            StoreErrorKind::Newer,
            format!(
                "{} was written by a newer version (its tables have version {version}, this program knows {}): \
                 update this program",
                path.display(),
                schema::VERSION
            ),
        )),
        (schema::APPLICATION_ID, version, _) => Ok(Found::Database(version)),
        // The first opening was interrupted before the tables were there.
        (0, 0, true) => Ok(Found::Nothing),
        _ => Err(corrupt(path, "it is another application's database")),
    }
}

fn corrupt(path: &Path, why: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Corrupt,
        format!("{} is not a Statused database: {why}. It was left as it is", path.display()),
    )
}

/// The connection that writes. The caller owns the file.
pub(super) fn owner(path: &Path, options: SqliteOptions) -> Result<Connection, StoreError> {
    let open = || {
        let mut db = connect(path, options, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        let mode: String = db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
        if mode == "wal" {
            schema::migrate(&mut db)?;
        }
        Ok((db, mode))
    };
    let (db, mode) = open().map_err(|error| store_error(&format!("cannot open {}", path.display()), &error))?;
    if mode != "wal" {
        return Err(StoreError::new(
            StoreErrorKind::Location,
            format!(
                "{} is in a place that allows no write-ahead log (a network share?): use a local disk",
                path.display()
            ),
        ));
    }
    Ok(db)
}

/// A connection that writes beside the owner.
pub(super) fn guest(path: &Path, options: SqliteOptions) -> Result<Connection, StoreError> {
    connect(path, options, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .map_err(|error| store_error(&format!("cannot open {}", path.display()), &error))
}

/// A connection that only reads.
pub(super) fn reader(path: &Path, options: SqliteOptions) -> Result<Connection, StoreError> {
    let open = || {
        let db = connect(path, options, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        db.pragma_update(None, "query_only", true)?;
        Ok(db)
    };
    open().map_err(|error| store_error(&format!("cannot open {} for reading", path.display()), &error))
}

fn connect(path: &Path, options: SqliteOptions, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(options.busy_timeout)?;
    db.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    db.pragma_update(None, "synchronous", options.synchronous.pragma())?;
    // Elsewhere a no-op; on Apple's systems the plain sync stops short of the disk.
    db.pragma_update(None, "fullfsync", options.synchronous == Synchronous::Full)?;
    // A negative size is in KiB.
    db.pragma_update(None, "cache_size", -(CACHE >> 10))?;
    db.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT, |_| Ok(()))?;
    db.pragma_update_and_check(None, "journal_size_limit", WAL_LIMIT, |_| Ok(()))?;
    Ok(db)
}
