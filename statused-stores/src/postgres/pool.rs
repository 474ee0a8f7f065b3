//! Connections: how they are opened, what is asked of them, and when one is given up.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    ConfigConnectImpl, Connect, Hook, HookError, Manager, ManagerConfig, Object, RecyclingMethod, Runtime,
};
use futures_util::TryFutureExt as _;
use futures_util::future::{BoxFuture, try_join, try_join_all};
use statused_core::store::{StoreError, StoreErrorKind};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Error, NoTls, Row};

use super::error::{POOLED, SILENT, cannot_connect, closed, pool_error, store_error, timed_out};
use super::{pooler, schema, session, sql, tls};

/// What a statement is given.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// How long the tables may take to be brought up to date, by this program or another.
const MIGRATION: Duration = Duration::from_secs(120);

/// How connections are opened and used.
pub(super) struct Settings {
    pub(super) config: Config,
    /// Certificates in PEM that the server's is checked against, instead of the system's.
    pub(super) roots: Option<Vec<u8>>,
    pub(super) schema: String,
    pub(super) size: usize,
    /// How long a statement may take.
    pub(super) patience: Duration,
    pub(super) connect_timeout: Duration,
}

/// Opens connections, with TLS or without.
#[derive(Clone)]
pub(super) struct Opener(Arc<dyn Connect>);

impl Opener {
    pub(super) fn new(settings: &Settings) -> Result<Self, StoreError> {
        Ok(Self(if settings.config.get_ssl_mode() == SslMode::Disable {
            Arc::new(ConfigConnectImpl { tls: NoTls })
        } else {
            Arc::new(ConfigConnectImpl { tls: tls::connector(settings.roots.as_deref())? })
        }))
    }
}

impl Opener {
    /// Sees to the tables, on a connection of its own, once it is clear that each connection has a session of its own.
    pub(super) async fn prepare(&self, settings: &Settings, place: &str, create: bool) -> Result<(), StoreError> {
        let wrong = |error: Error| cannot_connect(place, &error);
        let connect = async {
            // The task behind a connection ends when the client is dropped.
            let ((client, _), (other, _)) =
                try_join(self.0.connect(&settings.config), self.0.connect(&settings.config)).await.map_err(wrong)?;
            if pooler::is_between(&client, &other).await.map_err(wrong)? {
                return Err(StoreError::new(StoreErrorKind::Location, format!("{place}: {POOLED}")));
            }
            Ok(client)
        };
        let connected = timeout(settings.connect_timeout, connect).await;
        let client = connected.unwrap_or_else(|_| Err(timed_out(place, "cannot connect")))?;
        let prepare = schema::TABLES.prepare(&client, &settings.schema, place, create);
        timeout(MIGRATION, prepare).await.unwrap_or_else(|_| Err(timed_out(place, "cannot prepare the tables")))
    }
}

impl Connect for Opener {
    fn connect(&self, config: &Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), Error>> {
        self.0.connect(config)
    }
}

/// The connections of one store.
pub(super) struct Pool {
    pool: deadpool_postgres::Pool,
    place: String,
    patience: Duration,
}

impl Pool {
    /// Opens no connection yet.
    pub(super) fn new(settings: &Settings, opener: &Opener, place: String) -> Result<Self, StoreError> {
        let how = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_connect(settings.config.clone(), opener.clone(), how);
        let session = session::script(settings);
        let limit = settings.connect_timeout;
        let greet = Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
            let session = session.clone();
            let greet = async move {
                let prepared = try_join_all(sql::ALL.iter().map(|(_, statement)| client.prepare_cached(statement)));
                // All at once: the server takes them one after the other.
                try_join(client.batch_execute(&session), prepared).await.map_err(HookError::Backend)?;
                let oldest = client.query_one(schema::OLDEST_PROGRAM, &[]).await.map_err(HookError::Backend)?;
                if oldest.get::<_, i32>(0) > schema::TABLES.version() {
                    return Err(HookError::message("a newer version has changed the tables: update this program"));
                }
                Ok(())
            };
            // The pool's own limit ends with the connection being there; and what waits here keeps a place in the pool.
            Box::pin(async move { timeout(limit, greet).await.unwrap_or_else(|_| Err(HookError::message(SILENT))) })
        });
        let pool = deadpool_postgres::Pool::builder(manager)
            .max_size(settings.size)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(settings.patience))
            .create_timeout(Some(settings.connect_timeout))
            .post_create(greet)
            .build()
            .map_err(|error| StoreError::new(StoreErrorKind::Other, format!("{place}: {error}")))?;
        // The server ends what takes too long; this is for a server that says nothing.
        let patience = settings.patience + Duration::from_secs(2);
        Ok(Self { pool, place, patience })
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// A connection that has nothing under way.
    pub(super) async fn get(&self) -> Result<Connection<'_>, StoreError> {
        let object = self.pool.get().await.map_err(|error| pool_error(&self.place, &error))?;
        Ok(Connection { pool: self, object: Some(object) })
    }

    pub(super) fn close(&self) {
        self.pool.close();
    }

    /// A failure while the store was `doing` something.
    pub(super) fn error(&self, doing: &str, error: &Error) -> StoreError {
        store_error(&self.place, doing, error)
    }

    pub(super) fn closed(&self) -> StoreError {
        closed(&self.place)
    }
}

