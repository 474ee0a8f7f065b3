//! What Statused posts.

use std::sync::Arc;

use statused::sinks::webhook::Webhook;
use statused::{MemoryStore, Monitor, RuleWorkflow};

use crate::receiver::Receiver;
use crate::running::Running;
use crate::shop::Shop;
use crate::work::Outcome;

/// The body of its first webhook, as `cargo bench --bench performance` posts it.
pub(crate) async fn of_a_webhook() -> Outcome<String> {
    let receiver = Receiver::start()?;
    let apps = 100;
    let shop = Arc::new(Shop::new(apps));
    shop.allow(1);
    let webhook = Webhook::builder(receiver.url()).secret("a secret").allow_http(true).build()?;
    let monitor = Monitor::builder(Arc::new(MemoryStore::new()))
        .source("shop", shop)
        .sink("hook", Arc::new(webhook))
        .workflow("everything", Arc::new(RuleWorkflow::new("Everything").sinks(["hook"])))
        .build()?;
    let running = Running::start(monitor);
    receiver.reached(apps).await;
    running.stop().await?;
    Ok(String::from_utf8(receiver.body())?)
}
