//! One monitor to a file.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use statused_core::store::{StoreError, StoreErrorKind};

use super::error::io_error;

/// Holds a database for this process until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Owner {
    lock: File,
}

impl Owner {
    /// Takes the database, through a lock on a file next to it.
    ///
    /// The lock file stays when the lock is gone: removing it could take it away from under another owner.
    pub(super) fn take(database: &Path) -> Result<Self, StoreError> {
        let path = lock_path(database);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| io_error(&path, "cannot open the lock file", &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::new(
                StoreErrorKind::Locked,
                format!(
                    "another monitor uses {} (it holds {}): stop it, or give this one a file of its own",
                    database.display(),
                    path.display()
                ),
            )),
            Err(TryLockError::Error(error)) => Err(io_error(&path, "cannot lock", &error)),
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // Closing the handle is not enough: a child process that is just being started may have a copy of it.
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(%error, "the store's lock file cannot be unlocked");
        }
    }
}

/// `state.db` → `state.db.lock`.
fn lock_path(database: &Path) -> PathBuf {
    let mut path = OsString::from(database);
    path.push(".lock");
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_handle_in_a_child_process_does_not_keep_the_lock() {
        let folder = tempfile::TempDir::new().unwrap();
        let database = folder.path().join("state.db");
        let owner = Owner::take(&database).unwrap();
        // What a child process has between its start and the execution of its program.
        let copy = owner.lock.try_clone().unwrap();
        assert_eq!(Owner::take(&database).unwrap_err().kind, StoreErrorKind::Locked);
        drop(owner);
        Owner::take(&database).unwrap();
        drop(copy);
    }
}
