//! `test-sink` and `test-workflow`

use std::sync::Arc;

use serde::Serialize;
use statused::sink::Outcome;
use statused::store::StateStore;
use statused::{MemoryStore, Monitor};

use super::{say, say_json};
use crate::config::Config;
use crate::error::Failure;
use crate::parts::{self, Use};

/// Sends a sample to one sink.
pub(crate) async fn test_sink(config: &Config, id: &str, json: bool) -> Result<(), Failure> {
    let outcome = monitor(config).await?.test_sink(id).await?;
    report(vec![(id.to_owned(), outcome)], json)
}

/// Sends a sample to every sink of a workflow.
pub(crate) async fn test_workflow(config: &Config, id: &str, json: bool) -> Result<(), Failure> {
    let outcomes = monitor(config).await?.test_workflow(id).await?;
    report(outcomes.into_iter().map(|(sink, outcome)| (sink.to_string(), outcome)).collect(), json)
}

/// A monitor on the store of the one that may be running, so that a parked sink is freed for both. Before the first run
/// there is no store, and nothing to free.
async fn monitor(config: &Config) -> Result<Monitor, Failure> {
    let shared = parts::store(config, Use::Share).await;
    let store: Arc<dyn StateStore> = shared.unwrap_or_else(|_| Arc::new(MemoryStore::new()));
    parts::monitor(config, store, &parts::Shared::default())
}

#[derive(Serialize)]
struct Line {
    sink: String,
    verdict: &'static str,
    status: Option<u16>,
    detail: String,
}

fn report(outcomes: Vec<(String, Outcome)>, json: bool) -> Result<(), Failure> {
    let failed = outcomes.iter().filter(|(_, outcome)| !outcome.is_success()).count();
    let lines: Vec<_> = outcomes
        .into_iter()
        .map(|(sink, outcome)| Line {
            sink,
            verdict: outcome.verdict.name(),
            status: outcome.status,
            detail: outcome.detail,
        })
        .collect();
    if json {
        say_json(&lines)?;
    } else {
        for Line { sink, verdict, status, detail } in &lines {
            let status = status.map(|status| format!(" ({status})")).unwrap_or_default();
            say(format!("{sink}: {verdict}{status} {detail}").trim_end());
        }
    }
    if failed == 0 { Ok(()) } else { Err(Failure::Trouble(format!("{failed} sinks did not take the sample"))) }
}
