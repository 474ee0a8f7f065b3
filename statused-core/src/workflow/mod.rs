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
/// Each method says what it promises. The kit in `testkit::conformance::workflow` has a check for every promise, under the
/// same id.
pub trait Workflow: fmt::Debug + Send + Sync + 'static {
    /// The name that people know it by.
    ///
    /// # Contract
    ///
    /// * `workflow.name.1`: it is the same whenever it is asked, also after a restart.
    fn name(&self) -> &str;

    /// The sinks that it may send to. They get its welcome, once.
    ///
    /// # Contract
    ///
    /// * `workflow.sinks.1`: they are the same whenever it is asked, also after a restart.
    fn sinks(&self) -> Vec<SinkId>;

    /// Whether it is switched on. One that is off has not begun.
    ///
    /// # Contract
    ///
    /// * `workflow.enabled.1`: while it is off, [`route`](Self::route) names nothing.
    fn enabled(&self) -> bool;

    /// Where the event goes. Empty: nowhere.
    ///
    /// # Contract
    ///
    /// * `workflow.route.1`: it depends on nothing but the event: not on what was asked before, on the time, on a restart.
    /// * `workflow.route.2`: a sink is named at most once.
    /// * `workflow.route.3`: every sink that is named is in [`sinks`](Self::sinks).
    /// * `workflow.route.4`: it does not panic, whatever the event carries or lacks.
    fn route(&self, event: &Event) -> Vec<Route>;
}
