//! The pure state machine that decides what has changed, what is announced, and what is delivered when.
//!
//! ```text
//!              handle(now, Input)                    poll() -> Command
//!  Polled, Pushed ──▶ works: load ─▶ reconcile ─▶ commit ──▶ Load, Commit, Answer
//!  Claimed,       ──▶ outbox: claim ─▶ deliver ─▶ settle ──▶ Claim, Deliver, Settle
//!  Delivered …
//!  Woke           ──▶ watches: what is due ────────────────▶ Restore, Poll, Prune
//! ```
//!
//! No async, I/O, clock, randomness or hash order: the same inputs give the same commands. `now` is wall time that may
//! jump or run backwards. The crate's `clippy.toml` keeps it so.

mod aggregate;
mod announce;
mod backoff;
mod cache;
mod decide;
mod evidence;
mod health;
mod held;
mod input;
mod job;
mod letters;
mod mailbox;
pub(crate) mod mark;
mod notice;
mod outbox;
mod rate;
mod reconcile;
mod slot;
mod step;
mod steps;
#[cfg(test)]
mod tests;
mod trail;
mod watch;
mod way;
mod work;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::{Attempt, SourceId, WorkflowId};
use crate::workflow::Workflow;

pub(crate) use aggregate::Aggregate;
pub(crate) use announce::test_event;
pub use health::{Health, SinkHealth, SourceHealth};
pub use input::{Command, Input, Ticket, WorkId};
pub use notice::Notice;

use mark::mark;
use outbox::Outbox;
use watch::Watch;
use work::Works;

/// The wait before something is tried again that the store failed to do.
const STORE_PAUSE: Duration = Duration::from_secs(5);

/// What the engine is told once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How long announced events are kept.
    pub keep_history: Duration,
    /// How long settled deliveries are kept.
    pub keep_deliveries: Duration,
    /// How often to ask for the turn to poll a source while another monitor has it, unless the source's own interval is shorter.
    pub standby: Duration,
    /// How often to look for deliveries that another monitor has queued and did not live to make; and twice as often,
    /// while a sink is held or parked, whether another process has freed it.
    pub sweep: Duration,
}

impl Default for Settings {
    /// A year of history, 30 days of settled deliveries, to ask for a turn every five seconds, to sweep every minute.
    fn default() -> Self {
        let day = Duration::from_secs(24 * 3600);
        Self {
            keep_history: 365 * day,
            keep_deliveries: 30 * day,
            standby: Duration::from_secs(5),
            sweep: Duration::from_secs(60),
        }
    }
}

/// The state machine. See the [module](self).
#[derive(Debug)]
pub struct Engine {
    settings: Settings,
    by_the_clock: bool,
    draining: bool,
    watches: BTreeMap<SourceId, Watch>,
    workflows: BTreeMap<WorkflowId, Arc<dyn Workflow>>,
    /// Workflows that may not have begun yet, and when to find out.
    welcomes: BTreeMap<WorkflowId, DateTime<Utc>>,
    works: Works,
    outbox: Outbox,
    /// When the sinks' records are read next; `None` while that is under way.
    sinks_at: Option<DateTime<Utc>>,
    /// Whether it is known which sinks are held or parked. Nothing is delivered before.
    sinks_known: bool,
    prune_at: Option<DateTime<Utc>>,
    store_error: Option<String>,
    announced: u64,
    last_now: Option<DateTime<Utc>>,
    commands: VecDeque<Command>,
    /// When the last input came, until what it allows has been started.
    unstarted: Option<DateTime<Utc>>,
}

impl Engine {
    /// An engine that knows nothing yet. Its first command reads what is kept of the sinks.
    pub fn new(settings: Settings) -> Self {
        Self {
            outbox: Outbox::new(settings.sweep),
            settings,
            by_the_clock: false,
            draining: false,
            watches: BTreeMap::new(),
            workflows: BTreeMap::new(),
            welcomes: BTreeMap::new(),
            works: Works::default(),
            sinks_at: None,
            sinks_known: false,
            prune_at: None,
            store_error: None,
            announced: 0,
            last_now: None,
            commands: VecDeque::from([Command::LoadSinks]),
            unstarted: None,
        }
    }

