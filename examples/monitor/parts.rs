//! From what the file says to the parts of a monitor.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::ExposeSecret as _;
use statused::apple::AppStoreConnect;
use statused::apple::client::Credentials;
use statused::apple::webhooks::Webhooks;
use statused::google::{GooglePlay, ReviewStates, ServiceAccount};
use statused::stores::{PostgresStore, SqliteStore};
use statused::{MemoryStore, Monitor, RuleWorkflow, Sink, StateStore, StatusSource};

use crate::config::{
    AppleTable, Config, ConfigError, Destination, Folder, GoogleTable, OneOrMore, SourceTable, WorkflowTable,
    event_kind,
};
use crate::error::Failure;

/// How a command uses the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// As a monitor.
    Own,
    /// Beside a monitor that may be running.
    Share,
}

/// Opens the store.
pub(crate) async fn store(config: &Config, how: Use) -> Result<Arc<dyn StateStore>, Failure> {
    let url = config.store.url.value(config.folder())?;
    let url = url.expose_secret();
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = config.resolve(path.strip_prefix("//").unwrap_or(path));
        let store = match how {
            Use::Own => SqliteStore::open(path),
            Use::Share => SqliteStore::open_shared(path),
        };
        return Ok(Arc::new(store?));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        // Any number of monitors may own it.
        let store = PostgresStore::builder(url).create(how == Use::Own).connect().await?;
        return Ok(Arc::new(store));
    }
    match (url, how) {
        ("memory:", Use::Own) => Ok(Arc::new(MemoryStore::new())),
        ("memory:", Use::Share) => Err(Failure::Runtime(
            "a memory store can only be looked into through the routes of the running monitor ([server])".to_owned(),
        )),
        _ => {
            let forms = "\"sqlite:PATH\", \"postgres://USER@HOST/DATABASE\" or \"memory:\"";
            Err(ConfigError::plain(format!("the store's url is {forms}")).into())
        }
    }
}

/// What the sources share with the routes.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// What receives the pushes of each source that takes any.
    pub(crate) receivers: BTreeMap<String, Webhooks>,
    /// The Google Play sources as they are now: a new key makes a new one.
    plays: Mutex<BTreeMap<String, Arc<GooglePlay>>>,
}

impl Shared {
    /// With the receivers of the file.
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        let apple = config.sources.iter().filter_map(|(id, table)| Some((id, table.apple()?)));
        let receivers = apple
            .filter(|(_, table)| !table.webhooks.is_empty())
            .map(|(id, table)| Ok((id.clone(), receiver(config, id, table)?)))
            .collect::<Result<_, ConfigError>>()?;
        Ok(Self { receivers, ..Self::default() })
    }

    /// Of which apps the review states cannot be read, by the source's id.
    pub(crate) fn review_states(&self) -> BTreeMap<String, ReviewStates> {
        self.plays().iter().map(|(id, play)| (id.clone(), play.review_states())).collect()
    }

    fn plays(&self) -> MutexGuard<'_, BTreeMap<String, Arc<GooglePlay>>> {
        self.plays.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn receiver(config: &Config, id: &str, table: &AppleTable) -> Result<Webhooks, ConfigError> {
    let wrong = |error: &dyn std::fmt::Display| ConfigError::plain(format!("source {id:?}, webhooks: {error}"));
    let mut builder = Webhooks::builder();
    for (app, secrets) in &table.webhooks {
        builder = builder.app(app, values(config, secrets).map_err(|error| wrong(&error))?);
    }
    builder.build().map_err(|error| wrong(&error))
}

/// A monitor with all parts of the file.
pub(crate) fn monitor(config: &Config, store: Arc<dyn StateStore>, shared: &Shared) -> Result<Monitor, Failure> {
    let mut builder = Monitor::builder(store);
    for (id, table) in &config.sinks {
        builder = builder.sink(id.as_str(), sink(config, id, table.as_ref())?);
    }
    for (id, table) in &config.workflows {
        builder = builder.workflow(id.as_str(), Arc::new(workflow(id, table)));
    }
    for (id, table) in &config.sources {
        builder = builder.source(id.as_str(), source(config, id, table, shared)?);
    }
    Ok(builder.build()?)
}

