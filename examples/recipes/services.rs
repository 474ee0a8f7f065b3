//! One server that plays all the services, and remembers who asked what.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use tokio::net::TcpListener;

use crate::vendors::{Question, Vendors};

/// The services on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Services {
    origin: Arc<str>,
    town: Arc<Mutex<Town>>,
}

#[derive(Debug, Default)]
struct Town {
    vendors: Vendors,
    calls: Vec<Call>,
}

/// A request, with what is telling about it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The service.
    pub(crate) place: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    /// What was asked for, or what a look has shown.
    pub(crate) telling: String,
}

impl Call {
    /// What the play compares; that the path is right is said by the answer.
    pub(crate) fn brief(&self) -> String {
        format!("{} {}: {}", self.place, self.method, self.telling)
    }
}

impl Services {
    pub(crate) async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?).into();
        let services = Self { origin, town: Arc::default() };
        let app = Router::new().fallback(answer).with_state(services.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(services)
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The calls since the last time: one service after the other, each in its order.
    pub(crate) fn take_calls(&self) -> Vec<Call> {
        let mut calls = std::mem::take(&mut self.town().calls);
        calls.sort_by(|one, other| one.place.cmp(&other.place));
        calls
    }

    /// What is not as a release should leave it.
    pub(crate) fn left_undone(&self) -> Vec<String> {
        self.town().vendors.left_undone()
    }

    fn town(&self) -> MutexGuard<'_, Town> {
        self.town.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(
    State(services): State<Services>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let authorization = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let whole = uri.path_and_query().map_or("/", |path| path.as_str());
    let (place, path) = whole.trim_start_matches('/').split_once('/').unwrap_or((whole, ""));
    let question = Question {
        method: method.as_str(),
        place,
        path,
        authorization,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };

    let mut town = services.town();
    let reply = town.vendors.answer(&question);
    let call =
        Call { place: place.to_owned(), method: method.clone(), path: format!("/{path}"), telling: reply.telling };
    town.calls.push(call);
    (reply.status, reply.body)
}
