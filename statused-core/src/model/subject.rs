//! Things with a status.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::problem::{Feedback, Problem};

/// What kind of thing a subject is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
#[non_exhaustive]
pub enum SubjectKind {
    /// A version of an app on its way to the store.
    Version,
    /// The phased release of a version; its id is the version's.
    PhasedRelease,
    /// An uploaded build.
    Build,
    /// A build's state for external TestFlight testers; its id is that of the build's beta detail.
    TestFlight,
    /// An upload of a build, before it is a build.
    BuildUpload,
    /// A tester's feedback.
    Feedback,
    /// A version of an asset pack that Apple hosts.
    BackgroundAsset,
    /// The release of such a version to users or testers.
    BackgroundAssetRelease,
    /// A package for alternative distribution.
    AlternativeDistribution,
    /// A release on a track of Google Play; see [`SubjectKey::release`].
    Release,
    /// An app's standing with the store's policies, as its letters tell it.
    Standing,
    /// The account itself.
    Account,
    /// A kind that an application's own source brings.
    Other(String),
}

impl SubjectKind {
    /// The stable name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Version => "version",
            Self::PhasedRelease => "phased_release",
            Self::Build => "build",
            Self::TestFlight => "test_flight",
            Self::BuildUpload => "build_upload",
            Self::Feedback => "feedback",
            Self::BackgroundAsset => "background_asset",
            Self::BackgroundAssetRelease => "background_asset_release",
            Self::AlternativeDistribution => "alternative_distribution",
            Self::Release => "release",
            Self::Standing => "standing",
            Self::Account => "account",
            Self::Other(name) => name,
        }
    }
}

impl From<SubjectKind> for String {
    fn from(kind: SubjectKind) -> Self {
        kind.as_str().to_owned()
    }
}

impl From<String> for SubjectKind {
    fn from(name: String) -> Self {
        [
            Self::Version,
            Self::PhasedRelease,
            Self::Build,
            Self::TestFlight,
            Self::BuildUpload,
            Self::Feedback,
            Self::BackgroundAsset,
            Self::BackgroundAssetRelease,
            Self::AlternativeDistribution,
            Self::Release,
            Self::Standing,
            Self::Account,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == name)
        .unwrap_or(Self::Other(name))
    }
}

/// A subject within its aggregate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct SubjectKey {
    /// What it is.
    pub kind: SubjectKind,
    /// Which one: the store's own id.
    pub id: String,
}

impl SubjectKey {
    /// Names a subject.
    pub fn new(kind: SubjectKind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }

    /// A release on a track, by the version codes that it carries: a track has several releases at a time.
    ///
    /// ```
    /// use statused_core::model::SubjectKey;
    ///
    /// assert_eq!(SubjectKey::release("production", &[43, 42]).to_string(), "release/production/42+43");
    /// ```
    pub fn release(track: &str, version_codes: &[u64]) -> Self {
        let mut codes = version_codes.to_vec();
        codes.sort_unstable();
        codes.dedup();
        let codes: Vec<_> = codes.iter().map(ToString::to_string).collect();
        Self::new(SubjectKind::Release, format!("{track}/{}", codes.join("+")))
    }

    /// The standing of an app; there is one.
    pub(crate) fn standing() -> Self {
        Self::new(SubjectKind::Standing, "app")
    }

    /// The account of an aggregate; there is one.
    pub fn account() -> Self {
        Self::new(SubjectKind::Account, "account")
    }
}

impl fmt::Display for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.as_str(), self.id)
    }
}

impl From<SubjectKey> for String {
    fn from(key: SubjectKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for SubjectKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let Some((kind, id)) = text.split_once('/') else {
            return Err(format!("a subject is written kind/id, not {text:?}"));
        };
        Ok(Self::new(kind.to_owned().into(), id))
    }
}

/// What is known of a subject beside its status. A field that a look did not show stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Details {
    /// Marketing version, as `1.2.3`. A build's is its own, never that of the newest store version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Build number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// Platform, by the store's code (`IOS`, `MAC_OS`, …).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Release track, where the store has tracks, by the store's id of it (`production`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<String>,
    /// The version codes that a release carries, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub version_codes: Vec<u64>,
    /// Where the store's console shows the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console_url: Option<String>,
    /// Why the status is what it is, in the store's words (`UNRESOLVED_ISSUES`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Until when the store wants something done, as it writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
    /// What the store calls it, where it is not a version or a build (the id of an asset pack).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the store found wrong with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Problem>,
    /// What a tester sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<Box<Feedback>>,
    /// The territories that it is about, by the store's codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub territories: Vec<String>,
    /// When the subject came to be at the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born_at: Option<DateTime<Utc>>,
}

impl Details {
    /// Nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether [`merged`](Self::merged) would change anything.
    pub(crate) fn lacks(&self, newer: &Self) -> bool {
        fn differs<T: PartialEq>(old: &Option<T>, new: &Option<T>) -> bool {
            new.is_some() && old != new
        }
        differs(&self.version, &newer.version)
            || differs(&self.build, &newer.build)
            || differs(&self.platform, &newer.platform)
            || differs(&self.track, &newer.track)
            || differs(&self.console_url, &newer.console_url)
            || differs(&self.name, &newer.name)
            || differs(&self.feedback, &newer.feedback)
            || differs(&self.reason, &newer.reason)
            || differs(&self.deadline, &newer.deadline)
            || (!newer.version_codes.is_empty() && self.version_codes != newer.version_codes)
            || (!newer.errors.is_empty() && self.errors != newer.errors)
            || (!newer.territories.is_empty() && self.territories != newer.territories)
            || (self.born_at.is_none() && newer.born_at.is_some())
    }

    /// What stays when the status changes: why it is as it is, and until when, belong to the status.
    pub(crate) fn outliving_the_status(&self) -> Self {
        Self { reason: None, deadline: None, ..self.clone() }
    }

    /// What is known when `newer` is added: its fields win, those that it lacks stay.
    pub(crate) fn merged(&self, newer: &Self) -> Self {
        fn pick<T: Clone>(new: &Option<T>, old: &Option<T>) -> Option<T> {
            new.as_ref().or(old.as_ref()).cloned()
        }
        fn pick_list<T: Clone>(new: &[T], old: &[T]) -> Vec<T> {
            if new.is_empty() { old.to_vec() } else { new.to_vec() }
        }
        Self {
            version: pick(&newer.version, &self.version),
            build: pick(&newer.build, &self.build),
            platform: pick(&newer.platform, &self.platform),
            track: pick(&newer.track, &self.track),
            version_codes: pick_list(&newer.version_codes, &self.version_codes),
            console_url: pick(&newer.console_url, &self.console_url),
            reason: pick(&newer.reason, &self.reason),
            deadline: pick(&newer.deadline, &self.deadline),
            name: pick(&newer.name, &self.name),
            errors: pick_list(&newer.errors, &self.errors),
            feedback: pick(&newer.feedback, &self.feedback),
            territories: pick_list(&newer.territories, &self.territories),
            // A build's upload date can change later (fastlane #13933): the first one stays.
            born_at: self.born_at.or(newer.born_at),
        }
    }
}
