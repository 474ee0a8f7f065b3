//! effectum. Prints its row; given the body and the bare client's posts a second.

#[path = "../../../performance/receiver.rs"]
#[expect(dead_code, reason = "the body is given")]
mod receiver;
#[path = "../../src/work.rs"]
mod work;

use effectum::{Job, JobRunner, Queue, RunningJob, Worker};

use work::{BATCH, JOBS, Outcome, Poster, WIDTH, Work};

async fn post(job: RunningJob, poster: Poster) -> Result<(), reqwest::Error> {
    poster.post(job.payload.clone()).await
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let (body, bare) = arguments.next().zip(arguments.next()).ok_or("a body, and the bare client's posts a second")?;
    let folder = tempfile::tempdir()?;
    let queue = Queue::new(&folder.path().join("effectum.db")).await?;
    let work = Work::begin()?;
    for _ in 0..JOBS / BATCH {
        let job = || Job::builder("post").payload(body.clone().into_bytes()).build();
        queue.add_jobs((0..BATCH).map(|_| job()).collect()).await?;
    }
    let poster = work.poster()?;
    let queued = work.queued();
    let runner = JobRunner::builder("post", post).build();
    let worker = Worker::builder(&queue, poster).max_concurrency(WIDTH as u16).jobs([runner]).build().await?;
    let run = queued.drained("effectum 0.7", "rollback journal, `synchronous=NORMAL`, which it sets").await;
    println!("{}", run.row(bare.parse()?));
    drop(worker);
    Ok(())
}
