//! The model, the pure engine, the four traits and the monitor of Statused.

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
