//! The status API (`GET /status`, `/history`, `/deliveries`, `/health`, `/metrics`) and where pushes arrive
//! (`POST /sources/{source}/webhook/{app}`) and mail (`POST /sources/{source}/mail`, `…/mail/{form}`). Whom Gmail has
//! asked for, and the links, are at `GET /confirmations`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use statused::Monitor;
use statused::apple::webhooks;
use statused::mail::intake;
use statused::model::{DeliveryId, DeliveryState};
use statused::store::{DeliveryQuery, HistoryQuery, StoreError};
use tokio::net::TcpListener;

use crate::health::Report;
use crate::mail::{Mail, Mails};
use crate::parts::Shared;
use crate::{listen, metrics};

/// More rows are not answered at once.
const MOST: usize = 1000;

/// What the routes show.
#[derive(Clone)]
struct Desk {
    monitor: Monitor,
    shared: Arc<Shared>,
    mails: Arc<Mails>,
}

/// Serves until dropped. With a token, whoever has it may read; without one, this machine may. Pushes prove themselves.
pub(crate) async fn serve(
    listener: TcpListener,
    monitor: Monitor,
    shared: Arc<Shared>,
    mails: Arc<Mails>,
    token: Option<SecretString>,
) -> std::io::Result<()> {
    let desk = Desk { monitor: monitor.clone(), shared: Arc::clone(&shared), mails: Arc::clone(&mails) };
    let pushes = webhooks::router(monitor, move |source| shared.receivers.get(source).cloned());
    let mail = intake::router(move |source| mails.get(source).and_then(Mail::reception));
    let app = Router::new()
        .route("/status", get(status))
        .route("/history", get(history))
        .route("/deliveries", get(deliveries))
        .route("/health", get(health))
        .route("/metrics", get(prometheus))
        .route("/confirmations", get(confirmations))
        .with_state(desk)
        .layer(middleware::from_fn(move |peer, request, next| guard(token.clone(), peer, request, next)))
        .merge(pushes)
        .merge(mail);
    listen::serve(listener, app).await
}

async fn guard(
    token: Option<SecretString>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let refusal = match token {
        None if peer.ip().to_canonical().is_loopback() => None,
        None => Some(StatusCode::FORBIDDEN),
        Some(token) => {
            let given = request.headers().get(header::AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
            let wanted = format!("Bearer {}", token.expose_secret());
            (!equal(given, wanted.as_bytes())).then_some(StatusCode::UNAUTHORIZED)
        }
    };
    match refusal {
        Some(status) => status.into_response(),
        None => next.run(request).await,
    }
}

/// Compares without telling by its time where two texts differ.
fn equal(a: &[u8], b: &[u8]) -> bool {
    let differences = a.iter().zip(b).fold(0, |found, (x, y)| found | (x ^ y));
    a.len() == b.len() && std::hint::black_box(differences) == 0
}

async fn status(State(Desk { monitor, .. }): State<Desk>) -> Result<Response, Unavailable> {
    Ok(Json(monitor.status().await?).into_response())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HistoryParams {
    app: Option<String>,
    limit: Option<usize>,
}

async fn history(
    State(Desk { monitor, .. }): State<Desk>,
    Query(params): Query<HistoryParams>,
) -> Result<Response, Unavailable> {
    let mut query = HistoryQuery::default().with_limit(params.limit.unwrap_or(100).clamp(1, MOST));
    query.app = params.app;
    Ok(Json(monitor.history(query).await?).into_response())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeliveryParams {
    id: Option<u64>,
    sink: Option<String>,
    state: Option<DeliveryState>,
    limit: Option<usize>,
}

async fn deliveries(
    State(Desk { monitor, .. }): State<Desk>,
    Query(params): Query<DeliveryParams>,
) -> Result<Response, Unavailable> {
    let mut query = DeliveryQuery::default().with_limit(params.limit.unwrap_or(100).clamp(1, MOST));
    query.id = params.id.map(DeliveryId);
    query.sink = params.sink.map(Into::into);
    query.state = params.state;
    Ok(Json(monitor.deliveries(query).await?).into_response())
}

async fn health(State(desk): State<Desk>) -> Response {
    let report = desk.report().await;
    let status = if report.monitor.is_well() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}

async fn prometheus(State(desk): State<Desk>) -> Response {
    let body = metrics::render(&desk.report().await);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], body).into_response()
}

async fn confirmations(State(desk): State<Desk>) -> Response {
    let questions: BTreeMap<_, _> = desk.mails.iter().map(|(id, mail)| (id, mail.questions())).collect();
    Json(questions).into_response()
}

impl Desk {
    async fn report(&self) -> Report {
        Report::of(&self.monitor, &self.shared, &self.mails).await
    }
}

/// The store did not answer. The log has the reason.
struct Unavailable(StoreError);

impl From<StoreError> for Unavailable {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Unavailable {
    fn into_response(self) -> Response {
        tracing::warn!("a route could not be answered: {}", self.0);
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    }
}
