//! Whole releases at both stores in a few seconds: a fake App Store Connect and a fake Google Play on this machine play
//! them, pushes and signed mail come in, the real sources watch, a SQLite file remembers, and a local receiver verifies
//! every signed webhook. No credentials, no network.
//!
//! The exit code is 0 only if every expected notification arrived exactly once.

mod app_store;
mod door;
mod google_play;
mod play;
mod receiver;
mod screen;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use statused::apple::AppStoreConnect;
use statused::apple::webhooks::Webhooks;
use statused::mail::intake::forms::Raw;
use statused::mail::intake::{Intake, Reception};
use statused::mail::{Reader, Verifier};
use statused::sinks::webhook::Webhook;
use statused::stores::SqliteStore;
use statused::{Monitor, RuleWorkflow};
use tokio::sync::oneshot;

use app_store::AppStore;
use door::Door;
use google_play::GooglePlayStore;
use play::Play;
use receiver::Receiver;
use screen::Screen;

const APPLE: &str = "acme-apple";
const GOOGLE: &str = "acme-google";
/// What the receiver and the monitor share. A real one is random and kept in a safe place.
const SECRET: &str = "quickstart-secret";
/// What App Store Connect and the monitor share.
const PUSH_SECRET: &str = "quickstart-push-secret";
/// Seconds are enough where a real store is asked each minute.
const OFTEN: Duration = Duration::from_millis(50);

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut screen = Screen::new();
    let folder = tempfile::tempdir()?;
    let (apple, google) = (AppStore::open().await?, GooglePlayStore::open().await?);
    let mut receiver = Receiver::start(SECRET).await?;

    let pushes = Webhooks::builder().app(app_store::APP_ID, [PUSH_SECRET]).build()?;
    let app_store = AppStoreConnect::builder(apple.fake.credentials())
        .base_url(apple.fake.base_url())
        .poll_every(OFTEN)
        // What no push tells keeps that pace; the rest is only looked over now and then.
        .reconcile_every(Duration::from_secs(1))
        .webhooks(pushes.clone())
        .build()?;
    let google_play = google.fake.source().poll_every(OFTEN).lifecycle_every(OFTEN).managed_publishing(true).build()?;
    let webhook = Webhook::builder(receiver.url()).secret(SECRET).allow_http(true).build()?;
    let monitor = Monitor::builder(Arc::new(SqliteStore::open(folder.path().join("statused.db"))?))
        .source(APPLE, Arc::new(app_store))
        .source(GOOGLE, Arc::new(google_play))
        .sink("receiver", Arc::new(webhook))
        .workflow("everything", Arc::new(RuleWorkflow::new("Everything").sinks(["receiver"])))
        .build()?;
    // The keys of Google's mail are in the DNS; here they are those of the fake.
    let verifier = Verifier::builder().pinned_keys(google.postmaster.keys()).offline().build();
    let intake = Intake::builder(verifier, Reader::new(), monitor.clone(), GOOGLE).build();
    let door = Door::open(monitor.clone(), pushes, Reception::new(intake).form(Raw::open())).await?;
    apple.app.webhook(&door.pushes, PUSH_SECRET);

    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn({
        let monitor = monitor.clone();
        async move { monitor.run(async { drop(stopped.await) }).await }
    });

    let result = perform(Play::new(&mut receiver, &mut screen), &apple, &google, &door).await;
    drop(stop);
    running.await?;
    Ok(screen.verdict(result))
}

/// The stores take turns on the stage; behind it both are watched all the time.
async fn perform(mut play: Play<'_>, apple: &AppStore, google: &GooglePlayStore, door: &Door) -> Result<usize, String> {
    play.act("the monitor starts; the apps are taken as they are found").await;
    play.hear(&["Your workflow Everything is active and watching for status changes.".to_owned()]).await?;
    // The quiet start is over when the second look begins.
    play.looks(|| apple.requests(), 8).await;
    play.looks(|| google.requests(), 16).await;

    apple.build(&mut play).await?;
    google.review(&mut play).await?;
    apple.review(&mut play).await?;
    google.rollout(&mut play).await?;
    apple.phased_release(&mut play).await?;
    google.rejection(&mut play, &door.mail).await?;
    apple.agreement(&mut play).await?;

    play.act("nothing more happens, and nothing more is said").await;
    play.looks(|| apple.requests(), 20).await;
    play.looks(|| google.requests(), 20).await;
    play.end()
}
