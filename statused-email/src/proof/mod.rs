//! Proof of origin: is this mail Google's, as Google wrote it?
//!
//! [`Verifier`] decides, by these rules:
//!
//! 1. The header block is well-formed, and there is exactly one each of `From`, `Subject`, `Date`, `Message-ID` and
//!    `Content-Type`.
//! 2. `From` holds one address, of a known sender, in a domain that is compared letter by letter.
//! 3. A DKIM signature of exactly that domain verifies. It covers `From`, `Subject`, `Date` and `Message-ID`, and the
//!    whole body (no `l=`), by SHA-256 and a key of at least 1024 bits.
//! 4. It was not made in the future, and has not expired (`x=`; without one, a week after `t=` or `Date`).
//!
//! Nothing else counts: no `Authentication-Results`, no SPF (a forwarder is never the host that Google allows), no name
//! that is displayed. A mail that lacks a proof of its own may have [one attached](Way::Attached), or, if the
//! application trusts a forwarder, [a seal](Way::Sealed).
//!
//! The cryptography is behind [`SignatureCheck`], and can be replaced.

mod attached;
mod check;
mod dkim;
mod headers;
mod judge;
mod keys;
mod proved;
mod reach;
mod reason;
mod seal;
mod verdict;
mod verifier;

pub use check::{Chain, Outcome, Signature, SignatureCheck};
pub use proved::{NotThisMail, ProvedMail};
pub use reason::Reason;
pub use verdict::{Proof, Unproved, Verdict, Way};
pub(crate) use verifier::FORWARDING_SENDER;
pub use verifier::{KNOWN_SENDERS, Verifier, VerifierBuilder};
