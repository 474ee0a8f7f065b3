//! Mail that is kept aside: what could not be proved, read or bound to an app.

mod directory;
mod memory;
mod room;

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use directory::{DirectoryQuarantine, OpenError};
pub use memory::MemoryQuarantine;
pub use room::Room;

use super::Why;
use crate::{Envelope, Verdict};

/// A mail that is kept aside, by the beginning of its SHA-256: the same mail is kept once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeptId(String);

/// What is no id of a kept mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id of a kept mail has 32 hexadecimal digits")]
pub struct NoId;

impl KeptId {
    /// The id of a mail.
    pub fn of(raw: &[u8]) -> Self {
        Self(Sha256::digest(raw).iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for KeptId {
    type Err = NoId;

    fn from_str(text: &str) -> Result<Self, NoId> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for KeptId {
    type Error = NoId;

    fn try_from(text: String) -> Result<Self, NoId> {
        let is_id = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_id { Ok(Self(text)) } else { Err(NoId) }
    }
}

impl From<KeptId> for String {
    fn from(id: KeptId) -> Self {
        id.0
    }
}

/// What is known of a kept mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KeptHead {
    /// Its name.
    pub id: KeptId,
    /// Why it is kept; `None` only before that was found out.
    pub why: Option<Why>,
    /// Whether it was proved. A proof is not looked for again.
    pub verdict: Verdict,
    /// How it came.
    #[serde(with = "envelope")]
    pub envelope: Envelope,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// How long it is, in bytes.
    pub length: usize,
    /// How often it was tried again.
    #[serde(default)]
    pub tries: u32,
    /// When it is tried again, if it is.
    #[serde(default)]
    pub next_try: Option<DateTime<Utc>>,
}

impl KeptHead {
    /// Of a mail that has just come.
    pub fn new(id: KeptId, verdict: Verdict, envelope: Envelope, received_at: DateTime<Utc>, length: usize) -> Self {
        Self { id, why: None, verdict, envelope, received_at, length, tries: 0, next_try: None }
    }

    /// What is thrown away first when there is no room: 0 what was not proved, 1 what was, 2 what is tried again.
    fn worth(&self) -> u8 {
        match (self.next_try, &self.verdict) {
            (Some(_), _) => 2,
            (None, Verdict::Proved(_)) => 1,
            (None, Verdict::Unproved(_)) => 0,
        }
    }
}

/// A mail that is kept aside.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kept {
    /// What is known of it.
    pub head: KeptHead,
    /// The mail, byte for byte.
    pub raw: Vec<u8>,
}

impl Kept {
    /// A mail with what is known of it.
    pub fn new(head: KeptHead, raw: Vec<u8>) -> Self {
        Self { head, raw }
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("head", &self.head).finish_non_exhaustive()
    }
}

/// A quarantine that cannot be read or written. Never names a mail's content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct QuarantineError {
    /// What happened, where, and what to do about it.
    pub message: String,
}

impl QuarantineError {
    /// A failure in words.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

/// Keeps mail that could not be taken.
///
/// # Contract
///
/// 1. After [`keep`](Self::keep) has answered, the mail survives whatever the quarantine is made to survive, head and
///    bytes together; a mail of the same id is replaced.
/// 2. It is bounded. When there is no room, the oldest go: first those that were not proved, then those that are not
///    tried again; [`keep`](Self::keep) says how many went. The mail that it was given is never among them.
/// 3. A mail that cannot be read is left out by [`list`](Self::list), and hides no other.
///
/// # Cancellation
///
/// A future that is dropped may or may not have taken effect.
#[async_trait]
pub trait Quarantine: fmt::Debug + Send + Sync + 'static {
    /// Keeps a mail. Returns how many others were thrown away for it.
    async fn keep(&self, mail: Kept) -> Result<u64, QuarantineError>;

    /// What is there, in the order in which it came.
    async fn list(&self) -> Result<Vec<KeptHead>, QuarantineError>;

    /// One mail.
    async fn get(&self, id: &KeptId) -> Result<Option<Kept>, QuarantineError>;

    /// Forgets a mail. Returns whether it was there.
    async fn remove(&self, id: &KeptId) -> Result<bool, QuarantineError>;
}

/// Marks a mail to be tried again at once by whichever process runs its intake. Returns whether it is there.
///
/// # Errors
///
/// When the quarantine cannot be read or written.
pub async fn mark_due(quarantine: &dyn Quarantine, id: &KeptId, now: DateTime<Utc>) -> Result<bool, QuarantineError> {
    let Some(mut mail) = quarantine.get(id).await? else { return Ok(false) };
    mail.head.next_try = Some(now);
    quarantine.keep(mail).await?;
    Ok(true)
}

/// How an envelope is written.
mod envelope {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::Envelope;

    #[derive(Serialize, Deserialize)]
    struct Wire {
        recipients: Vec<String>,
        sender: Option<String>,
    }

    pub(super) fn serialize<S: Serializer>(envelope: &Envelope, serializer: S) -> Result<S::Ok, S::Error> {
        let Envelope { recipients, sender } = envelope.clone();
        Wire { recipients, sender }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Envelope, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        let mut envelope = Envelope::to(wire.recipients);
        envelope.sender = wire.sender;
        Ok(envelope)
    }
}
