//! `check`

use std::collections::BTreeMap;
use std::path::Path;

use secrecy::ExposeSecret as _;
use statused::source::CheckLine;
use statused::store::StoreErrorKind;
use statused::stores::SqliteStore;

use super::{say, say_json};
use crate::config::Config;
use crate::error::Failure;
use crate::{mail, parts};

/// Checks everything that can be checked without sending a notification.
pub(crate) async fn check(config: &Config, json: bool) -> Result<(), Failure> {
    let mut sections: BTreeMap<String, Vec<CheckLine>> = BTreeMap::new();
    sections.insert("store".to_owned(), vec![store(config).await]);
    for (id, table) in &config.sinks {
        let line = match parts::sink(config, id, table.as_ref()) {
            Ok(sink) => CheckLine::ok(format!("{sink:?}"), format!("not called; `test-sink {id}` sends a sample")),
            Err(error) => CheckLine::bad("configuration", error.to_string()),
        };
        sections.insert(format!("sink {id}"), vec![line]);
    }
    for (id, table) in &config.sources {
        let source = parts::Shared::new(config).and_then(|shared| parts::source(config, id, table, &shared));
        let lines = match source {
            Ok(source) => source.check().await,
            Err(error) => vec![CheckLine::bad("configuration", error.to_string())],
        };
        sections.insert(format!("source {id}"), lines);
    }
    for (id, table) in mail::tables(config) {
        sections.insert(format!("source {id}, mail"), mail::check(config, table).await);
    }
    for (id, table) in &config.workflows {
        let line = if table.enabled {
            CheckLine::ok("configuration", format!("{} sinks", table.sinks.len()))
        } else {
            CheckLine::ok("configuration", "switched off")
        };
        sections.insert(format!("workflow {id}"), vec![line]);
    }
    report(&sections, json)
}

fn report(sections: &BTreeMap<String, Vec<CheckLine>>, json: bool) -> Result<(), Failure> {
    let bad = sections.values().flatten().filter(|line| !line.ok).count();
    if json {
        say_json(sections)?;
    } else {
        for (section, lines) in sections {
            for line in lines {
                let mark = match (line.ok, line.warning) {
                    (true, false) => "ok  ",
                    (true, true) => "warn",
                    (false, _) => "FAIL",
                };
                say(&format!("{mark} {section}: {}: {}", line.what, line.hint));
            }
        }
    }
    if bad == 0 { Ok(()) } else { Err(Failure::Trouble(format!("{bad} checks have failed"))) }
}

/// A look at the store that leaves nothing behind where there was nothing.
async fn store(config: &Config) -> CheckLine {
    let url = match config.store.url.value(config.folder()) {
        Ok(url) => url,
        Err(error) => return CheckLine::bad("url", error.to_string()),
    };
    if let Some(path) = url.expose_secret().strip_prefix("sqlite:") {
        return file(&config.resolve(path.strip_prefix("//").unwrap_or(path)));
    }
    if url.expose_secret() == "memory:" {
        return CheckLine::ok("memory", "forgets everything when the process ends");
    }
    match parts::store(config, parts::Use::Share).await {
        Ok(_) => CheckLine::ok("database", "can be read"),
        // It is about the tables alone.
        Err(Failure::Store(error)) if error.kind == StoreErrorKind::Other => {
            CheckLine::warning("database", error.to_string())
        }
        Err(error) => CheckLine::bad("url", error.to_string()),
    }
}

fn file(path: &Path) -> CheckLine {
    if !path.exists() {
        return CheckLine::ok(path.display().to_string(), "will be made by the first run");
    }
    match SqliteStore::open_shared(path) {
        Ok(_) => CheckLine::ok(path.display().to_string(), "can be read"),
        Err(error) if error.kind == StoreErrorKind::Locked => {
            CheckLine::ok(path.display().to_string(), "in use by a running monitor")
        }
        Err(error) => CheckLine::bad(path.display().to_string(), error.to_string()),
    }
}
