//! What an application brings into the worlds, and with which of it a process is started.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;

use super::destination::{Destination, Forwarder};
use crate::RuleWorkflow;
use crate::engine::Settings;
use crate::model::{SinkId, WorkflowId};
use crate::sink::Sink;
use crate::workflow::Workflow;

pub(super) type MakeSink = dyn Fn(Destination) -> Arc<dyn Sink> + Send + Sync;
pub(super) type Workflows = BTreeMap<WorkflowId, Arc<dyn Workflow>>;

/// The workflows and sinks that a simulation runs.
#[derive(Clone, Default)]
pub(super) struct Parts {
    pub(super) workflows: Workflows,
    pub(super) sinks: BTreeMap<SinkId, Arc<MakeSink>>,
    /// Whether any of it is an application's own: then it is not edited.
    pub(super) foreign: bool,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sinks: Vec<_> = self.sinks.keys().collect();
        f.debug_struct("Parts").field("workflows", &self.workflows).field("sinks", &sinks).finish_non_exhaustive()
    }
}

impl Parts {
    /// Adds what is missing: sinks for the workflows, a workflow for the sinks, or two of each.
    pub(super) fn complete(mut self) -> Self {
        self.foreign = !self.workflows.is_empty() || !self.sinks.is_empty();
        if !self.foreign {
            for (id, sink) in [("w0", "a"), ("w1", "b")] {
                self.workflows.insert(id.into(), Arc::new(RuleWorkflow::new(id).sinks([sink])));
            }
        } else if self.workflows.is_empty() {
            let all = RuleWorkflow::new("everything").sinks(self.sinks.keys().cloned());
            self.workflows.insert("everything".into(), Arc::new(all));
        }
        for sink in self.workflows.values().flat_map(|workflow| workflow.sinks()) {
            self.sinks.entry(sink).or_insert_with(|| Arc::new(Forwarder::make));
        }
        self
    }
}

/// What a process is started with.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) workflows: Workflows,
    pub(super) sinks: BTreeSet<SinkId>,
    pub(super) interval: Duration,
    pub(super) settings: Settings,
}

impl Config {
    /// All parts, polled every five minutes.
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            workflows: parts.workflows.clone(),
            sinks: parts.sinks.keys().cloned().collect(),
            interval: Duration::from_secs(300),
            // Who waits for a turn or for another's end may do so patiently: each question is a step.
            settings: Settings {
                standby: Duration::from_secs(600),
                sweep: Duration::from_secs(600),
                ..Settings::default()
            },
        }
    }

    /// What somebody has made of it.
    pub(super) fn edited(&self, parts: &Parts, rng: &mut Rng) -> Self {
        let mut config = self.clone();
        if rng.bool() {
            config.interval = Duration::from_secs(rng.u64(60..1800));
        }
        if rng.bool() {
            config.settings = Settings {
                keep_history: Duration::from_secs(3600 * rng.u64(1..48)),
                keep_deliveries: Duration::from_secs(3600 * rng.u64(1..48)),
                ..config.settings
            };
        }
        if rng.bool() {
            let removed = rng.choice(config.sinks.clone());
            config.sinks.retain(|sink| Some(sink) != removed.as_ref());
        }
        match rng.u32(0..4) {
            0 => {
                let removed = rng.choice(config.workflows.keys().cloned().collect::<Vec<_>>());
                config.workflows.retain(|id, _| Some(id) != removed.as_ref());
            }
            1 if !parts.foreign => {
                let edited = RuleWorkflow::new("edited").statuses(["Ready for Sale", "Live", "Rejected"]).sinks(["b"]);
                config.workflows.insert("w1".into(), Arc::new(edited));
            }
            2 if !parts.foreign => {
                config.workflows.insert("w2".into(), Arc::new(RuleWorkflow::new("third").sinks(["a", "b"])));
            }
            _ => {}
        }
        config
    }
}
