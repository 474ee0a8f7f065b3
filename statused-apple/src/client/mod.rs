//! The API client: tokens, budgets, retries and errors, for reading only.

mod base_url;
mod error;
mod health;
mod key;
mod page;
mod rate;
mod token;

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable as _};
use chrono::{DateTime, Utc};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::Url;

pub use base_url::BaseUrlError;
pub use error::{ApiError, ApiErrorKind};
pub use health::{Failure, Health};
pub use key::{Credentials, KeyError};
pub(crate) use page::Pages;
pub use rate::RateLimit;

use token::{Clock, TokenSource};

const USER_AGENT: &str = concat!("statused-apple/", env!("CARGO_PKG_VERSION"));
/// Two hundred apps with fifty versions each are about 5 MiB.
const LARGEST_BODY: usize = 16 * 1024 * 1024;
/// Tries of one request beside the first.
const RETRIES: usize = 2;

/// Reads from App Store Connect with one key.
///
/// Cheap to clone; the clones share the token, the budget and the health.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    sent: Arc<AtomicU32>,
}

struct Shared {
    http: reqwest::Client,
    base: Url,
    tokens: TokenSource,
    rate: Mutex<Option<RateLimit>>,
    health: Mutex<Health>,
    retry_delay: Duration,
}

impl Client {
    /// A client for Apple's API, to be adjusted.
    pub fn builder(credentials: Credentials) -> ClientBuilder {
        ClientBuilder {
            credentials,
            base_url: base_url::APPLE.to_owned(),
            timeout: Duration::from_secs(30),
            retry_delay: Duration::from_millis(200),
            clock: Arc::new(Utc::now),
        }
    }

