//! The states of a release's lifecycle at the store.

use serde::{Deserialize, Serialize};

const PREFIX: &str = "RELEASE_LIFECYCLE_STATE_";

/// How far a release has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(super) enum State {
    Draft,
    NotSent,
    InReview,
    Approved,
    Rejected,
    Published,
    /// Google says that it says nothing.
    Unspecified,
    /// One that this version does not know, without the common prefix.
    Other(String),
}

impl State {
    /// How often a release of this state is looked at again; see the pace.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self, Self::Draft | Self::Published | Self::Rejected)
    }
}

impl From<String> for State {
    fn from(text: String) -> Self {
        match text.strip_prefix(PREFIX).unwrap_or(&text) {
            "DRAFT" => Self::Draft,
            "NOT_SENT_FOR_REVIEW" => Self::NotSent,
            "IN_REVIEW" => Self::InReview,
            "APPROVED_NOT_PUBLISHED" => Self::Approved,
            "NOT_APPROVED" => Self::Rejected,
            "PUBLISHED" => Self::Published,
            "UNSPECIFIED" | "" => Self::Unspecified,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<State> for String {
    fn from(state: State) -> Self {
        match state {
            State::Draft => "DRAFT".to_owned(),
            State::NotSent => "NOT_SENT_FOR_REVIEW".to_owned(),
            State::InReview => "IN_REVIEW".to_owned(),
            State::Approved => "APPROVED_NOT_PUBLISHED".to_owned(),
            State::Rejected => "NOT_APPROVED".to_owned(),
            State::Published => "PUBLISHED".to_owned(),
            State::Unspecified => "UNSPECIFIED".to_owned(),
            State::Other(text) => text,
        }
    }
}

/// Whether what the developer has declared and the state belong together, or one of the two APIs lags behind.
pub(super) fn agree(declared: &str, state: &State) -> bool {
    match state {
        State::Draft => declared == "draft",
        State::NotSent | State::InReview | State::Approved | State::Published => declared != "draft",
        State::Rejected | State::Unspecified | State::Other(_) => true,
    }
}

/// `someNewStatus` → `SOME_NEW_STATUS`.
pub(super) fn screaming(camel: &str) -> String {
    let mut code = String::with_capacity(camel.len() + 4);
    for c in camel.chars() {
        if c.is_ascii_uppercase() && !code.is_empty() && !code.ends_with('_') {
            code.push('_');
        }
        code.extend(c.to_uppercase());
    }
    code
}