pub(crate) fn source(
    config: &Config,
    id: &str,
    table: &SourceTable,
    shared: &Shared,
) -> Result<Arc<dyn StatusSource>, ConfigError> {
    Ok(match table {
        SourceTable::Apple(table) => Arc::new(apple(config, id, table, shared.receivers.get(id))?),
        SourceTable::Google(table) => {
            let play = Arc::new(google(config, id, table)?);
            shared.plays().insert(id.to_owned(), Arc::clone(&play));
            play
        }
    })
}

fn google(config: &Config, id: &str, table: &GoogleTable) -> Result<GooglePlay, ConfigError> {
    let wrong = |error: &dyn std::fmt::Display| ConfigError::plain(format!("source {id:?}: {error}"));
    let key = table.service_account.value(config.folder()).map_err(|error| wrong(&error))?;
    let account = ServiceAccount::from_json(key).map_err(|error| wrong(&error))?;
    let mut builder = GooglePlay::builder(account)
        .packages(table.packages.clone())
        .tracks(table.tracks.clone())
        .managed_publishing(table.managed_publishing)
        .edits(table.edits.unwrap_or(true))
        .lifecycle(table.lifecycle.unwrap_or(true));
    if let Some(interval) = table.poll_every {
        builder = builder.poll_every(interval);
    }
    if let Some(interval) = table.lifecycle_every {
        builder = builder.lifecycle_every(interval);
    }
    if let Some(url) = &table.base_url {
        builder = builder.base_url(url.as_str());
    }
    if let Some(url) = &table.reporting_url {
        builder = builder.reporting_url(url.as_str());
    }
    builder.build().map_err(|error| wrong(&error))
}

pub(crate) fn apple(
    config: &Config,
    id: &str,
    table: &AppleTable,
    receiver: Option<&Webhooks>,
) -> Result<AppStoreConnect, ConfigError> {
    let wrong = |error: &dyn std::fmt::Display| ConfigError::plain(format!("source {id:?}: {error}"));
    let key = table.private_key.value(config.folder()).map_err(|error| wrong(&error))?;
    let credentials = match &table.issuer_id {
        Some(issuer) => Credentials::team(&table.key_id, issuer, key),
        None => Credentials::individual(&table.key_id, key),
    };
    let mut builder = AppStoreConnect::builder(credentials.map_err(|error| wrong(&error))?).apps(table.apps.clone());
    if let Some(interval) = table.poll_every {
        builder = builder.poll_every(interval);
    }
    if let Some(interval) = table.reconcile_every {
        builder = builder.reconcile_every(interval);
    }
    if let Some(url) = &table.base_url {
        builder = builder.base_url(url.as_str());
    }
    if let Some(receiver) = receiver {
        builder = builder.webhooks(receiver.clone());
    }
    builder.feedback_comments(table.feedback_comments).build().map_err(|error| wrong(&error))
}

pub(crate) fn sink(config: &Config, id: &str, table: &dyn Destination) -> Result<Arc<dyn Sink>, ConfigError> {
    table.sink(&Folder(config.folder())).map_err(|error| ConfigError::plain(format!("sink {id:?}: {error}")))
}

/// Secrets, the newest first.
pub(crate) fn values(config: &Config, secrets: &OneOrMore) -> Result<Vec<secrecy::SecretString>, String> {
    secrets.iter().map(|secret| secret.value(config.folder()).map_err(|error| error.to_string())).collect()
}

fn workflow(id: &str, table: &WorkflowTable) -> RuleWorkflow {
    let mut workflow = RuleWorkflow::new(table.name.clone().unwrap_or_else(|| id.to_owned()))
        .testflight(table.testflight)
        .enabled(table.enabled)
        .sinks(table.sinks.iter().map(|sink| sink.as_ref().as_str()));
    if let Some(apps) = &table.apps {
        workflow = workflow.apps(apps.iter().map(String::as_str));
    }
    if let Some(events) = &table.events {
        workflow = workflow.events(events.iter().filter_map(|word| event_kind(word.as_ref())));
    }
    if let Some(statuses) = &table.statuses {
        workflow = workflow.statuses(statuses);
    }
    if let Some(tracks) = &table.tracks {
        workflow = workflow.tracks(tracks);
    }
    workflow
}
