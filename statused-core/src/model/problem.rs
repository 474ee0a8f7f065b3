//! What people and stores complain about.

use serde::{Deserialize, Serialize};

/// Something that a store found wrong, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Problem {
    /// The store's code (`90683`).
    pub code: String,
    /// What is wrong.
    pub description: String,
}

impl Problem {
    /// A problem by its code.
    pub fn new(code: impl Into<String>, description: impl Into<String>) -> Self {
        Self { code: code.into(), description: description.into() }
    }
}

/// What a tester sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Feedback {
    /// A crash or a screenshot.
    pub kind: FeedbackKind,
    /// The device, by the store's name for it (`iPhone17,1`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The version of its system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// Its language (`en-US`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The tester's own words, if the application has asked for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Feedback {
    /// Feedback of a kind.
    pub fn new(kind: FeedbackKind) -> Self {
        Self { kind, device: None, os_version: None, locale: None, comment: None }
    }
}

/// What kind of feedback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FeedbackKind {
    /// The app crashed, and the tester sent the report.
    Crash,
    /// The tester sent a screenshot.
    Screenshot,
}

impl FeedbackKind {
    /// As it stands in a sentence.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Screenshot => "screenshot",
        }
    }
}
