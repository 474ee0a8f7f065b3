//! What must survive: aggregates, history, the outbox, checkpoints and leases.

mod error;
mod memory;
mod query;
mod tables;
mod types;

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::model::{AggregateKey, DeliveryId, DeliveryRecord, Event, SinkId, SourceId};
use crate::source::Checkpoint;

pub use error::{CommitError, StoreError, StoreErrorKind};
pub use memory::MemoryStore;
pub use query::{DeliveryQuery, HistoryQuery, Pruned, Retention};
pub use tables::Tables;
pub use types::{
    AggregateWrite, CheckpointWrite, Claim, ClaimRequest, Claimed, Commit, Lease, Settlement, SettlementKind,
    SinkState, StoredAggregate,
};

/// Keeps the monitor's state.
///
/// Each method says what it promises. The kit in `testkit::conformance::store` has a check for every promise, under the
/// same id, and [`Tables`] are all of them in the plainest form.
///
/// A place is where a store keeps its data; a handle is one opening of it. A lane is what goes one after the other: the
/// deliveries of one aggregate to one sink, in the order of their numbers.
///
/// # Contract
///
/// * `store.always.1`: what only reads ([`load`](Self::load), [`list`](Self::list), [`checkpoint`](Self::checkpoint),
///   [`sink_states`](Self::sink_states), [`history`](Self::history), [`deliveries`](Self::deliveries)) writes nothing
///   durable; nor does a call that finds nothing to do.
/// * `store.always.2`: two handles to one place see at once what the other has written; or there is only one, and another
///   is refused as [`StoreErrorKind::Locked`].
/// * `store.always.3`: neither `Debug` nor an error shows a secret that the store was given.
/// * `store.always.4`: what a method has acknowledged with `Ok` lasts, but for claims and leases, which a store may forget
///   when it is opened anew.
/// * `store.always.5`: in whatever order the methods are called, their results are those of [`Tables`].
///
/// # Cancellation
///
/// A future that is dropped may or may not have taken effect, as after [`CommitError::Unknown`]. What it would have
/// claimed can be had again, at the latest when the claim's lease has ended.
#[async_trait]
pub trait StateStore: fmt::Debug + Send + Sync + 'static {
    /// The aggregates that exist, of those asked for.
    ///
    /// # Contract
    ///
    /// * `store.load.1`: each comes with its version and, to the letter, the state that was committed last; those that do
    ///   not exist are left out. The order is any.
    async fn load(&self, keys: &[AggregateKey]) -> Result<Vec<StoredAggregate>, StoreError>;

    /// All aggregates after `after` in the order of their text form, at most `limit`.
    ///
    /// # Contract
    ///
    /// * `store.list.1`: page by page, `after` the last one of the page before, each aggregate comes once, in the order of
    ///   the bytes of its key's text.
    /// * `store.list.2`: a page has `limit` aggregates, unless there are no more.
    async fn list(&self, after: Option<&AggregateKey>, limit: usize) -> Result<Vec<StoredAggregate>, StoreError>;

    /// What a source wants to remember.
    ///
    /// # Contract
    ///
    /// * `store.checkpoint.1`: it is what was committed last for this source, to the letter; `None` before that.
    async fn checkpoint(&self, source: &SourceId) -> Result<Option<Checkpoint>, StoreError>;

    /// Writes everything that one input causes.
    ///
    /// # Errors
    ///
    /// [`CommitError::Conflict`] and [`CommitError::Failed`] say that nothing was written. Where that is not certain (the
    /// connection broke while the answer was on its way) it is [`CommitError::Unknown`].
    ///
    /// # Contract
    ///
    /// * `store.commit.1`: after `Ok` its aggregates, history, deliveries and checkpoint can all be read.
    /// * `store.commit.2`: after `Ok` they last: they are there when the place is opened anew, also after a crash.
    /// * `store.commit.3`: if the version of an aggregate is not the one expected (0: it does not exist), it is a
    ///   [`CommitError::Conflict`] that names all these aggregates and no other. After `Ok` it is the one expected plus one.
    /// * `store.commit.4`: after a conflict nothing of it is there.
    /// * `store.commit.5`: of several at a time that expect the same version of an aggregate one succeeds, through whichever
    ///   handles they come. The others are conflicts.
    /// * `store.commit.6`: one whose future is dropped has taken effect in full or not at all.
    /// * `store.commit.7`: an event is in the history once, by its id, as it was first committed.
    /// * `store.commit.8`: an event and a sink are unique together: a delivery that exists already is left as it is,
    ///   whatever its state, and the rest of the commit is written.
    /// * `store.commit.9`: new deliveries are pending, due at [`Commit::at`], and numbered upwards in their order. A number
    ///   is not used again, also after [`prune`](Self::prune).
    /// * `store.commit.10`: if what the source remembers is not the checkpoint expected, it is a [`CommitError::Conflict`] as
    ///   well, also if no aggregate is to be named. Of several at a time that expect the same, one succeeds.
    async fn commit(&self, commit: Commit) -> Result<(), CommitError>;

    /// Takes due deliveries of one sink under a lease.
    ///
    /// # Contract
    ///
    /// * `store.claim.1`: it gives only what is pending, of this sink, and due at [`ClaimRequest::due_by`] or before.
    /// * `store.claim.2`: of each lane it gives the pending delivery with the lowest number, or nothing: while that one is
    ///   not due, those behind it wait.
    /// * `store.claim.3`: a lane with an open claim gives nothing, to whichever handle, until the claim is settled or its
    ///   lease has ended.
    /// * `store.claim.4`: when the lease has ended ([`ClaimRequest::now`] is [`ClaimRequest::lease_until`] or later) the
    ///   delivery is given anew, under another token.
    /// * `store.claim.5`: the earliest due come first, of those due at the same time the lowest number, and at most
    ///   [`ClaimRequest::limit`] come.
    /// * `store.claim.6`: [`Claimed::next_due`] says when the next lane can be had, of those that were not given.
    /// * `store.claim.7`: a claim has its notification to the byte as it was committed, whatever the history says of the
    ///   event by then; the tries counted before it; and when it was committed.
    /// * `store.claim.8`: several claims at a time, through whichever handles, are not given the same lane. One may go
    ///   without what another is just choosing from.
    async fn claim(&self, request: ClaimRequest) -> Result<Claimed, StoreError>;

    /// Ends a claim.
    ///
    /// # Contract
    ///
    /// * `store.settle.1`: it takes effect once, and only with the token of the delivery's last claim. Otherwise it changes
    ///   nothing, of the sink neither, and is no error.
    /// * `store.settle.2`: a claim whose lease has ended counts as long as nobody else was given the delivery.
    /// * `store.settle.3`: with [`SettlementKind::Final`] the delivery has that state and the time of the settlement, is due
    ///   no more, and counts and logs the try; its lane gives the next one.
    /// * `store.settle.4`: with [`SettlementKind::Again`] it stays pending at the head of its lane, is due then, logs the
    ///   try, and counts it if the settlement says so.
    /// * `store.settle.5`: what it says of the sink is kept together with it; if it says nothing, what is kept stays.
    async fn settle(&self, settlement: Settlement) -> Result<(), StoreError>;

    /// The sinks that are held or parked.
    ///
    /// # Contract
    ///
    /// * `store.sink_states.1`: it gives every sink of which a settlement has said something, as the last one said it, until
    ///   the sink is freed.
    async fn sink_states(&self) -> Result<BTreeMap<SinkId, SinkState>, StoreError>;

    /// Frees a sink that is held or parked. Returns whether it was.
    ///
    /// # Contract
    ///
    /// * `store.revive.1`: it forgets what is kept of this sink, says whether there was anything, and leaves all else.
    async fn revive(&self, sink: &SinkId) -> Result<bool, StoreError>;

    /// Makes a delivery pending again. Returns its sink, or `None` if there is no such delivery.
    ///
    /// # Contract
    ///
    /// * `store.redeliver.1`: a settled one is pending again, due at `now`, with no try counted; its number, its
    ///   notification and the log of its tries stay.
    /// * `store.redeliver.2`: a pending one is due at `now`; the tries counted stay.
    /// * `store.redeliver.3`: its sink is freed, and no other.
    /// * `store.redeliver.4`: of one that does not exist it returns `None` and changes nothing.
    /// * `store.redeliver.5`: it takes its place in its lane by its number, and waits while the lane has an open claim.
    async fn redeliver(&self, id: DeliveryId, now: DateTime<Utc>) -> Result<Option<SinkId>, StoreError>;

    /// Asks for a named lease. Returns whether the holder has it now.
    ///
    /// # Contract
    ///
    /// * `store.lease.1`: a name has one holder at a time, whichever handle is asked: until [`Lease::until`] everybody else
    ///   is refused.
    /// * `store.lease.2`: the holder may renew it at any time.
    /// * `store.lease.3`: from [`Lease::until`] on it is free, and the next who asks has it.
    /// * `store.lease.4`: leases of other names do not matter.
    /// * `store.lease.5`: of several that ask at a time for what is free one gets it.
    async fn lease(&self, lease: Lease) -> Result<bool, StoreError>;

    /// Announced events.
    ///
    /// # Contract
    ///
    /// * `store.history.1`: the newest by [`Event::time`] comes first, of those of the same time the one committed last.
    /// * `store.history.2`: app, time and limit of the query hold together.
    async fn history(&self, query: HistoryQuery) -> Result<Vec<Event>, StoreError>;

    /// Deliveries with their tries.
    ///
    /// # Contract
    ///
    /// * `store.deliveries.1`: the highest number comes first.
    /// * `store.deliveries.2`: number, sink, state and limit of the query hold together.
    async fn deliveries(&self, query: DeliveryQuery) -> Result<Vec<DeliveryRecord>, StoreError>;

    /// Removes what is older than the retention allows.
    ///
    /// # Contract
    ///
    /// * `store.prune.1`: events before [`Retention::history_before`] go, and deliveries that were settled before
    ///   [`Retention::deliveries_before`] with their tries; it says how many of each.
    /// * `store.prune.2`: what is pending stays, with its notification and its tries.
    /// * `store.prune.3`: aggregates, checkpoints and what is kept of sinks stay.
    async fn prune(&self, retention: Retention) -> Result<Pruned, StoreError>;
}
