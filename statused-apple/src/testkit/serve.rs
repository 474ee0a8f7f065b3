//! The HTTP side of the fake.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State as Extracted};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::stream;
use serde_json::json;

use super::fault::Effect;
use super::question::Question;
use super::render::Renderer;
use super::state::{Shared, State};
use super::write::{self, Written};
use super::{Endpoint, Logged, auth, documents};

pub(super) const NOT_AUTHORIZED: (&str, &str, &str) = (
    "NOT_AUTHORIZED",
    "Authentication credentials are missing or invalid.",
    "Provide a properly configured and signed bearer token, and make sure that it has not expired. Learn more about \
     Generating Tokens for API Requests https://developer.apple.com/go/?id=api-generating-tokens",
);

pub(super) const FORBIDDEN: (&str, &str, &str) = (
    "FORBIDDEN_ERROR",
    "This request is forbidden for security reasons",
    "The API key in use does not allow this request",
);

/// More than anything that is written here.
const LARGEST_BODY: usize = 1024 * 1024;

/// The verbatim answer of the real API while an agreement is pending.
const AGREEMENT: &str = r#"{
  "errors" : [ {
    "id" : "43D2P7EFNE6CWFQL2BY3ZBPNQE",
    "status" : "403",
    "code" : "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED",
    "title" : "A required agreement is missing or has expired.",
    "detail" : "This request requires an in-effect agreement that has not been signed or has expired.",
    "links" : { "see" : "/business" }
  } ]
}"#;

pub(super) fn error_body(status: u16, code: &str, title: &str, detail: &str) -> String {
    json!({"errors": [{"status": status.to_string(), "code": code, "title": title, "detail": detail}]}).to_string()
}

/// An answer that is ready to go: status, body.
type Answer = (u16, String);

fn refusal(status: u16, (code, title, detail): (&str, &str, &str)) -> Answer {
    (status, error_body(status, code, title, detail))
}

/// Answers one request.
pub(super) async fn answer(Extracted(shared): Extracted<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let method = request.method().as_str().to_owned();
    let endpoint = Some(Endpoint::of(&path)).filter(|it| it.takes(&method)).unwrap_or(Endpoint::Other);
    let query = request.uri().query().unwrap_or_default();
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let bearer = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().to_owned();

    let Ok(sent) = to_bytes(request.into_body(), LARGEST_BODY).await else { return broken() };

    let asked = Logged { endpoint, method, path, query: pairs, status: None, token: 0 };
    let (number, fault) = {
        let mut state = shared.lock();
        let token = state.token_number(&token);
        let number = state.log.len();
        state.log.push(Logged { token, ..asked.clone() });
        (number, state.faults.iter_mut().find_map(|fault| fault.strikes(endpoint).then(|| fault.effect.clone())))
    };
    let mut wait = None;
    let (status, content_type, body, retry_after) = match fault {
        Some(Effect::Answer { status, content_type, body, retry_after }) => (status, content_type, body, retry_after),
        Some(Effect::Drop) => return broken(),
        other => {
            if let Some(Effect::Delay(delay)) = other {
                wait = Some(delay);
            }
            let (status, body) = respond(&shared, &asked, &sent, &token);
            (status, "application/json", body, None)
        }
    };
    if let Some(wait) = wait {
        tokio::time::sleep(wait).await;
    }
    let mut state = shared.lock();
    // The log may have been emptied meanwhile.
    if let Some(logged) = state.log.get_mut(number) {
        logged.status = Some(status);
    }
    let rate = format!("user-hour-lim:{};user-hour-rem:{};", state.limit, state.remaining);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    let date = (state.clock)().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    headers.extend(HeaderValue::from_str(&date).ok().map(|date| (header::DATE, date)));
    if status != 401 {
        headers.extend(
            HeaderValue::from_str(&rate).ok().map(|value| (header::HeaderName::from_static("x-rate-limit"), value)),
        );
    }
    headers.extend(
        retry_after.and_then(|wait| HeaderValue::from_str(&wait).ok()).map(|value| (header::RETRY_AFTER, value)),
    );
    response
}

/// A body that breaks off.
fn broken() -> Response {
    let chunks: [Result<Bytes, io::Error>; 2] =
        [Ok(Bytes::from_static(br#"{"data":"#)), Err(io::Error::from(io::ErrorKind::ConnectionReset))];
    Response::new(Body::from_stream(stream::iter(chunks)))
}

/// Everything that Apple looks at, in its order.
fn respond(shared: &Shared, asked: &Logged, sent: &[u8], token: &str) -> Answer {
    let mut state = shared.lock();
    let state = &mut *state;
    let now = (state.clock)();
    let Some(claims) = auth::verify(token, &shared.keys.public, super::ISSUER, now) else {
        return refusal(401, NOT_AUTHORIZED);
    };
    state.note_claims(token, claims);
    state.authorized += 1;
    if state.unauthorized_every.is_some_and(|every| state.authorized.is_multiple_of(every)) {
        return refusal(401, NOT_AUTHORIZED);
    }
    if state.agreement_pending {
        return (403, AGREEMENT.to_owned());
    }
    if state.counts_down {
        if state.remaining == 0 {
            let detail = "We've received too many requests for this API.";
            return refusal(429, ("RATE_LIMIT_EXCEEDED", "The request rate limit has been reached.", detail));
        }
        state.remaining -= 1;
    }
    let Logged { endpoint, path, query, .. } = asked;
    if state.developer_key && endpoint.is_for_managers() {
        return refusal(403, FORBIDDEN);
    }
    if asked.method != "GET" && *endpoint != Endpoint::Other {
        return written(shared, state, asked, sent);
    }
    let stale = match &mut state.stale {
        Some((world, times)) if *times > 0 => {
            *times -= 1;
            Some(Arc::clone(world))
        }
        _ => None,
    };
    let world = stale.as_deref().unwrap_or(&state.world);
    let question = match Question::read(*endpoint, query, now) {
        Ok(question) => question,
        Err((code, detail)) => return refusal(400, (code, "A parameter has an invalid value", &detail)),
    };
    let renderer = Renderer { question: &question, base: &shared.base_url, missing: &state.missing };
    let found = documents::document(world, &state.post, state.view, *endpoint, path, query, &renderer);
    found.map_or_else(
        || {
            let detail = format!("There is no resource at '{path}'");
            refusal(404, ("NOT_FOUND", "The specified resource does not exist", &detail))
        },
        |document| (200, document.to_string()),
    )
}

/// Changes something, and shows it.
fn written(shared: &Shared, state: &mut State, asked: &Logged, sent: &[u8]) -> Answer {
    let id = asked.path.split('/').nth(3).unwrap_or_default();
    let (status, entity) = match write::apply(state, asked.endpoint, &asked.method, id, sent) {
        Written::Made(entity) => (201, entity),
        Written::Changed(entity) => (200, entity),
        Written::Gone => return (204, String::new()),
        Written::Refused(status, (code, detail)) => {
            return refusal(status, (code, "The request cannot be fulfilled", &detail));
        }
    };
    let renderer = Renderer { question: &Question::default(), base: &shared.base_url, missing: &state.missing };
    (status, renderer.single(&asked.path, entity).to_string())
}
