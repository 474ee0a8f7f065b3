//! Recipes: what a team hangs on the changes of a release. The real sinks call services that are played on this machine,
//! as the fake App Store Connect is that the release happens in: no credentials, no network.
//!
//! | when | then | sink |
//! | --- | --- | --- |
//! | a build is processed | the workflow that submits it starts, and no CI job has waited for it | GitHub |
//! | a version is in review | the flag of what might confuse a reviewer is switched off | LaunchDarkly |
//! | it is on sale | the flag is switched on again | LaunchDarkly |
//! | it is on sale | its tasks are moved to Released | Jira |
//! | it is on sale | the release note is posted | Slack |
//! | it is rejected | somebody is paged; the approval ends the alert | PagerDuty |
//!
//! No server of one's own stands between: the sinks speak each service's API.
//!
//! Run it with `cargo run --example recipes`. The exit code is 0 only if every service was asked exactly what it should
//! be, in the right order, once.

mod play;
mod recipes;
mod services;
mod tokens;
mod vendors;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use statused::apple::AppStoreConnect;
use statused::apple::testkit::FakeAppStoreConnect;
use statused::{MemoryStore, Monitor};

use services::Services;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let services = Services::start().await?;
    let apple = FakeAppStoreConnect::start().await?;
    let app = apple.app("1234567890", "Markdown Email", "com.example.markdown-email");
    app.version("1.2.2").state("READY_FOR_SALE");

    let source = AppStoreConnect::builder(apple.credentials()).base_url(apple.base_url()).build()?;
    // A service keeps its memory in a database (`SqliteStore`), and calls `run` where this example counts rounds.
    let monitor = Monitor::builder(Arc::new(MemoryStore::new())).source("acme", Arc::new(source));
    let monitor = recipes::add_to(monitor, services.origin())?.build()?;

    match play::release(&app, &monitor, &services).await {
        Ok(calls) => {
            say(&format!("\n{calls} calls, each as it should be, in order, once."));
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            say(&format!("\nA recipe did not do what it should: {error}"));
            Ok(ExitCode::FAILURE)
        }
    }
}

#[expect(clippy::print_stdout, reason = "this is the show")]
fn say(line: &str) {
    println!("{line}");
}
