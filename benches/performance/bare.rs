//! What nothing durable can be faster than: the HTTP client alone, and the database alone.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use rusqlite::{Connection, params};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::receiver::Receiver;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Requests a second of the HTTP client that the sinks use, so many at a time.
pub(crate) async fn posts(body: Vec<u8>, count: usize, width: usize) -> Outcome<f64> {
    let receiver = Receiver::start()?;
    let client = reqwest::Client::builder().pool_max_idle_per_host(width).build()?;
    let (left, body) = (Arc::new(AtomicUsize::new(count)), Arc::new(body));
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..width {
        let (client, url, left, body) =
            (client.clone(), receiver.url().to_owned(), Arc::clone(&left), Arc::clone(&body));
        tasks.spawn(async move {
            while left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                client.post(&url).body(body.to_vec()).send().await?.error_for_status()?.bytes().await?;
            }
            Ok::<_, reqwest::Error>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    assert_eq!(receiver.taken(), count);
    Ok(count as f64 / began.elapsed().as_secs_f64())
}

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
