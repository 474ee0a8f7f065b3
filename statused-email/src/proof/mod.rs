//! Proof of origin: is this mail Google's, as Google wrote it?

mod verdict;
mod verifier;

pub use verdict::{NotThisMail, Proof, ProvedMail, Reason, Unproved, Verdict, Way};
pub use verifier::{Verifier, VerifierBuilder};
