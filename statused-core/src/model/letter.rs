//! What a store tells in writing.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a letter says of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LetterKind {
    /// The app, or an update of it, was rejected.
    Rejected,
    /// The developer has to do something, usually until a date.
    Warning,
    /// The app was removed from the store.
    Removed,
    /// The app was suspended.
    Suspended,
    /// The app may be published to production from now on.
    ProductionAccess,
    /// A release has passed review and waits for the developer to publish it.
    Approved,
    /// A release is out.
    Live,
    /// Something has happened that only the store's API can tell.
    Hint,
}

/// What a store has told of an app in writing, after its origin was proved.
///
/// It names no subject: the engine finds the release that is meant among those that it knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Letter {
    /// Its own name (a mail's Message-ID): the same letter counts once.
    pub id: String,
    /// What it says.
    pub kind: LetterKind,
    /// When it was written, on the store's clock (a mail's signed Date).
    pub at: DateTime<Utc>,
    /// The version codes that it names; none: it names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub version_codes: Vec<u64>,
    /// The release track that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<String>,
    /// Why, in the store's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Until when something is to be done, as it is written there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
    /// The language that it is written in (`en`, `ko`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

impl Letter {
    /// A letter that says no more than what it is about.
    pub fn new(id: impl Into<String>, kind: LetterKind, at: DateTime<Utc>) -> Self {
        Self {
            id: id.into(),
            kind,
            at,
            version_codes: Vec::new(),
            track: None,
            reason: None,
            deadline: None,
            language: None,
        }
    }

    /// Adds the version codes that it names.
    #[must_use]
    pub fn with_version_codes(mut self, codes: impl IntoIterator<Item = u64>) -> Self {
        self.version_codes = codes.into_iter().collect();
        self
    }

    /// Adds the track that it names.
    #[must_use]
    pub fn with_track(mut self, track: impl Into<String>) -> Self {
        self.track = Some(track.into());
        self
    }

    /// Adds why.
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Adds until when something is to be done.
    #[must_use]
    pub fn with_deadline(mut self, deadline: impl Into<String>) -> Self {
        self.deadline = Some(deadline.into());
        self
    }

    /// Adds its language.
    #[must_use]
    pub fn with_language(mut self, language: impl Into<String>) -> Self {
        self.language = Some(language.into());
        self
    }
}
