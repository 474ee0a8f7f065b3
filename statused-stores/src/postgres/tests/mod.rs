//! What can only be seen from inside: plans, and clocks that differ.

mod clocks;
mod plans;
mod upgrade;

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::{Client, NoTls};

use crate::PostgresStore;

/// A store in a schema of its own on a real server, and a connection past it.
struct Bench {
    store: PostgresStore,
    raw: Client,
    url: String,
    schema: String,
}

impl Bench {
    /// On the server that `STATUSED_TEST_POSTGRES` names, or on this machine's, if there is one.
    async fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let named = std::env::var("STATUSED_TEST_POSTGRES");
        let required = named.is_ok() || std::env::var_os("STATUSED_REQUIRE_POSTGRES").is_some();
        let url = named.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/test".to_owned());
        let (raw, connection) = match tokio_postgres::connect(&url, NoTls).await {
            Ok(connected) => connected,
            Err(error) if required => panic!("there has to be a PostgreSQL server: {error}"),
            Err(error) => {
                let hint = "STATUSED_TEST_POSTGRES names another";
                let mut console = std::io::stderr().lock();
                writeln!(console, "!! SKIPPED: no PostgreSQL server at 127.0.0.1:5432 ({error}); {hint}").unwrap();
                return None;
            }
        };
        tokio::spawn(connection);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("statused_unit_{}_{number}", std::process::id());
        let store = PostgresStore::builder(&*url).schema(&schema).pool_size(3).connect().await.unwrap();
        raw.batch_execute(&format!("SET search_path = {schema}")).await.unwrap();
        Some(Self { store, raw, url, schema })
    }

    async fn remove(self) {
        self.store.close().await;
        self.raw.batch_execute(&format!("DROP SCHEMA {} CASCADE", self.schema)).await.unwrap();
    }
}
