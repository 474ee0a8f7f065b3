//! A database of its own on a real server, for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use super::server::{connect, find};

/// A database that no other test uses. It is removed when it is dropped.
pub(super) struct Database {
    /// Of a database that is there already.
    server: String,
    name: String,
}

impl Database {
    /// On the server for tests, if there is one.
    pub(super) async fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (server, client) = find().await?;
        let name = format!("statused_it_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        Some(Self { server, name })
    }

    /// The server's host and port.
    pub(super) fn server(&self) -> &str {
        let host = self.server.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default();
        host.rsplit('@').next().unwrap_or_default()
    }

    pub(super) fn url(&self) -> String {
        let (front, _) = self.server.rsplit_once('/').unwrap();
        format!("{front}/{}", self.name)
    }

    /// The way to it that leads through a port of this machine.
    pub(super) fn url_through(&self, port: u16) -> String {
        self.url().replace(self.server(), &format!("127.0.0.1:{port}"))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let remove = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let client = connect(&server).await.unwrap();
                // Those who were killed may have left sessions.
                client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
            });
        };
        // The test's own runtime may be gone.
        std::thread::spawn(remove).join().ok();
    }
}
