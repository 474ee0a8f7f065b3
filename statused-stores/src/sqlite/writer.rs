//! The thread that writes: many operations share one transaction, and so one wait for the disk.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, Error};
use statused_core::store::{CommitError, StoreError};
use tokio::sync::oneshot;

use super::claims::Claims;
use super::error::{closed, failed, io_error, store_error, surely_unwritten};
use super::owner::Owner;

/// As many operations as share a transaction at most.
const GROUP: usize = 512;

/// The writing thread's handle. Dropping it waits until everything that was asked for is done.
pub(super) struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    transactions: Arc<AtomicU64>,
}

/// A look between two transactions.
type Look = Box<dyn FnOnce(&Connection, &mut Claims) + Send>;

enum Job {
    Look(Look),
    Write(Box<dyn Write>),
    Close(oneshot::Sender<()>),
}

/// An operation that shares a transaction with others.
trait Write: Send {
    /// Does its part, or does it again when the transaction had to begin anew. Returns whether it is to be kept.
    fn run(&mut self, db: &Connection, claims: &mut Claims) -> bool;

    /// Tells the caller, when the transaction has ended.
    fn answer(self: Box<Self>, end: &Result<(), CommitError>);
}

struct WriteJob<T, F> {
    work: F,
    result: Option<Result<T, CommitError>>,
    reply: oneshot::Sender<Result<T, CommitError>>,
}

impl<T, F> Write for WriteJob<T, F>
where
    T: Send,
    F: FnMut(&Connection, &mut Claims) -> Result<T, CommitError> + Send,
{
    fn run(&mut self, db: &Connection, claims: &mut Claims) -> bool {
        self.result.insert((self.work)(db, claims)).is_ok()
    }

    fn answer(self: Box<Self>, end: &Result<(), CommitError>) {
        let result = match (self.result, end) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.clone()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(CommitError::Failed(closed())),
        };
        // A caller that has gone wants no answer.
        self.reply.send(result).ok();
    }
}

impl Writer {
    /// Starts the thread. It holds the file's ownership until it has closed the connection.
    pub(super) fn start(db: Connection, owner: Option<Owner>, path: &Path) -> Result<Self, StoreError> {
        let (jobs, queue) = channel();
        let transactions = Arc::new(AtomicU64::new(0));
        let group = Group { db, claims: Claims::new(), transactions: Arc::clone(&transactions) };
        let thread = thread::Builder::new()
            .name("statused-writer".to_owned())
            .spawn(move || {
                let close = group.work_off(&queue);
                drop(queue);
                drop(owner);
                if let Some(close) = close {
                    close.send(()).ok();
                }
            })
            .map_err(|error| io_error(path, "cannot start the thread that writes", &error))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), transactions })
    }

    /// How many transactions have changed something.
    pub(super) fn transactions(&self) -> u64 {
        self.transactions.load(Ordering::Relaxed)
    }

    /// Does something between two transactions: it sees what was committed, writes nothing, and waits for no disk.
    /// `undo` runs if the caller has gone before the answer.
    pub(super) async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, &mut Claims) -> T + Send + 'static,
        undo: impl FnOnce(T, &mut Claims) + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Look(Box::new(move |db, claims| {
            let result = work(db, claims);
            if let Err(unwanted) = reply.send(result) {
                undo(unwanted, claims);
            }
        })))?;
        answer.await.map_err(|_| closed())
    }

    /// Does something in a transaction. `Ok` comes after the commit.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&Connection, &mut Claims) -> Result<T, CommitError> + Send + 'static,
    ) -> Result<T, CommitError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Write(Box::new(WriteJob { work, result: None, reply }))).map_err(CommitError::Failed)?;
        answer.await.unwrap_or_else(|_| Err(CommitError::Unknown(closed())))
    }

    /// Ends the thread when everything that was asked for before is done.
    pub(super) async fn close(&self) {
        let (reply, answer) = oneshot::channel();
        if self.send(Job::Close(reply)).is_ok() {
            // An error means that somebody else has closed it.
            answer.await.ok();
        }
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        self.jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or_else(closed)
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("transactions", &self.transactions()).finish_non_exhaustive()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that writes to the store has panicked");
        }
    }
}

/// What the thread works with.
struct Group {
    db: Connection,
    claims: Claims,
    transactions: Arc<AtomicU64>,
}

