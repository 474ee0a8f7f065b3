//! Looks on their way to a commit: load what is missing, decide, write, and decide again when somebody was faster.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::aggregate::Aggregate;
use super::cache::{Cached, Holding};
use super::held::is_overdue;
use super::input::{Command, WorkId};
use super::job::{Asked, Done, Job};
use super::mark::mark;
use super::notice::Notice;
use super::reconcile::reconcile;
use super::{STORE_PAUSE, announce};
use crate::model::{Account, AggregateKey, Event, Sightings, SinkId, SourceId, SubjectKey, WorkflowId};
use crate::store::{AggregateWrite, Commit, CommitError, StoreError, StoredAggregate};
use crate::workflow::Workflow;

/// The jobs, one after the other, and the aggregates in memory.
///
/// One commit at a time is enough: the store is shared by all of them anyway, and jobs never race each other.
#[derive(Debug, Default)]
pub(super) struct Works {
    queue: VecDeque<Job>,
    active: Option<Active>,
    cache: BTreeMap<AggregateKey, Cached>,
    doubts: BTreeMap<AggregateKey, BTreeMap<SubjectKey, u64>>,
    /// Aggregates with a push that waits for a look, and when it is told without.
    waiting: BTreeMap<AggregateKey, DateTime<Utc>>,
    last_id: u64,
}

#[derive(Debug)]
struct Active {
    id: WorkId,
    job: Job,
    decided: Option<Decided>,
}

/// What a commit will have changed once it is done.
#[derive(Debug)]
struct Decided {
    aggregates: Vec<(AggregateKey, u64, Aggregate)>,
    events: Vec<Event>,
    sinks: BTreeSet<SinkId>,
}

impl Works {
    pub(super) fn push(&mut self, job: Job) {
        self.queue.push_back(job);
    }

    pub(super) fn is_idle(&self) -> bool {
        self.active.is_none() && self.queue.is_empty()
    }

    /// Whether a checkpoint of this source is on its way to the store: a poll that began now would begin with the old one, and
    /// ask again what has just been answered.
    pub(super) fn holds_checkpoint(&self, source: &SourceId) -> bool {
        let active = self.active.iter().map(|active| &active.job);
        active.chain(&self.queue).any(|job| job.holds_checkpoint(source))
    }

    /// The subjects of a source that await a second look, each with the number of its last transition.
    pub(super) fn doubts(&self, source: &SourceId) -> impl Iterator<Item = ((AggregateKey, SubjectKey), u64)> {
        self.doubts.iter().filter(move |(key, _)| key.source() == Some(source)).flat_map(|(key, subjects)| {
            subjects.iter().map(move |(subject, last)| ((key.clone(), subject.clone()), *last))
        })
    }

    /// When the next push has waited long enough.
    pub(super) fn next_overdue(&self) -> Option<DateTime<Utc>> {
        self.waiting.values().min().copied()
    }

    /// An aggregate with a push that has waited long enough. It is named again after a while, should this not help.
    pub(super) fn take_overdue(&mut self, now: DateTime<Utc>) -> Option<AggregateKey> {
        let (key, at) = self.waiting.iter_mut().find(|(_, at)| is_overdue(**at, now))?;
        *at = now + STORE_PAUSE;
        Some(key.clone())
    }

    /// Reads the aggregates of a source again before they are used: another monitor may have written them. What a push
    /// waits for is still owed by whoever took it in.
    pub(super) fn reread(&mut self, source: &SourceId) {
        self.cache.retain(|key, _| key.source() != Some(source));
    }

    /// Forgets the aggregates of a source.
    pub(super) fn forget(&mut self, source: &SourceId) {
        self.waiting.retain(|key, _| key.source() != Some(source));
        self.cache.retain(|key, _| key.source() != Some(source));
        self.doubts.retain(|key, _| key.source() != Some(source));
    }

    /// Begins the next job, if none is under way. Returns what is done without the store.
    pub(super) fn begin(
        &mut self,
        now: DateTime<Utc>,
        workflows: &BTreeMap<WorkflowId, Arc<dyn Workflow>>,
        commands: &mut VecDeque<Command>,
    ) -> Option<Done> {
        if self.active.is_some() {
            return None;
        }
        let job = self.queue.pop_front()?;
        self.advance(job, now, workflows, commands)
    }

