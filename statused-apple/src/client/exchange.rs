//! One request and its answer, with all the tries that it takes.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable as _};
use chrono::{DateTime, Datelike as _, Utc};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::error::{ApiError, ApiErrorKind};
use super::rate::{self, RateLimit};
use super::{Client, lock};
#[cfg(fuzzing)]
use crate::fuzzing::send;

/// Two hundred apps with fifty versions each are about 5 MiB.
const LARGEST_BODY: usize = 16 * 1024 * 1024;
/// The longest wait that an answer can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);
/// Tries of one request beside the first.
const RETRIES: usize = 2;

/// A request that is ready to go.
pub(crate) struct Request {
    method: Method,
    pub(super) url: Url,
    /// Method and path, for errors.
    pub(super) place: String,
    body: Option<SecretString>,
    /// What must not be quoted from an answer that repeats it.
    secrets: Vec<SecretString>,
}

/// An answer, and when it was given by Apple's clock.
#[derive(Debug)]
pub(crate) struct Dated<T> {
    pub(crate) answer: T,
    pub(crate) at: Option<DateTime<Utc>>,
}

impl Request {
    /// Adds a document to send.
    pub(crate) fn with_body(mut self, body: &impl Serialize) -> Result<Self, ApiError> {
        let text = serde_json::to_string(body);
        let text = text.map_err(|_| ApiError::new(ApiErrorKind::Request, &self.place, "the body cannot be written"))?;
        self.body = Some(text.into());
        Ok(self)
    }

    /// The same request for another address.
    pub(super) fn at(&self, url: Url) -> Self {
        Self { method: self.method.clone(), url, place: self.place.clone(), body: None, secrets: Vec::new() }
    }

    /// Keeps a secret of the body out of errors.
    pub(crate) fn hiding(mut self, secret: &SecretString) -> Self {
        self.secrets.push(secret.clone());
        self
    }

    /// Whether to try again after this failure. What creates something is repeated only if it had no effect.
    fn again(&self, error: &ApiError) -> bool {
        error.passes() && (self.method != Method::POST || error.idle)
    }

    fn succeeded(&self, status: u16) -> bool {
        if self.method == Method::GET { status == 200 } else { (200..300).contains(&status) }
    }
}

