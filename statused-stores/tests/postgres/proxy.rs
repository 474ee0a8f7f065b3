//! The way to a server, which can be cut.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What is cut, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    Nothing,
    /// What a session begins with is never answered.
    Greeting,
    /// What begins a transaction does not arrive.
    BeforeBegin,
    /// The commit does not arrive.
    BeforeCommit,
    /// The commit arrives and is done; the answer does not.
    AfterCommit,
}

/// What becomes of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Open,
    /// They are closed, and so are new ones as soon as they are there.
    Closed,
    /// They stand, new ones as well, and nothing goes either way; nobody is told.
    Silent,
}

/// Forwards to the server. It keeps its port as long as it is there, whatever the state of the way.
pub(crate) struct Proxy {
    address: SocketAddr,
    cut: Arc<Mutex<Cut>>,
    way: watch::Sender<Way>,
    asked: Arc<AtomicUsize>,
    /// Ends with the proxy.
    _serving: JoinSet<()>,
}

impl Proxy {
    /// A way to `upstream`, which is `host:port`.
    pub(crate) async fn to(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (way, seen) = watch::channel(Way::Open);
        let (cut, asked) = (Arc::new(Mutex::new(Cut::Nothing)), Arc::default());
        let visit =
            Visit { upstream: upstream.to_owned(), cut: Arc::clone(&cut), way: seen, asked: Arc::clone(&asked) };
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut visits = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let visit = visit.clone();
                visits.spawn(async move { visit.forward(client).await });
                while visits.try_join_next().is_some() {}
            }
        });
        Self { address, cut, way, asked, _serving: serving }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// `host:port`.
    pub(crate) fn place(&self) -> String {
        self.address.to_string()
    }

    /// How many bytes have gone to the server.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Cuts the next one that comes to that point, once.
    pub(crate) fn cut(&self, cut: Cut) {
        *self.cut.lock().unwrap() = cut;
    }

    /// Closes everything, and lets nobody in.
    pub(crate) fn close(&self) {
        self.way.send_replace(Way::Closed);
    }

    /// Lets nothing through any more, and says so to nobody.
    pub(crate) fn silence(&self) {
        self.way.send_replace(Way::Silent);
    }

    /// Lets everybody in again. What a silent way holds back goes on.
    pub(crate) fn open(&self) {
        self.way.send_replace(Way::Open);
    }
}

/// A connection, and what it has to go by.
#[derive(Clone)]
struct Visit {
    upstream: String,
    cut: Arc<Mutex<Cut>>,
    way: watch::Receiver<Way>,
    asked: Arc<AtomicUsize>,
}

impl Visit {
    /// Returns, and so ends the connection, when it is cut or either side ends it.
    async fn forward(mut self, mut client: TcpStream) {
        if self.is_closed().await {
            return;
        }
        let Ok(mut server) = TcpStream::connect(&*self.upstream).await else { return };
        let (mut asked, mut said) = (vec![0; 1 << 20], vec![0; 1 << 20]);
        let mut swallow = false;
        while !self.is_closed().await {
            tokio::select! {
                biased;
                changed = self.way.changed() => if changed.is_err() {
                    return;
                },
                Ok(count) = client.read(&mut asked) => {
                    let bytes = &asked[..count];
                    let armed = *self.cut.lock().unwrap();
                    let reached = match armed {
                        Cut::Nothing => false,
                        Cut::Greeting => holds(bytes, b"SET search_path"),
                        Cut::BeforeBegin => holds(bytes, b"BEGIN\0"),
                        Cut::BeforeCommit | Cut::AfterCommit => holds(bytes, b"COMMIT\0"),
                    };
                    if reached {
                        *self.cut.lock().unwrap() = Cut::Nothing;
                        swallow = matches!(armed, Cut::AfterCommit | Cut::Greeting);
                    }
                    if count == 0 || (reached && !swallow) || server.write_all(bytes).await.is_err() {
                        return;
                    }
                    self.asked.fetch_add(count, Ordering::SeqCst);
                }
                Ok(count) = server.read(&mut said) => {
                    let bytes = &said[..count];
                    // The tag of a finished commit ends what was swallowed.
                    if count == 0 || (swallow && holds(bytes, b"COMMIT\0")) {
                        return;
                    }
                    if !swallow && client.write_all(bytes).await.is_err() {
                        return;
                    }
                }
                else => return,
            }
        }
    }

    /// Whether the way is closed, once it is not silent.
    async fn is_closed(&mut self) -> bool {
        self.way.wait_for(|way| *way != Way::Silent).await.map_or(true, |way| *way == Way::Closed)
    }
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|part| part == word)
}
