//! Google Play Console's mail for Statused: proof that Google wrote it, and what it says.

pub mod meaning;
pub mod proof;
#[cfg(feature = "testkit")]
pub mod testkit;

pub mod confirmation;
pub mod intake;
pub mod web;

mod envelope;

pub use envelope::Envelope;
pub use meaning::{About, ForwardingRequest, Meaning, Reader, Unreadable};
pub use proof::{Proof, ProvedMail, Reason, Unproved, Verdict, Verifier};
