//! One machine: its process, its clock, and what it has on its way.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::agenda::{Happening, Run};
use crate::engine::Engine;
use crate::model::{DeliveryId, SinkId, SourceId};
use crate::testkit::sim::parts::Config;
use crate::testkit::sim::trace::Place;

#[derive(Debug)]
pub(super) struct Machine {
    pub(super) engine: Option<Engine>,
    generation: u32,
    number: usize,
    /// How far its clock is ahead of true time.
    pub(super) skew: TimeDelta,
    /// The number and the time of the wake that counts.
    pub(super) alarm: (u64, Option<DateTime<Utc>>),
    /// It stands still (SIGSTOP): what comes waits.
    pub(super) paused: bool,
    /// It was asked to stop, and lets arrive what is on its way.
    pub(super) stopping: bool,
    pub(super) late: Vec<Happening>,
    pub(super) config: Config,
    /// Deliveries that were begun and of which the store does not know the end.
    pub(super) flying: BTreeMap<DeliveryId, Place>,
    /// Sinks of which it knows that nothing is to be delivered, and until when by its clock: so the store has it, too.
    pub(super) patience: BTreeMap<SinkId, DateTime<Utc>>,
    /// The ends of its turns to poll.
    pub(super) turns: BTreeMap<SourceId, DateTime<Utc>>,
}

impl Machine {
    pub(super) fn new(number: usize, skew: TimeDelta, config: Config) -> Self {
        Self {
            engine: None,
            generation: 0,
            number,
            skew,
            alarm: (0, None),
            paused: false,
            stopping: false,
            late: Vec::new(),
            config,
            flying: BTreeMap::new(),
            patience: BTreeMap::new(),
            turns: BTreeMap::new(),
        }
    }

    /// The process of now.
    pub(super) fn run(&self) -> Run {
        Run { machine: self.number, generation: self.generation }
    }

    /// Whether a process is still there.
    pub(super) fn runs(&self, run: Run) -> bool {
        self.engine.is_some() && self.generation == run.generation
    }

    /// The name under which the process of now holds leases.
    pub(super) fn holder(&self) -> String {
        format!("{}/{}", self.number, self.generation)
    }

    /// A process begins.
    pub(super) fn begin(&mut self, engine: Engine, config: Config) {
        self.generation += 1;
        self.engine = Some(engine);
        self.config = config;
    }

    /// The process is no more. Returns the deliveries that it had on their way.
    pub(super) fn end(&mut self) -> Vec<Place> {
        self.generation += 1;
        self.engine = None;
        (self.paused, self.stopping) = (false, false);
        self.turns.clear();
        self.patience.clear();
        self.late.clear();
        std::mem::take(&mut self.flying).into_values().collect()
    }
}
