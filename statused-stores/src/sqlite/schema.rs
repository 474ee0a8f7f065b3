//! The tables, and how a file gets from one version of them to the next.

use rusqlite::{Connection, Result, TransactionBehavior};

/// Stands in the header of the file ("STSD") and tells it from other applications' databases.
pub(super) const APPLICATION_ID: i32 = 0x5354_5344;

/// One step for each version; the number of steps that a file has seen is its `user_version`.
///
/// A step that has been released is never changed.
const STEPS: &[&str] = &[include_str!("schema/1.sql"), include_str!("schema/2.sql")];

/// The version that this crate writes.
pub(super) const VERSION: i32 = STEPS.len() as i32;

/// Brings the file to [`VERSION`], in one transaction. A file that is there already is not written to.
pub(super) fn migrate(db: &mut Connection) -> Result<()> {
    if version(db)? >= VERSION {
        return Ok(());
    }
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = usize::try_from(version(&change)?).unwrap_or(0);
    for step in STEPS.iter().skip(done) {
        change.execute_batch(step)?;
    }
    change.pragma_update(None, "application_id", APPLICATION_ID)?;
    change.pragma_update(None, "user_version", VERSION)?;
    change.commit()
}

/// The version of the file.
pub(super) fn version(db: &Connection) -> Result<i32> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Whose file it is.
pub(super) fn application_id(db: &Connection) -> Result<i32> {
    db.pragma_query_value(None, "application_id", |row| row.get(0))
}

/// Whether there is nothing in the file yet.
pub(super) fn is_empty(db: &Connection) -> Result<bool> {
    db.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))
}
