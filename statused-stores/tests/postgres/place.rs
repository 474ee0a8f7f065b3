//! A schema of its own on a real server, for each test.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use statused_core::store::{StoreError, StoreErrorKind};
use statused_core::testkit::conformance;
use statused_core::testkit::conformance::store::Abilities;
use statused_stores::{PostgresBuilder, PostgresStore};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::Client;

use crate::common::support::Place;
use crate::server::{self, Address};

/// So many tests at a time, however many cores there are: a server has a hundred connections, and one of them may use two
/// dozen.
static TURNS: Semaphore = Semaphore::const_new(4);

/// A schema that no other test uses. It is removed when it is dropped.
pub(crate) struct Schema {
    address: Address,
    name: String,
    _turn: SemaphorePermit<'static>,
}

impl Schema {
    /// On the server for tests, if there is one.
    pub(crate) async fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let turn = TURNS.acquire().await.unwrap();
        let (address, _) = server::find().await?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Some(Self { address, name: format!("statused_test_{}_{number}", std::process::id()), _turn: turn })
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn builder(&self) -> PostgresBuilder {
        self.builder_at(&self.address)
    }

    /// A store on this schema that gets there by another way.
    pub(crate) fn builder_at(&self, address: &Address) -> PostgresBuilder {
        PostgresStore::builder(address.url()).schema(&self.name).pool_size(4)
    }

    /// The database without a store on top.
    pub(crate) async fn raw(&self) -> Client {
        let client = server::connect(&self.address).await.unwrap();
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

/// Connects. Who else uses the server may have left no connection: then it waits.
pub(crate) async fn patient(builder: impl Fn() -> PostgresBuilder) -> Result<PostgresStore, StoreError> {
    let end = Instant::now() + Duration::from_secs(60);
    let full = |error: &StoreError| error.kind == StoreErrorKind::Unavailable && error.message.contains("53300");
    loop {
        match builder().connect().await {
            Err(error) if full(&error) && Instant::now() < end => tokio::time::sleep(Duration::from_millis(20)).await,
            result => return result,
        }
    }
}

/// What stands for a password where the server does not ask for one.
const PASSWORD: &str = "hunter2-unasked";

impl conformance::store::Place for Schema {
    type Store = PostgresStore;

    async fn open(&self) -> Result<PostgresStore, StoreError> {
        patient(|| self.builder_at(&self.address.with_some_password(PASSWORD))).await
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
        vec![self.address.password().unwrap_or(PASSWORD).to_owned()]
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        server::remove_schema(&self.address, &self.name);
    }
}
