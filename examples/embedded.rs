//! A web service of your own that embeds receiver and monitor: one port, its own routes beside the store's pushes.
//!
//! A fake App Store Connect plays the store, so that it runs without credentials: `cargo run --example embedded`.

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use statused::apple::AppStoreConnect;
use statused::apple::testkit::FakeAppStoreConnect;
use statused::apple::webhooks::{self, Webhooks};
use statused::model::Notification;
use statused::sink::SinkProfile;
use statused::{MemoryStore, Monitor, Outcome, RuleWorkflow, Sink};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// A sink that is a part of the service.
#[derive(Debug)]
struct Inbox(mpsc::UnboundedSender<String>);

#[async_trait::async_trait]
impl Sink for Inbox {
    fn profile(&self) -> SinkProfile {
        SinkProfile::default()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        match self.0.send(notification.event.data.message.clone()) {
            Ok(()) => Outcome::delivered(),
            Err(_) => Outcome::retry("the service is shutting down"),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The store, with an app that waits for review.
    let store = FakeAppStoreConnect::start().await?;
    let app = store.app("1234567890", "MyApp", "com.example.myapp");
    let version = app.version("1.0").state("WAITING_FOR_REVIEW");

    // The monitor: its source knows the receiver, its sink is ours.
    let pushes = Webhooks::builder().app("1234567890", ["what Apple and we share"]).build()?;
    let source = AppStoreConnect::builder(store.credentials()).base_url(store.base_url()).webhooks(pushes.clone());
    let (sender, mut inbox) = mpsc::unbounded_channel();
    let monitor = Monitor::builder(Arc::new(MemoryStore::new()))
        .source("acme", Arc::new(source.build()?))
        .sink("inbox", Arc::new(Inbox(sender)))
        .workflow("all", Arc::new(RuleWorkflow::new("All").sinks(["inbox"])))
        .build()?;

    // The service: its own routes, and the one that Apple calls.
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let routes: Router = Router::new()
        .route("/", get(|| async { "the service itself" }))
        .merge(webhooks::router(monitor.clone(), move |source| (source == "acme").then(|| pushes.clone())));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    app.webhook(&format!("http://{address}/sources/acme/webhook/1234567890"), "what Apple and we share");
    monitor.tick().await;
    tokio::spawn({
        let monitor = monitor.clone();
        async move { monitor.run(std::future::pending()).await }
    });

    // The version goes into review; Apple tells, and the service knows.
    version.state("IN_REVIEW");
    for _ in 0..2 {
        let message = inbox.recv().await.ok_or("the monitor has stopped")?;
        tell(&message);
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is what the example shows")]
fn tell(message: &str) {
    println!("{message}");
}
