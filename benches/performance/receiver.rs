//! The receiving end: as little as a web server can do, on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Counts requests and answers 200.
pub(crate) struct Receiver {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    taken: AtomicUsize,
    seen: watch::Sender<usize>,
    /// The first request, head and body.
    first: Mutex<Option<Vec<u8>>>,
}

impl Receiver {
    pub(crate) fn start() -> std::io::Result<Self> {
        let shared =
            Arc::new(Shared { taken: AtomicUsize::new(0), seen: watch::Sender::new(0), first: Mutex::default() });
        let (send, address) = mpsc::channel();
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                send.send(listener.local_addr()).expect("somebody waits");
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, Arc::clone(&served)));
                }
            });
        });
        let address = address.recv().map_err(std::io::Error::other)??;
        Ok(Self { url: format!("http://{address}/hook"), shared })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn taken(&self) -> usize {
        self.shared.taken.load(Ordering::SeqCst)
    }

    /// Waits until so many requests have been answered since the start.
    pub(crate) async fn reached(&self, total: usize) {
        let mut seen = self.shared.seen.subscribe();
        seen.wait_for(|taken| *taken >= total).await.expect("the receiver lives");
    }

    /// The body of the first request.
    pub(crate) fn body(&self) -> Vec<u8> {
        let first = self.shared.first.lock().expect("nobody panics").clone().unwrap_or_default();
        let head = find(&first).unwrap_or(0);
        first[head..].to_vec()
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut buffer = Vec::with_capacity(8192);
    loop {
        let head = loop {
            if let Some(end) = find(&buffer) {
                break end;
            }
            (stream.read_buf(&mut buffer).await.ok()? > 0).then_some(())?;
        };
        let whole = head + length(&buffer[..head])?;
        while buffer.len() < whole {
            (stream.read_buf(&mut buffer).await.ok()? > 0).then_some(())?;
        }
        let taken = shared.taken.fetch_add(1, Ordering::SeqCst) + 1;
        if taken == 1 {
            *shared.first.lock().expect("nobody panics") = Some(buffer[..whole].to_vec());
        }
        buffer.drain(..whole);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.ok()?;
        // Whoever waits is woken now and then, and at the end.
        if taken.is_multiple_of(100) {
            shared.seen.send_replace(taken);
        }
    }
}

/// Where the body begins.
fn find(buffer: &[u8]) -> Option<usize> {
    buffer.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}

fn length(head: &[u8]) -> Option<usize> {
    let head = std::str::from_utf8(head).ok()?;
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-length:"))?;
    line.split_once(':')?.1.trim().parse().ok()
}
