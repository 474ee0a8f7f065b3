//! App Store Connect for Statused: a source that polls and takes pushes, the API client under it, and a fake for tests.
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
//! A key with the Developer role is enough for that. Nothing is written, except for what [`registration`] is asked to
//! register, and the pings that a source with webhooks sends to itself; both need the role App Manager or more.
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
//! | upload of a build | its failure, with the errors | pushes |
//! | tester's feedback | that it came: crash or screenshot, build, device | pushes |
//! | asset packs | their versions, and each release of one | pushes |
//! | alternative distribution | what a marketplace may distribute, and where | pushes |
//!
//! # Pushes
//!
//! Apple sends a webhook when a state changes. [`webhooks::Webhooks`] receives and verifies them, with any web framework,
//! or with axum by the feature of that name; [`registration::Registration`] registers them. The same receiver is given to
//! [the source](AppStoreConnectBuilder::webhooks), which completes what a push leaves out with a direct look, reads from
//! Apple's log what was missed while nobody listened, and polls less.
//!
//! ```no_run
//! # use statused_apple::{AppStoreConnect, Credentials, webhooks::Webhooks};
//! # fn source(credentials: Credentials, monitor: statused_core::Monitor) -> Result<(), Box<dyn std::error::Error>> {
//! let webhooks = Webhooks::builder().app("1234567890", ["This is my secret"]).build()?;
//! let source = AppStoreConnect::builder(credentials).webhooks(webhooks.clone()).build()?;
//! # let _ = source;
//! // For each request to the address that Apple was told:
//! # async fn handle(webhooks: &Webhooks, monitor: &statused_core::Monitor, signature: Option<&str>, body: &[u8]) -> u16 {
//! let answer = webhooks.accept(monitor, "acme-apple", "1234567890", signature, body).await;
//! answer.status()
//! # }
//! # Ok(())
//! # }
//! ```
//!
//! Pushes are relied on while every app has a secret and a genuine push or ping of each has come within a day. Then
//! everything is looked at only every 15 minutes, and the polls in between ask what no push tells. A wrong signature, a
//! failed delivery in Apple's log, or a change that no push has told brings the full pace back until the next genuine
//! push.
//!
//! # What it costs
//!
//! For up to 200 apps a poll is two requests, one more for each version in a phased release, and one more while
//! anything is under review. Each version that is live when an app is first seen costs one request, once. Apple allows
//! a key some 3,600 requests an hour; polls keep their pace until a tenth of that is left, and slow down from there.
//!
//! While pushes are relied on, a poll is one request for each phased release, one for all builds that are being processed,
//! one while anything is under review, and one if there is nothing of that. A push costs one or two requests, and the log
//! two for each app and hour.
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
//! | `axum` | no | [`webhooks::router`](webhooks), a ready route for Apple's webhooks |
//! | `testkit` | no | `testkit::FakeAppStoreConnect`, a fake App Store Connect over real HTTP |

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod client;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod registration;
mod source;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod webhooks;
mod wire;

pub use client::Credentials;
pub use source::{AppStoreConnect, AppStoreConnectBuilder, ConfigError};
