//! `[[source]]` of type `google-play`.

use std::time::Duration;

use serde::Deserialize;

use super::{MailTable, Secret, duration};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GoogleTable {
    pub(crate) service_account: Secret,
    /// Left out: every app that `apps:search` shows.
    #[serde(default)]
    pub(crate) packages: Vec<String>,
    /// Left out: every track.
    #[serde(default)]
    pub(crate) tracks: Vec<String>,
    #[serde(default, deserialize_with = "duration::positive")]
    pub(crate) poll_every: Option<Duration>,
    /// The floor between two lifecycle reads of one track.
    #[serde(default, deserialize_with = "duration::positive")]
    pub(crate) lifecycle_every: Option<Duration>,
    #[serde(default)]
    pub(crate) managed_publishing: bool,
    /// False where the service account is shared with an uploader.
    pub(crate) edits: Option<bool>,
    /// False where only what the developer declares shall be told.
    pub(crate) lifecycle: Option<bool>,
    pub(crate) base_url: Option<String>,
    pub(crate) reporting_url: Option<String>,
    pub(crate) mail: Option<MailTable>,
}
