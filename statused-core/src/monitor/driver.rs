//! Turns the engine's commands into calls, and their results into inputs.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Shared;
use super::guard::{Mishap, guarded};
use crate::engine::{Command, Engine, Health, Input, Notice, Ticket};
use crate::model::{Sightings, SinkId, SourceId};
use crate::sink::{Outcome, Sink};
use crate::source::{PollRequest, Scope, SourceError, SourceErrorKind, StatusSource};
use crate::store::{Claim, CommitError, Lease, StateStore, StoreError, StoreErrorKind};

/// A poll that takes longer has failed.
const POLL_LIMIT: Duration = Duration::from_secs(300);
/// A store that takes longer has not answered.
const STORE_LIMIT: Duration = Duration::from_secs(30);
/// The clock is looked at at least this often: it may have been set, or the machine may have slept.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// How long `run` waits, once it is asked to stop, for what is on its way.
const GRACE: Duration = Duration::from_secs(35);

/// What the monitor's methods ask of whoever drives it.
#[derive(Debug)]
pub(super) enum Message {
    Input(Input),
    Push { source: SourceId, sightings: Sightings, reply: oneshot::Sender<Result<(), StoreError>> },
    Health(oneshot::Sender<Health>),
}

/// The engine and what it has under way. One task at a time drives it.
#[derive(Debug)]
pub(super) struct Driver {
    engine: Engine,
    inbox: mpsc::UnboundedReceiver<Message>,
    tasks: JoinSet<Option<Input>>,
    pushes: BTreeMap<Ticket, oneshot::Sender<Result<(), StoreError>>>,
    last_ticket: u64,
}

impl Driver {
    pub(super) fn new(engine: Engine, inbox: mpsc::UnboundedReceiver<Message>) -> Self {
        Self { engine, inbox, tasks: JoinSet::new(), pushes: BTreeMap::new(), last_ticket: 0 }
    }

