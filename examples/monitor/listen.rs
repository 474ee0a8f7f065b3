//! Takes connections so that nobody can use them up: there are only so many places, and the head of a request has to come
//! in time. Without that, whoever sends a byte a minute keeps a place for ever.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Connections at a time. Who comes when all places are taken waits until one is free.
const PLACES: usize = 512;
/// How long the head of a request may take, and how long a connection may wait for its next one.
const PATIENCE: Duration = Duration::from_secs(10);
/// Header fields of a request.
const MOST_FIELDS: usize = 100;
/// The pause after a connection could not be taken: the process may have no more files.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until dropped. What is under way then is dropped, too.
pub(crate) async fn serve(listener: TcpListener, app: Router) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(PLACES));
    let mut connections = JoinSet::new();
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        match listener.accept().await {
            Ok((stream, peer)) => {
                let app = app.clone();
                connections.spawn(async move {
                    converse(stream, peer, app).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!("a connection cannot be taken: {error}");
                tokio::time::sleep(PAUSE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn converse(stream: TcpStream, peer: SocketAddr, app: Router) {
    // Without it, answers are only later.
    stream.set_nodelay(true).ok();
    let service = TowerToHyperService::new(app.layer(Extension(ConnectInfo(peer))));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_headers(MOST_FIELDS);
    if let Err(error) = http.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%peer, "a connection ended: {error}");
    }
}
