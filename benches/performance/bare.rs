//! What nothing durable can be faster than: the database alone.

use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, params};
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Rows a second that SQLite takes, each with the size of a delivery and two indexes, so many in a transaction.
pub(crate) fn inserts(folder: &Path, synchronous: &str, count: usize, in_one: usize) -> Outcome<f64> {
    let mut db = Connection::open(folder.join(format!("bare-{synchronous}-{in_one}.db")))?;
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    db.pragma_update(None, "synchronous", synchronous)?;
    db.execute_batch(
        "CREATE TABLE row (id INTEGER PRIMARY KEY, event BLOB UNIQUE, status INTEGER, at INTEGER, body TEXT);
         CREATE INDEX due ON row (status, at);",
    )?;
    let body = "x".repeat(600);
    let began = Instant::now();
    for start in (0..count).step_by(in_one) {
        let transaction = db.transaction()?;
        let mut insert = transaction.prepare_cached("INSERT INTO row (event, status, at, body) VALUES (?, 0, ?, ?)")?;
        for number in start..(start + in_one).min(count) {
            insert.execute(params![
                Uuid::from_u128(number as u128 * 0x9e37_79b9_7f4a_7c15).as_bytes(),
                number as i64,
                body
            ])?;
        }
        drop(insert);
        transaction.commit()?;
    }
    Ok(count as f64 / began.elapsed().as_secs_f64())
}
