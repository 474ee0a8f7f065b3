//! What no delivery can be faster than: the HTTP client alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::task::JoinSet;

use crate::receiver::Receiver;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Requests a second of the HTTP client that the sinks use, so many at a time.
pub(crate) async fn posts(body: Vec<u8>, count: usize, width: usize) -> Outcome<f64> {
    let receiver = Receiver::start()?;
    let client = reqwest::Client::builder().pool_max_idle_per_host(width).build()?;
    let (left, body) = (Arc::new(AtomicUsize::new(count)), Arc::new(body));
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..width {
        let (client, url, left, body) =
            (client.clone(), receiver.url().to_owned(), Arc::clone(&left), Arc::clone(&body));
        tasks.spawn(async move {
            while left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                client.post(&url).body(body.to_vec()).send().await?.error_for_status()?.bytes().await?;
            }
            Ok::<_, reqwest::Error>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    assert_eq!(receiver.taken(), count);
    Ok(count as f64 / began.elapsed().as_secs_f64())
}
