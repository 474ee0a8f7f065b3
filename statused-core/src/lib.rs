//! The model, the pure engine, the four traits and the monitor of Statused.
//!
//! Statused watches the release life of apps, turns what it sees into true status changes, each exactly once, and
//! delivers them. This crate is what everything else builds on, and all that a source, a sink or a store of your own has
//! to depend on: it has no HTTP client, no TLS and no database.
//!
//! ```text
//!  StatusSource ──Observation──▶ Engine ──Transition──▶ Event ──Workflow──▶ Delivery ──▶ Sink
//!   (poll, push)                  ▲  │ commit (state + history + outbox, one transaction)
//!                                 └──┴── StateStore
//! ```
//!
//! * [`model`]: the words, from [`Observation`](model::Observation) to [`Notification`](model::Notification).
//! * [`source`], [`sink`], [`store`], [`workflow`]: the four traits, each with its numbered contract.
//! * [`engine`]: the state machine that decides what has changed and what is delivered when. It does no I/O and reads no
//!   clock, so a simulator can live thousands of lives with it (feature `testkit`).
//! * [`monitor`]: what an application holds. It drives the engine with your parts, from tokio.
//!
//! # Example
//!
//! A source and a sink of one's own, and two rounds. The first takes everything as it is found; the second announces what
//! has changed since.
//!
//! ```
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicBool, Ordering};
//! use std::time::Duration;
//!
//! use async_trait::async_trait;
//! use statused_core::model::{
//!     Account, AggregateKey, Notification, Observation, Sighting, Status, Store, SubjectKey, SubjectKind,
//! };
//! use statused_core::sink::SinkProfile;
//! use statused_core::source::{CheckLine, PollReport, PollRequest, SourceError, Vitals};
//! use statused_core::{MemoryStore, Monitor, Outcome, RuleWorkflow, Sink, StatusSource};
//!
//! #[derive(Debug, Default)]
//! struct Shop(AtomicBool);
//!
//! #[async_trait]
//! impl StatusSource for Shop {
//!     fn account(&self) -> Account {
//!         Account::new(Store::Other("Corner Shop".to_owned()))
//!     }
//!     fn interval(&self) -> Duration {
//!         Duration::from_secs(60)
//!     }
//!     async fn poll(&self, request: PollRequest) -> Result<PollReport, SourceError> {
//!         let live = self.0.swap(true, Ordering::Relaxed);
//!         let status = if live { Status::ReadyForSale } else { Status::InReview };
//!         let version = SubjectKey::new(SubjectKind::Version, "1.0");
//!         let seen = Observation::new(version, status, request.now);
//!         let mut report = PollReport::new();
//!         let app = AggregateKey::App(request.source, "MyApp".into());
//!         report.sightings.insert(app, Sighting::new().with(seen).covering(SubjectKind::Version));
//!         Ok(report)
//!     }
//!     fn vitals(&self) -> Vitals {
//!         Vitals::new()
//!     }
//!     async fn check(&self) -> Vec<CheckLine> {
//!         vec![CheckLine::ok("door", "is open")]
//!     }
//! }
//!
//! #[derive(Debug)]
//! struct Printer;
//!
//! #[async_trait]
//! impl Sink for Printer {
//!     fn profile(&self) -> SinkProfile {
//!         SinkProfile::default()
//!     }
//!     async fn deliver(&self, notification: &Notification) -> Outcome {
//!         println!("{}", notification.event.data.message);
//!         Outcome::delivered()
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let monitor = Monitor::builder(Arc::new(MemoryStore::new()))
//!     .source("shop", Arc::new(Shop::default()))
//!     .sink("printer", Arc::new(Printer))
//!     .workflow("all", Arc::new(RuleWorkflow::new("everything").sinks(["printer"])))
//!     .build()?;
//! monitor.tick().await;
//! monitor.tick().await;
//! let told = monitor.history(Default::default()).await?;
//! assert_eq!(told.len(), 1);
//! assert_eq!(told[0].data.message, "The status of your app MyApp changed to Ready for Sale");
//! # Ok(())
//! # }
//! ```

pub mod engine;
pub mod model;
pub mod monitor;
pub mod sink;
pub mod source;
pub mod store;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod workflow;

pub use monitor::Monitor;
pub use sink::{Outcome, Sink};
pub use source::StatusSource;
pub use store::{MemoryStore, StateStore};
pub use workflow::{RuleWorkflow, Workflow};
