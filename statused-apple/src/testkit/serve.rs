//! The HTTP side of the fake.

use std::cmp::Reverse;
use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State as Extracted};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::stream;
use serde_json::{Value, json};

use super::entities::{self, View};
use super::fault::Effect;
use super::question::Question;
use super::render::Renderer;
use super::state::Shared;
use super::world::World;
use super::{Endpoint, Logged, auth};

pub(super) const NOT_AUTHORIZED: (&str, &str, &str) = (
    "NOT_AUTHORIZED",
    "Authentication credentials are missing or invalid.",
    "Provide a properly configured and signed bearer token, and make sure that it has not expired. Learn more about \
     Generating Tokens for API Requests https://developer.apple.com/go/?id=api-generating-tokens",
);

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
    let endpoint = Endpoint::of(&path);
    let query = request.uri().query().unwrap_or_default();
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let bearer = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().to_owned();

    let (number, fault) = {
        let mut state = shared.lock();
        let token = state.token_number(&token);
        let number = state.log.len();
        state.log.push(Logged { endpoint, path: path.clone(), query: pairs.clone(), status: None, token });
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
            let (status, body) =
                respond(&shared, &Logged { endpoint, path, query: pairs, status: None, token: 0 }, &token);
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
fn respond(shared: &Shared, asked: &Logged, token: &str) -> Answer {
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
    let stale = match &mut state.stale {
        Some((world, times)) if *times > 0 => {
            *times -= 1;
            Some(Arc::clone(world))
        }
        _ => None,
    };
    let world = stale.as_deref().unwrap_or(&state.world);
    let Logged { endpoint, path, query, .. } = asked;
    let question = match Question::read(*endpoint, query) {
        Ok(question) => question,
        Err((code, detail)) => return refusal(400, (code, "A parameter has an invalid value", &detail)),
    };
    let renderer = Renderer { question: &question, base: &shared.base_url, missing: &state.missing };
    let found = document(world, state.view, *endpoint, path, query, &renderer);
    found.map_or_else(
        || {
            let detail = format!("There is no resource at '{path}'");
            refusal(404, ("NOT_FOUND", "The specified resource does not exist", &detail))
        },
        |document| (200, document.to_string()),
    )
}

fn document(
    world: &World,
    view: View,
    endpoint: Endpoint,
    path: &str,
    pairs: &[(String, String)],
    renderer: &Renderer<'_>,
) -> Option<Value> {
    let question = renderer.question;
    let id = path.split('/').nth(3).unwrap_or_default();
    let list = match endpoint {
        Endpoint::Apps => {
            let apps = world.apps.iter();
            apps.filter(|(id, app)| question.admits("id", id) && question.admits("bundleId", &app.bundle_id))
                .map(|(id, app)| entities::app(world, id, app, view, question.nested))
                .collect()
        }
        Endpoint::AppVersions => {
            world.apps.get(id)?;
            let versions = entities::versions_of(world, id, view).into_iter();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            versions
                .filter(|version| question.admits("id", &version.id))
                .filter(|version| question.admits("platform", &text(&version.attributes["platform"])))
                .filter(|version| question.admits("appVersionState", &text(&version.attributes["appVersionState"])))
                .collect()
        }
        Endpoint::Builds => {
            let mut builds: Vec<_> = world
                .builds
                .iter()
                .filter(|(id, build)| {
                    world.apps.contains_key(&build.app)
                        && question.admits("id", id)
                        && question.admits("app", &build.app)
                        && question.admits("processingState", &build.processing)
                })
                .collect();
            if question.newest_first {
                builds.sort_by_key(|(_, build)| Reverse(build.uploaded));
            }
            builds.into_iter().map(|(id, build)| entities::build(world, id, build)).collect()
        }
        Endpoint::Reviews => {
            let submissions = world.submissions.iter();
            submissions
                .filter(|(_, it)| {
                    question.admits("app", &it.app)
                        && question.admits("state", &it.state)
                        && question.admits("platform", &it.platform)
                })
                .map(|(id, it)| entities::submission(world, id, it))
                .collect()
        }
        Endpoint::Version => {
            let version = world.versions.get(id)?;
            return Some(renderer.single(path, entities::version(world, id, version)));
        }
        Endpoint::Other => return None,
    };
    Some(renderer.page(path, pairs, list))
}
