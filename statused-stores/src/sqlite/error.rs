//! From SQLite's errors to the store's.

use std::path::Path;

use rusqlite::{Error, ErrorCode, ffi};
use statused_core::store::{CommitError, StoreError, StoreErrorKind};

/// A failure of SQLite while it was `doing` something.
pub(super) fn store_error(doing: &str, error: &Error) -> StoreError {
    StoreError::new(kind(error), format!("{doing}: {error}"))
}

fn kind(error: &Error) -> StoreErrorKind {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::SystemIoFailure
            | ErrorCode::OutOfMemory
            | ErrorCode::FileLockingProtocolFailed,
        ) => StoreErrorKind::Unavailable,
        Some(ErrorCode::DiskFull) => StoreErrorKind::Full,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreErrorKind::Corrupt,
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => StoreErrorKind::Location,
        _ => StoreErrorKind::Other,
    }
}

/// A failure of the file system.
pub(super) fn io_error(path: &Path, doing: &str, error: &std::io::Error) -> StoreError {
    use std::io::ErrorKind;
    let kind = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreErrorKind::Full,
        ErrorKind::NotFound
        | ErrorKind::PermissionDenied
        | ErrorKind::NotADirectory
        | ErrorKind::IsADirectory
        | ErrorKind::ReadOnlyFilesystem => StoreErrorKind::Location,
        _ => StoreErrorKind::Other,
    };
    StoreError::new(kind, format!("{doing} {}: {error}", path.display()))
}

/// A failure before anything was committed.
pub(super) fn failed(doing: &str, error: &Error) -> CommitError {
    CommitError::Failed(store_error(doing, error))
}

/// The store has been closed, or its thread has ended.
pub(super) fn closed() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "the store has been closed")
}

/// For methods that tell no conflict from a failure.
pub(super) fn plain(error: CommitError) -> StoreError {
    match error {
        CommitError::Failed(error) | CommitError::Unknown(error) => error,
        other => StoreError::new(StoreErrorKind::Other, other.to_string()),
    }
}

/// Whether a COMMIT that ended with this error has surely written nothing once it is rolled back.
///
/// SQLite writes the frame that makes a transaction valid last and syncs after it, so a failed write comes before it,
/// and only a failed sync leaves doubt.
pub(super) fn surely_unwritten(error: &Error) -> bool {
    let Some(cause) = error.sqlite_error() else { return false };
    matches!(cause.code, ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        || matches!(cause.extended_code, ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_NOMEM)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: i32) -> Error {
        Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn every_code_has_its_kind() {
        for (code, expected) in [
            (ffi::SQLITE_BUSY, StoreErrorKind::Unavailable),
            (ffi::SQLITE_IOERR_READ, StoreErrorKind::Unavailable),
            (ffi::SQLITE_FULL, StoreErrorKind::Full),
            (ffi::SQLITE_NOTADB, StoreErrorKind::Corrupt),
            (ffi::SQLITE_CORRUPT, StoreErrorKind::Corrupt),
            (ffi::SQLITE_CANTOPEN, StoreErrorKind::Location),
            (ffi::SQLITE_READONLY_DIRECTORY, StoreErrorKind::Location),
            (ffi::SQLITE_CONSTRAINT, StoreErrorKind::Other),
        ] {
            assert_eq!(store_error("testing", &failure(code)).kind, expected, "{code}");
        }
    }

    #[test]
    fn only_a_failure_before_the_last_write_is_sure() {
        assert!(surely_unwritten(&failure(ffi::SQLITE_FULL)));
        assert!(surely_unwritten(&failure(ffi::SQLITE_IOERR_WRITE)));
        assert!(!surely_unwritten(&failure(ffi::SQLITE_IOERR_FSYNC)));
        assert!(!surely_unwritten(&failure(ffi::SQLITE_CORRUPT)));
    }
}
