//! The tables of `[[sink]]`: one for each type, and the sink that it describes.

mod chat;
mod ci;
mod common;
mod lines;
mod switches;
mod web;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;
use statused::Sink;

use super::document::{Document, Table};
use super::{ConfigError, Secret};

pub(crate) use common::OneOrMore;

/// A destination as the file describes it.
pub(crate) trait Destination: fmt::Debug + Send + Sync {
    /// The values that may stand elsewhere than in the file.
    fn secrets(&self) -> Vec<&Secret>;

    /// The sink. What goes wrong is said without a secret.
    fn sink(&self, at: &Folder<'_>) -> Result<Arc<dyn Sink>, String>;
}

/// Where the file is: its secrets may be in files beside it.
pub(crate) struct Folder<'a>(pub(crate) &'a Path);

impl Folder<'_> {
    /// The secret as it is now.
    fn open(&self, secret: &Secret) -> Result<SecretString, String> {
        secret.value(self.0).map_err(|error| error.to_string())
    }

    /// The secrets as they are now, in their order.
    fn open_all<'s>(&self, secrets: impl IntoIterator<Item = &'s Secret>) -> Result<Vec<SecretString>, String> {
        secrets.into_iter().map(|secret| self.open(secret)).collect()
    }
}

type Read = for<'t> fn(&Document<'t>, Table<'t>) -> Result<Box<dyn Destination>, ConfigError>;

/// The types, and how their tables are read.
const TYPES: [(&str, Read); 27] = [
    ("webhook", read::<web::Webhook>),
    ("slack", read::<chat::Slack>),
    ("slack-workflow", read::<chat::SlackWorkflow>),
    ("discord", read::<chat::Discord>),
    ("teams", read::<chat::Teams>),
    ("mattermost", read::<chat::Mattermost>),
    ("google-chat", read::<chat::GoogleChat>),
    ("telegram", read::<chat::Telegram>),
    ("claude-routine", read::<web::ClaudeRoutine>),
    ("github", read::<ci::GitHub>),
    ("gitlab", read::<ci::GitLab>),
    ("jenkins", read::<ci::Jenkins>),
    ("circleci", read::<ci::CircleCi>),
    ("bitrise", read::<ci::Bitrise>),
    ("azure-devops", read::<ci::AzureDevOps>),
    ("codemagic", read::<ci::Codemagic>),
    ("bitbucket", read::<ci::Bitbucket>),
    ("pagerduty", read::<switches::PagerDuty>),
    ("launchdarkly", read::<switches::LaunchDarkly>),
    ("unleash", read::<switches::Unleash>),
    ("flagsmith", read::<switches::Flagsmith>),
    ("jira", read::<switches::Jira>),
    ("email", read::<web::Email>),
    ("nats", read::<web::Nats>),
    ("http", read::<web::Http>),
    ("console", read::<lines::Console>),
    ("file", read::<lines::File>),
];

fn read<'t, T>(document: &Document<'t>, body: Table<'t>) -> Result<Box<dyn Destination>, ConfigError>
where
    T: Destination + serde::de::DeserializeOwned + 'static,
{
    Ok(Box::new(document.read::<T>(body)?))
}

/// How the tables of a type are read; else the names of the types that there are.
pub(super) fn reader(kind: &str) -> Result<Read, Vec<&'static str>> {
    let found = TYPES.iter().find(|(name, _)| *name == kind).map(|(_, read)| *read);
    found.ok_or_else(|| TYPES.iter().map(|(name, _)| *name).collect())
}
