//! What can only be seen from inside: plans, and clocks that differ.

mod clocks;
mod plans;
#[path = "../../../tests/postgres/server.rs"]
#[expect(dead_code, reason = "other ways to the server are tried from outside")]
mod server;
mod upgrade;

use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::Client;

use self::server::Address;
use crate::PostgresStore;

/// A store in a schema of its own on a real server, and a connection past it. The schema is removed when this is dropped.
struct Bench {
    store: PostgresStore,
    raw: Client,
    address: Address,
    schema: String,
}

impl Bench {
    /// On the server for tests, if there is one.
    async fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (address, raw) = server::find().await?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("statused_unit_{}_{number}", std::process::id());
        let store = PostgresStore::builder(address.url()).schema(&schema).pool_size(3).connect().await.unwrap();
        raw.batch_execute(&format!("SET search_path = {schema}")).await.unwrap();
        Some(Self { store, raw, address, schema })
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        server::remove_schema(&self.address, &self.schema);
    }
}
