//! Turns the engine's commands into calls, and their results into inputs.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::Shared;
use super::calls::{Try, commit, deliver, from_store, log, poll};
use super::guard::guarded;
use super::span::Span;
use crate::engine::{Command, Engine, Health, Input, Ticket};
use crate::model::{Sightings, SinkId, SourceId};
use crate::store::StoreError;

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
    /// Outcomes on their way to the store. There is one for each try, and nothing in it to do side by side: a task for each
    /// would cost more than what it does.
    settling: FuturesUnordered<BoxFuture<'static, Input>>,
    pushes: BTreeMap<Ticket, oneshot::Sender<Result<(), StoreError>>>,
    last_ticket: u64,
    /// How long the last claim of each sink lasts.
    claims: BTreeMap<SinkId, Span>,
}

impl Driver {
    pub(super) fn new(engine: Engine, inbox: mpsc::UnboundedReceiver<Message>) -> Self {
        Self {
            engine,
            inbox,
            tasks: JoinSet::new(),
            settling: FuturesUnordered::new(),
            pushes: BTreeMap::new(),
            last_ticket: 0,
            claims: BTreeMap::new(),
        }
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
                // What arrives last still has an outcome to be written, if need be a second time.
                self.start_commands(shared);
                if self.nothing_is_under_way() && !self.engine.owes_settlements() {
                    break;
                }
                self.step(shared).await;
            }
        };
        if guarded(GRACE, grace).await.is_err() {
            tracing::warn!("stopped with deliveries on their way; they are repeated after the next start");
        }
        shared.turns.end().await;
    }

    /// Polls every source once, and drives until nothing can be done without waiting for the clock.
    pub(super) async fn tick(&mut self, shared: &Arc<Shared>) -> Health {
        // A turn of an earlier run is no reason to leave this round to another.
        shared.turns.forget();
        // A source that was added before this round belongs to it.
        self.take_messages(shared);
        self.tell(shared, Input::Round);
        loop {
            self.start_commands(shared);
            if self.nothing_is_under_way() && self.inbox.is_empty() && self.engine.is_idle(shared.clock.now()) {
                // Whoever comes next, a process of its own perhaps, need not wait for it.
                shared.turns.end().await;
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
            Some(joined) = self.tasks.join_next(), if !self.tasks.is_empty() => self.joined(shared, joined),
            Some(input) = self.settling.next() => self.tell(shared, input),
            Some(message) = self.inbox.recv() => self.receive(shared, message),
            () = sleep(wait) => self.tell(shared, Input::Woke),
        }
        // What has ended together is taken in together: the engine then asks for as much as has become free at once.
        while let Some(joined) = self.tasks.try_join_next() {
            self.joined(shared, joined);
        }
        while let Some(Some(input)) = self.settling.next().now_or_never() {
            self.tell(shared, input);
        }
    }

    fn nothing_is_under_way(&self) -> bool {
        self.tasks.is_empty() && self.settling.is_empty()
    }

    fn joined(&mut self, shared: &Arc<Shared>, joined: Result<Option<Input>, tokio::task::JoinError>) {
        match joined {
            Ok(Some(input)) => {
                let polled = if let Input::Polled { source, .. } = &input { Some(source.clone()) } else { None };
                self.tell(shared, input);
                if let Some(source) = polled {
                    self.keep_turn(shared, source);
                }
            }
            Ok(None) => {}
            // Everything that can panic is guarded inside of its task; what is left is the runtime shutting down.
            Err(error) => tracing::error!("a task of the monitor ended early: {error}"),
        }
    }

    /// The next poll may be due later than usual; nobody else shall poll until then.
    fn keep_turn(&mut self, shared: &Arc<Shared>, source: SourceId) {
        if let Some(due) = self.engine.poll_due(&source) {
            let turns = Arc::clone(&shared.turns);
            self.spawn(async move {
                turns.keep(&source, due).await;
                None
            });
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
                let (source, turns) = (shared.source(&request.source), Arc::clone(&shared.turns));
                self.spawn(async move { Some(poll(source, turns, request).await) });
            }
            Command::Load { work, keys } => self.spawn(async move {
                let result = from_store(store.load(&keys)).await;
                Some(Input::Loaded { work, result })
            }),
            Command::Commit { work, commit: written } => self.spawn(async move {
                let result = commit(store, written).await;
                Some(Input::Committed { work, result })
            }),
            Command::Claim(request) => {
                let sink = request.sink.clone();
                // What it brings is delivered before the sink's next claim.
                self.claims.insert(sink.clone(), Span::new(shared.clock.now(), request.lease_until));
                self.spawn(async move {
                    let result = from_store(store.claim(request)).await;
                    Some(Input::Claimed { sink, result })
                });
            }
            Command::Deliver { sink, claim, timeout } => {
                let (place, clock) = (shared.sink(&sink), Arc::clone(&shared.clock));
                let trying = Try { lease: self.claims.get(&sink).copied(), sink, claim, timeout };
                self.spawn(async move { Some(deliver(place, clock, trying).await) });
            }
            Command::Settle { sink, settlement } => self.settling.push(Box::pin(async move {
                let (delivery, token) = (settlement.id, settlement.token);
                let result = from_store(store.settle(settlement)).await;
                Input::Settled { sink, delivery, token, result }
            })),
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

#[expect(clippy::disallowed_methods, reason = "the shell is what waits")]
async fn sleep(wait: Duration) {
    tokio::time::sleep(wait).await;
}
