//! What an application holds: the engine, driven.

mod builder;
mod calls;
mod clock;
mod driver;
mod guard;
mod live;
mod span;
mod status;
mod turn;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};

use crate::engine::{self, Engine, Health, Input, Settings};
use crate::model::{
    AggregateKey, DeliveryId, DeliveryRecord, Event, Notification, Sightings, SinkId, SourceId, WorkflowId,
};
use crate::sink::{Outcome, Sink};
use crate::source::{CheckLine, StatusSource};
use crate::store::{DeliveryQuery, HistoryQuery, StateStore, StoreError};
use crate::workflow::Workflow;

pub use builder::{BuildError, MonitorBuilder};
pub use clock::{Clock, SystemClock};
pub use status::{AppStatus, SubjectStatus, status};

use calls::try_once;
use driver::{Driver, Message};
use guard::guarded;
use turn::Turns;

/// Why a monitor could not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MonitorError {
    /// There is no such thing.
    #[error("there is no {kind} named {id:?}")]
    Unknown {
        /// What was looked for.
        kind: &'static str,
        /// Its name.
        id: String,
    },
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Watches sources and delivers what changes.
///
/// Several monitors may share a store that allows it. One of them polls each source, the others stand by: they take over
/// at once when it is stopped in good order, and otherwise about ten seconds after its next poll would have been due.
///
/// It is a handle: clones are cheap and mean the same monitor. [`run`](Self::run) or [`tick`](Self::tick) drives it;
/// every other method may be called at any time, also while it runs, from any task.
#[derive(Clone)]
pub struct Monitor {
    shared: Arc<Shared>,
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor").field("registry", &*self.shared.registry()).finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(crate) struct Shared {
    store: Arc<dyn StateStore>,
    clock: Arc<dyn Clock>,
    registry: Mutex<Registry>,
    inbox: mpsc::UnboundedSender<Message>,
    driver: AsyncMutex<Driver>,
    turns: Arc<Turns>,
}

/// The parts, by name.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    sources: BTreeMap<SourceId, Arc<dyn StatusSource>>,
    sinks: BTreeMap<SinkId, Arc<dyn Sink>>,
    workflows: BTreeMap<WorkflowId, Arc<dyn Workflow>>,
}

impl Monitor {
    /// Begins to put a monitor together on top of a store.
    pub fn builder(store: Arc<dyn StateStore>) -> MonitorBuilder {
        MonitorBuilder::new(store)
    }

    fn assemble(store: Arc<dyn StateStore>, clock: Arc<dyn Clock>, settings: Settings, parts: Registry) -> Self {
        let (sender, inbox) = mpsc::unbounded_channel();
        let driver = AsyncMutex::new(Driver::new(Engine::new(settings), inbox));
        let turns = Arc::new(Turns::new(Arc::clone(&store), Arc::clone(&clock)));
        let shared = Shared { store, clock, registry: Mutex::default(), inbox: sender, driver, turns };
        let monitor = Self { shared: Arc::new(shared) };
        // Sinks first: a source's first news must find them.
        parts.sinks.into_iter().for_each(|(id, sink)| monitor.add_sink(id, sink));
        parts.workflows.into_iter().for_each(|(id, workflow)| monitor.add_workflow(id, workflow));
        parts.sources.into_iter().for_each(|(id, source)| monitor.add_source(id, source));
        monitor
    }