    /// Drives by the clock until `shutdown`, then lets what is on its way arrive.
    pub(super) async fn run(&mut self, shared: &Arc<Shared>, shutdown: impl Future<Output = ()>) {
        self.take_messages(shared);
        self.tell(shared, Input::Run);
        tokio::pin!(shutdown);
        loop {
            self.start_commands(shared);
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                () = self.step(shared) => {}
            }
        }
        self.tell(shared, Input::Stop);
        let grace = async {
            loop {
                // What arrives last still has an outcome to be written.
                self.start_commands(shared);
                if self.tasks.is_empty() {
                    break;
                }
                self.step(shared).await;
            }
        };
        if guarded(GRACE, grace).await.is_err() {
            tracing::warn!("stopped with deliveries on their way; they are repeated after the next start");
        }
    }

    /// Polls every source once, and drives until nothing can be done without waiting for the clock.
    pub(super) async fn tick(&mut self, shared: &Arc<Shared>) -> Health {
        // A source that was added before this round belongs to it.
        self.take_messages(shared);
        self.tell(shared, Input::Round);
        loop {
            self.start_commands(shared);
            if self.tasks.is_empty() && self.inbox.is_empty() && self.engine.is_idle(shared.clock.now()) {
                return self.engine.health();
            }
            self.step(shared).await;
        }
    }

    /// Drives until dropped: somebody waits for an answer, and nobody else drives.
    pub(super) async fn serve(&mut self, shared: &Arc<Shared>) {
        loop {
            self.start_commands(shared);
            self.step(shared).await;
        }
    }

    /// Waits for the next thing to happen and takes it in. May be dropped at its await.
    async fn step(&mut self, shared: &Arc<Shared>) {
        let now = shared.clock.now();
        let wait = self.engine.next_deadline().map_or(LONGEST_SLEEP, |at| {
            (at - now).max(TimeDelta::zero()).to_std().unwrap_or_default().min(LONGEST_SLEEP)
        });
        tokio::select! {
            biased;
            Some(joined) = self.tasks.join_next(), if !self.tasks.is_empty() => {
                self.joined(shared, joined);
                while let Some(joined) = self.tasks.try_join_next() {
                    self.joined(shared, joined);
                }
            }
            Some(message) = self.inbox.recv() => self.receive(shared, message),
            () = sleep(wait) => self.tell(shared, Input::Woke),
        }
    }

    fn joined(&mut self, shared: &Arc<Shared>, joined: Result<Option<Input>, tokio::task::JoinError>) {
        match joined {
            Ok(Some(input)) => self.tell(shared, input),
            Ok(None) => {}
            // Everything that can panic is guarded inside of its task; what is left is the runtime shutting down.
            Err(error) => tracing::error!("a task of the monitor ended early: {error}"),
        }
    }

    fn tell(&mut self, shared: &Arc<Shared>, input: Input) {
        self.engine.handle(shared.clock.now(), input);
    }

    fn receive(&mut self, shared: &Arc<Shared>, message: Message) {
        match message {
            Message::Input(input) => self.tell(shared, input),
            Message::Push { source, sightings, reply } => {
                self.last_ticket += 1;
                let ticket = Ticket(self.last_ticket);
                self.pushes.insert(ticket, reply);
                self.tell(shared, Input::Pushed { ticket, source, sightings });
            }
            Message::Health(reply) => drop(reply.send(self.engine.health())),
        }
    }

    fn take_messages(&mut self, shared: &Arc<Shared>) {
        while let Ok(message) = self.inbox.try_recv() {
            self.receive(shared, message);
        }
    }

    fn start_commands(&mut self, shared: &Arc<Shared>) {
        // Names of new parts must reach the engine before what they cause.
        self.take_messages(shared);
        while let Some(command) = self.engine.poll() {
            self.start(shared, command);
        }
    }

    fn start(&mut self, shared: &Arc<Shared>, command: Command) {
        let store = Arc::clone(&shared.store);
        match command {
            Command::Restore { source } => self.spawn(async move {
                let result = from_store(store.checkpoint(&source)).await;
                Some(Input::Restored { source, result })
            }),
            Command::Poll { request } => {
                let (source, holder) = (shared.source(&request.source), shared.holder.clone());
                self.spawn(async move { Some(poll(source, store, holder, request).await) });
            }
            Command::Load { work, keys } => self.spawn(async move {
                let result = from_store(store.load(&keys)).await;
                Some(Input::Loaded { work, result })
            }),
            Command::Commit { work, commit } => self.spawn(async move {
                let result = guarded(STORE_LIMIT, store.commit(commit))
                    .await
                    .unwrap_or_else(|mishap| Err(CommitError::Unknown(mishap.into())));
                Some(Input::Committed { work, result })
            }),
            Command::Claim(request) => self.spawn(async move {
                let sink = request.sink.clone();
                let result = from_store(store.claim(request)).await;
                Some(Input::Claimed { sink, result })
            }),
            Command::Deliver { sink, claim, timeout } => {
                let (place, began) = (shared.sink(&sink), shared.clock.now());
                self.spawn(async move { Some(deliver(place, began, sink, &claim, timeout).await) });
            }
            Command::Settle { sink, settlement } => self.spawn(async move {
                let delivery = settlement.id;
                let result = from_store(store.settle(settlement)).await;
                Some(Input::Settled { sink, delivery, result })
            }),
            Command::LoadSinks => {
                self.spawn(async move { Some(Input::SinksLoaded(from_store(store.sink_states()).await)) });
            }
            Command::Prune(retention) => self.spawn(async move {
                match from_store(store.prune(retention)).await {
                    Ok(pruned) => tracing::debug!(?pruned, "retention has run"),
                    Err(error) => tracing::warn!("retention has failed and will be tried again: {error}"),
                }
                None
            }),
            Command::Answer { ticket, result } => {
                if let Some(reply) = self.pushes.remove(&ticket) {
                    // Whoever asked may have gone.
                    drop(reply.send(result));
                }
            }
            Command::Tell(notice) => log(&notice),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the shell is where things run side by side")]
    fn spawn(&mut self, task: impl Future<Output = Option<Input>> + Send + 'static) {
        self.tasks.spawn(task);
    }
}

// What runs in a task holds only the parts that it calls: whoever drops the monitor drops what it has under way.

async fn poll(
    watched: Option<Arc<dyn StatusSource>>,
    store: Arc<dyn StateStore>,
    holder: String,
    request: PollRequest,
) -> Input {
    let (source, seen_at) = (request.source.clone(), request.now);
    let Some(watched) = watched else { return Input::PollLeft { source } };
    let until = seen_at + POLL_LIMIT.max(watched.interval() * 2);
    let lease = Lease::new(format!("source/{source}"), holder, seen_at, until);
    // Whoever took a push in looks at what it names, whoever polls.
    let ours = if request.scope == Scope::Named { Ok(true) } else { from_store(store.lease(lease)).await };
    match ours {
        Ok(true) => {}
        Ok(false) => return Input::PollLeft { source },
        Err(error) => {
            let error = SourceError::new(SourceErrorKind::Transient, format!("no lease from the store: {error}"));
            return Input::Polled { source, seen_at, result: Err(error) };
        }
    }
    let result = guarded(POLL_LIMIT, watched.poll(request)).await.unwrap_or_else(|mishap| {
        Err(SourceError::new(SourceErrorKind::Transient, format!("the poll {}", mishap.words())))
    });
    Input::Polled { source, seen_at, result }
}

#[expect(clippy::disallowed_methods, reason = "the shell measures how long a try took")]
async fn deliver(
    place: Option<Arc<dyn Sink>>,
    began: DateTime<Utc>,
    sink: SinkId,
    claim: &Claim,
    timeout: Duration,
) -> Input {
    let start = Instant::now();
    let outcome = match place {
        Some(place) => try_once(guarded(timeout, place.deliver(&claim.notification)).await),
        None => Outcome::retry("the sink has been removed"),
    };
    let took = start.elapsed();
    let event = claim.notification.event.id;
    tracing::info!(
        %sink, delivery = %claim.id, %event, verdict = outcome.verdict.name(), status = outcome.status,
        millis = took.as_millis(), detail = outcome.detail, "delivery tried"
    );
    Input::Delivered { sink, delivery: claim.id, began, took, outcome }
}

/// What a sink's answer, or the lack of one, means.
pub(super) fn try_once(answer: Result<Outcome, Mishap>) -> Outcome {
    match answer {
        Ok(outcome) => outcome,
        Err(mishap @ Mishap::TimedOut) => Outcome::ambiguous(format!("the try {}", mishap.words())),
        Err(mishap @ Mishap::Panicked(_)) => Outcome::ambiguous(format!("the sink {}", mishap.words())),
    }
}

async fn from_store<T>(answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    guarded(STORE_LIMIT, answer).await.unwrap_or_else(|mishap| Err(mishap.into()))
}

impl Mishap {
    fn words(&self) -> String {
        match self {
            Self::TimedOut => "has taken too long".to_owned(),
            Self::Panicked(why) => format!("has panicked: {why}"),
        }
    }
}

impl From<Mishap> for StoreError {
    fn from(mishap: Mishap) -> Self {
        Self::new(StoreErrorKind::Unavailable, format!("the store {}", mishap.words()))
    }
}

fn log(notice: &Notice) {
    if notice.is_trouble() {
        tracing::warn!("{notice}");
    } else {
        tracing::info!("{notice}");
    }
}

#[expect(clippy::disallowed_methods, reason = "the shell is what waits")]
async fn sleep(wait: Duration) {
    tokio::time::sleep(wait).await;
}