impl Group {
    /// Works until nobody can ask any more, or somebody asks to close.
    fn work_off(mut self, queue: &Receiver<Job>) -> Option<oneshot::Sender<()>> {
        let mut writes = Vec::with_capacity(GROUP);
        while let Ok(first) = queue.recv() {
            let mut close = None;
            for job in std::iter::once(first).chain(queue.try_iter().take(GROUP - 1)) {
                match job {
                    Job::Look(look) => look(&self.db, &mut self.claims),
                    Job::Write(write) => writes.push(write),
                    Job::Close(reply) => {
                        close = Some(reply);
                        break;
                    }
                }
            }
            if !writes.is_empty() {
                self.write(&mut writes);
            }
            if close.is_some() {
                return close;
            }
        }
        None
    }

    fn write(&mut self, writes: &mut Vec<Box<dyn Write>>) {
        let before = self.db.total_changes();
        let mut parts = Parts::Bare;
        let end = loop {
            match self.transaction(writes, parts) {
                Ok(()) => break Ok(()),
                Err(Broken::Whole(error)) => break Err(error),
                Err(Broken::Halfway) => {
                    self.claims.rollback_to(0);
                    parts = Parts::Saved;
                }
                Err(Broken::By(index, error)) => {
                    // The others do without it.
                    self.claims.rollback_to(0);
                    writes.remove(index).answer(&Err(error));
                }
            }
        };
        match &end {
            Ok(()) => {
                self.claims.commit();
                if self.db.total_changes() != before {
                    self.transactions.fetch_add(1, Ordering::Relaxed);
                }
            }
            Err(error) => {
                tracing::warn!(%error, operations = writes.len(), "a transaction failed");
                self.claims.rollback_to(0);
            }
        }
        for write in writes.drain(..) {
            write.answer(&end);
        }
    }

    fn transaction(&mut self, writes: &mut [Box<dyn Write>], parts: Parts) -> Result<(), Broken> {
        let whole = |doing, error: Error| Broken::Whole(failed(doing, &error));
        execute(&self.db, "BEGIN IMMEDIATE").map_err(|error| whole("cannot begin to write", error))?;
        for (index, write) in writes.iter_mut().enumerate() {
            if parts == Parts::Bare {
                if self.bare_part(write.as_mut()) {
                    continue;
                }
                // It may be that SQLite itself has given up the transaction.
                if !self.db.is_autocommit() {
                    execute(&self.db, "ROLLBACK").map_err(|error| whole("cannot give up a part", error))?;
                }
                return Err(Broken::Halfway);
            }
            if let Err(error) = self.saved_part(write.as_mut()) {
                // SQLite gives up a whole transaction for some errors, a full disk among them.
                if self.db.is_autocommit() {
                    return Err(Broken::By(index, failed("cannot write", &error)));
                }
                // When even this fails, the next BEGIN says so.
                execute(&self.db, "ROLLBACK").ok();
                return Err(whole("cannot write a part", error));
            }
        }
        let Err(error) = execute(&self.db, "COMMIT") else { return Ok(()) };
        let rolled_back = self.db.is_autocommit() || execute(&self.db, "ROLLBACK").is_ok();
        let cause = store_error("cannot commit", &error);
        Err(Broken::Whole(if rolled_back && surely_unwritten(&error) {
            CommitError::Failed(cause)
        } else {
            CommitError::Unknown(cause)
        }))
    }

    /// One operation. `false`: it has failed after it had written something.
    fn bare_part(&mut self, write: &mut dyn Write) -> bool {
        let (savepoint, changes) = (self.claims.savepoint(), self.db.total_changes());
        let kept = write.run(&self.db, &mut self.claims);
        if !kept {
            self.claims.rollback_to(savepoint);
        }
        kept || (self.db.total_changes() == changes && !self.db.is_autocommit())
    }

    /// One operation, which fails without harm to those before it. An error: the transaction cannot go on.
    fn saved_part(&mut self, write: &mut dyn Write) -> Result<(), Error> {
        let savepoint = self.claims.savepoint();
        execute(&self.db, "SAVEPOINT part")?;
        if !write.run(&self.db, &mut self.claims) {
            self.claims.rollback_to(savepoint);
            execute(&self.db, "ROLLBACK TO part")?;
        }
        execute(&self.db, "RELEASE part")
    }
}

/// How operations that share a transaction are kept apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parts {
    /// Not at all: most that fail do so before they write. Savepoints would cost each of them about as much as its work.
    Bare,
    /// By a savepoint for each.
    Saved,
}

/// Why a transaction came to nothing.
enum Broken {
    /// All of it failed.
    Whole(CommitError),
    /// An operation failed halfway, and no savepoint tells its part from the others'.
    Halfway,
    /// The operation at this place took it down.
    By(usize, CommitError),
}

fn execute(db: &Connection, statement: &str) -> Result<(), Error> {
    db.prepare_cached(statement)?.execute([]).map(drop)
}
