//! Secrets in files are read again when their file changes, without a restart.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use statused::Monitor;

use crate::config::{AppleTable, Config, OneOrMore, Secret, SourceTable};
use crate::mail::{self, Mails};
use crate::parts::{self, Shared};

const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What tells that a file has changed.
type Stamp = Option<(SystemTime, u64)>;

/// Watches the secret files and replaces whatever uses one that has changed. Never returns.
pub(crate) async fn watch(config: &Config, monitor: &Monitor, shared: &Shared, mails: &Mails) {
    let files = files(config);
    if files.is_empty() {
        return std::future::pending().await;
    }
    let mut stamps: BTreeMap<_, _> = files.iter().map(|path| (path.clone(), stamp(path))).collect();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let changed: Vec<PathBuf> =
            files.iter().filter(|path| stamps.get(*path) != Some(&stamp(path))).cloned().collect();
        for path in &changed {
            stamps.insert(path.clone(), stamp(path));
        }
        if !changed.is_empty() {
            replace(config, monitor, shared, &changed);
            for (id, table) in mail::tables(config) {
                mails.get(id).into_iter().for_each(|mail| mail.reload(config, id, table, &changed));
            }
        }
    }
}

fn replace(config: &Config, monitor: &Monitor, shared: &Shared, changed: &[PathBuf]) {
    let uses = |secret: &Secret| secret.file(config.folder()).is_some_and(|path| changed.contains(&path));
    for (id, table) in config.sources.iter().filter(|(_, table)| uses(table.key())) {
        match parts::source(config, id, table, shared) {
            Ok(source) => {
                monitor.add_source(id.as_str(), source);
                tracing::info!(source = id, "the key file has changed and was read again");
            }
            Err(error) => tracing::warn!("a key file has changed; the old key stays: {error}"),
        }
    }
    for (id, table) in apple(config) {
        for (app, secrets) in table.webhooks.iter().filter(|(_, secrets)| secrets.iter().any(uses)) {
            let Some(receiver) = shared.receivers.get(id) else { continue };
            let set = parts::values(config, secrets)
                .and_then(|secrets| receiver.set_secrets(app, secrets).map_err(|error| error.to_string()));
            match set {
                Ok(()) => tracing::info!(source = id, app, "a webhook's secret file has changed and was read again"),
                Err(error) => tracing::warn!("a webhook's secret file has changed; the old secret stays: {error}"),
            }
        }
    }
    for (id, table) in config.sinks.iter().filter(|(_, table)| table.secrets().into_iter().any(uses)) {
        match parts::sink(config, id, table.as_ref()) {
            Ok(sink) => {
                monitor.add_sink(id.as_str(), sink);
                tracing::info!(sink = id, "a secret file has changed and was read again");
            }
            Err(error) => tracing::warn!("a secret file has changed; the old secret stays: {error}"),
        }
    }
}

fn apple(config: &Config) -> impl Iterator<Item = (&String, &AppleTable)> {
    config.sources.iter().filter_map(|(id, table)| Some((id, table.apple()?)))
}

fn files(config: &Config) -> Vec<PathBuf> {
    let keys = config.sources.values().map(SourceTable::key);
    let pushes = apple(config).flat_map(|(_, table)| table.webhooks.values().flat_map(OneOrMore::iter));
    let sinks = config.sinks.values().flat_map(|table| table.secrets());
    let mailboxes = mail::tables(config).filter_map(|(_, table)| Some(&table.imap.as_ref()?.password));
    let doors = mail::tables(config).flat_map(|(_, table)| table.door_secrets());
    keys.chain(pushes)
        .chain(sinks)
        .chain(mailboxes)
        .chain(doors)
        .filter_map(|secret| secret.file(config.folder()))
        .collect()
}

fn stamp(path: &PathBuf) -> Stamp {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.modified().ok()?, meta.len()))
}
