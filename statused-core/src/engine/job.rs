//! What is to be decided, and what became of it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::input::Ticket;
use crate::model::{Account, AggregateKey, Event, Sightings, SinkId, SourceId, SubjectKey, WorkflowId};
use crate::source::Checkpoint;
use crate::store::{CheckpointWrite, StoreError};

/// What a poll has seen longer ago says nothing any more: this process stood still meanwhile, and others have looked since.
const OLDEST_LOOK: TimeDelta = TimeDelta::minutes(6);

/// The subjects that a look was to see directly because they were in doubt, each with the number of its last transition by
/// then.
pub(super) type Asked = BTreeMap<(AggregateKey, SubjectKey), u64>;

static NOTHING: Asked = Asked::new();

/// What is to be decided.
#[derive(Debug)]
pub(super) enum Job {
    /// What was seen of a source.
    Look { source: SourceId, account: Account, sightings: Sightings, cause: Cause },
    /// A workflow begins.
    Welcome(WorkflowId),
}

/// How something came to be seen.
#[derive(Debug)]
pub(super) enum Cause {
    /// A poll.
    Poll {
        seen_at: DateTime<Utc>,
        asked: Asked,
        /// The aggregates that it looked at because of a hint.
        hinted: BTreeSet<AggregateKey>,
        /// The checkpoint that it was given, and the one that follows, if that is another.
        given: Option<Checkpoint>,
        checkpoint: Option<Checkpoint>,
    },
    /// A push, whose sender waits for an answer.
    Push(Ticket),
    /// Nothing new: something has waited long enough.
    Due,
}

/// What became of a job.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) job: Job,
    pub(super) result: Result<(), StoreError>,
    pub(super) announced: Vec<Event>,
    /// Sinks for which something was written.
    pub(super) sinks: BTreeSet<SinkId>,
    /// It is not known whether something was written, and for whom.
    pub(super) uncertain: bool,
    /// Nothing was decided, since it was seen too long ago or began where another process has gone on since.
    pub(super) too_old: bool,
}

impl Job {
    /// Whether it is about to write where a source has got to.
    pub(super) fn holds_checkpoint(&self, of: &SourceId) -> bool {
        matches!(self, Self::Look { source, cause: Cause::Poll { checkpoint: Some(_), .. }, .. } if source == of)
    }

    /// Whether it came of a poll. If another process has gone on meanwhile, what was seen may be what was before that, and what the
    /// source made of where it had got to is not so any more.
    pub(super) fn is_poll(&self) -> bool {
        matches!(self, Self::Look { cause: Cause::Poll { .. }, .. })
    }

    /// Whether what was seen says nothing any more. That can be so when it comes, and again after each wait for the store.
    pub(super) fn is_too_old(&self, now: DateTime<Utc>) -> bool {
        matches!(self, Self::Look { cause: Cause::Poll { seen_at, .. }, .. } if now - *seen_at > OLDEST_LOOK)
    }
}

impl Cause {
    pub(super) fn asked(&self) -> &Asked {
        match self {
            Self::Poll { asked, .. } => asked,
            Self::Push(_) | Self::Due => &NOTHING,
        }
    }

    /// What is to be written of where the source has got to.
    pub(super) fn checkpoint(&self, of: &SourceId) -> Option<CheckpointWrite> {
        match self {
            Self::Poll { given, checkpoint: Some(checkpoint), .. } => {
                Some(CheckpointWrite::new(of.clone(), given.clone(), checkpoint.clone()))
            }
            Self::Poll { .. } | Self::Push(_) | Self::Due => None,
        }
    }
}

impl Done {
    /// There was nothing to write.
    pub(super) fn nothing(job: Job) -> Self {
        let (announced, sinks) = (Vec::new(), BTreeSet::new());
        Self { job, result: Ok(()), announced, sinks, uncertain: false, too_old: false }
    }

    pub(super) fn too_old(job: Job) -> Self {
        Self { too_old: true, ..Self::nothing(job) }
    }

    pub(super) fn failed(job: Job, error: StoreError) -> Self {
        Self { result: Err(error), ..Self::nothing(job) }
    }
}
