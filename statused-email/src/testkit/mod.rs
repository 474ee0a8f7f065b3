//! Google's mail, made at run time: a [`Postmaster`] makes its own keys, signs as Google does, and gives the keys to the
//! verifier, so that a test proves mail without a network and without anybody's private key in the repository.
//!
//! ```
//! use chrono::Utc;
//! use statused_email::testkit::{PolicyLetter, Postmaster, forward};
//! use statused_email::{Meaning, Reader, Verifier};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let google = Postmaster::google();
//! let verifier = Verifier::builder().pinned_keys(google.keys()).offline().build();
//!
//! let mail = google.send(&PolicyLetter::rejection("Sample App", "com.example.sampleapp").codes([7]).draft());
//! let mail = forward::gmail(&mail, "dev@gmail.com", "play@intake.test");
//!
//! let verdict = verifier.verify(&mail, Utc::now()).await;
//! let proof = verdict.proof().ok_or("not proved")?;
//! let Meaning::About(about) = Reader::new().read(&proof.open(&mail)?) else { panic!("about an app") };
//! assert_eq!(about.package.as_deref(), Some("com.example.sampleapp"));
//! assert_eq!(about.letter.version_codes, [7]);
//! # Ok(())
//! # }
//! ```
//!
//! * [`PolicyLetter`]: rejections, warnings, removals and suspensions, in the words of mails that Google has sent.
//! * [`letters`]: everything else that Google writes: production access, newsletters, reviews, Gmail's requests.
//! * [`Draft`]: any other mail, in every [`Layout`] that MIME knows.
//! * [`forward`]: what forwarders do to a mail, harmless and not.
//!
//! What is wrong in a test's own preparation panics.

mod credulous;
mod draft;
pub mod forward;
pub mod letters;
mod mime;
mod policy;
mod postmaster;
mod signing;

pub use credulous::Credulous;
pub use draft::{Draft, Layout};
pub use policy::PolicyLetter;
pub use postmaster::Postmaster;
pub use signing::Signing;
