//! What is simulated, and how often.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;

use super::apple::AppStore;
use super::calendar::Calendar;
use super::destination::Destination;
use super::faults::Faults;
use super::guest::{Fouls, Guest};
use super::parts::Parts;
use super::report::{Report, Totals};
use super::scene::Scene;
use super::world::{Setting, World, source};
use crate::model::{SinkId, SourceId, WorkflowId};
use crate::sink::Sink;
use crate::workflow::Workflow;

/// The time between two polls: seldom enough for many years, often enough to see most.
const INTERVAL: Duration = Duration::from_secs(600);

type Draw = dyn Fn(&mut Rng, &SourceId, &Calendar) -> Box<dyn Scene> + Send + Sync;

/// Worlds to be lived through: which store, which parts of an application, and which seeds.
///
/// Without anything of one's own it is App Store Connect, two workflows and two sinks.
///
/// # Example
///
/// A workflow and a sink of one's own, in a hundred worlds.
///
/// ```
/// use std::sync::Arc;
///
/// use async_trait::async_trait;
/// use statused_core::model::Notification;
/// use statused_core::sink::SinkProfile;
/// use statused_core::testkit::sim::{Destination, Simulation};
/// use statused_core::{Outcome, RuleWorkflow, Sink};
///
/// #[derive(Debug)]
/// struct Pager(Destination);
///
/// #[async_trait]
/// impl Sink for Pager {
///     fn profile(&self) -> SinkProfile {
///         SinkProfile::default()
///     }
///     async fn deliver(&self, notification: &Notification) -> Outcome {
///         self.0.take(notification).into()
///     }
/// }
///
/// let rejections = RuleWorkflow::new("rejections").statuses(["Rejected"]).sinks(["pager"]);
/// let totals = Simulation::new()
///     .workflow("rejections", Arc::new(rejections))
///     .sink("pager", |destination| Arc::new(Pager(destination)))
///     .seeds(0..100)
///     .check()
///     .unwrap_or_else(|broken| panic!("{broken}"));
/// assert!(totals.received > 0);
/// ```
#[derive(Clone)]
pub struct Simulation {
    draw: Arc<Draw>,
    parts: Parts,
    seeds: Range<u64>,
    threads: usize,
    machines: usize,
    replay: String,
}

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulation").field("parts", &self.parts).field("seeds", &self.seeds).finish_non_exhaustive()
    }
}

impl Default for Simulation {
    fn default() -> Self {
        Self::new()
    }
}

impl Simulation {
    /// The seeds 0 to 999, on one thread.
    pub fn new() -> Self {
        Self {
            draw: Arc::new(|rng, source, calendar| Box::new(AppStore::draw(rng, source, calendar))),
            parts: Parts::default(),
            seeds: 0..1000,
            threads: 1,
            machines: 3,
            replay: "cargo run -p statused-core --features testkit --example simulate -- --seed {seed}".to_owned(),
        }
    }

    /// A store of one's own: what draws it is given the seed's randomness, the source that watches it, and the time in
    /// which its changes shall happen. `replay` is the command that replays a seed, with `{seed}` in its place.
    #[must_use]
    pub fn scene(
        mut self,
        replay: impl Into<String>,
        draw: impl Fn(&mut Rng, &SourceId, &Calendar) -> Box<dyn Scene> + Send + Sync + 'static,
    ) -> Self {
        (self.draw, self.replay) = (Arc::new(draw), replay.into());
        self
    }

    /// A workflow of one's own; the first takes the place of the usual ones. Sinks that it names and that are not added
    /// are there all the same.
    #[must_use]
    pub fn workflow(mut self, id: impl Into<WorkflowId>, workflow: Arc<dyn Workflow>) -> Self {
        self.parts.workflows.insert(id.into(), workflow);
        self.own()
    }

    /// A sink of one's own, made anew for each world. It delivers to the [`Destination`] that it is given, which refuses,
    /// throttles, dies or takes without answering. It must not wait for anything else.
    #[must_use]
    pub fn sink(
        mut self,
        id: impl Into<SinkId>,
        make: impl Fn(Destination) -> Arc<dyn Sink> + Send + Sync + 'static,
    ) -> Self {
        self.parts.sinks.insert(id.into(), Arc::new(make));
        self.own()
    }

    fn own(mut self) -> Self {
        self.replay = "Simulation::run({seed})".to_owned();
        self
    }

    /// So many machines at most share a store; up to three, unless said.
    #[must_use]
    pub fn machines(mut self, most: usize) -> Self {
        self.machines = most.max(1);
        self
    }

    /// Which seeds.
    #[must_use]
    pub fn seeds(mut self, seeds: Range<u64>) -> Self {
        self.seeds = seeds;
        self
    }

    /// On how many threads; each world lives on one.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Lives through one seed and tells its story.
    pub fn run(&self, seed: u64) -> Report {
        self.live(seed, true)
    }

    /// Lives through all seeds and adds up. Ends early when a promise is broken.
    ///
    /// # Errors
    ///
    /// The report of the smallest seed that was found to break a promise.
    pub fn check(&self) -> Result<Totals, Box<Report>> {
        let next = AtomicU64::new(self.seeds.start);
        // No seed beyond this one matters any more.
        let end = AtomicU64::new(self.seeds.end);
        let sum = Mutex::new(Totals::default());
        let work = || {
            let mut totals = Totals::default();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= end.load(Ordering::Relaxed) {
                    break;
                }
                let report = self.live(seed, false);
                if report.violations.is_empty() {
                    totals.add(&report.totals);
                } else {
                    end.fetch_min(seed, Ordering::Relaxed);
                }
            }
            sum.lock().unwrap_or_else(PoisonError::into_inner).add(&totals);
        };
        std::thread::scope(|scope| {
            (1..self.threads).for_each(|_| drop(scope.spawn(work)));
            work();
        });
        let broken = end.into_inner();
        if broken < self.seeds.end {
            return Err(Box::new(self.run(broken)));
        }
        Ok(sum.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn live(&self, seed: u64, told: bool) -> Report {
        let fouls = Fouls::default();
        let mut parts = self.parts.clone();
        for workflow in parts.workflows.values_mut() {
            *workflow = Arc::new(Guest::new(Arc::clone(workflow), Arc::clone(&fouls)));
        }
        let parts = parts.complete();
        let mut rng = Rng::with_seed(seed);
        let calendar = Calendar::long();
        let faults = Faults::draw(&mut rng, parts.foreign);
        let scene = (self.draw)(&mut rng, &source(), &calendar);
        let sweep = Duration::from_secs(rng.choice([60, 600, 600, 600, 600, 600]).unwrap_or(600));
        let machines = rng.choice([1, 1, 1, 2, 2, 3]).unwrap_or(1).min(self.machines);
        let mut setting = Setting::new(seed, rng, calendar, scene, &parts);
        (setting.interval, setting.sweep) = (INTERVAL, sweep);
        (setting.faults, setting.machines, setting.told, setting.fouls) = (faults, machines, told, fouls);
        let mut world = World::new(setting);
        world.live();
        let mut report = world.report();
        report.replay = self.replay.replace("{seed}", &seed.to_string());
        report
    }
}
