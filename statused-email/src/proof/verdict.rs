use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What the [`Verifier`](super::Verifier) found. It is stored with the mail and never found again: keys are revoked and
/// signatures expire, but what was proved once stays so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// Google wrote it, and nobody has changed it since.
    Proved(Proof),
    /// That could not be shown.
    Unproved(Unproved),
}

impl Verdict {
    /// The proof, if there is one.
    pub fn proof(&self) -> Option<&Proof> {
        match self {
            Self::Proved(proof) => Some(proof),
            Self::Unproved(_) => None,
        }
    }
}

/// Why a mail is believed. Made by the [`Verifier`](super::Verifier) alone, or read back from where it was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Proof {
    /// The address in `From:`, in lower case.
    pub from: String,
    /// The `Message-ID`, without angle brackets.
    pub message_id: String,
    /// The signed `Date`.
    pub date: DateTime<Utc>,
    /// How it was proved.
    pub way: Way,
    /// The domain that signed (`d=`).
    pub domain: String,
    /// The name of the key that it signed with (`s=`).
    pub selector: String,
    /// That key's record as it was then: Google revokes keys when it makes new ones.
    pub key: String,
    /// When it was signed (`t=`).
    pub signed_at: Option<DateTime<Utc>>,
    /// Until when the signature can be verified (`x=`).
    pub expires_at: Option<DateTime<Utc>>,
    /// When this proof was found.
    pub proved_at: DateTime<Utc>,
    /// SHA-256 of the whole mail, in hex: a proof holds for these bytes and no others.
    pub sha256: String,
}

/// By what a mail was proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Way {
    /// By its own DKIM signature.
    Signature,
    /// By the DKIM signature of the message that is attached to it: it was forwarded as an attachment.
    Attached,
    /// By a forwarder that is trusted to seal what it saw (ARC).
    Sealed,
}

/// Why a mail is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unproved {
    /// What is missing.
    pub reason: Reason,
    /// True if it may be otherwise in a moment: a key could not be fetched. Verify again, before `until`.
    pub passing: bool,
    /// When the signature expires; there is no point in trying after that.
    pub until: Option<DateTime<Utc>>,
}

/// What a mail lacks to be believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// It is no mail.
    #[error("it is no mail: it has no headers")]
    NoMail,
}

impl Proof {
    /// The mail that this proof is about, which can then be [read](crate::Reader::read).
    ///
    /// # Errors
    /// If the bytes are not those that were proved.
    pub fn open<'a>(&'a self, raw: &'a [u8]) -> Result<ProvedMail<'a>, NotThisMail> {
        if sha256(raw) != self.sha256 {
            return Err(NotThisMail);
        }
        Ok(ProvedMail { proof: self, raw: Cow::Borrowed(raw) })
    }
}

pub(crate) fn sha256(raw: &[u8]) -> String {
    Sha256::digest(raw).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// These are not the bytes that were proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the mail that was proved")]
pub struct NotThisMail;

/// A mail with its proof: the only thing that a [`Reader`](crate::Reader) reads.
pub struct ProvedMail<'a> {
    pub(crate) proof: &'a Proof,
    pub(crate) raw: Cow<'a, [u8]>,
}

impl ProvedMail<'_> {
    /// Why it is believed.
    pub fn proof(&self) -> &Proof {
        self.proof
    }
}

/// The proof, not the mail.
impl fmt::Debug for ProvedMail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProvedMail").field("proof", self.proof).field("bytes", &self.raw.len()).finish()
    }
}
