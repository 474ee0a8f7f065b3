//! A whole release in a few seconds: a fake App Store Connect on this machine plays it and pushes what happens, the real
//! source watches, a SQLite file remembers, and a local receiver verifies every signed webhook. No credentials, no
//! network.
//!
//! The exit code is 0 only if every expected notification arrived exactly once.

mod door;
mod receiver;
mod release;
mod screen;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use statused::apple::AppStoreConnect;
use statused::apple::testkit::FakeAppStoreConnect;
use statused::apple::webhooks::Webhooks;
use statused::sinks::webhook::Webhook;
use statused::stores::SqliteStore;
use statused::{Monitor, RuleWorkflow};
use tokio::sync::oneshot;

use receiver::Receiver;
use screen::Screen;

/// What the receiver and the monitor share. A real one is random and kept in a safe place.
const SECRET: &str = "quickstart-secret";
/// What the store and the monitor share.
const PUSH_SECRET: &str = "quickstart-push-secret";

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut screen = Screen::new();
    let folder = tempfile::tempdir()?;
    let apple = FakeAppStoreConnect::start().await?;
    let stage = release::Stage::set(&apple);
    let mut receiver = Receiver::start(SECRET).await?;

    let pushes = Webhooks::builder().app(release::APP_ID, [PUSH_SECRET]).build()?;
    let source = AppStoreConnect::builder(apple.credentials())
        .base_url(apple.base_url())
        .poll_every(Duration::from_millis(50))
        // What no push tells keeps that pace; the rest is only looked over now and then.
        .reconcile_every(Duration::from_secs(1))
        .webhooks(pushes.clone())
        .build()?;
    let webhook = Webhook::builder(receiver.url()).secret(SECRET).allow_http(true).build()?;
    let monitor = Monitor::builder(Arc::new(SqliteStore::open(folder.path().join("statused.db"))?))
        .source("acme", Arc::new(source))
        .sink("receiver", Arc::new(webhook))
        .workflow("everything", Arc::new(RuleWorkflow::new("Everything").sinks(["receiver"])))
        .build()?;
    stage.app.webhook(&door::open(monitor.clone(), pushes).await?, PUSH_SECRET);

    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn({
        let monitor = monitor.clone();
        async move { monitor.run(async { drop(stopped.await) }).await }
    });

    let result = stage.play(&apple, &mut receiver, &mut screen).await;
    drop(stop);
    running.await?;
    Ok(screen.verdict(result))
}