    /// Watches and delivers until `shutdown` is done, then lets what is on its way arrive (35 s at most).
    ///
    /// # Cancellation
    ///
    /// The future may be dropped at any time, as a crash may happen at any time: nothing is lost, and what was on its way
    /// is delivered again by the next run, with the same event id. A second call waits for the first to end.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        self.shared.driver.lock().await.run(&self.shared, shutdown).await;
    }

    /// One round, for cron and serverless functions: polls every source once, delivers what is due, and returns when
    /// nothing is left to do without waiting for the clock. A retry that is due later is left to a later round.
    ///
    /// # Cancellation
    ///
    /// As for [`run`](Self::run). While `run` is active, this waits for it to end.
    pub async fn tick(&self) -> Health {
        self.shared.driver.lock().await.tick(&self.shared).await
    }

    /// Takes in what a push or a letter says. Returns when it is durable: only then may it be confirmed to its sender.
    ///
    /// # Errors
    ///
    /// When the source does not exist, or the store has failed: then nothing was taken in.
    ///
    /// # Cancellation
    ///
    /// A dropped call may or may not have taken effect.
    pub async fn ingest(&self, source: impl Into<SourceId>, sightings: Sightings) -> Result<(), MonitorError> {
        let source = source.into();
        self.shared.source(&source).ok_or_else(|| unknown("source", &source))?;
        let answer = self.ask(|reply| Message::Push { source, sightings, reply }).await;
        Ok(answer
            .unwrap_or_else(|| Err(StoreError::new(crate::store::StoreErrorKind::Other, "the monitor is gone")))?)
    }

    /// Whether a source has ever seen an app (or its account): what else is told of one is not believed.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn knows(&self, key: &AggregateKey) -> Result<bool, StoreError> {
        Ok(!self.shared.store.load(std::slice::from_ref(key)).await?.is_empty())
    }

    /// How things are.
    pub async fn health(&self) -> Health {
        let mut health = self.ask(Message::Health).await.unwrap_or_default();
        for (id, source) in &mut health.sources {
            source.vitals = self.shared.source(id).map(|source| source.vitals()).unwrap_or_default();
        }
        health
    }

    /// What is known of every app and account.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn status(&self) -> Result<Vec<AppStatus>, StoreError> {
        status(self.shared.store.as_ref()).await
    }

    /// What was announced, the newest first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn history(&self, query: HistoryQuery) -> Result<Vec<Event>, StoreError> {
        self.shared.store.history(query).await
    }

    /// Deliveries and their tries, the newest first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn deliveries(&self, query: DeliveryQuery) -> Result<Vec<DeliveryRecord>, StoreError> {
        self.shared.store.deliveries(query).await
    }

    /// Delivers again, whatever became of it before, with the same event id. Frees its sink if that is parked.
    ///
    /// # Errors
    ///
    /// When there is no such delivery, or the store fails.
    pub async fn redeliver(&self, id: DeliveryId) -> Result<(), MonitorError> {
        let sink = self.shared.store.redeliver(id, self.shared.clock.now()).await?;
        let sink = sink.ok_or_else(|| unknown("delivery", &id))?;
        self.send(Input::Revived(sink));
        Ok(())
    }

    /// Sends a sample to a sink, past the outbox. A sink that takes it is freed if it was parked.
    ///
    /// # Errors
    ///
    /// When there is no such sink, or the store fails to note that it is free again. That the sink refuses is no error but
    /// the outcome.
    pub async fn test_sink(&self, id: impl Into<SinkId>) -> Result<Outcome, MonitorError> {
        let id = id.into();
        self.test(&id, &WorkflowId::from("test"), id.as_str()).await
    }

    /// Sends a sample to each sink of a workflow.
    ///
    /// # Errors
    ///
    /// As for [`test_sink`](Self::test_sink).
    pub async fn test_workflow(&self, id: impl Into<WorkflowId>) -> Result<Vec<(SinkId, Outcome)>, MonitorError> {
        let id = id.into();
        let workflow = self.shared.registry().workflows.get(&id).cloned().ok_or_else(|| unknown("workflow", &id))?;
        let mut outcomes = Vec::new();
        for sink in workflow.sinks() {
            let outcome = self.test(&sink, &id, workflow.name()).await?;
            outcomes.push((sink, outcome));
        }
        Ok(outcomes)
    }

    async fn test(&self, sink: &SinkId, workflow: &WorkflowId, place: &str) -> Result<Outcome, MonitorError> {
        let target = self.shared.sink(sink).ok_or_else(|| unknown("sink", sink))?;
        let event = engine::test_event(workflow, place, self.shared.clock.now());
        let notification = Notification::new(event, workflow.clone());
        let timeout = target.profile().timeout;
        let outcome = try_once(guarded(timeout, target.deliver(&notification)).await);
        if outcome.is_success() && self.shared.store.revive(sink).await? {
            self.send(Input::Revived(sink.clone()));
        }
        Ok(outcome)
    }

    /// Checks the credentials and permissions of every source.
    pub async fn check(&self) -> BTreeMap<SourceId, Vec<CheckLine>> {
        let sources = self.shared.registry().sources.clone();
        let mut lines = BTreeMap::new();
        for (id, source) in sources {
            lines.insert(id, source.check().await);
        }
        lines
    }

    fn send(&self, input: Input) {
        // The receiver lives in `shared`, as the sender does.
        drop(self.shared.inbox.send(Message::Input(input)));
    }

    /// Asks whoever drives the monitor; if nobody does, drives it until the answer is there.
    async fn ask<T>(&self, message: impl FnOnce(oneshot::Sender<T>) -> Message) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        drop(self.shared.inbox.send(message(reply)));
        tokio::select! {
            biased;
            answer = answer => answer.ok(),
            () = async { self.shared.driver.lock().await.serve(&self.shared).await } => None,
        }
    }
}

impl Shared {
    fn registry(&self) -> MutexGuard<'_, Registry> {
        // A map insert or remove cannot panic half-way.
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn source(&self, id: &SourceId) -> Option<Arc<dyn StatusSource>> {
        self.registry().sources.get(id).cloned()
    }

    fn sink(&self, id: &SinkId) -> Option<Arc<dyn Sink>> {
        self.registry().sinks.get(id).cloned()
    }
}

fn unknown(kind: &'static str, id: &impl fmt::Display) -> MonitorError {
    MonitorError::Unknown { kind, id: id.to_string() }
}
