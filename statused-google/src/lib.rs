//! Google Play for Statused: a source that polls, the API client under it, and a fake for tests.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use statused_google::{GooglePlay, ServiceAccount};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let file = std::fs::read_to_string("service-account.json")?;
//! let source = GooglePlay::builder(ServiceAccount::from_json(file)?)
//!     .packages(["com.acme.app"]) // left out: every app that the service account may see
//!     .tracks(["production", "internal"]) // left out: every track
//!     .poll_every(Duration::from_secs(60))
//!     .build()?;
//! # let _ = source;
//! # Ok(())
//! # }
//! ```
//!
//! The source is handed to a monitor, which polls it; `check` says beforehand what is wrong, line by line. The service
//! account needs the key file, two APIs that are enabled in its Google Cloud project (*Google Play Android Developer API*
//! and *Google Play Developer Reporting API*), and one permission in the Play Console: *View app information
//! (read-only)*. Nothing is ever published or changed.
//!
//! **Give it a service account of its own.** Every look opens an edit and discards it, and an account has one edit for each
//! app: an uploader that shares the account would lose its edit. Where it must be shared, watch
//! [without edits](GooglePlayBuilder::edits).
//!
//! # What is watched
//!
//! Releases, by track and version codes: `production`, `beta`, `alpha`, `internal`, closed tracks by their names, and form
//! factors (`wear:production`). Google tells of them in two places. The *edits* say what the developer has declared, and
//! say `completed` of a release that has not even been reviewed. The *lifecycle* (`applications.tracks.releases.list`) says
//! how far a release has come, and nothing of shares and halts. Together:
//!
//! | lifecycle | edits | status |
//! | --- | --- | --- |
//! | `DRAFT` | `draft`, or not there | Draft |
//! | `DRAFT` | anything else | nothing: one of the two lags behind |
//! | not listed | `draft` | Draft |
//! | `NOT_SENT_FOR_REVIEW` | any, or not there | Not Sent for Review |
//! | `IN_REVIEW` | any, or not there | In Review |
//! | `APPROVED_NOT_PUBLISHED` | any, or not there | Approved |
//! | `NOT_APPROVED` | any, or not there | Rejected |
//! | `PUBLISHED` | `completed` | Live; after a rollout that was seen: Phased Rollout Finished, 100 % |
//! | `PUBLISHED` | `inProgress` | Phased Rollout Is In Progress, with the share |
//! | `PUBLISHED` | `halted`, with a share or during a rollout | Phased Rollout Halted, with the share |
//! | `PUBLISHED` | `halted` otherwise, after 100 % too | Halted |
//! | `PUBLISHED` | `draft`, unspecified, or not there | nothing: one of the two lags behind, or it is about to be replaced |
//! | `PUBLISHED` | a word that is new | that word |
//! | a word that is new | any, or not there | that word |
//! | unspecified | any | nothing |
//! | listed twice, once as `PUBLISHED` | as `PUBLISHED` | as `PUBLISHED` |
//! | not listed, was a rollout | not there, a newer release is out | Phased Rollout Halted, with the last share and the reason |
//! | not listed, was with everybody | not there, a newer release is out | Replaced with New Version |
//! | not listed | not there | nothing; it is forgotten |
//! | not read, was `PUBLISHED` | any | as `PUBLISHED`: what is out does not go back to review |
//! | not read, was anything else | any | nothing, until it is read |
//! | not to be had | `draft`, `inProgress`, `halted`, `completed` | Draft, In Progress, Halted, Completed, *as declared* |
//!
//! So `completed` alone is never live, a share or a halt says nothing before a release is published, and a release that
//! nobody sees any more is believed to be gone after two looks. A release that is on several tracks is one on each.
//!
//! # What it costs
//!
//! A poll is three requests for each app (an edit is opened, read, discarded), eight apps at a time, out of 3,000 a minute
//! that Google allows a project. The search for apps is one request an hour, a token one an hour, icons two for each app
//! and day. A poll without news that reads no lifecycle writes nothing.
//!
//! The lifecycle has a quota of its own, which Google does not document and answers with a 403. Seen so far: 40 reads an
//! hour for one app were refused, 8 were not. So a track's lifecycle is read
//!
//! * at once when something changes in the edits that they do not explain, or when the store has told of something (a
//!   mail), and again after one and after five minutes if the news is not there yet;
//! * every 15 minutes ([`lifecycle_every`](GooglePlayBuilder::lifecycle_every)) while a release is under way: not sent, in
//!   review, approved, or about to be replaced;
//! * every hour while one is rejected;
//! * every six hours where all are published or drafts, since nothing can change there without the edits showing it;
//! * never twice within 30 seconds, and without such a reason at most six times a minute over all apps, what users have
//!   before what testers have: a first round over many apps takes some minutes, and is silent as a whole.
//!
//! An app whose read is refused is not read for 15 minutes, then 30, 60, and so on up to six hours, restarts included;
//! then one read shows whether there is quota again. When several apps are refused in one poll and none is answered, all
//! wait together. What is published is followed on all the same; what is not stays as it was, and `health` says so.
//!
//! When those reads took place stands in the checkpoint, so that a program that is started by a timer keeps the pace, too.
//!
//! # What can go wrong
//!
//! Server errors and broken connections are tried again within the poll, refused tokens with a fresh one, ended edits with
//! a new one. What fails after that stands in the report's troubles with what to do about it, once for all apps that meet
//! it, or is the poll's error if nothing could be read; see [`client::ApiError`]. An app that fails hides no other.
//!
//! Where the lifecycle cannot be had (a permission that is missing, a mirror without it), what the developer has declared is
//! passed on and marked as declared: Draft, In Progress, Halted, Completed. `check`, `health` and
//! [`GooglePlay::review_states`] say what is missing, and until when a quota is waited for.
//!
//! Google tells the reason of a rejection, and removals and suspensions, by mail only.
//!
//! # Features
//!
//! | feature | default | what it brings |
//! | --- | --- | --- |
//! | `testkit` | no | `testkit::FakeGooglePlay`, a fake Google Play over real HTTP, and `testkit::PureSource`, the source without requests |

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod client;
#[cfg(fuzzing)]
pub mod fuzzing;
mod round;
mod source;
#[cfg(feature = "testkit")]
pub mod testkit;

pub use client::ServiceAccount;
pub use round::ReviewStates;
pub use source::{ConfigError, GooglePlay, GooglePlayBuilder};
