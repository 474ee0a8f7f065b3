//! `[[source]]` of type `google-play`, and its mail.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::{Secret, duration};

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

/// `[source.mail]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailTable {
    /// Left out: the known ones.
    pub(crate) senders: Option<Vec<String>>,
    /// Pinned keys; left out: DNS.
    #[serde(default)]
    pub(crate) dkim_keys: BTreeMap<String, String>,
    /// The addresses whose mail is for this source; left out: whatever comes is.
    #[serde(default)]
    pub(crate) recipients: Vec<String>,
    /// Where mail is kept that could not be taken; left out: in memory.
    pub(crate) quarantine: Option<String>,
    pub(crate) maildir: Option<String>,
    pub(crate) imap: Option<ImapTable>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImapTable {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    #[serde(default)]
    pub(crate) tls: TlsWord,
    pub(crate) user: String,
    pub(crate) password: Secret,
    pub(crate) folder: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TlsWord {
    #[default]
    Implicit,
    StartTls,
    Plain,
}

impl MailTable {
    /// Whether it can arrive only by a route.
    pub(crate) fn is_posted(&self) -> bool {
        self.imap.is_none() && self.maildir.is_none()
    }
}
