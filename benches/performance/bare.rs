//! What nothing durable can be faster than: the database alone, given rows with the size of a delivery and two indexes.

use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, params};
use tokio_postgres::NoTls;
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Ids that fall all over an index, as those of events do.
fn id(number: usize) -> Uuid {
    Uuid::from_u128(number as u128 * 0x9e37_79b9_7f4a_7c15)
}

fn body() -> String {
    "x".repeat(600)
}

/// Rows a second that SQLite takes, so many in a transaction.
pub(crate) fn sqlite(folder: &Path, synchronous: &str, count: usize, in_one: usize) -> Outcome<f64> {
    let mut db = Connection::open(folder.join(format!("bare-{synchronous}-{in_one}.db")))?;
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    db.pragma_update(None, "synchronous", synchronous)?;
    db.execute_batch(
        "CREATE TABLE row (id INTEGER PRIMARY KEY, event BLOB UNIQUE, status INTEGER, at INTEGER, body TEXT);
         CREATE INDEX due ON row (status, at);",
    )?;
    let body = body();
    let began = Instant::now();
    for start in (0..count).step_by(in_one) {
        let transaction = db.transaction()?;
        let mut insert = transaction.prepare_cached("INSERT INTO row (event, status, at, body) VALUES (?, 0, ?, ?)")?;
        for number in start..(start + in_one).min(count) {
            insert.execute(params![id(number).as_bytes(), number as i64, body])?;
        }
        drop(insert);
        transaction.commit()?;
    }
    Ok(count as f64 / began.elapsed().as_secs_f64())
}

/// The same of PostgreSQL, each group in one statement, which is how it takes them fastest.
pub(crate) async fn postgres(url: &str, schema: &str, count: usize, in_one: usize) -> Outcome<f64> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let connection = tokio::spawn(connection);
    client
        .batch_execute(&format!(
            "CREATE SCHEMA {schema};
             CREATE TABLE {schema}.row (id BIGSERIAL PRIMARY KEY, event TEXT UNIQUE, status INT, at BIGINT, body TEXT);
             CREATE INDEX due ON {schema}.row (status, at);"
        ))
        .await?;
    let insert = format!(
        "INSERT INTO {schema}.row (event, status, at, body)
         SELECT event, 0, at, $3 FROM UNNEST($1::TEXT[], $2::BIGINT[]) AS new (event, at)"
    );
    let (insert, body) = (client.prepare(&insert).await?, body());
    let began = Instant::now();
    for start in (0..count).step_by(in_one) {
        let numbers = start..(start + in_one).min(count);
        let events: Vec<String> = numbers.clone().map(|number| id(number).to_string()).collect();
        let times: Vec<i64> = numbers.map(|number| number as i64).collect();
        client.execute(&insert, &[&events, &times, &body]).await?;
    }
    let took = began.elapsed();
    client.batch_execute(&format!("DROP SCHEMA {schema} CASCADE")).await?;
    drop(client);
    connection.await??;
    Ok(count as f64 / took.as_secs_f64())
}
