//! What is asked for while a batch is on its way shares the next one: one transaction, one wait for the disk.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// As many items as share a transaction at most.
const BATCH: usize = 512;

/// Does a batch's work.
#[async_trait]
pub(super) trait Work: Send + Sync + 'static {
    /// What one caller brings.
    type Item: Send + 'static;
    /// What one caller gets.
    type Answer: Send + 'static;

    /// Gives an answer for each item, in their order.
    async fn run(&self, items: Vec<Self::Item>) -> Vec<Self::Answer>;
}

/// The way into the batches of one kind of work.
#[derive(Debug)]
pub(super) struct Queue<I, A> {
    jobs: Mutex<Option<Jobs<I, A>>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

type Job<I, A> = (I, oneshot::Sender<A>);
type Jobs<I, A> = mpsc::UnboundedSender<Job<I, A>>;

impl<I: Send + 'static, A: Send + 'static> Queue<I, A> {
    /// Starts the task that works. It ends, when everything that was asked for is done, after the queue is dropped.
    pub(super) fn start(work: Arc<dyn Work<Item = I, Answer = A>>) -> Self {
        let (jobs, queue) = mpsc::unbounded_channel();
        let task = tokio::spawn(work_off(work, queue));
        Self { jobs: Mutex::new(Some(jobs)), task: Mutex::new(Some(task)) }
    }

    /// Asks for something. `Err` gives it back: the queue has been closed. `Ok(None)`: it is not known what became of it.
    pub(super) async fn ask(&self, item: I) -> Result<Option<A>, I> {
        let (reply, answer) = oneshot::channel();
        match &*lock(&self.jobs) {
            Some(jobs) => jobs.send((item, reply)).map_err(|unsent| unsent.0.0)?,
            None => return Err(item),
        }
        Ok(answer.await.ok())
    }

    /// Takes nothing more, and waits until everything that was asked for is done.
    pub(super) async fn close(&self) {
        drop(lock(&self.jobs).take());
        let task = lock(&self.task).take();
        if let Some(task) = task {
            // An error means that it has panicked; those who waited for it know.
            task.await.ok();
        }
    }
}

async fn work_off<I, A>(work: Arc<dyn Work<Item = I, Answer = A>>, mut queue: mpsc::UnboundedReceiver<Job<I, A>>)
where
    I: Send + 'static,
    A: Send + 'static,
{
    let mut jobs = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut jobs, BATCH).await > 0 {
        let (items, replies): (Vec<_>, Vec<_>) = jobs.drain(..).unzip();
        for (reply, answer) in replies.into_iter().zip(work.run(items).await) {
            // A caller that has gone wants no answer.
            reply.send(answer).ok();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing panics while it is held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
