//! The thread that reads, beside the one that writes, so that a look-up never waits for the disk to settle.

use std::fmt;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use statused_core::store::StoreError;
use tokio::sync::oneshot;

use super::error::{closed, io_error, store_error};

/// The reading thread's handle. Dropping it waits until everything that was asked for is done.
pub(super) struct Reader {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

enum Job {
    Read(Box<dyn FnOnce(&mut Connection) + Send>),
    Close(oneshot::Sender<()>),
}

impl Reader {
    /// Starts the thread.
    pub(super) fn start(mut db: Connection, path: &Path) -> Result<Self, StoreError> {
        let (jobs, queue) = channel();
        let thread = thread::Builder::new()
            .name("statused-reader".to_owned())
            .spawn(move || {
                while let Ok(job) = queue.recv() {
                    match job {
                        Job::Read(read) => read(&mut db),
                        Job::Close(reply) => {
                            drop(queue);
                            drop(db);
                            reply.send(()).ok();
                            return;
                        }
                    }
                }
            })
            .map_err(|error| io_error(path, "cannot start the thread that reads", &error))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Reads from one consistent state of the database.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Read(Box::new(move |db| {
            // Dropping the transaction ends it.
            let result = db.transaction().and_then(|snapshot| work(&snapshot));
            // A caller that has gone wants no answer.
            reply.send(result).ok();
        })))?;
        answer.await.map_err(|_| closed())?.map_err(|error| store_error("cannot read", &error))
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

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that reads from the store has panicked");
        }
    }
}
