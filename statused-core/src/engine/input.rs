//! What goes into the engine and what comes out: two closed sets.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::notice::Notice;
use crate::model::{Account, AggregateKey, DeliveryId, Sightings, SinkId, SourceId, WorkflowId};
use crate::sink::{Outcome, SinkProfile};
use crate::source::{Checkpoint, PollReport, PollRequest, SourceError};
use crate::store::{
    Claim, ClaimRequest, Claimed, Commit, CommitError, Retention, Settlement, SinkState, StoreError, StoredAggregate,
};
use crate::workflow::Workflow;

/// Names a push, so that the one who brought it can be told when it is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Names a piece of work, so that late answers to an earlier piece are recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkId(pub(super) u64);

/// Something that happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Input {
    /// Time has passed, or may have.
    Woke,
    /// Poll by the clock from now on.
    Run,
    /// Poll every source once, now.
    Round,
    /// Poll no longer by the clock, and start no more deliveries.
    Stop,
    /// A source is watched from now on, or has changed.
    SourceAdded {
        /// Its name.
        id: SourceId,
        /// Whose it is.
        account: Account,
        /// The time between two polls.
        interval: Duration,
    },
    /// A source is no longer watched.
    SourceRemoved(SourceId),
    /// A sink takes notifications from now on, or has changed.
    SinkAdded {
        /// Its name.
        id: SinkId,
        /// What it says of itself.
        profile: SinkProfile,
    },
    /// A sink is gone; what waits for it goes on waiting.
    SinkRemoved(SinkId),
    /// A workflow decides from now on, or has changed.
    WorkflowAdded {
        /// Its name.
        id: WorkflowId,
        /// The workflow.
        workflow: Arc<dyn Workflow>,
    },
    /// A workflow decides no longer.
    WorkflowRemoved(WorkflowId),
    /// Answers [`Command::Restore`].
    Restored {
        /// The source.
        source: SourceId,
        /// What it wanted to remember.
        result: Result<Option<Checkpoint>, StoreError>,
    },
    /// Answers [`Command::Poll`].
    Polled {
        /// The source.
        source: SourceId,
        /// When the poll began.
        seen_at: DateTime<Utc>,
        /// What it brought.
        result: Result<PollReport, SourceError>,
    },
    /// Answers [`Command::Poll`]: another monitor polls this source.
    PollLeft {
        /// The source.
        source: SourceId,
    },
    /// A push arrived.
    Pushed {
        /// Whom to tell.
        ticket: Ticket,
        /// Where it came in.
        source: SourceId,
        /// What it says.
        sightings: Sightings,
    },
    /// Answers [`Command::Load`].
    Loaded {
        /// Which work.
        work: WorkId,
        /// What the store holds.
        result: Result<Vec<StoredAggregate>, StoreError>,
    },
    /// Answers [`Command::Commit`].
    Committed {
        /// Which work.
        work: WorkId,
        /// What became of it.
        result: Result<(), CommitError>,
    },
    /// Answers [`Command::Claim`].
    Claimed {
        /// The sink.
        sink: SinkId,
        /// What the store gave.
        result: Result<Claimed, StoreError>,
    },
    /// Answers [`Command::Deliver`].
    Delivered {
        /// The sink.
        sink: SinkId,
        /// Which delivery.
        delivery: DeliveryId,
        /// When the try began.
        began: DateTime<Utc>,
        /// How long it took.
        took: Duration,
        /// What came of it.
        outcome: Outcome,
    },
    /// Answers [`Command::Settle`].
    Settled {
        /// The sink.
        sink: SinkId,
        /// Which delivery.
        delivery: DeliveryId,
        /// The token of the claim that was settled.
        token: u64,
        /// Whether the store has it.
        result: Result<(), StoreError>,
    },
    /// Answers [`Command::LoadSinks`].
    SinksLoaded(Result<BTreeMap<SinkId, SinkState>, StoreError>),
    /// A sink was freed, or a delivery was made pending again.
    Revived(SinkId),
}

/// Something to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Command {
    /// Read a source's checkpoint.
    Restore {
        /// The source.
        source: SourceId,
    },
    /// Poll a source.
    Poll {
        /// What it is asked.
        request: PollRequest,
    },
    /// Read aggregates.
    Load {
        /// For which work.
        work: WorkId,
        /// Which ones.
        keys: Vec<AggregateKey>,
    },
    /// Write.
    Commit {
        /// For which work.
        work: WorkId,
        /// What.
        commit: Commit,
    },
    /// Take due deliveries. Only what an earlier commit has made durable is there to be taken.
    Claim(ClaimRequest),
    /// Deliver.
    Deliver {
        /// Where to.
        sink: SinkId,
        /// What.
        claim: Box<Claim>,
        /// How long it may take.
        timeout: Duration,
    },
    /// End a claim.
    Settle {
        /// The sink.
        sink: SinkId,
        /// How.
        settlement: Settlement,
    },
    /// Read what is kept of the sinks.
    LoadSinks,
    /// Remove what retention allows.
    Prune(Retention),
    /// Tell the one who brought a push.
    Answer {
        /// Which push.
        ticket: Ticket,
        /// Durable, or why not.
        result: Result<(), StoreError>,
    },
    /// Tell the log.
    Tell(Notice),
}
