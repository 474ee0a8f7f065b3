//! The way to the server, which can be cut.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What is cut, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    Nothing,
    /// What begins a transaction does not arrive.
    BeforeBegin,
    /// The commit does not arrive.
    BeforeCommit,
    /// The commit arrives and is done; the answer does not.
    AfterCommit,
}

/// Forwards to the server.
pub(crate) struct Proxy {
    upstream: String,
    address: SocketAddr,
    cut: Arc<Mutex<Cut>>,
    serving: JoinSet<()>,
}

impl Proxy {
    /// A way to `upstream`, which is `host:port`.
    pub(crate) async fn to(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let cut = Arc::new(Mutex::new(Cut::Nothing));
        let mut proxy = Self { upstream: upstream.to_owned(), address, cut, serving: JoinSet::new() };
        proxy.serve(listener);
        proxy
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Cuts the next one that comes to that point, once.
    pub(crate) fn cut(&self, cut: Cut) {
        *self.cut.lock().unwrap() = cut;
    }

    /// Cuts everything, and lets nobody in.
    pub(crate) async fn stop(&mut self) {
        self.serving.shutdown().await;
    }

    /// Lets everybody in again.
    pub(crate) async fn start(&mut self) {
        self.serve(TcpListener::bind(self.address).await.unwrap());
    }

    fn serve(&mut self, listener: TcpListener) {
        let (upstream, cut) = (self.upstream.clone(), Arc::clone(&self.cut));
        self.serving.spawn(async move {
            let mut ways = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let (upstream, cut) = (upstream.clone(), Arc::clone(&cut));
                ways.spawn(async move { forward(client, TcpStream::connect(upstream).await.unwrap(), cut).await });
            }
        });
    }
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|part| part == word)
}

/// Returns, and so ends the connection, when it is cut or either side ends it.
async fn forward(mut client: TcpStream, mut server: TcpStream, cut: Arc<Mutex<Cut>>) {
    let (mut asked, mut said) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    let mut swallow = false;
    loop {
        tokio::select! {
            Ok(count) = client.read(&mut asked) => {
                let bytes = &asked[..count];
                let armed = *cut.lock().unwrap();
                let reached = match armed {
                    Cut::Nothing => false,
                    Cut::BeforeBegin => holds(bytes, b"BEGIN\0"),
                    Cut::BeforeCommit | Cut::AfterCommit => holds(bytes, b"COMMIT\0"),
                };
                if reached {
                    *cut.lock().unwrap() = Cut::Nothing;
                    swallow = armed == Cut::AfterCommit;
                }
                if count == 0 || (reached && !swallow) || server.write_all(bytes).await.is_err() {
                    return;
                }
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
