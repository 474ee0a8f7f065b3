//! Google Play Console's mail for Statused: proof of origin, and what it says.
//!
//! Google writes to developers when an app is rejected, removed or suspended, and says why; its API does not. A mail
//! can be forwarded here from anywhere, and anybody can write one that looks the same. Hence the promise:
//! **forged, altered or replayed mail never changes a status.** A mail counts only if a signature of Google's own shows
//! that it is Google's, word for word, and of these days.
//!
//! ```
//! use chrono::Utc;
//! use statused_email::testkit::{PolicyLetter, Postmaster, forward};
//! use statused_email::{Meaning, Reader, Verdict, Verifier};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let google = Postmaster::google();
//! # let mail = google.send(&PolicyLetter::rejection("Sample App", "com.example.sampleapp").codes([7]).draft());
//! # let mail = forward::gmail(&mail, "dev@gmail.com", "play@intake.test");
//! # let verifier = Verifier::builder().pinned_keys(google.keys()).offline().build();
//! # let _ = || {
//! let verifier = Verifier::builder().build(); // knows Google's addresses, asks the DNS for Google's keys
//! # };
//! let reader = Reader::new();
//!
//! // `mail`: the raw message, as an SMTP server, IMAP or a provider's webhook hands it over.
//! let verdict = verifier.verify(&mail, Utc::now()).await;
//! match &verdict {
//!     Verdict::Proved(proof) => match reader.read(&proof.open(&mail)?) {
//!         Meaning::About(about) => {
//!             assert_eq!(about.package.as_deref(), Some("com.example.sampleapp"));
//!             assert_eq!(about.letter.reason.as_deref(), Some("Violation of Content Ratings policy"));
//!         }
//!         Meaning::ForwardingRequest(_) => { /* Gmail asks whether mail may be forwarded here */ }
//!         Meaning::Unreadable(reason) => println!("kept aside: {reason}"),
//!         _ => { /* a newsletter, a receipt, a review */ }
//!     },
//!     Verdict::Unproved(unproved) if unproved.passing => { /* the DNS is in trouble: verify again later */ }
//!     Verdict::Unproved(unproved) => println!("not believed: {}", unproved.reason),
//!     _ => {}
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A [`Verdict`] is stored with the mail and never found again, since Google revokes its keys and signatures expire.
//! [`Proof::open`] ties it to the bytes that were proved; nothing else can be read.
//!
//! # What a mail proves
//!
//! | a mail that says | proves | who decides |
//! | --- | --- | --- |
//! | rejected, and why | that a release was rejected | the letter; which release, the engine finds |
//! | removed, suspended | that the app was | the letter |
//! | further action required | a warning, with its deadline | the letter |
//! | production access | the permission, not that anything is live | the letter |
//! | live, approved | little: nobody has shown such a mail, so it is not [verified](About::verified) | a look at the API, where it tells |
//! | anything in a language without rules | that something has happened | a look at the API |
//! | nothing that a rule knows | nothing | people, if it is from [the sender of decisions](meaning::POLICY_SENDER) |
//!
//! [`proof`] has the rules of evidence, [`meaning`] those of reading, and how an application adds its own.
//!
//! # What forwarding does to a mail
//!
//! | way | proved |
//! | --- | --- |
//! | Gmail's forwarding, routing in Workspace, redirection by a server | yes: they add headers and touch nothing |
//! | as an attachment | yes, by the attached message |
//! | a mark in the subject, a footer, a list, a scanner that rewrites links | no, and the [`Reason`] says what was changed; [seals](proof::VerifierBuilder::trusted_sealers) can help |
//! | by hand, quoted | no |
//! | through a service that hands over fields instead of the raw message | no |
//!
//! # How mail gets here
//!
//! An [`Intake`](intake::Intake) takes raw messages and hands what they say to a monitor. It is fed by a call, by HTTP
//! (raw, Amazon SES, Mailgun, Postmark, SendGrid), by an IMAP mailbox, or by a Maildir; [`intake`] has them all. What
//! cannot be proved or read is kept aside, and delays nothing. Gmail's question whether it may forward is
//! [answered](confirmation), if it was expected.
//!
//! | feature | default | what it brings |
//! | --- | --- | --- |
//! | `axum` | no | `intake::router`, a ready route for mail that is posted |
//! | `http-client` | no | `web::HttpClient`, which presses Gmail's button and fetches Amazon's certificates |
//! | `imap` | no | `intake::imap::ImapMailbox`, a mailbox that is watched |
//! | `testkit` | no | `testkit`, signed mail made at run time |
//!
//! # What it costs
//!
//! A mail is looked at for some milliseconds, and the DNS is asked once for each of Google's keys, which change a few
//! times a year. Size, signatures, depth, text and everything that is taken from it are bounded.

#[cfg(fuzzing)]
pub mod fuzzing;
pub mod meaning;
pub mod proof;
#[cfg(feature = "testkit")]
pub mod testkit;

pub mod confirmation;
pub mod intake;
pub mod web;

mod envelope;
mod parsed;
mod survive;

pub use envelope::Envelope;
pub use meaning::{About, ForwardingRequest, Meaning, Reader, Unreadable};
pub use proof::{Proof, ProvedMail, Reason, Unproved, Verdict, Verifier};
