//! A database of its own on a real server, for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::Client;

use super::server::{Address, connect, find, remove};

/// A database that no other test uses. It is removed when it is dropped.
pub(super) struct Database {
    /// Of one that is there already.
    server: Address,
    name: String,
}

impl Database {
    /// On the server for tests, if there is one.
    pub(super) async fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (server, client) = find().await?;
        let name = format!("statused_it_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        client.batch_execute(&format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")).await.unwrap();
        Some(Self { server, name })
    }

    pub(super) fn address(&self) -> Address {
        self.server.with_database(&self.name)
    }

    pub(super) async fn connect(&self) -> Client {
        connect(&self.address()).await.unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Those who were killed may have left sessions.
        remove(&self.server, ["SELECT 1".to_owned(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)]);
    }
}
