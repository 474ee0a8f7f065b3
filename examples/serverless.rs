//! A function that is called once per request and keeps nothing in memory: it takes a push in, and one `tick()` looks,
//! announces and delivers what is due before it answers. A timer calls it without a request now and then.
//!
//! A fake App Store Connect plays the store, so that it runs without credentials: `cargo run --example serverless`.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use statused::apple::AppStoreConnect;
use statused::apple::testkit::FakeAppStoreConnect;
use statused::apple::webhooks::Webhooks;
use statused::model::Notification;
use statused::sink::SinkProfile;
use statused::stores::SqliteStore;
use statused::{Monitor, Outcome, RuleWorkflow, Sink};

const APP: &str = "1234567890";
const SECRET: &str = "what Apple and we share";

/// What the platform hands over.
struct Request<'a> {
    signature: Option<&'a str>,
    body: &'a [u8],
}

/// The function. All that it remembers is in the store; `None` is the timer.
async fn handle(
    request: Option<Request<'_>>,
    database: &Path,
    store: &FakeAppStoreConnect,
) -> Result<u16, Box<dyn Error>> {
    let pushes = Webhooks::builder().app(APP, [SECRET]).build()?;
    let source = AppStoreConnect::builder(store.credentials()).base_url(store.base_url()).webhooks(pushes.clone());
    let monitor = Monitor::builder(Arc::new(SqliteStore::open(database)?))
        .source("acme", Arc::new(source.build()?))
        .sink("terminal", Arc::new(Terminal))
        .workflow("all", Arc::new(RuleWorkflow::new("All").sinks(["terminal"])))
        .build()?;
    let status = match request {
        // Durable when this returns, whatever happens to the rest.
        Some(request) => pushes.accept(&monitor, "acme", APP, request.signature, request.body).await.status(),
        None => 200,
    };
    monitor.tick().await;
    Ok(status)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("statused.db");
    let store = FakeAppStoreConnect::start().await?;
    let app = store.app(APP, "MyApp", "com.example.myapp");
    let version = app.version("1.0").state("WAITING_FOR_REVIEW");
    let hook = app.webhook("http://127.0.0.1:9/", SECRET);
    handle(None, &database, &store).await?;

    version.state("IN_REVIEW");
    // What the platform would have got from Apple.
    store.settled().await;
    let sent = hook.deliveries().pop().ok_or("nothing was pushed")?;
    let signature = sign(SECRET, &sent.payload);
    let genuine = Request { signature: Some(&signature), body: sent.payload.as_bytes() };
    tell(&format!("a push is answered with {}", handle(Some(genuine), &database, &store).await?));
    let forged = Request { signature: Some("hmacsha256=00"), body: sent.payload.as_bytes() };
    tell(&format!("a forged one with {}", handle(Some(forged), &database, &store).await?));
    Ok(())
}

/// As Apple does it.
fn sign(secret: &str, body: &str) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).expect("any key will do");
    mac.update(body.as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("hmacsha256={hex}")
}

#[derive(Debug)]
struct Terminal;

#[async_trait::async_trait]
impl Sink for Terminal {
    fn profile(&self) -> SinkProfile {
        SinkProfile::default()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        tell(&notification.event.data.message);
        Outcome::delivered()
    }
}

#[expect(clippy::print_stdout, reason = "this is what the example shows")]
fn tell(message: &str) {
    println!("{message}");
}
