//! Stores, apps, and the aggregate that is the unit of consistency.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::id::{AppId, SourceId, WorkflowId};

/// The store that an account belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Store {
    /// Apple's App Store Connect.
    AppStoreConnect,
    /// Google's Play Console.
    GooglePlay,
    /// A store that an application's own source watches, by its public name.
    Other(String),
}

impl Store {
    /// The name that notifications show as `store_name`.
    pub fn name(&self) -> &str {
        match self {
            Self::AppStoreConnect => "App Store Connect",
            Self::GooglePlay => "Google Play Console",
            Self::Other(name) => name,
        }
    }
}

/// What is known of an app beside its statuses. A field that a look did not show stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AppInfo {
    /// Name in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Bundle identifier or package name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle_id: Option<String>,
    /// Address of the app's icon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon_url: Option<String>,
}

impl AppInfo {
    /// Nothing known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the bundle identifier or package name.
    #[must_use]
    pub fn with_bundle_id(mut self, id: impl Into<String>) -> Self {
        self.bundle_id = Some(id.into());
        self
    }

    /// Sets the icon's address.
    #[must_use]
    pub fn with_icon_url(mut self, url: impl Into<String>) -> Self {
        self.icon_url = Some(url.into());
        self
    }

    /// Takes over what `newer` knows.
    pub(crate) fn learn(&mut self, newer: &Self) {
        for (mine, theirs) in [
            (&mut self.name, &newer.name),
            (&mut self.bundle_id, &newer.bundle_id),
            (&mut self.icon_url, &newer.icon_url),
        ] {
            if theirs.is_some() {
                mine.clone_from(theirs);
            }
        }
    }

    /// Whether `newer` knows something else, or more.
    pub(crate) fn lacks(&self, newer: &Self) -> bool {
        [(&self.name, &newer.name), (&self.bundle_id, &newer.bundle_id), (&self.icon_url, &newer.icon_url)]
            .iter()
            .any(|(mine, theirs)| theirs.is_some() && mine != theirs)
    }
}

/// What changes together: an app of an account, the account itself, or a workflow's own record.
///
/// Its text form (`Display`) is stable and is what stores keep.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
#[non_exhaustive]
pub enum AggregateKey {
    /// The account behind a source.
    Account(SourceId),
    /// An app that a source watches.
    App(SourceId, AppId),
    /// What a workflow has done once and for all.
    Workflow(WorkflowId),
}

impl AggregateKey {
    /// The app's id, where the aggregate is an app.
    pub fn app(&self) -> Option<&AppId> {
        match self {
            Self::App(_, app) => Some(app),
            _ => None,
        }
    }

    /// The source that feeds the aggregate.
    pub fn source(&self) -> Option<&SourceId> {
        match self {
            Self::Account(source) | Self::App(source, _) => Some(source),
            Self::Workflow(_) => None,
        }
    }

    /// Reads the text form back. `None` for text that this version does not know.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "account" => Some(Self::Account(unescape(rest).into())),
            "app" => {
                let (source, app) = rest.split_once('/')?;
                Some(Self::App(unescape(source).into(), unescape(app).into()))
            }
            "workflow" => Some(Self::Workflow(unescape(rest).into())),
            _ => None,
        }
    }
}

impl fmt::Display for AggregateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(source) => write!(f, "account:{}", escape(source.as_str())),
            Self::App(source, app) => {
                write!(f, "app:{}/{}", escape(source.as_str()), escape(app.as_str()))
            }
            Self::Workflow(workflow) => write!(f, "workflow:{}", escape(workflow.as_str())),
        }
    }
}

impl From<AggregateKey> for String {
    fn from(key: AggregateKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for AggregateKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} names no aggregate"))
    }
}

/// Only the separator and the escape character itself need escaping.
fn escape(text: &str) -> Cow<'_, str> {
    if text.contains(['%', '/']) {
        Cow::Owned(text.replace('%', "%25").replace('/', "%2F"))
    } else {
        Cow::Borrowed(text)
    }
}

fn unescape(text: &str) -> String {
    text.replace("%2F", "/").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_survives_its_text_form() {
        for key in [
            AggregateKey::Account("a/b%c".into()),
            AggregateKey::App("a/b".into(), "com.acme%2F/app".into()),
            AggregateKey::Workflow("ios:production".into()),
        ] {
            assert_eq!(AggregateKey::parse(&key.to_string()), Some(key));
        }
        assert_eq!(AggregateKey::parse("planet:mars"), None);
    }
}
