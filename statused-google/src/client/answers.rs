//! What Google answers, in the shapes of its discovery documents.
//!
//! Fields that have their default value may be absent, and numbers may come as text. Enum values are text, so that one
//! that is invented tomorrow passes through. Anything else that does not fit makes the answer unreadable: half a list
//! would look as if the rest had gone.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};

/// An app that the service account may see.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AppFound {
    /// Its package name.
    #[serde(default, deserialize_with = "or_default")]
    pub package_name: String,
    /// Its title in the Play Console.
    #[serde(default, deserialize_with = "or_default")]
    pub display_name: String,
}

/// The tracks of an app and what the developer has put on them: `edits.tracks.list`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct TrackList {
    /// All tracks, empty ones included.
    #[serde(default, deserialize_with = "or_default")]
    pub tracks: Vec<Track>,
    /// When it was answered, by Google's clock.
    #[serde(skip)]
    pub at: Option<DateTime<Utc>>,
}

/// A track.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Track {
    /// Its id: `production`, `beta`, `wear:production`, …
    #[serde(default, deserialize_with = "or_default")]
    pub track: String,
    /// Its active releases.
    #[serde(default, deserialize_with = "or_default")]
    pub releases: Vec<TrackRelease>,
}

/// A release as the developer wants it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TrackRelease {
    /// The release's name, which need not be unique.
    #[serde(default)]
    pub name: Option<String>,
    /// The version codes of its artifacts.
    #[serde(default, deserialize_with = "codes")]
    pub version_codes: Vec<u64>,
    /// `draft`, `inProgress`, `halted`, `completed`, or what is new.
    #[serde(default, deserialize_with = "or_default")]
    pub status: String,
    /// The share of users, between 0 and 1, of a staged rollout.
    #[serde(default)]
    pub user_fraction: Option<f64>,
}

/// The releases of a track and how far they have come: `applications.tracks.releases.list`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Lifecycle {
    /// The releases that are not obsolete, twenty at most.
    #[serde(default, deserialize_with = "or_default")]
    pub releases: Vec<ReleaseSummary>,
    /// When it was answered, by Google's clock.
    #[serde(skip)]
    pub at: Option<DateTime<Utc>>,
}

/// A release as it is at the store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReleaseSummary {
    /// The release's name.
    #[serde(default)]
    pub release_name: Option<String>,
    /// Its artifacts.
    #[serde(default, deserialize_with = "or_default")]
    pub active_artifacts: Vec<Artifact>,
    /// `RELEASE_LIFECYCLE_STATE_…`
    #[serde(default, deserialize_with = "or_default")]
    pub release_lifecycle_state: String,
}

/// An artifact of a release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Artifact {
    /// Its version code.
    #[serde(deserialize_with = "code")]
    pub version_code: u64,
}

impl AppFound {
    /// An app.
    pub fn new(package_name: impl Into<String>, display_name: impl Into<String>) -> Self {
        Self { package_name: package_name.into(), display_name: display_name.into() }
    }
}

impl TrackList {
    /// A list without tracks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a track.
    #[must_use]
    pub fn with(mut self, track: impl Into<String>, releases: impl IntoIterator<Item = TrackRelease>) -> Self {
        self.tracks.push(Track { track: track.into(), releases: releases.into_iter().collect() });
        self
    }
}

impl TrackRelease {
    /// A release without a name.
    pub fn new(codes: impl IntoIterator<Item = u64>, status: impl Into<String>) -> Self {
        let version_codes = codes.into_iter().collect();
        Self { name: None, version_codes, status: status.into(), user_fraction: None }
    }

    /// Names it.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Gives it to a share of the users.
    #[must_use]
    pub fn to_fraction(mut self, fraction: f64) -> Self {
        self.user_fraction = Some(fraction);
        self
    }
}

impl Lifecycle {
    /// A list without releases.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a release.
    #[must_use]
    pub fn with(mut self, codes: impl IntoIterator<Item = u64>, state: impl Into<String>) -> Self {
        self.releases.push(ReleaseSummary {
            release_name: None,
            active_artifacts: codes.into_iter().map(|version_code| Artifact { version_code }).collect(),
            release_lifecycle_state: state.into(),
        });
        self
    }
}

/// What `fetchReleaseFilterOptions` answers.
#[derive(Debug, Default, Deserialize)]
pub(super) struct FilterOptions {
    #[serde(default, deserialize_with = "or_default")]
    tracks: Vec<FilterTrack>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FilterTrack {
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    display_name: String,
}

impl FilterOptions {
    /// The ids of the tracks, as far as their names tell.
    pub(super) fn tracks(&self) -> Vec<String> {
        let id = |track: &FilterTrack| {
            let kind = track.kind.to_lowercase();
            let closed = if track.display_name.is_empty() { "alpha" } else { &track.display_name };
            match () {
                () if kind.contains("production") => "production",
                () if kind.contains("internal") => "internal",
                () if kind.contains("open") => "beta",
                () => closed,
            }
            .to_owned()
        };
        self.tracks.iter().map(id).collect()
    }
}

/// `null` is as good as nothing.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Ok(Code::deserialize(deserializer)?.0)
}

fn codes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    let codes: Option<Vec<Code>> = Option::deserialize(deserializer)?;
    Ok(codes.unwrap_or_default().into_iter().map(|code| code.0).collect())
}

/// A version code, which one API writes as a number and the other as text.
struct Code(u64);

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(u64),
            Text(String),
        }
        match Either::deserialize(deserializer)? {
            Either::Number(code) => Ok(Self(code)),
            Either::Text(text) => text.trim().parse().map(Self).map_err(serde::de::Error::custom),
        }
    }
}