    pub(super) fn loaded(
        &mut self,
        work: WorkId,
        result: Result<Vec<StoredAggregate>, StoreError>,
        now: DateTime<Utc>,
        workflows: &BTreeMap<WorkflowId, Arc<dyn Workflow>>,
        commands: &mut VecDeque<Command>,
    ) -> Option<Done> {
        let active = self.active.take_if(|active| active.id == work)?;
        let stored = match result {
            Ok(stored) => stored,
            Err(error) => {
                mark!(LoadFailed);
                return Some(Done::failed(active.job, error));
            }
        };
        for key in self.missing(&active.job, now) {
            self.drop_cached(&key);
            self.cache.insert(key, Cached { read_at: now, held: Holding::Absent });
        }
        for StoredAggregate { key, version, state } in stored {
            match Aggregate::from_json(&state) {
                Ok(aggregate) => self.keep(key, version, aggregate, now),
                Err(error) => {
                    mark!(AggregateUnreadable);
                    commands.push_back(Command::Tell(Notice::AggregateUnreadable(key.clone(), error)));
                    self.cache.insert(key, Cached { read_at: now, held: Holding::Unreadable });
                }
            }
        }
        self.advance(active.job, now, workflows, commands)
    }

    pub(super) fn committed(
        &mut self,
        work: WorkId,
        result: Result<(), CommitError>,
        now: DateTime<Utc>,
        workflows: &BTreeMap<WorkflowId, Arc<dyn Workflow>>,
        commands: &mut VecDeque<Command>,
    ) -> Option<Done> {
        let Active { job, decided, .. } = self.active.take_if(|active| active.id == work)?;
        let decided = decided?;
        match result {
            Ok(()) => {
                for (key, version, aggregate) in decided.aggregates {
                    self.keep(key, version, aggregate, now);
                }
                Some(Done { announced: decided.events, sinks: decided.sinks, ..Done::nothing(job) })
            }
            Err(CommitError::Conflict(keys)) => {
                mark!(CommitConflicted);
                keys.iter().for_each(|key| self.drop_cached(key));
                if job.is_poll() {
                    mark!(LookOutrun);
                    return Some(Done::too_old(job));
                }
                self.advance(job, now, workflows, commands)
            }
            Err(CommitError::Failed(error)) => {
                mark!(CommitFailed);
                Some(Done::failed(job, error))
            }
            Err(CommitError::Unknown(error)) => {
                mark!(CommitUnknown);
                // Reading tells what holds. If it was written, the next look finds nothing new.
                decided.aggregates.iter().for_each(|(key, _, _)| self.drop_cached(key));
                Some(Done { uncertain: true, ..Done::failed(job, error) })
            }
        }
    }

    fn keep(&mut self, key: AggregateKey, version: u64, aggregate: Aggregate, now: DateTime<Utc>) {
        let doubts: BTreeMap<_, _> = aggregate.doubts().map(|(key, subject)| (key.clone(), subject.sequence)).collect();
        if doubts.is_empty() {
            self.doubts.remove(&key);
        } else {
            self.doubts.insert(key.clone(), doubts);
        }
        match aggregate.tell_by() {
            Some(at) => self.waiting.insert(key.clone(), at),
            None => self.waiting.remove(&key),
        };
        self.cache.insert(key, Cached { read_at: now, held: Holding::Known(version, Box::new(aggregate)) });
    }

    /// Whether an aggregate has been looked at, as far as memory tells.
    pub(super) fn knows(&self, key: &AggregateKey) -> bool {
        matches!(self.holding(key), Some(Holding::Known(..)))
    }

    fn drop_cached(&mut self, key: &AggregateKey) {
        self.cache.remove(key);
        self.doubts.remove(key);
        self.waiting.remove(key);
    }

    fn holding(&self, key: &AggregateKey) -> Option<&Holding> {
        self.cache.get(key).map(|cached| &cached.held)
    }

    /// What has to be read before a job can be decided.
    fn missing(&self, job: &Job, now: DateTime<Utc>) -> Vec<AggregateKey> {
        let missing = |key: &&AggregateKey| self.cache.get(key).is_none_or(|cached| cached.is_old(now));
        match job {
            Job::Look { sightings, .. } => sightings.keys().filter(missing).cloned().collect(),
            Job::Welcome(id) => {
                Some(&AggregateKey::Workflow(id.clone())).filter(missing).into_iter().cloned().collect()
            }
        }
    }

