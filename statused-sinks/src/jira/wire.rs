//! What Jira answers.

use serde::Deserialize;

/// A page of what a search finds.
#[derive(Deserialize)]
pub(super) struct Page {
    pub(super) issues: Vec<Issue>,
    #[serde(rename = "nextPageToken")]
    pub(super) next: Option<String>,
}

/// An issue, as far as it was asked for.
#[derive(Deserialize)]
pub(super) struct Issue {
    pub(super) key: String,
    #[serde(default)]
    pub(super) fields: Fields,
}

/// What an issue has.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fields {
    pub(super) status: Option<Named>,
    #[serde(default)]
    pub(super) fix_versions: Vec<Named>,
}

/// Whatever has a name.
#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) name: String,
}

/// The ways out of an issue's status.
#[derive(Deserialize)]
pub(super) struct Transitions {
    pub(super) transitions: Vec<Transition>,
}

/// One of them.
#[derive(Deserialize)]
pub(super) struct Transition {
    pub(super) id: String,
    pub(super) to: Named,
}
