//! What can only be seen from inside: plans, and clocks that differ.

mod clocks;
mod plans;
#[path = "../../../tests/postgres/server.rs"]
mod server;
mod upgrade;

use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::Client;

use crate::PostgresStore;

/// A store in a schema of its own on a real server, and a connection past it.
struct Bench {
    store: PostgresStore,
    raw: Client,
    url: String,
    schema: String,
}

impl Bench {
    /// On the server for tests, if there is one.
    async fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (url, raw) = server::find().await?;
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
