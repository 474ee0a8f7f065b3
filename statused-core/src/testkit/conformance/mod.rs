//! The contracts of the four traits, as checks: for the implementations of this project and for yours.
//!
//! The documentation of each trait's method ends in numbered promises, on which the engine relies. Here is a check for
//! every one of them, under the same id (`store.commit.3`), in three ways to use it:
//!
//! * `check_all` tries everything and gives a [`Report`]: what was kept, what was broken and how, what could not be tried
//!   and why. It needs no test harness, so an example or a command may call it.
//! * [`store_tests!`](crate::store_tests), [`sink_tests!`](crate::sink_tests), [`source_tests!`](crate::source_tests) and
//!   [`workflow_tests!`](crate::workflow_tests) make a test of each bullet, named after it.
//! * [`samples`] and [`events`] are what the checks are made of, for tests of your own.
//!
//! What is under test is described by a small trait of the kit: [`store::Place`], [`sink::Destination`],
//! [`source::Stage`]. What such a description cannot play is skipped, and the skips are counted; pin their number in a
//! test, so that a check is not lost unnoticed.
//!
//! The names in here are stable. The list of promises may grow with a minor version: then a test of yours that counts
//! skips, or an implementation that has kept to the letter of the old list only, may fail.
//!
//! ```
//! use statused_core::RuleWorkflow;
//! use statused_core::testkit::conformance::workflow;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let report = workflow::check_all(|| RuleWorkflow::new("Live").statuses(["Ready for Sale"]).sinks(["slack"])).await;
//! println!("{report}");
//! assert!(report.holds());
//! assert_eq!(report.skipped().count(), 1, "what holds of a workflow that is off");
//! # }
//! ```

mod check;
mod corpus;
mod macros;
mod report;
pub mod samples;
pub mod sink;
pub mod source;
pub mod store;
pub mod workflow;

pub use corpus::{events, notifications};
pub use report::{Finding, Report, Verdict};

#[doc(hidden)]
pub mod __private {
    pub use super::check::{Check, Stop};
    pub use super::macros::run;
}

#[cfg(test)]
mod tests;