    /// Asks for one document: for what the source does not read.
    ///
    /// `path` begins with `/`. Server errors, broken connections and refused tokens are tried again, shortly.
    ///
    /// # Errors
    ///
    /// [`ApiError`], classified.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)]) -> Result<T, ApiError> {
        let url = self.address(path, query)?;
        self.fetch(&url, path).await
    }

    /// The budget of the key, as the last response that named it said.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        *lock(&self.shared.rate)
    }

    /// How the API is doing.
    pub fn health(&self) -> Health {
        Health { rate_limit: self.rate_limit(), ..lock(&self.shared.health).clone() }
    }

    /// The same client with a count of its own.
    pub(crate) fn counted(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), sent: Arc::default() }
    }

    /// Requests that this client sent, repeats counted.
    pub(crate) fn sent(&self) -> u32 {
        self.sent.load(Ordering::Relaxed)
    }

    fn address(&self, path: &str, query: &[(&str, String)]) -> Result<Url, ApiError> {
        let bad = || ApiError::new(ApiErrorKind::Request, &page::place(path), "this is no path of the API");
        let mut url = self.shared.base.clone();
        if !path.starts_with('/') || path.contains(['?', '#']) || path.split('/').any(|part| part == "..") {
            return Err(bad());
        }
        url.set_path(&format!("{}{path}", self.shared.base.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    async fn fetch<T: DeserializeOwned>(&self, url: &Url, path: &str) -> Result<T, ApiError> {
        let place = page::place(path);
        let policy =
            ExponentialBuilder::new().with_min_delay(self.shared.retry_delay).with_max_times(RETRIES).with_jitter();
        let body = (|| self.attempt(url, &place)).retry(policy).when(ApiError::passes).await?;
        serde_json::from_slice(&body).map_err(|error| {
            // The error's own words may quote the answer.
            let (line, column) = (error.line(), error.column());
            let detail = format!("the answer could not be read, from line {line} column {column} on");
            let error = ApiError::new(ApiErrorKind::BadData, &place, detail);
            lock(&self.shared.health).note_unreadable(self.shared.tokens.now(), error.to_string());
            error
        })
    }

    /// One request with the token of the moment.
    async fn attempt(&self, url: &Url, place: &str) -> Result<Vec<u8>, ApiError> {
        let Some(token) = self.shared.tokens.current() else {
            return Err(ApiError::new(ApiErrorKind::Unauthorized, place, "the private key could not sign"));
        };
        self.sent.fetch_add(1, Ordering::Relaxed);
        let begun = Instant::now();
        let result = self.exchange(url, &token, place).await;
        let failure = result.as_ref().err().filter(|error| error.is_failure());
        lock(&self.shared.health).note(self.shared.tokens.now(), begun.elapsed(), failure.map(ToString::to_string));
        if let Err(ApiError { kind: ApiErrorKind::Unauthorized, .. }) = &result {
            self.shared.tokens.discard(&token);
        }
        result
    }

    async fn exchange(&self, url: &Url, token: &SecretString, place: &str) -> Result<Vec<u8>, ApiError> {
        let unreachable = |error: reqwest::Error| ApiError::new(ApiErrorKind::Unreachable, place, root_cause(error));
        let request = self.shared.http.get(url.clone()).bearer_auth(token.expose_secret());
        let mut response = request.send().await.map_err(unreachable)?;
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
        if status == 200 {
            return Ok(body);
        }
        let now = self.shared.tokens.now();
        let retry_after = texts(&headers, RETRY_AFTER.as_str()).next().and_then(|value| wait(value, now));
        let mut error = ApiError::from_answer(place, status, &body, retry_after, token.expose_secret());
        if error.kind == ApiErrorKind::Unauthorized
            && let Some(skew) = texts(&headers, DATE.as_str()).next().and_then(|date| skew(date, now))
        {
            error.detail.push_str(&format!(" This machine's clock differs from Apple's by {skew} minutes or more."));
        }
        Err(error)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.shared.base.as_str())
            .field("tokens", &self.shared.tokens)
            .finish_non_exhaustive()
    }
}

/// Adjusts a [`Client`].
#[derive(Clone)]
#[must_use]
pub struct ClientBuilder {
    credentials: Credentials,
    base_url: String,
    timeout: Duration,
    retry_delay: Duration,
    clock: Clock,
}

impl ClientBuilder {
    /// Another address than Apple's: `https`, or `http` to this machine.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// How long one request may take; 30 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The wait before a failed request is tried again, doubled for the last try; 200 ms by default.
    pub fn retry_delay(mut self, delay: Duration) -> Self {
        self.retry_delay = delay;
        self
    }

    /// Where the time comes from, for tests.
    pub fn clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// When the address is not taken, or TLS cannot be set up on this machine.
    pub fn build(self) -> Result<Client, ClientError> {
        let base = base_url::parse(&self.base_url)?;
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(self.timeout)
            .connect_timeout(self.timeout)
            .build()
            .map_err(|error| ClientError::Http(root_cause(error)))?;
        let shared = Shared {
            http,
            base,
            tokens: TokenSource::new(self.credentials, self.clock),
            rate: Mutex::default(),
            health: Mutex::default(),
            retry_delay: self.retry_delay,
        };
        Ok(Client { shared: Arc::new(shared), sent: Arc::default() })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("credentials", &self.credentials)
            .field("base_url", &"[unchecked]")
            .finish_non_exhaustive()
    }
}

/// Why a client could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The address is not taken.
    #[error(transparent)]
    BaseUrl(#[from] BaseUrlError),
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up: {0}")]
    Http(String),
}

/// What is behind these locks is replaced whole, so that a panic elsewhere leaves nothing half-done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn texts<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
}

/// `Retry-After`, in seconds or as a date.
fn wait(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    (DateTime::parse_from_rfc2822(value).ok()?.to_utc() - now).to_std().ok()
}

/// Whole minutes between the clocks, if there are any.
fn skew(date: &str, now: DateTime<Utc>) -> Option<i64> {
    let minutes = (DateTime::parse_from_rfc2822(date).ok()?.to_utc() - now).num_minutes().abs();
    (minutes > 0).then_some(minutes)
}

/// The innermost reason of a failed request. The outer ones repeat the address with its query.
fn root_cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_timeout() { "no answer in time".to_owned() } else { cause.to_string() }
}
