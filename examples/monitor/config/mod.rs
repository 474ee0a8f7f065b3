//! The configuration file: what it says, checked, with the line of whatever is wrong.

#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "many builders have methods of one name: no path is clear"
)]
mod destinations;
mod document;
mod duration;
mod google;
mod mail;
mod secret;
mod tables;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use document::Document;

pub(crate) use secret::Secret;

pub(crate) use destinations::{Destination, Folder, OneOrMore};
pub(crate) use google::GoogleTable;
pub(crate) use mail::{ImapTable, MailTable, Posted, Provider, TlsWord};
pub(crate) use tables::{AppleTable, SourceTable, StoreTable, WorkflowTable, event_kind};
use tables::{EVENTS, ServerTable};

/// A file that cannot be used. Shows the place and the cause, never a value: it may be a secret.
#[derive(Debug)]
pub(crate) struct ConfigError {
    place: Option<(PathBuf, Option<usize>)>,
    message: String,
}

impl ConfigError {
    pub(crate) fn plain(message: impl Into<String>) -> Self {
        Self { place: None, message: message.into() }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some((path, Some(line))) => write!(f, "{}:{line}: {}", path.display(), self.message),
            Some((path, None)) => write!(f, "{}: {}", path.display(), self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// The whole file.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) path: PathBuf,
    pub(crate) store: StoreTable,
    pub(crate) server: Option<Server>,
    pub(crate) sources: BTreeMap<String, SourceTable>,
    pub(crate) sinks: BTreeMap<String, Box<dyn Destination>>,
    pub(crate) workflows: BTreeMap<String, WorkflowTable>,
}

/// Where the status API listens, and who may read it.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) listen: SocketAddr,
    pub(crate) token: Option<Secret>,
    /// Where stores reach it from outside, without a slash at the end.
    pub(crate) public_url: Option<String>,
}

impl Server {
    /// Whether others than this machine can reach it: by its address, or through whatever answers at `public_url`.
    fn is_reached_from_outside(&self) -> bool {
        !self.listen.ip().is_loopback() || self.public_url.is_some()
    }
}

/// The top level of the file; the tables with a `type` are read by it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TopLevel {
    store: Option<StoreTable>,
    server: Option<ServerTable>,
}

impl Config {
    /// Reads and checks a file. Paths in it are relative to its folder.
    pub(crate) fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError {
            place: Some((path.to_owned(), None)),
            message: format!("cannot be read: {error}"),
        })?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let mut document = Document::parse(path, text)?;
        let sources = document.take_all("source")?;
        let sinks = document.take_all("sink")?;
        let workflows = document.take_all("workflow")?;
        let top: TopLevel = document.rest()?;
        let server = match top.server {
            None => None,
            Some(table) => Some(Server {
                listen: table.listen.as_ref().parse().map_err(|_| {
                    document.error_at(
                        table.listen.span(),
                        format!(
                            "`listen` is an address and a port like \"127.0.0.1:8080\", not {:?}",
                            table.listen.as_ref()
                        ),
                    )
                })?,
                token: table.token,
                public_url: table.public_url.map(|url| public_url(&document, &url)).transpose()?,
            }),
        };
        let mut config = Self {
            path: path.to_owned(),
            store: top.store.unwrap_or_default(),
            server,
            sources: BTreeMap::new(),
            sinks: BTreeMap::new(),
            workflows: BTreeMap::new(),
        };
        for table in sources {
            let (id, kind, body) = document.typed(table, "source")?;
            let table = match kind.as_ref().as_str() {
                "app-store-connect" => SourceTable::Apple(Box::new(document.read(body)?)),
                "google-play" => SourceTable::Google(Box::new(document.read(body)?)),
                other => {
                    return Err(document.unknown_type(&kind, "source", other, &["app-store-connect", "google-play"]));
                }
            };
            match &table {
                SourceTable::Apple(table) if !table.webhooks.is_empty() && config.server.is_none() => {
                    let message = "its webhooks have nowhere to arrive: add a [server] with `listen`";
                    return Err(document.error_at(id.span(), message));
                }
                SourceTable::Apple(_) => {}
                SourceTable::Google(table) => {
                    if let Some(mail) = &table.mail {
                        mail.check(&document, config.server.as_ref(), id.span())?;
                    }
                }
            }
            document.insert(&mut config.sources, &id, table, "source")?;
        }
        for table in sinks {
            let (id, kind, body) = document.typed(table, "sink")?;
            let read = destinations::reader(kind.as_ref())
                .map_err(|known| document.unknown_type(&kind, "sink", kind.as_ref(), &known))?;
            document.insert(&mut config.sinks, &id, read(&document, body)?, "sink")?;
        }
        for table in workflows {
            let (id, body) = document.named(table, "workflow")?;
            let table: WorkflowTable = document.read(body)?;
            config.check_workflow(&document, &table)?;
            document.insert(&mut config.workflows, &id, table, "workflow")?;
        }
        if config.sources.is_empty() {
            return Err(document.error("there is no [[source]]: nothing would be watched"));
        }
        Ok(config)
    }

    /// References must lead somewhere, and words must be known: a typo would silently drop events.
    fn check_workflow(&self, document: &Document<'_>, table: &WorkflowTable) -> Result<(), ConfigError> {
        for sink in &table.sinks {
            if !self.sinks.contains_key(sink.as_ref()) {
                let message = format!("there is no [[sink]] with the id {:?}", sink.as_ref());
                return Err(document.error_at(sink.span(), message));
            }
        }
        for event in table.events.iter().flatten() {
            if event_kind(event.as_ref()).is_none() {
                let words: Vec<_> = EVENTS.iter().map(|(word, _)| format!("{word:?}")).collect();
                let message = format!("events are {}, not {:?}", words.join(", "), event.as_ref());
                return Err(document.error_at(event.span(), message));
            }
        }
        Ok(())
    }

    /// A path of the file, relative to its folder.
    pub(crate) fn resolve(&self, path: &str) -> PathBuf {
        self.folder().join(path)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }
}

/// Stores send to https alone; a fake one on this machine may be sent to, too.
fn public_url(document: &Document<'_>, url: &Text) -> Result<String, ConfigError> {
    let (scheme, rest) = url.as_ref().split_once("://").unwrap_or_default();
    if !matches!(scheme, "https" | "http") || rest.is_empty() || rest.contains(['?', '#']) {
        let message = format!("`public_url` is an address like \"https://status.example.com\", not {:?}", url.as_ref());
        return Err(document.error_at(url.span(), message));
    }
    Ok(url.as_ref().trim_end_matches('/').to_owned())
}

/// The text of a value and where it stands.
type Text = Spanned<String>;

#[cfg(test)]
mod mail_tests;
#[cfg(test)]
#[path = "tests.rs"]
mod tests;