impl Client {
    pub(crate) fn request(&self, method: Method, path: &str, query: &[(&str, String)]) -> Result<Request, ApiError> {
        let place = format!("{method} {path}");
        if !path.starts_with('/') || path.contains(['?', '#']) || path.split('/').any(|part| part == "..") {
            return Err(ApiError::new(ApiErrorKind::Request, &place, "this is no path of the API"));
        }
        let mut url = self.shared.base.clone();
        url.set_path(&format!("{}{path}", self.shared.base.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(Request { method, url, place, body: None, secrets: Vec::new() })
    }

    /// Sends a request and reads the document of its answer.
    pub(crate) async fn fetch<T: DeserializeOwned>(&self, request: &Request) -> Result<Dated<T>, ApiError> {
        let Dated { answer, at } = self.send(request).await?;
        let answer = serde_json::from_slice(&answer).map_err(|error| {
            // The error's own words may quote the answer.
            let (line, column) = (error.line(), error.column());
            let detail = format!("the answer could not be read, from line {line} column {column} on");
            let error = ApiError::new(ApiErrorKind::BadData, &request.place, detail);
            lock(&self.shared.health).note_unreadable(self.now(), error.to_string());
            error
        })?;
        Ok(Dated { answer, at })
    }

    /// Sends a request until it is answered, a few times at most.
    pub(crate) async fn send(&self, request: &Request) -> Result<Dated<Vec<u8>>, ApiError> {
        let policy =
            ExponentialBuilder::new().with_min_delay(self.shared.retry_delay).with_max_times(RETRIES).with_jitter();
        (|| self.attempt(request)).retry(policy).when(|error| request.again(error)).await
    }

    /// One try, with the token of the moment.
    async fn attempt(&self, request: &Request) -> Result<Dated<Vec<u8>>, ApiError> {
        let Some(token) = self.shared.tokens.current() else {
            return Err(ApiError::new(ApiErrorKind::Unauthorized, &request.place, "the private key could not sign"));
        };
        self.sent.fetch_add(1, Ordering::Relaxed);
        let begun = Instant::now();
        let result = self.exchange(request, &token).await;
        let failure = result.as_ref().err().filter(|error| error.is_failure());
        lock(&self.shared.health).note(self.now(), begun.elapsed(), failure.map(ToString::to_string));
        if let Err(ApiError { kind: ApiErrorKind::Unauthorized, .. }) = &result {
            self.shared.tokens.discard(&token);
        }
        result
    }

    async fn exchange(&self, request: &Request, token: &SecretString) -> Result<Dated<Vec<u8>>, ApiError> {
        let place = &request.place;
        let unreachable = |error: reqwest::Error| {
            let idle = error.is_connect();
            ApiError { idle, ..ApiError::new(ApiErrorKind::Unreachable, place, root_cause(error)) }
        };
        let mut http = self.shared.http.request(request.method.clone(), request.url.clone());
        if let Some(body) = &request.body {
            http = http.header(CONTENT_TYPE, "application/json").body(body.expose_secret().to_owned());
        }
        let mut response = send(http.bearer_auth(token.expose_secret())).await.map_err(unreachable)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        if let Some(rate) = RateLimit::parse(texts(&headers, rate::HEADER)) {
            *lock(&self.shared.rate) = Some(rate);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > LARGEST_BODY {
                return Err(ApiError::new(ApiErrorKind::BadData, place, "the answer is too long"));
            }
            body.extend_from_slice(&chunk);
        }
        let date = texts(&headers, DATE.as_str()).next();
        if request.succeeded(status) {
            return Ok(Dated { answer: body, at: date.and_then(moment) });
        }
        let now = self.now();
        let retry_after = texts(&headers, RETRY_AFTER.as_str()).next().and_then(|value| wait(value, now));
        let secrets: Vec<&str> = request.secrets.iter().chain([token]).map(ExposeSecret::expose_secret).collect();
        let mut error = ApiError::from_answer(place, status, &body, retry_after, &secrets);
        if error.kind == ApiErrorKind::Unauthorized
            && let Some(skew) = date.and_then(|date| skew(date, now))
        {
            error.detail.push_str(&format!(" This machine's clock differs from Apple's by {skew} minutes or more."));
        }
        Err(error)
    }
}

/// Sends a request.
#[cfg(not(fuzzing))]
async fn send(http: reqwest::RequestBuilder) -> reqwest::Result<reqwest::Response> {
    http.send().await
}

fn texts<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
}

/// A date of HTTP. Its year has four digits: a later one is past what can be reckoned with.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let date = DateTime::parse_from_rfc2822(text).ok()?.to_utc();
    (date.year() <= 9999).then_some(date)
}

/// `Retry-After`, in seconds or as a date; more than a day is a day.
fn wait(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => (moment(value)? - now).to_std().ok()?,
    };
    Some(wait.min(LONGEST_WAIT))
}

/// Whole minutes between the clocks, if there are any.
fn skew(date: &str, now: DateTime<Utc>) -> Option<i64> {
    let minutes = (moment(date)? - now).num_minutes().abs();
    (minutes > 0).then_some(minutes)
}

/// The innermost reason of a failed request. The outer ones repeat the address with its query.
pub(super) fn root_cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_timeout() { "no answer in time".to_owned() } else { cause.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each was more than a sum of times can be.
    #[test]
    fn no_header_asks_for_more_than_a_day_or_tells_a_time_that_is_none() {
        let now = DateTime::UNIX_EPOCH;
        let seconds = |value| wait(value, now).map(|wait| wait.as_secs());
        assert_eq!(seconds(" 120 "), Some(120));
        assert_eq!(seconds("Thu, 01 Jan 1970 00:02:00 GMT"), Some(120));
        for long in ["86401", "9223372036854775807", "18446744073709551615", "Fri, 31 Dec 9999 23:59:59 GMT"] {
            assert_eq!(seconds(long), Some(86_400), "{long}");
        }
        for none in ["", "-1", "soon", "99999999999999999999", "31 Dec 262142 23:59:59 GMT"] {
            assert_eq!(seconds(none), None, "{none}");
        }
        assert!(moment("Tue, 03 Nov 2026 10:00:00 GMT").is_some() && moment("31 Dec 262142 23:59:59 GMT").is_none());
    }
}
