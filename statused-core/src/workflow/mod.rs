//! Which event goes where, and in which words.

mod rule;

use std::fmt;

use crate::model::{Event, SinkId};

pub use rule::RuleWorkflow;

/// One destination of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route {
    /// Where to.
    pub sink: SinkId,
    /// The words, if they differ from the event's own sentence.
    pub message: Option<String>,
}

impl Route {
    /// To a sink, in the event's own words.
    pub fn to(sink: impl Into<SinkId>) -> Self {
        Self { sink: sink.into(), message: None }
    }

    /// In other words.
    #[must_use]
    pub fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }
}

/// Decides where an event goes.
///
/// It decides from the event alone: without awaiting, without I/O, the same answer for the same event, so that a
/// decision that has to be made again (after a crash or a lost race) is the same decision.
///
/// # Contract
///
/// 1. [`route`](Self::route) depends on nothing but the event.
/// 2. A sink is named at most once for an event.
/// 3. Every sink that [`route`](Self::route) can name is in [`sinks`](Self::sinks).
pub trait Workflow: fmt::Debug + Send + Sync + 'static {
    /// The name that people know it by.
    fn name(&self) -> &str;

    /// The sinks that it may send to. They get its welcome, once.
    fn sinks(&self) -> Vec<SinkId>;

    /// Whether it is switched on. One that is off routes nothing and has not begun.
    fn enabled(&self) -> bool;

    /// Where the event goes. Empty: nowhere.
    fn route(&self, event: &Event) -> Vec<Route>;
}
