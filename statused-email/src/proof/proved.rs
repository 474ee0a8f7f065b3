//! A mail that was proved, bound to its bytes.

use std::borrow::Cow;
use std::fmt;

use sha2::{Digest, Sha256};

use super::attached::attached;
use super::headers::without_envelope_line;
use super::{Proof, Way};

impl Proof {
    /// The mail that this proof is about, which can then be [read](crate::Reader::read).
    ///
    /// # Errors
    /// If the bytes are not those that were proved.
    pub fn open<'a>(&'a self, raw: &'a [u8]) -> Result<ProvedMail<'a>, NotThisMail> {
        if sha256(raw) != self.sha256 {
            return Err(NotThisMail);
        }
        let raw = match self.way {
            Way::Signature | Way::Sealed => Cow::Borrowed(without_envelope_line(raw)),
            Way::Attached { part } => attached(raw).into_iter().nth(part).ok_or(NotThisMail)?,
        };
        Ok(ProvedMail { proof: self, raw })
    }
}

pub(super) fn sha256(raw: &[u8]) -> String {
    Sha256::digest(raw).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// These are not the bytes that were proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the mail that was proved")]
pub struct NotThisMail;

/// A mail with its proof: the only thing that a [`Reader`](crate::Reader) reads.
pub struct ProvedMail<'a> {
    proof: &'a Proof,
    /// The message that was signed: the attached one, if that is what was proved.
    raw: Cow<'a, [u8]>,
}

impl ProvedMail<'_> {
    /// Why it is believed.
    pub fn proof(&self) -> &Proof {
        self.proof
    }

    pub(crate) fn raw(&self) -> &[u8] {
        &self.raw
    }
}

/// The proof, not the mail.
impl fmt::Debug for ProvedMail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProvedMail").field("proof", self.proof).field("bytes", &self.raw.len()).finish()
    }
}
