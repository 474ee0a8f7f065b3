//! The other end: a web service that takes signed webhooks, and believes none that it cannot verify.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use chrono::Utc;
use statused::sinks::webhook::{Received, Verifier, verify_statused_signature};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// A receiver on this machine.
#[derive(Debug)]
pub(crate) struct Receiver {
    url: String,
    inbox: mpsc::UnboundedReceiver<Result<Received, String>>,
}

struct Desk {
    secret: &'static str,
    verifier: Verifier,
    inbox: mpsc::UnboundedSender<Result<Received, String>>,
}

impl Receiver {
    pub(crate) async fn start(secret: &'static str) -> Result<Self, Box<dyn std::error::Error>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/hooks/statused", listener.local_addr()?);
        let (sender, inbox) = mpsc::unbounded_channel();
        let desk = Desk { secret, verifier: Verifier::new([secret])?, inbox: sender };
        let app = Router::new().route("/hooks/statused", post(receive)).with_state(Arc::new(desk));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { url, inbox })
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// The next notification, verified; or what was wrong with it.
    pub(crate) async fn next(&mut self) -> Result<Received, String> {
        self.inbox.recv().await.unwrap_or_else(|| Err("the receiver has stopped".to_owned()))
    }

    /// A notification that has arrived already.
    pub(crate) fn at_hand(&mut self) -> Option<Result<Received, String>> {
        self.inbox.try_recv().ok()
    }
}

async fn receive(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let received = desk.open(&headers, &body);
    let status = if received.is_ok() { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
    // The play may be over.
    drop(desk.inbox.send(received));
    status
}

impl Desk {
    fn open(&self, headers: &HeaderMap, body: &[u8]) -> Result<Received, String> {
        self.verifier.verify(headers, body, Utc::now()).map_err(|error| error.to_string())?;
        let original = headers.get("x-statused-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
        verify_statused_signature(self.secret, body, original).map_err(|error| error.to_string())?;
        Received::parse(body).map_err(|error| error.to_string())
    }
}
