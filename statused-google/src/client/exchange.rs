//! One request and its answer, with all the tries that it takes.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable as _};
use chrono::{DateTime, Datelike as _, Utc};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::Url;

use super::error::{ApiError, ApiErrorKind};
use super::{Client, body, lock, token};
#[cfg(fuzzing)]
use crate::fuzzing::send;

/// The longest wait that an answer can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);
/// Tries of one request beside the first.
const RETRIES: usize = 2;

/// A request that is ready to go.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    /// The method of the API and the app, for errors.
    pub(super) place: String,
}

/// An answer, and when it was given by Google's clock.
#[derive(Debug)]
pub(crate) struct Dated<T> {
    pub(crate) answer: T,
    pub(crate) at: Option<DateTime<Utc>>,
}

impl Client {
    /// Sends a request and reads the document of its answer. An answer without a body is one without content: Google
    /// leaves out what has its default value, and so may leave out everything.
    pub(super) async fn fetch<T: DeserializeOwned>(&self, request: &Request) -> Result<Dated<T>, ApiError> {
        let Dated { answer, at } = self.send(request).await?;
        let text = if answer.trim_ascii().is_empty() { b"{}" } else { answer.as_slice() };
        let answer = serde_json::from_slice(text).map_err(|error| {
            // The error's own words may quote the answer.
            let (line, column) = (error.line(), error.column());
            let detail = format!("the answer could not be read, from line {line} column {column} on");
            let error = ApiError::new(ApiErrorKind::BadData, &request.place, detail);
            lock(&self.shared.health).note_unreadable(self.now(), error.to_string());
            error
        })?;
        Ok(Dated { answer, at })
    }

    /// Sends a request until it is answered, a few times at most. All that are sent here may be repeated: a second
    /// edit takes the place of the first.
    pub(super) async fn send(&self, request: &Request) -> Result<Dated<Vec<u8>>, ApiError> {
        let policy =
            ExponentialBuilder::new().with_min_delay(self.shared.retry_delay).with_max_times(RETRIES).with_jitter();
        let mut refusals = 0;
        let again = |error: &ApiError| {
            refusals += u32::from(error.kind == ApiErrorKind::Unauthorized);
            // One fresh token tells.
            error.passes() && refusals < 2
        };
        (|| self.attempt(request)).retry(policy).when(again).await
    }

    /// One try, with the token of the moment.
    async fn attempt(&self, request: &Request) -> Result<Dated<Vec<u8>>, ApiError> {
        let token = self.shared.tokens.current(|assertion| self.ask_for_token(assertion)).await?;
        let http = self.shared.http.request(request.method.clone(), request.url.clone());
        let http = http.bearer_auth(token.expose_secret());
        // A POST must say how long it is, also when there is nothing to say.
        let http = if request.method == Method::POST {
            http.header(CONTENT_TYPE, "application/json").body("{}")
        } else {
            http
        };
        let result = self.exchange(&request.place, http, &token).await;
        if let Err(ApiError { kind: ApiErrorKind::Unauthorized, .. }) = &result {
            self.shared.tokens.discard(&token).await;
        }
        result
    }

    async fn ask_for_token(&self, assertion: SecretString) -> Result<Vec<u8>, ApiError> {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("grant_type", token::GRANT), ("assertion", assertion.expose_secret())])
            .finish();
        let http = self.shared.http.post(self.shared.tokens.account().token_uri().clone());
        let http = http.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        let answer = self.exchange(token::PLACE, http, &assertion).await;
        answer.map(|answer| answer.answer).map_err(ApiError::of_token)
    }

    /// Sends one request and notes how it went. `secret` is not quoted from an answer that repeats it.
    async fn exchange(
        &self,
        place: &str,
        http: reqwest::RequestBuilder,
        secret: &SecretString,
    ) -> Result<Dated<Vec<u8>>, ApiError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let begun = Instant::now();
        let result = self.converse(place, http, secret).await;
        let failure = result.as_ref().err().filter(|error| error.is_failure());
        lock(&self.shared.health).note(self.now(), begun.elapsed(), failure.map(ToString::to_string));
        result
    }

    async fn converse(
        &self,
        place: &str,
        http: reqwest::RequestBuilder,
        secret: &SecretString,
    ) -> Result<Dated<Vec<u8>>, ApiError> {
        let unreachable = |error: reqwest::Error| {
            let timed_out = error.is_timeout();
            ApiError { timed_out, ..ApiError::new(ApiErrorKind::Unreachable, place, root_cause(error)) }
        };
        let unreadable = |detail: &str| ApiError::new(ApiErrorKind::BadData, place, detail);
        let mut response = send(http).await.map_err(unreachable)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut packed = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if packed.len() + chunk.len() > body::LARGEST {
                return Err(unreadable("the answer is too long"));
            }
            packed.extend_from_slice(&chunk);
        }
        let text = body::unpack(packed).ok_or_else(|| unreadable("the answer is too long, or damaged"))?;
        let date = header(&headers, DATE.as_str()).and_then(moment);
        if (200..300).contains(&status) {
            return Ok(Dated { answer: text, at: date });
        }
        let now = self.now();
        let retry_after = header(&headers, RETRY_AFTER.as_str()).and_then(|value| wait(value, now));
        let mut error = ApiError::from_answer(place, status, &text, retry_after, secret.expose_secret());
        let minutes = date.map_or(0, |date| (date - now).num_minutes().abs());
        if minutes > 0 && place == token::PLACE {
            error
                .detail
                .push_str(&format!(" This machine's clock differs from Google's by {minutes} minutes or more."));
        }
        Err(error)
    }
}

/// Sends a request.
#[cfg(not(fuzzing))]
async fn send(http: reqwest::RequestBuilder) -> reqwest::Result<reqwest::Response> {
    http.send().await
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
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

/// The innermost reason of a failed request. The outer ones repeat the address.
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
