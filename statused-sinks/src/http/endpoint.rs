//! One destination, one client: a request, an answer.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response};
use secrecy::{ExposeSecret, SecretString};
use statused_core::Outcome;
use statused_core::sink::{RetryPolicy, SinkProfile};

use super::address::Address;
use super::answer::{Answer, Answers};
use super::builder::HttpOptions;
use super::guard::PublicOnly;
use super::request::Request;
use super::wait;
use crate::error::DestinationError;
#[cfg(fuzzing)]
use crate::fuzzing::send;
use crate::redact::Redactor;

/// How long the body of an answer is waited for. It is never worth more: the status has been read by then.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// What a request without another `User-Agent` calls itself.
const USER_AGENT: &str = concat!("Statused/", env!("CARGO_PKG_VERSION"));

/// A destination and the client that calls it. `Debug` shows where it is and when it is tried again, no secret.
///
/// Each has a client of its own: pooled connections live and die with the runtime that opened them.
pub(crate) struct Endpoint {
    address: Address,
    headers: HeaderMap,
    client: Client,
    redactor: Redactor,
    timeout: Duration,
    retry: RetryPolicy,
    repeat_is_harmless: bool,
}

impl Endpoint {
    pub(super) fn new(url: &SecretString, segments: &[&str], options: &HttpOptions) -> Result<Self, DestinationError> {
        let address = Address::parse(url, options.allow_http)?.join(segments)?;
        let mut client = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            // Earlier than the whole timeout, so that a host that does not answer at all is not taken for ambiguous.
            .connect_timeout(options.timeout / 3);
        if options.public_only {
            // A literal is not looked up, so that it is looked at here.
            address.refuse_private_literal()?;
            client = client.dns_resolver(Arc::new(PublicOnly));
        }
        let client = client.build().map_err(|error| DestinationError::Client { reason: describe(error) })?;
        Ok(Self {
            redactor: Redactor::new(address.secret_parts()),
            address,
            headers: HeaderMap::new(),
            client,
            timeout: options.timeout,
            retry: options.retry.clone(),
            repeat_is_harmless: options.repeat_is_harmless,
        })
    }

    /// Keeps another secret out of every outcome.
    pub(crate) fn keeping(mut self, secret: &SecretString) -> Self {
        self.redactor.add(secret.clone());
        self
    }

    /// Sends a secret with every request.
    pub(crate) fn secret_header(mut self, name: &str, value: &SecretString) -> Result<Self, DestinationError> {
        let bad = || DestinationError::BadHeader { name: name.to_owned() };
        filled(value)?;
        let key = HeaderName::try_from(name).map_err(|_| bad())?;
        let mut header = HeaderValue::try_from(value.expose_secret()).map_err(|_| bad())?;
        header.set_sensitive(true);
        self.headers.append(key, header);
        // Of `Bearer abc` the answer may repeat `abc` alone.
        if let Some((_, token)) = value.expose_secret().rsplit_once(' ') {
            self.redactor.add(token.into());
        }
        Ok(self.keeping(value))
    }

    /// Sends `Authorization: Bearer …` with every request.
    pub(crate) fn bearer(self, token: &SecretString) -> Result<Self, DestinationError> {
        self.secret_header("authorization", &format!("Bearer {}", filled(token)?).into())
    }

    /// Sends `Authorization: Basic …` with every request.
    #[cfg(feature = "_basic")]
    pub(crate) fn basic(self, user: &str, password: &SecretString) -> Result<Self, DestinationError> {
        use base64::Engine as _;

        if user.trim().is_empty() || user.contains(':') {
            return Err(DestinationError::invalid("the user", "is empty or has a colon in it"));
        }
        let pair = format!("{user}:{}", filled(password)?);
        let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
        Ok(self.secret_header("authorization", &format!("Basic {encoded}").into())?.keeping(password))
    }

    /// Where it is; shown without its secret parts.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// What a sink with this endpoint says of itself, until it says more.
    pub(crate) fn profile(&self) -> SinkProfile {
        // With a little room, so that the sink's own verdict comes before the monitor's.
        let timeout = self.timeout + Duration::from_secs(1);
        let profile = SinkProfile::default().with_timeout(timeout).with_retry(self.retry.clone());
        if self.repeat_is_harmless { profile } else { profile.with_harmful_repeats() }
    }

    /// When a delivery that begins now has to be over.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    /// Sends one request, and lets the table say what its answer means.
    pub(crate) async fn deliver(&self, request: Request, answers: &Answers) -> Outcome {
        match self.call(request, self.deadline()).await {
            Ok(answer) => answers.judge(answer),
            Err(outcome) => outcome,
        }
    }

    /// Sends one request.
    ///
    /// # Errors
    ///
    /// The outcome of a request that got no answer: a retry if it cannot have arrived, else ambiguous.
    pub(crate) async fn call(&self, request: Request, deadline: Instant) -> Result<Answer, Outcome> {
        let left = deadline.saturating_duration_since(Instant::now());
        let url = self.address.of(&request);
        let (headers, longest) = (self.headers.clone(), request.longest_answer);
        let call =
            self.client.request(request.method, url).headers(headers).headers(request.headers).body(request.body);
        match send(call.timeout(left)).await {
            Ok(response) => {
                let answer = self.read(response, longest).await;
                tracing::debug!(destination = %self.address, status = answer.status.as_u16(), "answered");
                Ok(answer)
            }
            Err(error) => {
                let never_sent = error.is_connect() || error.is_builder();
                let what = match (error.is_timeout(), never_sent) {
                    (true, true) => "no connection in time",
                    (true, false) => "no answer in time",
                    (false, true) => "no connection",
                    (false, false) => "the connection broke before an answer",
                };
                let detail = self.redactor.excerpt(&format!("{what}: {}", describe(error)));
                tracing::debug!(destination = %self.address, detail, "not answered");
                Err(if never_sent { Outcome::retry(detail) } else { Outcome::ambiguous(detail) })
            }
        }
    }

    async fn read(&self, mut response: Response, longest: usize) -> Answer {
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let mut bytes = Vec::new();
        let reading = async {
            while bytes.len() < longest {
                match response.chunk().await {
                    Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                    Ok(None) => return true,
                    Err(_) => return false,
                }
            }
            true
        };
        let complete = tokio::time::timeout(ANSWER_TIME, reading).await.unwrap_or(false);
        bytes.truncate(longest);
        let body = String::from_utf8_lossy(&bytes).into_owned();
        let excerpt = self.redactor.excerpt(&body);
        let summary = if excerpt.is_empty() { status.to_string() } else { format!("{status}: {excerpt}") };
        let retry_after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let wait = retry_after.and_then(|value| wait::parse(value, Utc::now()));
        Answer { status, headers, wait, body, complete, summary }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("address", &self.address)
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// Sends a request.
#[cfg(not(fuzzing))]
async fn send(http: reqwest::RequestBuilder) -> reqwest::Result<Response> {
    http.send().await
}

/// A secret that is there. One that is not is what comes of a variable that nobody has set.
pub(crate) fn filled(secret: &SecretString) -> Result<&str, DestinationError> {
    let text = secret.expose_secret();
    if text.trim().is_empty() {
        Err(DestinationError::invalid("a token or another secret", "is empty"))
    } else {
        Ok(text)
    }
}

/// The error and its causes in one line, without the address.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