impl Failure {
    /// For those to whom it is all one.
    pub(super) fn plain(self, pool: &Pool, doing: &str) -> StoreError {
        match self {
            Self::RolledBack(error) => pool.error(doing, &error),
            Self::Unsent(error) | Self::Unknown(error) => error,
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("place", &self.place).finish_non_exhaustive()
    }
}

/// A connection of the pool. It goes back when it is [`done`](Self::done), and is closed when it is dropped before:
/// something may still be under way on it.
pub(super) struct Connection<'p> {
    pool: &'p Pool,
    object: Option<Object>,
}

/// How a transaction fails.
pub(super) enum Failure {
    /// The server has said that nothing was written.
    RolledBack(Error),
    /// Nobody has said anything, but `COMMIT` was not sent.
    Unsent(StoreError),
    /// Nobody has said anything: the server may have got the `COMMIT`.
    Unknown(StoreError),
}

impl Connection<'_> {
    fn client(&self) -> &Object {
        self.object.as_ref().expect("it is there until it is done or dropped")
    }

    /// Waits for an answer, as long as the store's patience lasts.
    pub(super) async fn wait<T>(
        &self,
        doing: &str,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, StoreError> {
        match timeout(self.pool.patience, answer).await {
            Ok(answer) => answer.map_err(|error| self.pool.error(doing, &error)),
            Err(_) => Err(timed_out(&self.pool.place, doing)),
        }
    }

    /// A statement with rows. It is sent when it is first polled: all statements were prepared when the connection was
    /// opened. Several that are polled together travel together.
    pub(super) async fn rows(&self, statement: &str, params: Params<'_>) -> Result<Vec<Row>, Error> {
        let statement = self.client().prepare_cached(statement).await?;
        self.client().query(&statement, params).await
    }

    /// As [`rows`](Self::rows), for a statement of which only the number of changed rows matters.
    pub(super) async fn changes(&self, statement: &str, params: Params<'_>) -> Result<u64, Error> {
        let statement = self.client().prepare_cached(statement).await?;
        self.client().execute(&statement, params).await
    }

    /// [`changes`](Self::changes), as a part of a longer list.
    pub(super) fn step<'s>(
        &'s self,
        statement: &'static str,
        params: Vec<&'s (dyn ToSql + Sync)>,
    ) -> BoxFuture<'s, Result<u64, Error>> {
        Box::pin(async move { self.changes(statement, &params).await })
    }

    /// `BEGIN`, and the like.
    pub(super) async fn say(&self, word: &str) -> Result<(), Error> {
        self.client().batch_execute(word).await
    }

    /// Waits for what a transaction begins with.
    pub(super) async fn begin<T>(
        &self,
        doing: &str,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failure> {
        match timeout(self.pool.patience, answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) if error.as_db_error().is_some() => Err(Failure::RolledBack(error)),
            Ok(Err(error)) => Err(Failure::Unsent(self.pool.error(doing, &error))),
            Err(_) => Err(Failure::Unsent(timed_out(&self.pool.place, doing))),
        }
    }

    /// Sends the last statements of a transaction and `COMMIT` together.
    pub(super) async fn finish(
        &self,
        doing: &str,
        steps: Vec<BoxFuture<'_, Result<u64, Error>>>,
    ) -> Result<(), Failure> {
        // They are polled, and so sent, in this order; one that cannot be sent keeps those after it from being sent.
        let steps = try_join_all(steps).map_err(|error| (error, true));
        let commit = self.say("COMMIT").map_err(|error| (error, false));
        match timeout(self.pool.patience, try_join(steps, commit)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err((error, true))) if error.as_db_error().is_some() => Err(Failure::RolledBack(error)),
            Ok(Err((error, _))) => Err(Failure::Unknown(self.pool.error(doing, &error))),
            Err(_) => Err(Failure::Unknown(timed_out(&self.pool.place, doing))),
        }
    }

    /// Ends a transaction that has nothing to write, and gives the connection back.
    pub(super) async fn roll_back(self, doing: &str) -> Result<(), StoreError> {
        self.wait(doing, self.say("ROLLBACK")).await?;
        self.done();
        Ok(())
    }

    /// Gives it back.
    pub(super) fn done(mut self) {
        drop(self.object.take());
    }
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        if let Some(object) = self.object.take() {
            drop(Object::take(object));
        }
    }
}
