//! A schema of its own on a real server, for each test.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use statused_core::store::{StoreError, StoreErrorKind};
use statused_core::testkit::conformance;
use statused_core::testkit::conformance::store::Abilities;
use statused_stores::{PostgresBuilder, PostgresStore};
use tokio_postgres::Client;

use crate::common::support::Place;
use crate::server;

/// A schema that no other test uses. It is removed when it is dropped.
pub(crate) struct Schema {
    url: String,
    name: String,
}

impl Schema {
    /// On the server for tests, if there is one.
    pub(crate) async fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (url, _) = server::find().await?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Some(Self { url, name: format!("statused_test_{}_{number}", std::process::id()) })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The server's host and port.
    pub(crate) fn server(&self) -> String {
        let host = self.url.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default();
        host.rsplit('@').next().unwrap_or_default().to_owned()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn builder(&self) -> PostgresBuilder {
        PostgresStore::builder(&*self.url).schema(&self.name).pool_size(4)
    }

    /// The password in the server's address, if there is one.
    fn password(&self) -> Option<&str> {
        let (user, _) = self.url.split_once("://")?.1.split_once('@')?;
        Some(user.split_once(':')?.1)
    }

    /// The database without a store on top.
    pub(crate) async fn raw(&self) -> Client {
        let client = server::connect(&self.url).await.unwrap();
        client.batch_execute(&format!("SET search_path = {}", self.name)).await.unwrap();
        client
    }
}

impl Place for Schema {
    type Store = PostgresStore;

    async fn open(&self) -> PostgresStore {
        patient(|| self.builder()).await.unwrap()
    }

    async fn close(&self, store: &PostgresStore) {
        store.close().await;
    }

    async fn execute(&self, statement: &str) {
        self.raw().await.batch_execute(statement).await.unwrap();
    }

    async fn counts(&self) -> [i64; 3] {
        let select = "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM deliveries),
            (SELECT coalesce(sum(cardinality(tries)), 0)::bigint FROM deliveries)";
        let row = self.raw().await.query_one(select, &[]).await.unwrap();
        [row.get(0), row.get(1), row.get(2)]
    }
}

/// Many tests at once may need more connections than the server has.
async fn patient(builder: impl Fn() -> PostgresBuilder) -> Result<PostgresStore, StoreError> {
    loop {
        match builder().connect().await {
            Err(error) if error.kind == StoreErrorKind::Unavailable && error.message.contains("53300") => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            result => return result,
        }
    }
}

/// What stands for a password where the server does not ask for one.
const PASSWORD: &str = "hunter2-unasked";

impl conformance::store::Place for Schema {
    type Store = PostgresStore;

    async fn open(&self) -> Result<PostgresStore, StoreError> {
        let url = match self.url.split_once('@') {
            Some((user, host)) if self.password().is_none() => format!("{user}:{PASSWORD}@{host}"),
            _ => self.url.clone(),
        };
        patient(|| PostgresStore::builder(&*url).schema(&self.name).pool_size(4)).await
    }

    fn abilities(&self) -> Abilities {
        Abilities::shared()
    }

    async fn close(&self, store: PostgresStore) {
        store.close().await;
    }

    /// Every row of every table, and which transaction wrote it.
    async fn fingerprint(&self, _: &PostgresStore) -> Option<Vec<u8>> {
        let client = self.raw().await;
        let tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = $1 ORDER BY 1";
        let mut all = String::new();
        for table in client.query(tables, &[&self.name]).await.unwrap() {
            let name: String = table.get(0);
            let rows =
                format!("SELECT coalesce(string_agg(xmin::text || t::text, E'\n' ORDER BY ctid), '') FROM {name} t");
            all.push_str(client.query_one(&rows, &[]).await.unwrap().get(0));
        }
        Some(all.into_bytes())
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.password().unwrap_or(PASSWORD).to_owned()]
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let (url, name) = (self.url.clone(), self.name.clone());
        let remove = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let client = server::connect(&url).await.unwrap();
                client.batch_execute(&format!("DROP SCHEMA IF EXISTS {name} CASCADE")).await.unwrap();
            });
        };
        // The test's own runtime may be gone.
        std::thread::spawn(remove).join().ok();
    }
}
