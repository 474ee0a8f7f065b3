//! How everything is: what `/health` and `/metrics` show.

use std::collections::BTreeMap;

use serde::Serialize;
use statused::Monitor;
use statused::engine::Health;
use statused::google::ReviewStates;

use crate::mail::{Mail, MailHealth, Mails};
use crate::parts::Shared;

/// How everything is.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    #[serde(flatten)]
    pub(crate) monitor: Health,
    /// Of which apps the review states cannot be read, by the Google Play source's id.
    pub(crate) review_states: BTreeMap<String, ReviewStates>,
    /// How the mail is doing, by the source's id.
    pub(crate) mail: BTreeMap<String, MailHealth>,
}

impl Report {
    pub(crate) async fn of(monitor: &Monitor, shared: &Shared, mails: &Mails) -> Self {
        Self {
            monitor: monitor.health().await,
            review_states: shared.review_states(),
            mail: mails.iter().map(|(id, mail)| (id.clone(), Mail::health(mail))).collect(),
        }
    }
}
