//! Changes while it runs.

use std::sync::Arc;

use super::Monitor;
use super::guard::GuardedWorkflow;
use crate::engine::Input;
use crate::model::{SinkId, SourceId, WorkflowId};
use crate::sink::Sink;
use crate::source::StatusSource;
use crate::workflow::Workflow;

impl Monitor {
    /// Adds a source, or replaces the one of that name.
    pub fn add_source(&self, id: impl Into<SourceId>, source: Arc<dyn StatusSource>) {
        let id = id.into();
        let (account, interval) = (source.account(), source.interval());
        self.shared.registry().sources.insert(id.clone(), source);
        self.send(Input::SourceAdded { id, account, interval });
    }

    /// Watches a source no longer. What is known of its apps stays, and is taken up if it comes back.
    pub fn remove_source(&self, id: impl Into<SourceId>) {
        let id = id.into();
        self.shared.registry().sources.remove(&id);
        self.send(Input::SourceRemoved(id));
    }

    /// Adds a sink, or replaces the one of that name: what waits for it goes to the new one.
    pub fn add_sink(&self, id: impl Into<SinkId>, sink: Arc<dyn Sink>) {
        let id = id.into();
        let profile = sink.profile();
        self.shared.registry().sinks.insert(id.clone(), sink);
        self.send(Input::SinkAdded { id, profile });
    }

    /// Removes a sink. What waits for it goes on waiting, in case it comes back.
    pub fn remove_sink(&self, id: impl Into<SinkId>) {
        let id = id.into();
        self.send(Input::SinkRemoved(id.clone()));
        self.shared.registry().sinks.remove(&id);
    }

    /// Adds a workflow, or replaces the one of that name. A new one that is enabled sends its welcome.
    pub fn add_workflow(&self, id: impl Into<WorkflowId>, workflow: Arc<dyn Workflow>) {
        let id = id.into();
        self.shared.registry().workflows.insert(id.clone(), Arc::clone(&workflow));
        let workflow = Arc::new(GuardedWorkflow(workflow));
        self.send(Input::WorkflowAdded { id, workflow });
    }

    /// Removes a workflow. What it has already routed is still delivered.
    pub fn remove_workflow(&self, id: impl Into<WorkflowId>) {
        let id = id.into();
        self.shared.registry().workflows.remove(&id);
        self.send(Input::WorkflowRemoved(id));
    }
}
