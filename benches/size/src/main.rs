//! A monitor of the parts whose features are on. It is weighed, not run: nothing of it may be left out by the linker.

use std::error::Error;
use std::sync::Arc;

use statused::{Monitor, RuleWorkflow, StateStore};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let monitor = Monitor::builder(store().await?).workflow("all", Arc::new(RuleWorkflow::new("All").sinks(["out"])));
    #[cfg(feature = "apple")]
    let monitor = {
        let credentials = statused::apple::Credentials::team(word("KEY_ID")?, word("ISSUER_ID")?, word("KEY")?)?;
        monitor.source("apple", Arc::new(statused::apple::AppStoreConnect::builder(credentials).build()?))
    };
    #[cfg(feature = "google")]
    let monitor = {
        let account = statused::google::ServiceAccount::from_json(word("ACCOUNT")?)?;
        monitor.source("google", Arc::new(statused::google::GooglePlay::builder(account).build()?))
    };
    #[cfg(feature = "webhook")]
    let monitor = monitor.sink("out", Arc::new(statused::sinks::webhook::Webhook::builder(word("URL")?).build()?));
    #[cfg(feature = "slack")]
    let monitor = monitor.sink("slack", Arc::new(statused::sinks::slack::SlackWebhook::builder(word("URL")?).build()?));
    let monitor = monitor.build()?;
    #[cfg(feature = "mail")]
    {
        use statused::mail::{Envelope, Reader, Verifier, intake::Intake};
        let intake = Intake::builder(Verifier::builder().build(), Reader::new(), monitor.clone(), "google").build();
        intake.ingest(word("MAIL")?.as_bytes(), Envelope::default()).await;
    }
    monitor.tick().await;
    Ok(())
}

#[cfg(feature = "sqlite")]
async fn store() -> Result<Arc<dyn StateStore>, Box<dyn Error>> {
    Ok(Arc::new(statused::stores::SqliteStore::open(word("FILE")?)?))
}

#[cfg(all(feature = "postgres", not(feature = "sqlite")))]
async fn store() -> Result<Arc<dyn StateStore>, Box<dyn Error>> {
    Ok(Arc::new(statused::stores::PostgresStore::connect(word("DATABASE")?).await?))
}

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
async fn store() -> Result<Arc<dyn StateStore>, Box<dyn Error>> {
    Ok(Arc::new(statused::MemoryStore::new()))
}

/// What the linker cannot know.
#[allow(dead_code)]
fn word(name: &str) -> Result<String, std::env::VarError> {
    std::env::var(name)
}