    /// Takes in what happened. `now` is the wall time; it may jump. What came together is best taken in together, before
    /// [`poll`](Self::poll) starts what all of it allows.
    pub fn handle(&mut self, now: DateTime<Utc>, input: Input) {
        self.mind_the_clock(now);
        match input {
            Input::Woke => {}
            Input::Run => {
                (self.by_the_clock, self.draining) = (true, false);
                self.prune_at.get_or_insert(now);
            }
            Input::Round => {
                self.draining = false;
                self.watches.values_mut().for_each(|watch| watch.wanted = true);
            }
            Input::Stop => (self.by_the_clock, self.draining) = (false, true),
            Input::SourceAdded { id, account, interval } => {
                let watch = self.watches.entry(id).or_insert_with(|| Watch::new(account.clone(), interval, now));
                (watch.account, watch.interval, watch.due) = (account, interval, now);
            }
            Input::SourceRemoved(id) => {
                self.watches.remove(&id);
                self.works.forget(&id);
            }
            Input::SinkAdded { id, profile } => self.outbox.add(id, profile, now),
            Input::SinkRemoved(id) => self.outbox.remove(&id),
            Input::WorkflowAdded { id, workflow } => {
                if workflow.enabled() {
                    self.welcomes.insert(id.clone(), now);
                }
                self.workflows.insert(id, workflow);
            }
            Input::WorkflowRemoved(id) => {
                self.workflows.remove(&id);
                self.welcomes.remove(&id);
            }
            Input::Restored { source, result } => self.restored(&source, result, now),
            Input::Polled { source, seen_at, result } => self.polled(source, seen_at, result, now),
            Input::PollLeft { source } => {
                if let Some(watch) = self.watches.get_mut(&source) {
                    mark!(PollLeftToAnother);
                    watch.left(self.settings.standby, now);
                    self.works.reread(&source);
                }
            }
            Input::Pushed { ticket, source, sightings } => self.pushed(ticket, source, sightings),
            Input::Loaded { work, result } => {
                let done = self.works.loaded(work, result, now, &self.workflows, &mut self.commands);
                self.finish(done, now);
            }
            Input::Committed { work, result } => {
                let done = self.works.committed(work, result, now, &self.workflows, &mut self.commands);
                self.finish(done, now);
            }
            Input::Claimed { sink, result } => {
                let result = self.outbox.claimed(&sink, result, now, &mut self.commands);
                self.store_answered(result);
            }
            Input::Delivered { sink, delivery, began, took, outcome } => {
                let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                let attempt = Attempt::new(began, millis, &outcome);
                self.outbox.delivered(&sink, delivery, &attempt, &outcome, now, &mut self.commands);
            }
            Input::Settled { sink, delivery, token, result } => {
                let result = self.outbox.settled(&sink, delivery, token, result, now, &mut self.commands);
                self.store_answered(result);
            }
            Input::SinksLoaded(result) => {
                let result = result.map(|states| {
                    let notices = self.outbox.restore(&states, now);
                    self.commands.extend(notices.into_iter().map(Command::Tell));
                });
                if result.is_err() {
                    mark!(SinksUnread);
                }
                self.sinks_known |= result.is_ok();
                self.sinks_at = Some(now + if self.sinks_known { self.settings.sweep / 2 } else { STORE_PAUSE });
                self.store_answered(result);
            }
            Input::Revived(sink) => {
                let notice = self.outbox.revive(&sink, now);
                self.commands.extend(notice.map(Command::Tell));
            }
        }
        self.unstarted = Some(now);
    }

    /// The next thing to do, in order. `None`: nothing until the next input.
    pub fn poll(&mut self) -> Option<Command> {
        if self.commands.is_empty()
            && let Some(now) = self.unstarted.take()
        {
            self.pump(now);
        }
        self.commands.pop_front()
    }

    /// When to call [`handle`](Self::handle) with [`Input::Woke`] at the latest.
    pub fn next_deadline(&self) -> Option<DateTime<Utc>> {
        let can_poll = |id, watch: &Watch| self.by_the_clock && !watch.polling && !self.works.holds_checkpoint(id);
        let polls = self.watches.iter().filter(|(id, watch)| can_poll(id, watch)).map(|(_, watch)| watch.next_due());
        let sinks = self.sinks_at.filter(|_| self.minds_sinks());
        let deliveries = self.outbox.next_deadline(self.may_deliver());
        let prune = self.prune_at.filter(|_| self.by_the_clock);
        let waiting = self.works.next_overdue();
        polls.chain(waiting).chain(self.welcomes.values().copied()).chain(deliveries).chain(sinks).chain(prune).min()
    }

    /// When a source is polled next by the clock. `None`: it is not watched.
    pub fn poll_due(&self, source: &SourceId) -> Option<DateTime<Utc>> {
        self.watches.get(source).map(|watch| watch.due)
    }

    /// Whether nothing is under way and nothing can be started at `now` without the clock.
    pub fn is_idle(&self, now: DateTime<Utc>) -> bool {
        self.commands.is_empty()
            && self.unstarted.is_none()
            && self.works.is_idle()
            && self.sinks_at.is_some_and(|at| self.sinks_known || at > now)
            && (!self.sinks_known || self.outbox.is_idle(now))
            && self.welcomes.values().all(|at| *at > now)
            && self.watches.values().all(|watch| !watch.polling && !watch.wanted)
    }

    /// Whether anything awaits a second look.
    #[cfg(feature = "testkit")]
    pub(crate) fn doubts_anything(&self) -> bool {
        self.watches.keys().any(|source| self.works.doubts(source).next().is_some())
    }

    fn may_deliver(&self) -> bool {
        self.sinks_known && !self.draining
    }

    /// Whether the sinks' records are to be read now and then: nobody has yet, or another process may have freed one.
    fn minds_sinks(&self) -> bool {
        !self.sinks_known || self.last_now.is_some_and(|now| self.outbox.any_stopped(now))
    }

    /// Whether the outcome of a delivery still has to be written down.
    pub fn owes_settlements(&self) -> bool {
        self.outbox.owes_settlements()
    }

    /// How things are.
    pub fn health(&self) -> Health {
        let sources = self.watches.iter().map(|(id, watch)| {
            let mut health = watch.health.clone();
            health.next_poll = self.by_the_clock.then_some(watch.due);
            (id.clone(), health)
        });
        Health {
            sources: sources.collect(),
            sinks: self.outbox.health().collect(),
            store_error: self.store_error.clone(),
            announced: self.announced,
        }
    }

    /// Deadlines are wall times: when the clock is set back, they move with it.
    fn mind_the_clock(&mut self, now: DateTime<Utc>) {
        let last = self.last_now.replace(now).unwrap_or(now);
        let shift = last - now;
        if shift <= TimeDelta::seconds(1) {
            return;
        }
        mark!(ClockSetBack);
        self.watches.values_mut().for_each(|watch| watch.rebase(shift));
        self.welcomes.values_mut().for_each(|at| *at -= shift);
        self.sinks_at = self.sinks_at.map(|at| at - shift);
        self.prune_at = self.prune_at.map(|at| at - shift);
        self.outbox.rebase(shift, now);
    }
}
