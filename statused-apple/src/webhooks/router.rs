//! A ready route for axum.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::routing::post;
use futures_util::StreamExt as _;
use statused_core::Monitor;
use tokio::sync::Semaphore;

use super::{Refusal, Webhooks};

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of a body that is too large is read all the same, in bytes.
const MOST_THROWN_AWAY: usize = 16 * 1024 * 1024;
/// How long the rest of such a body is waited for.
const DRAINING: Duration = Duration::from_secs(1);
/// Bodies that are read at a time, so that many slow ones do not fill the memory.
const WIDTH: usize = 64;

type Find = dyn Fn(&str) -> Option<Webhooks> + Send + Sync;

#[derive(Clone)]
struct Reception {
    monitor: Monitor,
    find: Arc<Find>,
    /// Takes the place of sources that do not exist, so that they cost the same time.
    nobody: Webhooks,
    reading: Arc<Semaphore>,
    patience: Duration,
}

/// `POST /sources/{source}/webhook/{app}`, to be merged into an application's router.
///
/// `find` is asked for each request, so that sources may come and go: a source's name leads to the receiver that its
/// [source](crate::AppStoreConnect) was given. Requests are answered with a bare status, as the
/// [module](crate::webhooks) says; a body that takes more than ten seconds is not waited for.
///
/// ```
/// # use std::sync::Arc;
/// # use statused_core::{MemoryStore, Monitor};
/// use statused_apple::webhooks::{self, Webhooks};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let monitor = Monitor::builder(Arc::new(MemoryStore::new())).build()?;
/// let acme = Webhooks::builder().app("1234567890", ["This is my secret"]).build()?;
/// let router: axum::Router =
///     webhooks::router(monitor, move |source: &str| (source == "acme-apple").then(|| acme.clone()));
/// # let _ = router;
/// # Ok(())
/// # }
/// ```
pub fn router<S: Clone + Send + Sync + 'static>(
    monitor: Monitor,
    find: impl Fn(&str) -> Option<Webhooks> + Send + Sync + 'static,
) -> Router<S> {
    with_patience(monitor, find, PATIENCE)
}

fn with_patience<S: Clone + Send + Sync + 'static>(
    monitor: Monitor,
    find: impl Fn(&str) -> Option<Webhooks> + Send + Sync + 'static,
    patience: Duration,
) -> Router<S> {
    let nobody = Webhooks::builder().build().expect("no secrets are no wrong ones");
    let reading = Arc::new(Semaphore::new(WIDTH));
    let reception = Reception { monitor, find: Arc::new(find), nobody, reading, patience };
    Router::new().route("/sources/{source}/webhook/{app}", post(receive)).with_state(reception)
}

async fn receive(
    State(reception): State<Reception>,
    Path((source, app)): Path<(String, String)>,
    request: Request,
) -> StatusCode {
    let known = (reception.find)(&source);
    let webhooks = known.as_ref().unwrap_or(&reception.nobody);
    if let Err(refusal) = webhooks.admit() {
        return code(refusal.status());
    }
    let Ok(_slot) = reception.reading.try_acquire() else { return StatusCode::TOO_MANY_REQUESTS };
    let (head, body) = request.into_parts();
    let announced = head.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let read = read(body, announced, webhooks.largest_body());
    let body = match tokio::time::timeout(reception.patience, read).await {
        Ok(Ok(body)) => body,
        Ok(Err(Cut::TooLarge)) => return code(webhooks.refuse(Refusal::TooLarge).status()),
        Ok(Err(Cut::Broken)) => return StatusCode::BAD_REQUEST,
        Err(_) => return StatusCode::REQUEST_TIMEOUT,
    };
    let signature = head.headers.get("x-apple-signature").and_then(|value| value.to_str().ok());
    let answer = webhooks.take_in(&reception.monitor, source.into(), &app, signature, &body).await;
    code(answer.status())
}

/// Why a body was not read to its end.
enum Cut {
    TooLarge,
    Broken,
}

/// A body, as long as it is short enough.
async fn read(body: Body, announced: Option<usize>, most: usize) -> Result<Vec<u8>, Cut> {
    let mut stream = body.into_data_stream();
    let mut read = Vec::new();
    let mut too_large = announced.is_some_and(|length| length > most);
    while !too_large {
        let Some(chunk) = stream.next().await else { return Ok(read) };
        let chunk = chunk.map_err(|_| Cut::Broken)?;
        too_large = read.len() + chunk.len() > most;
        if !too_large {
            read.extend_from_slice(&chunk);
        }
    }
    // A sender that is still writing when the connection closes does not see the answer.
    drop(tokio::time::timeout(DRAINING, throw_away(&mut stream)).await);
    Err(Cut::TooLarge)
}

/// Reads some of what follows, and forgets it.
async fn throw_away(stream: &mut BodyDataStream) {
    let mut thrown_away = 0;
    while let Some(Ok(chunk)) = stream.next().await {
        thrown_away += chunk.len();
        if thrown_away > MOST_THROWN_AWAY {
            return;
        }
    }
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

#[cfg(test)]
mod tests {
    use statused_core::MemoryStore;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    #[tokio::test]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let monitor = Monitor::builder(Arc::new(MemoryStore::new())).build().unwrap();
        let router: Router = with_patience(monitor, |_| None, Duration::from_millis(20));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut connection = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let head = "POST /sources/acme/webhook/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123";
        connection.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        connection.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 408");
    }
}
