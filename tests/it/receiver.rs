//! A web service that takes webhooks as the reference tells receivers to: it believes no body whose signature does not
//! fit, and goes wrong on request.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chrono::Utc;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use statused::sinks::webhook::{Verifier, Webhook, WebhookBuilder};
use tokio::net::TcpListener;

use crate::support::until;

/// What the receivers and their senders share.
pub(crate) const SECRET: &str = "a whole-system secret";
/// The one that takes its place.
pub(crate) const NEXT_SECRET: &str = "whsec_dGhlIG5leHQgc2VjcmV0IG9mIGFsbA==";

/// What a receiver answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// A bare status.
    Status(u16),
    /// 503 with `Retry-After`, in seconds.
    Later(u64),
    /// Nothing, for as long as the sender waits.
    Hang,
}

/// A request that came in.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    /// When.
    pub(crate) at: Instant,
    /// The header `webhook-id`.
    pub(crate) id: String,
    /// The raw body.
    pub(crate) body: String,
    /// The secret that both signatures were made with; `None`: 401.
    pub(crate) signed_with: Option<&'static str>,
    /// The answer.
    pub(crate) reply: Reply,
    /// The headers.
    pub(crate) headers: HeaderMap,
}

impl Hit {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a body is JSON")
    }

    /// A field of `data`, if it is there.
    pub(crate) fn data(&self, field: &str) -> Option<String> {
        self.json()["data"][field].as_str().map(str::to_owned)
    }

    pub(crate) fn message(&self) -> String {
        self.data("message").expect("every event has a message")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A receiver on this machine.
#[derive(Debug)]
pub(crate) struct Receiver {
    url: String,
    desk: Arc<Desk>,
}

#[derive(Debug, Default)]
struct Desk(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    hits: Vec<Hit>,
    script: VecDeque<Reply>,
    usual: Option<Reply>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks/statused", listener.local_addr().unwrap());
        let desk = Arc::new(Desk::default());
        let app = Router::new().route("/hooks/statused", post(receive)).with_state(Arc::clone(&desk));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, desk }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The sink that sends here, with retries that come at once, nearly.
    pub(crate) fn sink(&self) -> WebhookBuilder {
        let retry = statused::sink::RetryPolicy::exponential(5, Duration::from_millis(5));
        Webhook::builder(self.url.as_str()).secret(SECRET).allow_http(true).retry(retry)
    }

    /// Answers the next requests so.
    pub(crate) fn script(&self, replies: impl IntoIterator<Item = Reply>) {
        self.desk.book().script.extend(replies);
    }

    /// Answers all requests so that no script is for.
    pub(crate) fn always(&self, reply: Reply) {
        self.desk.book().usual = Some(reply);
    }

    /// Every request.
    pub(crate) fn hits(&self) -> Vec<Hit> {
        self.desk.book().hits.clone()
    }

    /// Every request from that one on.
    pub(crate) fn hits_from(&self, first: usize) -> Vec<Hit> {
        self.desk.book().hits[first..].to_vec()
    }

    /// Every request that was answered with success.
    pub(crate) fn taken(&self) -> Vec<Hit> {
        let hits = self.hits();
        hits.into_iter().filter(|hit| matches!(hit.reply, Reply::Status(200..300))).collect()
    }

    /// The messages of what was taken. No request may have come with a bad signature.
    pub(crate) fn told(&self) -> Vec<String> {
        assert!(self.hits().iter().all(|hit| hit.signed_with.is_some()), "a signature did not fit");
        self.taken().iter().map(Hit::message).collect()
    }

    /// Waits until as much was taken.
    pub(crate) async fn wait_for(&self, count: usize) {
        until(|| format!("{count} notifications taken; there are {:#?}", self.told()), || self.taken().len() >= count)
            .await;
    }

    /// Waits until as many requests came.
    pub(crate) async fn wait_for_hits(&self, count: usize) {
        until(|| format!("{count} requests; there are {}", self.hits().len()), || self.hits().len() >= count).await;
    }
}

impl Desk {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn receive(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> Response {
    let at = Instant::now();
    let signed_with = [SECRET, NEXT_SECRET].into_iter().find(|secret| is_signed(secret, &headers, &body));
    let reply = {
        let mut book = desk.book();
        let planned = book.script.pop_front().or(book.usual).unwrap_or(Reply::Status(200));
        let reply = if signed_with.is_some() { planned } else { Reply::Status(401) };
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let body = String::from_utf8(body.to_vec()).unwrap_or_default();
        book.hits.push(Hit { at, id: text("webhook-id"), body, signed_with, reply, headers });
        reply
    };
    match reply {
        Reply::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Reply::Later(seconds) => {
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, seconds.to_string())]).into_response()
        }
        Reply::Hang => std::future::pending().await,
    }
}

/// Both signatures, the original as the reference's snippets check it: `sha256=` and the HMAC of the raw body in hex.
fn is_signed(secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let original = headers.get("x-statused-signature").and_then(|value| value.to_str().ok());
    original == Some(format!("sha256={hex}").as_str())
        && Verifier::new([secret]).unwrap().verify(headers, body, Utc::now()).is_ok()
}
