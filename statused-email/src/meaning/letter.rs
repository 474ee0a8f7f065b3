//! Stands in for `statused_core::model::Letter` until that is there.

use chrono::{DateTime, Utc};

/// What the store told in writing about an app.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Letter {
    /// Its Message-ID.
    pub id: String,
    /// What it says.
    pub kind: LetterKind,
    /// The version codes that it names; empty: none.
    pub version_codes: Vec<u64>,
    /// The track that it names.
    pub track: Option<String>,
    /// Its signed date.
    pub at: DateTime<Utc>,
    /// Why, in the store's words.
    pub reason: Option<String>,
    /// Until when something has to be done, as written.
    pub deadline: Option<String>,
    /// Its language.
    pub language: Option<String>,
}

/// What a letter says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LetterKind {
    /// A release was rejected.
    Rejected,
    /// Something has to be done by a date.
    Warning,
    /// The app was removed.
    Removed,
    /// The app was suspended.
    Suspended,
    /// The app may be published to production.
    ProductionAccess,
    /// A release was approved.
    Approved,
    /// A release is live.
    Live,
    /// Something has happened.
    Hint,
}

impl Letter {
    /// A letter of this kind.
    pub fn new(id: impl Into<String>, kind: LetterKind, at: DateTime<Utc>) -> Self {
        Self {
            id: id.into(),
            kind,
            version_codes: Vec::new(),
            track: None,
            at,
            reason: None,
            deadline: None,
            language: None,
        }
    }
}
