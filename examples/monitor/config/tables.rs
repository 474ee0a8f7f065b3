//! The tables of the file, key by key.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use statused::model::EventKind;

use super::google::GoogleTable;
use super::{OneOrMore, Secret, Text, duration};

/// `[store]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreTable {
    /// `sqlite:PATH`, `postgres://USER@HOST/DATABASE` or `memory:`. It may hold a password.
    pub(crate) url: Secret,
}

impl Default for StoreTable {
    fn default() -> Self {
        Self { url: Secret::Literal("sqlite:statused.db".into()) }
    }
}

/// `[server]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerTable {
    pub(super) listen: Text,
    pub(super) token: Option<Secret>,
    /// Where stores reach it from outside.
    pub(super) public_url: Option<Text>,
}

/// `[[source]]` of type `app-store-connect`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppleTable {
    pub(crate) key_id: String,
    /// Left out: an individual key.
    pub(crate) issuer_id: Option<String>,
    pub(crate) private_key: Secret,
    /// Left out: every app that the key sees.
    #[serde(default)]
    pub(crate) apps: Vec<String>,
    #[serde(default, deserialize_with = "duration::positive")]
    pub(crate) poll_every: Option<Duration>,
    /// The pace of full polls while webhooks can be relied on.
    #[serde(default, deserialize_with = "duration::positive")]
    pub(crate) reconcile_every: Option<Duration>,
    /// Whether what testers write comes with their feedback.
    #[serde(default)]
    pub(crate) feedback_comments: bool,
    pub(crate) base_url: Option<String>,
    /// App id = secret, or secrets while one is being replaced.
    #[serde(default)]
    pub(crate) webhooks: BTreeMap<String, OneOrMore>,
}

/// `[[source]]`, by its type.
#[derive(Clone, Debug)]
pub(crate) enum SourceTable {
    Apple(Box<AppleTable>),
    Google(Box<GoogleTable>),
}

impl SourceTable {
    pub(crate) fn apple(&self) -> Option<&AppleTable> {
        match self {
            Self::Apple(table) => Some(table),
            Self::Google(_) => None,
        }
    }

    pub(crate) fn google(&self) -> Option<&GoogleTable> {
        match self {
            Self::Google(table) => Some(table),
            Self::Apple(_) => None,
        }
    }

    /// What it is watched with: a change means a new source.
    pub(crate) fn key(&self) -> &Secret {
        match self {
            Self::Apple(table) => &table.private_key,
            Self::Google(table) => &table.service_account,
        }
    }
}

/// `[[workflow]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkflowTable {
    pub(crate) name: Option<String>,
    pub(crate) apps: Option<Vec<String>>,
    pub(crate) events: Option<Vec<Text>>,
    pub(crate) statuses: Option<Vec<String>>,
    pub(crate) tracks: Option<Vec<String>>,
    #[serde(default = "yes")]
    pub(crate) testflight: bool,
    #[serde(default = "yes")]
    pub(crate) enabled: bool,
    pub(crate) sinks: Vec<Text>,
}

fn yes() -> bool {
    true
}

/// The words of `events`.
pub(crate) const EVENTS: [(&str, EventKind); 9] = [
    ("app", EventKind::App),
    ("build", EventKind::Build),
    ("testflight", EventKind::TestFlight),
    ("feedback", EventKind::Feedback),
    ("background-asset", EventKind::BackgroundAsset),
    ("distribution", EventKind::Distribution),
    ("explained", EventKind::Explained),
    ("policy", EventKind::Policy),
    ("account", EventKind::Account),
];

/// The kind of event that a word of `events` means.
pub(crate) fn event_kind(word: &str) -> Option<EventKind> {
    EVENTS.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind)
}
