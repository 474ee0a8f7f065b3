//! PostgreSQL, for several machines.

mod batch;
mod builder;
mod claim;
mod commit;
mod error;
mod pool;
mod pooler;
mod prune;
mod read;
mod schema;
mod session;
mod settle;
mod sql;
mod target;
mod tls;
mod writes;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use statused_core::StateStore;
use statused_core::model::{AggregateKey, DeliveryId, DeliveryRecord, Event, SinkId, SourceId};
use statused_core::source::Checkpoint;
use statused_core::store::{
    ClaimRequest, Claimed, Commit, CommitError, DeliveryQuery, HistoryQuery, Lease, Pruned, Retention, Settlement,
    SinkState, StoreError, StoredAggregate,
};

use self::batch::Queue;
use self::commit::Commits;
use self::pool::{Opener, Pool, Settings};
use self::settle::{Settled, Settlements};
use crate::rows::CommitRows;
use crate::time::to_nanos;

pub use self::builder::PostgresBuilder;

/// Keeps the state of any number of monitors in a PostgreSQL database.
///
/// Monitors on several machines may share a schema. Each change is decided by one of them, each delivery is given to one
/// of them at a time, in order, and what a machine that died had begun is taken up by another when its lease has ended.
/// A machine that was only asleep does no harm when it wakes: what it decided on an old state is a conflict, and what it
/// says of a delivery that was given to another changes nothing.
///
/// # Who does what
///
/// A source is polled by one machine, which keeps its turn from poll to poll; another takes its place ten seconds after the
/// next poll would have been due, at once if it was stopped in good order. Whoever commits an event also delivers it; what a
/// machine that died has left behind is found by the others within a minute, or when the lease of the delivery has ended
/// (the sink's timeout and five seconds) if that was on its way. That one may arrive twice, with the same id.
///
/// The server notifies nobody (`LISTEN`). As long as a machine lives, a notification would only wake those who have nothing
/// to do: whoever commits also delivers, and a push is at its sink after 11 ms. What a dead machine had committed and nobody
/// had claimed would be delivered at once, instead of after 32 s by the median and 57 s at most; what it had claimed when
/// its lease has ended, after 35 s, which is the median, instead of 60 s at most. But a server takes transactions that
/// notify one after the other, up to the end of their wait for the disk: of sixteen at a time 345 in a second, instead of
/// 5,000. So every change would pay for the death of a machine. (PostgreSQL 15, two cores with other work, 2026-11-29;
/// `cargo test -p statused-stores --features postgres --test postgres pace -- --ignored --nocapture --test-threads 1`
/// measures all of it.)
///
/// # Upgrades
///
/// A newer program brings the tables up to date when it starts, while older ones go on beside it; several may start at
/// once. If a version cannot work with the tables any more it says so
/// ([`Newer`](statused_core::store::StoreErrorKind::Newer)), at its start or as soon as it opens another connection: then
/// stop the older ones first.
///
/// # Poolers
///
/// PgBouncer and the like may stand between if they pool by session. By transaction or statement does not work, since a
/// connection's settings and prepared statements are its own: [`connect`](Self::connect) asks two connections by turns
/// which session they have, and refuses. Only a pooler that serves others in the same moment may pass, by a rare chance.
///
/// # When the server is away
///
/// The server may go and come back: what is asked meanwhile fails as
/// [`Unavailable`](statused_core::store::StoreErrorKind::Unavailable), and what is asked afterwards finds it again.
///
/// Dropping the store ends its connections when everything that it was asked for is done.
pub struct PostgresStore {
    pool: Arc<Pool>,
    commits: Queue<CommitRows, Result<(), CommitError>>,
    settlements: Queue<Settled, Result<(), StoreError>>,
    tokens: Tokens,
    /// The machine's own time.
    machine: fn() -> DateTime<Utc>,
}

impl PostgresStore {
    /// Connects to `postgres://user:password@host:port/database` and keeps its tables in the schema `statused` there.
    /// They are created if they are not there.
    ///
    /// A connection over the network uses TLS, and the server's certificate and name are checked; to the same machine it
    /// does not. `sslmode` in the URL says otherwise: `disable`, `prefer` (TLS if the server offers it) or `require`.
    /// `sslrootcert=FILE` names the certificates to check against, instead of those that the system trusts.
    ///
    /// # Errors
    ///
    /// Those of [`PostgresBuilder::connect`].
    ///
    /// # Cancellation
    ///
    /// A dropped call leaves the tables as they were, or ready.
    pub async fn connect(url: impl Into<SecretString>) -> Result<Self, StoreError> {
        Self::builder(url).connect().await
    }

