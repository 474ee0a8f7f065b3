//! A ready route for axum.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::routing::post;
use futures_util::StreamExt as _;
use tokio::sync::Semaphore;

use super::Reception;
use super::forms::{self, Refusal};

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much of a body that is too large is read all the same, in bytes.
const MOST_THROWN_AWAY: usize = 16 * 1024 * 1024;
/// How long the rest of such a body is waited for.
const DRAINING: Duration = Duration::from_secs(1);
/// Mails that are read at a time, so that many do not fill the memory.
const WIDTH: usize = 16;

type Find = dyn Fn(&str) -> Option<Reception> + Send + Sync;

#[derive(Clone)]
struct Door {
    find: Arc<Find>,
    reading: Arc<Semaphore>,
    patience: Duration,
}

/// `POST /sources/{source}/mail` for raw messages and `POST /sources/{source}/mail/{form}` for what providers post, to be
/// merged into an application's router. For Mailgun, add `/mime` to the address.
///
/// `find` is asked for each request, so that sources may come and go. Requests are answered with a bare status, as each
/// provider wants it; a body that takes more than half a minute is not waited for.
///
/// ```
/// # use std::sync::Arc;
/// # use statused_core::{MemoryStore, Monitor};
/// # use statused_email::{Reader, Verifier};
/// use statused_email::intake::forms::Raw;
/// use statused_email::intake::{self, Intake, Reception};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let monitor = Monitor::builder(Arc::new(MemoryStore::new())).build()?;
/// let intake = Intake::builder(Verifier::builder().build(), Reader::new(), monitor, "acme-google").build();
/// let acme = Reception::new(intake).form(Raw::open());
/// let router: axum::Router = intake::router(move |source: &str| (source == "acme-google").then(|| acme.clone()));
/// # let _ = router;
/// # Ok(())
/// # }
/// ```
pub fn router<S: Clone + Send + Sync + 'static>(
    find: impl Fn(&str) -> Option<Reception> + Send + Sync + 'static,
) -> Router<S> {
    with_patience(find, PATIENCE)
}

fn with_patience<S: Clone + Send + Sync + 'static>(
    find: impl Fn(&str) -> Option<Reception> + Send + Sync + 'static,
    patience: Duration,
) -> Router<S> {
    let door = Door { find: Arc::new(find), reading: Arc::new(Semaphore::new(WIDTH)), patience };
    Router::new()
        .route("/sources/{source}/mail", post(raw))
        .route("/sources/{source}/mail/{form}", post(formed))
        // Mailgun hands over the raw message to addresses that end so, and to no other.
        .route("/sources/{source}/mail/{form}/mime", post(formed))
        .with_state(door)
}

async fn raw(State(door): State<Door>, Path(source): Path<String>, request: Request) -> StatusCode {
    door.receive(&source, "raw", request).await
}

async fn formed(
    State(door): State<Door>,
    Path((source, form)): Path<(String, String)>,
    request: Request,
) -> StatusCode {
    door.receive(&source, &form, request).await
}

impl Door {
    async fn receive(&self, source: &str, form: &str, request: Request) -> StatusCode {
        let Some(reception) = (self.find)(source) else { return StatusCode::NOT_FOUND };
        if let Err(answer) = reception.admit(form) {
            return code(answer.status());
        }
        let Ok(_slot) = self.reading.try_acquire() else { return StatusCode::SERVICE_UNAVAILABLE };
        let (head, body) = request.into_parts();
        let announced = head.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let read = read(body, announced, reception.largest_body());
        let body = match tokio::time::timeout(self.patience, read).await {
            Ok(Ok(body)) => body,
            Ok(Err(Cut::TooLarge)) => return code(reception.refuse(form, Refusal::TooLarge).status()),
            Ok(Err(Cut::Broken)) => return StatusCode::BAD_REQUEST,
            Err(_) => return StatusCode::REQUEST_TIMEOUT,
        };
        let now = reception.intake().now();
        let request = forms::Request::new(&head.headers, &body, now).with_query(head.uri.query());
        code(reception.take_in(form, request).await.status())
    }
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
    use statused_core::{MemoryStore, Monitor};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::intake::Intake;
    use crate::intake::forms::Raw;
    use crate::{Reader, Verifier};

    #[tokio::test]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let monitor = Monitor::builder(Arc::new(MemoryStore::new())).build().unwrap();
        let intake = Intake::builder(Verifier::builder().build(), Reader::new(), monitor, "acme").build();
        let reception = Reception::new(intake).form(Raw::open());
        let router: Router = with_patience(move |_| Some(reception.clone()), Duration::from_millis(20));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut connection = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let head = "POST /sources/acme/mail HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123";
        connection.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        connection.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 408");
    }
}
