//! The model, the pure engine, the four traits and the monitor of Statused.

pub mod model;
pub mod sink;
pub mod source;
pub mod store;
pub mod workflow;

pub use sink::{Outcome, Sink};
pub use source::StatusSource;
pub use store::{MemoryStore, StateStore};
pub use workflow::{RuleWorkflow, Workflow};
