//! webhooksmith, which posts by itself, on SQLite and on PostgreSQL.

use webhooksmith::{SqliteEngine, WebhookEngine};

use crate::work::{BATCH, JOBS, Outcome, Run, WIDTH, Work};

const SECRET: &str = "a secret of thirty-two characters";

/// Queues the events and lets the engine post them: the same words for either, whose types have no name in common.
macro_rules! measure {
    ($engine:expr, $body:expr, $what:expr, $durability:expr) => {{
        let engine = $engine;
        engine.migrate().await?;
        let payload: serde_json::Value = serde_json::from_str($body)?;
        let work = Work::begin()?;
        let endpoint = engine.register(work.url(), SECRET).await?;
        for _ in 0..JOBS / BATCH {
            let mut transaction = engine.pool().begin().await?;
            for _ in 0..BATCH {
                engine.send_in_tx("status", payload.clone(), endpoint.id, &mut transaction).await?;
            }
            transaction.commit().await?;
        }
        let queued = work.queued();
        let worker = tokio::spawn(async move { engine.run().await });
        let run = queued.drained($what, $durability).await;
        worker.abort();
        Ok(run)
    }};
}

pub(crate) async fn sqlite(body: &str) -> Outcome<Run> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite:{}?mode=rwc", folder.path().join("webhooksmith.db").display());
    let engine = SqliteEngine::builder().database_url(url).allow_insecure_urls().build().await?;
    measure!(engine, body, "webhooksmith 0.2, SQLite, which posts one at a time", "WAL, `synchronous=FULL`")
}

pub(crate) async fn postgres(url: &str, body: &str) -> Outcome<Run> {
    let builder = WebhookEngine::builder().database_url(url).allow_insecure_urls();
    let engine = builder.batch_size(WIDTH as i64).build().await?;
    measure!(engine, body, "webhooksmith 0.2, PostgreSQL", "the server's")
}