    fn advance(
        &mut self,
        job: Job,
        now: DateTime<Utc>,
        workflows: &BTreeMap<WorkflowId, Arc<dyn Workflow>>,
        commands: &mut VecDeque<Command>,
    ) -> Option<Done> {
        if job.is_too_old(now) {
            mark!(LookTooOld);
            return Some(Done::too_old(job));
        }
        self.last_id += 1;
        let id = WorkId(self.last_id);
        let keys = self.missing(&job, now);
        if !keys.is_empty() {
            commands.push_back(Command::Load { work: id, keys });
            self.active = Some(Active { id, job, decided: None });
            return None;
        }
        let (commit, decided) = match &job {
            Job::Look { source, account, sightings, cause } => {
                let (mut commit, decided) = self.decide(account, sightings, cause.asked(), now, workflows);
                commit.checkpoint = cause.checkpoint(source);
                (commit, decided)
            }
            Job::Welcome(workflow) => self.welcome(workflow, now, workflows),
        };
        if commit.is_empty() {
            return Some(Done::nothing(job));
        }
        commands.push_back(Command::Commit { work: id, commit });
        self.active = Some(Active { id, job, decided: Some(decided) });
        None
    }

    fn decide(
        &self,
        account: &Account,
        sightings: &Sightings,
        asked: &Asked,
        now: DateTime<Utc>,
        workflows: &BTreeMap<WorkflowId, Arc<dyn Workflow>>,
    ) -> (Commit, Decided) {
        let mut commit = Commit::new(now);
        let mut decided = Decided { aggregates: Vec::new(), events: Vec::new(), sinks: BTreeSet::new() };
        for (key, sighting) in sightings {
            let (version, known) = match self.holding(key) {
                Some(Holding::Known(version, aggregate)) => (*version, Some(&**aggregate)),
                Some(Holding::Absent) | None => (0, None),
                Some(Holding::Unreadable) => continue,
            };
            // What another has announced since the look began may be newer than what the look has seen.
            let same =
                |subject, last| known.and_then(|known| known.subject(subject)).is_some_and(|s| s.sequence == last);
            let verified = asked.iter().filter(|((of, subject), last)| of == key && same(subject, **last));
            let verified = verified.map(|((_, subject), _)| subject.clone()).collect();
            let Some(news) = reconcile(known, sighting, &verified, now) else { continue };
            for (transition, details) in &news.transitions {
                let event = announce::event(key, &news.aggregate, account, transition, details);
                commit.deliveries.extend(announce::deliveries(&event, workflows));
                commit.history.push(event.clone());
                decided.events.push(event);
            }
            commit.aggregates.push(AggregateWrite::new(key.clone(), version, news.aggregate.to_json()));
            decided.aggregates.push((key.clone(), version + 1, news.aggregate));
        }
        decided.sinks = commit.deliveries.iter().map(|delivery| delivery.sink.clone()).collect();
        (commit, decided)
    }

    fn welcome(
        &self,
        id: &WorkflowId,
        now: DateTime<Utc>,
        workflows: &BTreeMap<WorkflowId, Arc<dyn Workflow>>,
    ) -> (Commit, Decided) {
        let mut commit = Commit::new(now);
        let mut decided = Decided { aggregates: Vec::new(), events: Vec::new(), sinks: BTreeSet::new() };
        let key = AggregateKey::Workflow(id.clone());
        if let (Some(workflow), Some(Holding::Absent)) = (workflows.get(id), self.holding(&key)) {
            mark!(WelcomeSent);
            let aggregate = Aggregate::new(now);
            let event = announce::welcome(id, workflow.name(), now);
            commit.deliveries = announce::welcome_deliveries(&event, id, workflow.as_ref());
            commit.aggregates.push(AggregateWrite::new(key.clone(), 0, aggregate.to_json()));
            decided.sinks = commit.deliveries.iter().map(|delivery| delivery.sink.clone()).collect();
            decided.aggregates.push((key, 1, aggregate));
        }
        (commit, decided)
    }
}
