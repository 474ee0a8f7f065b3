//! How far a mailbox was read.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use statused_core::StateStore;
use statused_core::model::SourceId;
use statused_core::source::Checkpoint;
use statused_core::store::Commit;

use super::{ImapError, ImapMailbox};

/// How far a mailbox was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// Which mailbox: another one is begun anew.
    mailbox: String,
    /// The numbers hold as long as the server says the same here.
    pub(super) validity: u32,
    /// The last mail that was taken or kept aside.
    pub(super) uid: u32,
}

/// Where it is kept.
pub(super) fn place(source: &SourceId) -> SourceId {
    SourceId::new(format!("{source}/imap"))
}

impl Cursor {
    /// Before the first mail.
    pub(super) fn begin(mailbox: &ImapMailbox, validity: u32) -> Self {
        Self { mailbox: name(mailbox), validity, uid: 0 }
    }

    /// What was kept of this mailbox, if it was read before and is still numbered the same.
    pub(super) async fn load(
        mailbox: &ImapMailbox,
        place: &SourceId,
        validity: u32,
    ) -> Result<Option<Self>, ImapError> {
        let kept = mailbox.store.checkpoint(place).await.map_err(|error| ImapError::Store(error.to_string()))?;
        let cursor = kept.and_then(|kept| serde_json::from_str::<Self>(&kept.0).ok());
        Ok(cursor.filter(|cursor| cursor.mailbox == name(mailbox) && cursor.validity == validity))
    }

    /// Keeps it.
    pub(super) async fn save(
        &self,
        store: &dyn StateStore,
        place: &SourceId,
        now: DateTime<Utc>,
    ) -> Result<(), ImapError> {
        let text = serde_json::to_string(self).map_err(|error| ImapError::Store(error.to_string()))?;
        let mut commit = Commit::new(now);
        commit.checkpoint = Some((place.clone(), Checkpoint(text)));
        store.commit(commit).await.map_err(|error| ImapError::Store(error.to_string()))
    }
}

fn name(mailbox: &ImapMailbox) -> String {
    format!("{}@{}/{}", mailbox.login.user, mailbox.host, mailbox.folder)
}
