//! App Store Connect for Statused: a source that polls, the API client under it, and a fake for tests.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use statused_apple::{AppStoreConnect, Credentials};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = std::fs::read_to_string("AuthKey_2X9R4HXF34.p8")?;
//! let credentials = Credentials::team("2X9R4HXF34", "57246542-96fe-1a63-e053-0824d011072a", key)?;
//! let source = AppStoreConnect::builder(credentials)
//!     .apps(["1234567890"]) // left out: every app that the key shows
//!     .poll_every(Duration::from_secs(30))
//!     .build()?;
//! # let _ = source;
//! # Ok(())
//! # }
//! ```
//!
//! The source is handed to a monitor, which polls it; `check` says beforehand what is wrong with the key, line by line.
//! A key with the Developer role is enough, and nothing is ever written.
//!
//! # What is watched
//!
//! | subject | states | where they come from |
//! | --- | --- | --- |
//! | app version | from *Prepare for Submission* to *Ready for Sale*, removals included | the list of apps |
//! | its phased release | 1, 2, 5, 10, 20, 50, 100 %, pauses, the end | the version itself, while a rollout goes on |
//! | its rejection | unresolved issues | the review submissions, while anything is under review |
//! | build | processing, valid, invalid, failed | the newest 200 builds, and older ones that are under way |
//! | TestFlight | the state for external testers, beta review included | with the builds |
//! | account | a pending agreement | the refusal of every request |
//!
//! # What it costs
//!
//! For up to 200 apps a poll is two requests, one more for each version in a phased release, and one more while
//! anything is under review. Each version that is live when an app is first seen costs one request, once. Apple allows
//! a key some 3,600 requests an hour; polls keep their pace until a tenth of that is left, and slow down from there.
//!
//! # What can go wrong
//!
//! Server errors and broken connections are tried again within the poll, refused tokens with a fresh one. What fails
//! after that stands in the report's troubles, or is the poll's error if nothing could be read; see
//! [`client::ApiError`]. Whatever an answer lacks (a page, a linked resource, an attribute) is left out of the report:
//! it is never taken for a change.
//!
//! # Features
//!
//! | feature | default | what it brings |
//! | --- | --- | --- |
//! | `testkit` | no | `testkit::FakeAppStoreConnect`, a fake App Store Connect over real HTTP |

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod client;
pub mod registration;
mod source;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod webhooks;
mod wire;

pub use client::Credentials;
pub use source::{AppStoreConnect, AppStoreConnectBuilder, ConfigError};
