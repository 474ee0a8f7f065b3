//! What came of the proof, to be kept.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Reason;

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

    /// What is missing, if there is no proof.
    pub fn unproved(&self) -> Option<&Unproved> {
        match self {
            Self::Proved(_) => None,
            Self::Unproved(unproved) => Some(unproved),
        }
    }
}

/// Why a mail is believed. Made by a [`Verifier`](super::Verifier), or read back from where it was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Proof {
    /// The address in `From:`, in lower case.
    pub from: String,
    /// The `Message-ID`, without angle brackets. The same mail has the same one, whoever forwards it.
    pub message_id: String,
    /// The signed `Date`.
    pub date: DateTime<Utc>,
    /// How it was proved.
    pub way: Way,
    /// The domain that signed (`d=`), or whose seal is trusted.
    pub domain: String,
    /// The name of the key that it signed with (`s=`).
    pub selector: String,
    /// That key's record as it was then: Google revokes keys some time after it has made new ones.
    pub key: String,
    /// When it was signed (`t=`).
    pub signed_at: Option<DateTime<Utc>>,
    /// Until when it could be proved (`x=`; without one, a week after `t=` or `Date`).
    pub expires_at: DateTime<Utc>,
    /// When it was proved: the `now` that the verifier was given.
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
    /// By the DKIM signature of a message that is attached to it: it was forwarded as an attachment.
    #[non_exhaustive]
    Attached {
        /// Which of the attached messages it is, counted from 0.
        part: usize,
    },
    /// By forwarders that are trusted with what they saw (ARC).
    Sealed,
}

/// Why a mail is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unproved {
    /// What is missing.
    pub reason: Reason,
    /// True if it may be otherwise in a moment: the key could not be found or fetched, or a clock is wrong. An answer
    /// that a name does not exist counts, too: resolvers without a way out give it for everything. Verify it again
    /// before `until`.
    pub passing: bool,
    /// If [passing](field@Self::passing): when the signature expires. There is no point in trying after that.
    pub until: Option<DateTime<Utc>>,
}

impl Unproved {
    pub(crate) fn for_good(reason: Reason) -> Self {
        Self { reason, passing: false, until: None }
    }

    pub(crate) fn for_now(reason: Reason, until: DateTime<Utc>) -> Self {
        Self { reason, passing: true, until: Some(until) }
    }
}
