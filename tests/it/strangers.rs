//! What strangers may try on the monitor's port.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Client;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::process::Process;
use crate::routes::serving;
use crate::support::{PATIENCE, until};

/// Connections that are served at a time.
const PLACES: usize = 512;
/// Pushes whose bodies are read at a time. Who comes when these places are taken is told to come later.
const READ_AT_A_TIME: usize = 64;

/// What came of a guest that dawdles.
struct Dawdled {
    shown_out: Instant,
    answer: String,
}

/// Says how a request begins, and then a byte now and then, until it is shown out.
async fn dawdle(address: String, beginning: &'static str, come: Arc<AtomicUsize>) -> Dawdled {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(beginning.as_bytes()).await.unwrap();
    come.fetch_add(1, Ordering::SeqCst);
    let (mut answer, mut more) = (Vec::new(), [0; 1024]);
    loop {
        tokio::select! {
            read = stream.read(&mut more) => match read {
                Ok(count) if count > 0 => answer.extend_from_slice(&more[..count]),
                _ => break,
            },
            () = tokio::time::sleep(Duration::from_millis(300)) => if stream.write_all(b"x").await.is_err() {
                break;
            },
        }
    }
    Dawdled { shown_out: Instant::now(), answer: String::from_utf8_lossy(&answer).into_owned() }
}

/// Lets so many in, and waits until they have come.
async fn many(count: usize, address: &str, beginning: &'static str, guests: &mut JoinSet<Dawdled>) {
    // A process may have a thousand files, unless somebody asks for more.
    let pid = std::process::id().to_string();
    Command::new("prlimit").args(["--pid", &pid, "--nofile=8192:"]).output().ok();
    let come = Arc::new(AtomicUsize::new(0));
    for _ in 0..count {
        guests.spawn(dawdle(address.to_owned(), beginning, Arc::clone(&come)));
    }
    until(|| format!("{come:?} of {count} come in"), || come.load(Ordering::SeqCst) == count).await;
}

async fn all_out(guests: JoinSet<Dawdled>, process: &Process) -> Vec<Dawdled> {
    let out = tokio::time::timeout(PATIENCE, guests.join_all()).await;
    out.unwrap_or_else(|_| panic!("a byte now and then is no excuse, and their places are kept: {}", process.log()))
}

/// Asks for something, and says when the answer was there.
async fn ask(base: &str) -> Instant {
    let health = Client::new().get(format!("{base}/health")).timeout(PATIENCE).send().await.unwrap();
    assert_eq!(health.status(), 200);
    Instant::now()
}

const HEAD: &str = "POST /sources/acme/webhook/1 HTTP/1.1\r\nHost: x\r\nX-Slow: ";

/// First more than half of the places, then all of them, each held by a head that never ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_a_head_that_never_ends_keeps_nobody_waiting_and_no_place() {
    let (_site, process, base) = serving("").await;
    let address = base.trim_start_matches("http://").to_owned();
    let mut guests = JoinSet::new();
    many(300, &address, HEAD, &mut guests).await;
    let answered = ask(&base).await;
    many(PLACES - 300, &address, HEAD, &mut guests).await;
    // Whoever comes now comes after them, and has to wait.
    ask(&base).await;
    let out = all_out(guests, &process).await;
    assert_eq!(out.len(), PLACES);
    let first = out.iter().map(|guest| guest.shown_out).min().unwrap();
    assert!(answered < first, "it waited until somebody was shown out");
    ask(&base).await;
}

const BODY: &str = "POST /sources/acme/webhook/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n";

/// As many as are read at a time, and some more; each has a body that never ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_a_body_that_never_ends_keeps_nobody_waiting_and_no_place() {
    let (_site, process, base) = serving("").await;
    let address = base.trim_start_matches("http://").to_owned();
    let mut guests = JoinSet::new();
    many(READ_AT_A_TIME + 36, &address, BODY, &mut guests).await;
    let answered = ask(&base).await;
    let out = all_out(guests, &process).await;
    let given_up: Vec<_> = out.iter().filter(|guest| guest.answer.starts_with("HTTP/1.1 408")).collect();
    let refused = out.iter().filter(|guest| guest.answer.starts_with("HTTP/1.1 429")).count();
    let answers: Vec<_> = out.iter().map(|guest| guest.answer.lines().next()).collect();
    assert_eq!((given_up.len(), refused), (READ_AT_A_TIME, 36), "{answers:?}");
    let first = given_up.iter().map(|guest| guest.shown_out).min().unwrap();
    assert!(answered < first, "it waited until somebody was shown out");
    ask(&base).await;
}

/// A head that is too long, and one with too many fields, are refused and end nothing else.
#[tokio::test]
async fn heads_are_bounded() {
    let (_site, process, base) = serving("").await;
    let address = base.trim_start_matches("http://").to_owned();
    for flood in [format!("X: {}\r\n", "a".repeat(1 << 20)), "X: a\r\n".repeat(5000)] {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        // It may be shown out before it has said everything.
        stream.write_all(format!("GET /health HTTP/1.1\r\nHost: x\r\n{flood}\r\n").as_bytes()).await.ok();
        let mut answer = Vec::new();
        tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap().ok();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    let health = Client::new().get(format!("{base}/health")).send().await.unwrap();
    assert_eq!(health.status(), 200, "{}", process.log());
}
