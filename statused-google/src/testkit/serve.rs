//! The HTTP side of the fake.

use std::io::{self, Write as _};
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State as Extracted};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream;
use serde_json::{Value, json};

use super::endpoint::{Endpoint, Place};
use super::fault::{Effect, Fault};
use super::state::{Shared, State};
use super::{Logged, auth, documents};

/// More than anything that is written here.
const LARGEST_BODY: usize = 1024 * 1024;
const JSON: &str = "application/json; charset=UTF-8";

/// An answer that is ready to go.
struct Answer {
    status: u16,
    content_type: &'static str,
    body: String,
    retry_after: Option<String>,
}

impl From<Value> for Answer {
    /// A document without content has no body, either.
    fn from(document: Value) -> Self {
        let empty = document.as_object().is_some_and(serde_json::Map::is_empty);
        let body = if empty { String::new() } else { document.to_string() };
        Self { status: 200, content_type: JSON, body, retry_after: None }
    }
}

impl From<Fault> for Answer {
    fn from(fault: Fault) -> Self {
        match fault.effect {
            Effect::Answer { status, content_type, body, retry_after } => {
                Self { status, content_type, body, retry_after }
            }
            Effect::Drop | Effect::Delay(_) => json!({}).into(),
        }
    }
}

/// Answers one request.
pub(super) async fn answer(Extracted(shared): Extracted<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let method = request.method().as_str().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let place = Place::of(&method, &path);
    let has_length = request.headers().contains_key(header::CONTENT_LENGTH);
    let bearer = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().to_owned();
    let Ok(sent) = to_bytes(request.into_body(), LARGEST_BODY).await else { return broken() };

    let (number, fault) = {
        let mut state = shared.lock();
        let number = state.log.len();
        let (package, track) = (place.package.clone(), place.track.clone());
        let endpoint = place.endpoint;
        state.log.push(Logged {
            endpoint,
            method: method.clone(),
            path,
            query: query.clone(),
            package,
            track,
            status: None,
        });
        let package = place.package.as_deref();
        (number, state.faults.iter_mut().find_map(|fault| fault.strikes(endpoint, package).then(|| fault.clone())))
    };
    let answer = match fault {
        Some(Fault { effect: Effect::Drop, .. }) => return broken(),
        Some(Fault { effect: Effect::Delay(wait), .. }) => {
            tokio::time::sleep(wait).await;
            respond(&shared, &place, &query, &sent, &token)
        }
        Some(fault) => fault.into(),
        None if method == "POST" && !has_length => Fault::html(411).into(),
        None => respond(&shared, &place, &query, &sent, &token),
    };
    let mut state = shared.lock();
    // The log may have been emptied meanwhile.
    if let Some(logged) = state.log.get_mut(number) {
        logged.status = Some(answer.status);
    }
    render(&state, answer)
}

fn render(state: &State, answer: Answer) -> Response {
    let empty = answer.body.is_empty() && answer.status == 200;
    let status = if empty && state.oddities.no_content { 204 } else { answer.status };
    let mut body = answer.body.into_bytes();
    let packed = state.oddities.gzip && !body.is_empty();
    if packed {
        body = pack(&body).unwrap_or_default();
    }
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    if packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let date = state.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    headers.extend(HeaderValue::from_str(&date).ok().map(|date| (header::DATE, date)));
    let wait = answer.retry_after.and_then(|wait| HeaderValue::from_str(&wait).ok());
    headers.extend(wait.map(|value| (header::RETRY_AFTER, value)));
    response
}

fn pack(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

/// A body that breaks off.
fn broken() -> Response {
    let chunks: [Result<Bytes, io::Error>; 2] =
        [Ok(Bytes::from_static(br#"{"tracks":"#)), Err(io::Error::from(io::ErrorKind::ConnectionReset))];
    Response::new(Body::from_stream(stream::iter(chunks)))
}

/// Everything that Google looks at, in its order.
fn respond(shared: &Shared, place: &Place, query: &str, sent: &[u8], token: &str) -> Answer {
    let mut state = shared.lock();
    let state = &mut *state;
    match place.endpoint {
        Endpoint::Token => return grant(shared, state, sent),
        Endpoint::Other => return Fault::html(404).into(),
        _ => {}
    }
    if !state.tokens.contains(token) {
        return Fault::status(401).into();
    }
    if place.endpoint == Endpoint::Search {
        return search(state, query);
    }
    let package = place.package.as_deref().unwrap_or_default();
    let lag = if place.endpoint == Endpoint::Lifecycle { &state.lifecycle_lag } else { &state.edits_lag };
    let world = state.view(lag);
    let Some(app) = world.apps.get(package) else {
        return Fault::error(404, "NOT_FOUND", "notFound", &format!("Package not found: {package}.")).into();
    };
    let open = place.edit.is_some() && state.edits.get(package) == place.edit.as_ref();
    match place.endpoint {
        Endpoint::OpenEdit => {
            state.serial += 1;
            let id = format!("{:020}", state.serial);
            let expiry = (state.now().timestamp() + 3600).to_string();
            state.overlapping += u32::from(state.edits.insert(package.to_owned(), id.clone()).is_some());
            json!({"id": id, "expiryTimeSeconds": expiry}).into()
        }
        Endpoint::Lifecycle => match &mut state.quota {
            Some(0) => Fault::quota().into(),
            left => {
                left.iter_mut().for_each(|left| *left -= 1);
                let track = place.track.as_deref().unwrap_or_default();
                let not_found = || Fault::error(404, "NOT_FOUND", "notFound", "Track not found.").into();
                documents::lifecycle(app, track, &state.oddities).map_or_else(not_found, Answer::from)
            }
        },
        Endpoint::FilterOptions => documents::filter_options(app).into(),
        _ if !open => Fault::edit_deleted().into(),
        Endpoint::Tracks => documents::tracks(app, &state.oddities).into(),
        Endpoint::Details => documents::details().into(),
        Endpoint::Icon => documents::icon(app).into(),
        _ => {
            state.edits.remove(package);
            Answer { status: 204, ..json!({}).into() }
        }
    }
}

fn grant(shared: &Shared, state: &mut State, sent: &[u8]) -> Answer {
    let audience = format!("{}/token", shared.base_url);
    match auth::verify(sent, &shared.keys.public, &audience, state.now()) {
        Ok(claims) => {
            state.serial += 1;
            let token = format!("ya29.fake-token-{}", state.serial);
            state.tokens.insert(token.clone());
            state.claims.push(claims);
            json!({"access_token": token, "expires_in": state.token_life, "token_type": "Bearer"}).into()
        }
        Err((error, description)) => {
            Fault::json(400, json!({"error": error, "error_description": description}).to_string()).into()
        }
    }
}

fn search(state: &State, query: &str) -> Answer {
    let parameter = |name: &str| {
        url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let asked = parameter("pageSize").and_then(|size| size.parse().ok()).unwrap_or(50);
    let size = state.oddities.page_size.unwrap_or(1000).min(asked);
    let offset = parameter("pageToken").and_then(|token| token.strip_prefix("from-")?.parse().ok()).unwrap_or(0);
    documents::search(&state.view(&state.edits_lag), offset, size).into()
}
