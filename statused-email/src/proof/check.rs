//! The check of signatures, which can be replaced.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// The cryptography under a [`Verifier`](super::Verifier): who signed a mail, and does it hold?
///
/// 1. Only signatures of `domains` (or sealers) are verified and looked up; a stranger's mail never chooses what is
///    asked of the DNS beyond the name of a key.
/// 2. Time is not judged: an expired signature that is otherwise good is [`Outcome::Pass`].
/// 3. Nothing in the mail makes it panic or wait for long.
#[async_trait]
pub trait SignatureCheck: Send + Sync + fmt::Debug {
    /// The DKIM signatures of exactly these domains, from the top of the mail.
    async fn signatures(&self, raw: &[u8], domains: &[String]) -> Vec<Signature>;

    /// The chain of seals (ARC), if there is one.
    async fn chain(&self, raw: &[u8], sealers: &[String]) -> Option<Chain>;
}

/// A DKIM signature.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signature {
    /// `d=`, in lower case.
    pub domain: String,
    /// `s=`.
    pub selector: String,
    /// `h=`, in lower case; a name that stands there more often than in the mail forbids that it is added.
    pub headers: Vec<String>,
    /// Whether there is an `l=`: that the body may be longer than what was signed.
    pub partial: bool,
    /// `t=`.
    pub signed_at: Option<DateTime<Utc>>,
    /// `x=`.
    pub expires_at: Option<DateTime<Utc>>,
    /// The key's record, if it was found.
    pub key: Option<String>,
    /// The key's size in bits, if it is an RSA key.
    pub bits: Option<usize>,
    /// Whether it holds.
    pub outcome: Outcome,
}

impl Signature {
    /// A signature that holds, of this domain and key, over these headers.
    pub fn new(domain: impl Into<String>, selector: impl Into<String>, outcome: Outcome) -> Self {
        Self {
            domain: domain.into(),
            selector: selector.into(),
            headers: Vec::new(),
            partial: false,
            signed_at: None,
            expires_at: None,
            key: None,
            bits: None,
            outcome,
        }
    }

    /// The name of the record that holds its key.
    pub fn key_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }
}

/// Whether a signature holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It does.
    Pass,
    /// The body is another.
    BodyAltered,
    /// A signed header is another, or the signature was made with another key.
    HeadersAltered,
    /// Its hash is too weak to prove anything (SHA-1).
    WeakHash,
    /// Its key was withdrawn.
    KeyRevoked,
    /// There is no such key, as far as can be seen.
    KeyNotFound,
    /// Nobody answers where the key should be.
    KeyUnreachable,
    /// The signature or the key makes no sense.
    Malformed,
}

/// A chain of seals: what forwarders found when the mail came to them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chain {
    /// Who sealed, the first hop first.
    pub sealers: Vec<String>,
    /// The first seal's key.
    pub selector: String,
    /// The record of the first seal's key, if it was found.
    pub key: Option<String>,
    /// The headers that the last hop signed, in lower case.
    pub headers: Vec<String>,
    /// The smallest RSA key of all hops, in bits.
    pub bits: Option<usize>,
    /// When the first hop sealed.
    pub sealed_at: Option<DateTime<Utc>>,
    /// Until when the last hop's signature can be verified.
    pub expires_at: Option<DateTime<Utc>>,
    /// What the first hop found (`ARC-Authentication-Results`), as it stands there.
    pub results: String,
    /// Whether all seals and the last hop's signature hold.
    pub outcome: Outcome,
}

impl Chain {
    /// A chain by these sealers.
    pub fn new(sealers: impl IntoIterator<Item = impl Into<String>>, outcome: Outcome) -> Self {
        Self {
            sealers: sealers.into_iter().map(Into::into).collect(),
            selector: String::new(),
            key: None,
            headers: Vec::new(),
            bits: None,
            sealed_at: None,
            expires_at: None,
            results: String::new(),
            outcome,
        }
    }
}
