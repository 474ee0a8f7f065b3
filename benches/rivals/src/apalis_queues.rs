//! apalis, on SQLite and on PostgreSQL.

use apalis::prelude::{BoxDynError, Data, TaskSink as _, WorkerBuilder, WorkerBuilderExt as _};
use apalis_postgres::{PgPool, PostgresStorage};
use apalis_sqlite::{SqliteConnectOptions, SqlitePool, SqliteStorage};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use crate::work::{BATCH, JOBS, Outcome, Poster, Run, WIDTH, Work};

async fn post(body: String, poster: Data<Poster>) -> Result<(), BoxDynError> {
    Ok(poster.post(body.into_bytes()).await?)
}

/// Queues the jobs and lets a worker post them: the same words for either storage, whose types have no name in common.
macro_rules! measure {
    ($storage:expr, $body:expr, $what:expr, $durability:expr) => {{
        let work = Work::begin()?;
        let mut storage = $storage;
        for _ in 0..JOBS / BATCH {
            storage.push_bulk(vec![$body.to_owned(); BATCH]).await?;
        }
        let poster = work.poster()?;
        let queued = work.queued();
        let worker = WorkerBuilder::new("rival").backend(storage).concurrency(WIDTH).data(poster).build(post);
        let worker = tokio::spawn(worker.run());
        let run = queued.drained($what, $durability).await;
        worker.abort();
        Ok(run)
    }};
}

pub(crate) async fn sqlite(body: &str) -> Outcome<Run> {
    let folder = tempfile::tempdir()?;
    let options = SqliteConnectOptions::new().filename(folder.path().join("apalis.db")).create_if_missing(true);
    // It switches `synchronous` off on the connection that it makes its tables with.
    let tables = SqlitePool::connect_with(options.clone()).await?;
    SqliteStorage::setup(&tables).await?;
    tables.close().await;
    let durable = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    let pool = SqlitePool::connect_with(durable).await?;
    let config = apalis_sqlite::Config::default().batch_size(WIDTH);
    let storage = SqliteStorage::<String>::new(&pool).with_config(config);
    measure!(storage, body, "apalis-sqlite 1", "WAL, `synchronous=FULL`, not its own `OFF`")
}

pub(crate) async fn postgres(url: &str, body: &str) -> Outcome<Run> {
    let pool = PgPool::connect(url).await?;
    PostgresStorage::setup(&pool).await?;
    let config = apalis_postgres::Config::default().batch_size(WIDTH);
    let storage = PostgresStorage::<String>::new(&pool).with_config(config);
    measure!(storage, body, "apalis-postgres 1", "the server's")
}