    /// Like [`connect`](Self::connect), with options.
    pub fn builder(url: impl Into<SecretString>) -> PostgresBuilder {
        PostgresBuilder::new(url.into())
    }

    async fn start(settings: Settings, create: bool, place: String) -> Result<Self, StoreError> {
        let opener = Opener::new(&settings)?;
        opener.prepare(&settings, &place, create).await?;
        let pool = Arc::new(Pool::new(&settings, &opener, place)?);
        // A right that is missing shows now and not at the first commit.
        pool.get().await?.done();
        Ok(Self {
            commits: Queue::start(Arc::new(Commits(Arc::clone(&pool)))),
            settlements: Queue::start(Arc::new(Settlements(Arc::clone(&pool)))),
            pool,
            tokens: Tokens::default(),
            machine: Utc::now,
        })
    }

    /// Finishes what was asked for and ends the connections. Everything after it fails as
    /// [`Unavailable`](statused_core::store::StoreErrorKind::Unavailable).
    pub async fn close(&self) {
        self.commits.close().await;
        self.settlements.close().await;
        self.pool.close();
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("place", &self.pool.place()).finish_non_exhaustive()
    }
}

/// Makes tokens that no other store makes: two that have claimed the same delivery must not be taken for one another.
#[derive(Debug, Default)]
struct Tokens {
    /// Random to this store.
    keys: RandomState,
    count: AtomicU64,
}

impl Tokens {
    fn next(&self) -> u64 {
        self.keys.hash_one(self.count.fetch_add(1, Ordering::Relaxed))
    }
}

#[async_trait]
impl StateStore for PostgresStore {
    async fn load(&self, keys: &[AggregateKey]) -> Result<Vec<StoredAggregate>, StoreError> {
        read::load(&self.pool, keys).await
    }

    async fn list(&self, after: Option<&AggregateKey>, limit: usize) -> Result<Vec<StoredAggregate>, StoreError> {
        read::list(&self.pool, after.map(ToString::to_string).unwrap_or_default(), limit).await
    }

    async fn checkpoint(&self, source: &SourceId) -> Result<Option<Checkpoint>, StoreError> {
        Ok(read::checkpoint(&self.pool, source.as_str()).await?.map(Checkpoint))
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        if commit.is_empty() {
            return Ok(());
        }
        let rows = CommitRows::new(commit).map_err(CommitError::Failed)?;
        match self.commits.ask(rows).await {
            Ok(Some(answer)) => answer,
            Ok(None) => Err(CommitError::Unknown(self.pool.closed())),
            Err(_) => Err(CommitError::Failed(self.pool.closed())),
        }
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Claimed, StoreError> {
        claim::claim(&self.pool, &request, self.tokens.next(), self.machine).await
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), StoreError> {
        let Some(row) = Settled::new(&settlement)? else { return Ok(()) };
        self.settlements.ask(row).await.ok().flatten().unwrap_or_else(|| Err(self.pool.closed()))
    }

    async fn sink_states(&self) -> Result<BTreeMap<SinkId, SinkState>, StoreError> {
        read::sink_states(&self.pool).await
    }

    async fn revive(&self, sink: &SinkId) -> Result<bool, StoreError> {
        settle::revive(&self.pool, sink.as_str()).await
    }

    async fn redeliver(&self, id: DeliveryId, now: DateTime<Utc>) -> Result<Option<SinkId>, StoreError> {
        settle::redeliver(&self.pool, id, to_nanos(now)).await
    }

    async fn lease(&self, lease: Lease) -> Result<bool, StoreError> {
        claim::lease(&self.pool, &lease, self.machine).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<Vec<Event>, StoreError> {
        read::history(&self.pool, &query).await
    }

    async fn deliveries(&self, query: DeliveryQuery) -> Result<Vec<DeliveryRecord>, StoreError> {
        read::deliveries(&self.pool, &query).await
    }

    async fn prune(&self, retention: Retention) -> Result<Pruned, StoreError> {
        prune::prune(&self.pool, retention).await
    }
}
