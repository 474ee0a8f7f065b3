//! The work that each queue does, and what came of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::receiver::Receiver;

pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

pub(crate) const JOBS: usize = 20_000;
/// How many are posted at the same time.
pub(crate) const WIDTH: usize = 64;
/// How many are queued in one transaction.
pub(crate) const BATCH: usize = 100;
/// How long a queue may take to drain.
const PATIENCE: Duration = Duration::from_secs(60);

/// Posts to the receiver.
#[derive(Clone, Debug)]
pub(crate) struct Poster {
    client: reqwest::Client,
    url: Arc<str>,
}

impl Poster {
    pub(crate) async fn post(&self, body: Vec<u8>) -> Result<(), reqwest::Error> {
        self.client.post(&*self.url).body(body).send().await?.error_for_status()?.bytes().await.map(drop)
    }
}

/// A queue's work: it has begun when this is made.
pub(crate) struct Work {
    receiver: Receiver,
    began: Instant,
}

impl Work {
    pub(crate) fn begin() -> Outcome<Self> {
        Ok(Self { receiver: Receiver::start()?, began: Instant::now() })
    }

    pub(crate) fn url(&self) -> &str {
        self.receiver.url()
    }

    pub(crate) fn poster(&self) -> Outcome<Poster> {
        let client = reqwest::Client::builder().pool_max_idle_per_host(WIDTH).build()?;
        Ok(Poster { client, url: self.url().into() })
    }

    /// Every job is durable, and nothing has been posted.
    pub(crate) fn queued(self) -> Queued {
        Queued { queued: self.began.elapsed(), receiver: self.receiver, began: Instant::now() }
    }
}

/// The second half of the work.
pub(crate) struct Queued {
    queued: Duration,
    receiver: Receiver,
    began: Instant,
}

impl Queued {
    /// Waits until the receiver has had them all, or for as long as patience lasts.
    pub(crate) async fn drained(self, what: &'static str, durability: &'static str) -> Run {
        tokio::time::timeout(PATIENCE, self.receiver.reached(JOBS)).await.ok();
        let (drained, done) = (self.began.elapsed(), self.receiver.taken());
        Run { what, durability, queued: self.queued, drained, done }
    }
}

/// What a queue came to.
pub(crate) struct Run {
    what: &'static str,
    durability: &'static str,
    queued: Duration,
    drained: Duration,
    done: usize,
}

impl Run {
    /// Its row in the table, beside the bare client's posts a second.
    pub(crate) fn row(&self, bare: f64) -> String {
        let Self { what, durability, done, .. } = *self;
        let queued = JOBS as f64 / self.queued.as_secs_f64();
        let drained = done as f64 / self.drained.as_secs_f64();
        let both = done as f64 / (self.queued + self.drained).as_secs_f64();
        let stopped = if done < JOBS { format!(" (stopped after {done} in {PATIENCE:?})") } else { String::new() };
        let ratio = drained / bare;
        format!("| {what} | {durability} | {queued:.0}/s | {drained:.0}/s{stopped} | {both:.0}/s | {ratio:.3} |")
    }
}
