//! How far a mailbox was read.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use statused_core::StateStore;
use statused_core::model::SourceId;
use statused_core::source::Checkpoint;
use statused_core::store::{CheckpointWrite, Commit, CommitError};

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

    /// Keeps it, unless another machine that reads the same mailbox has got further.
    pub(super) async fn save(
        &self,
        store: &dyn StateStore,
        place: &SourceId,
        now: DateTime<Utc>,
    ) -> Result<(), ImapError> {
        let text = serde_json::to_string(self).map_err(|error| ImapError::Store(error.to_string()))?;
        loop {
            let kept = store.checkpoint(place).await.map_err(|error| ImapError::Store(error.to_string()))?;
            let further =
                |kept: &Self| (&kept.mailbox, kept.validity) == (&self.mailbox, self.validity) && kept.uid >= self.uid;
            if kept.as_ref().and_then(|kept| serde_json::from_str(&kept.0).ok()).is_some_and(|kept| further(&kept)) {
                return Ok(());
            }
            let mut commit = Commit::new(now);
            commit.checkpoint = Some(CheckpointWrite::new(place.clone(), kept, Checkpoint(text.clone())));
            match store.commit(commit).await {
                Err(CommitError::Conflict(_)) => {}
                written => return written.map_err(|error| ImapError::Store(error.to_string())),
            }
        }
    }
}

fn name(mailbox: &ImapMailbox) -> String {
    format!("{}@{}/{}", mailbox.login.user, mailbox.host, mailbox.folder)
}
