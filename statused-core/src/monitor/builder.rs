//! Puts a monitor together.

use std::sync::Arc;

use super::clock::{Clock, SystemClock};
use super::{Monitor, Registry};
use crate::engine::Settings;
use crate::model::{SinkId, SourceId, WorkflowId};
use crate::sink::Sink;
use crate::source::StatusSource;
use crate::store::StateStore;
use crate::workflow::Workflow;

/// Why a monitor cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Two things of one kind have the same name.
    #[error("there are two {kind}s named {id:?}")]
    Duplicate {
        /// What they are.
        kind: &'static str,
        /// Their name.
        id: String,
    },
    /// A workflow names a sink that does not exist.
    #[error("workflow {workflow:?} names the sink {sink:?}, which does not exist")]
    UnknownSink {
        /// The workflow.
        workflow: WorkflowId,
        /// The sink.
        sink: SinkId,
    },
}

/// Collects the parts of a [`Monitor`].
#[derive(Debug)]
pub struct MonitorBuilder {
    store: Arc<dyn StateStore>,
    clock: Arc<dyn Clock>,
    settings: Settings,
    registry: Registry,
    duplicate: Option<BuildError>,
}

impl MonitorBuilder {
    pub(super) fn new(store: Arc<dyn StateStore>) -> Self {
        Self {
            store,
            clock: Arc::new(SystemClock),
            settings: Settings::default(),
            registry: Registry::default(),
            duplicate: None,
        }
    }

    /// Watches a source. Its name is part of what is stored: a source under another name is a new one.
    #[must_use]
    pub fn source(mut self, id: impl Into<SourceId>, source: Arc<dyn StatusSource>) -> Self {
        let id = id.into();
        let text = id.to_string();
        let old = self.registry.sources.insert(id, source).is_some();
        self.refuse_duplicate(old, "source", text);
        self
    }

    /// Adds a destination.
    #[must_use]
    pub fn sink(mut self, id: impl Into<SinkId>, sink: Arc<dyn Sink>) -> Self {
        let id = id.into();
        let text = id.to_string();
        let old = self.registry.sinks.insert(id, sink).is_some();
        self.refuse_duplicate(old, "sink", text);
        self
    }

    /// Adds a workflow.
    #[must_use]
    pub fn workflow(mut self, id: impl Into<WorkflowId>, workflow: Arc<dyn Workflow>) -> Self {
        let id = id.into();
        let text = id.to_string();
        let old = self.registry.workflows.insert(id, workflow).is_some();
        self.refuse_duplicate(old, "workflow", text);
        self
    }

    /// Sets how long things are kept.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Takes the time from another clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Builds the monitor. Nothing happens until it is driven by [`Monitor::run`] or [`Monitor::tick`].
    ///
    /// # Errors
    ///
    /// When a name is used twice, or a workflow names a sink that does not exist.
    pub fn build(self) -> Result<Monitor, BuildError> {
        if let Some(error) = self.duplicate {
            return Err(error);
        }
        for (id, workflow) in &self.registry.workflows {
            if let Some(sink) = workflow.sinks().into_iter().find(|sink| !self.registry.sinks.contains_key(sink)) {
                return Err(BuildError::UnknownSink { workflow: id.clone(), sink });
            }
        }
        Ok(Monitor::assemble(self.store, self.clock, self.settings, self.registry))
    }

    fn refuse_duplicate(&mut self, is: bool, kind: &'static str, id: String) {
        if is && self.duplicate.is_none() {
            self.duplicate = Some(BuildError::Duplicate { kind, id });
        }
    }
}
