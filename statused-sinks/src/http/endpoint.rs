//! One request, one answer.

use std::error::Error as _;
use std::time::{Duration, Instant};

use chrono::Utc;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use secrecy::SecretString;
use statused_core::Outcome;
use statused_core::sink::Verdict;

use super::address::Address;
use super::redact::Redactor;
use super::retry_after;
use crate::error::DestinationError;

/// How much of an answer is read, in bytes.
const LONGEST_ANSWER: usize = 16 * 1024;

/// How long the body of an answer is waited for. It is never worth more: the status has been read by then.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// A destination and the client that calls it.
///
/// Each has a client of its own: pooled connections live and die with the runtime that opened them.
#[derive(Debug)]
pub(crate) struct Endpoint {
    address: Address,
    client: Client,
    redactor: Redactor,
    timeout: Duration,
}

/// What a destination answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// The wait that the destination asks for.
    pub(crate) retry_after: Option<Duration>,
    /// The beginning of the body. Not for outcomes: it may repeat secrets.
    #[cfg_attr(not(feature = "slack"), expect(dead_code, reason = "to a webhook the status says everything"))]
    pub(crate) body: String,
    /// Whether the body was read to its end, or as far as it is ever read.
    #[cfg_attr(not(feature = "slack"), expect(dead_code, reason = "to a webhook the status says everything"))]
    pub(crate) complete: bool,
    /// Status and body in a short line, without secrets.
    pub(crate) summary: String,
}

impl Answer {
    /// The answer as a failure that is tried again, after the wait that the destination asks for.
    pub(crate) fn into_retry(self) -> Outcome {
        Outcome::new(Verdict::RetryAfter(self.retry_after)).with_status(self.status.as_u16()).with_detail(self.summary)
    }

    /// The answer as the word that the destination is gone.
    pub(crate) fn into_dead(self) -> Outcome {
        Outcome::dead(self.summary).with_status(self.status.as_u16())
    }
}

impl Endpoint {
    /// Sets up the client. `secrets` are kept out of every outcome, as the address is.
    pub(crate) fn new(
        address: Address,
        timeout: Duration,
        mut secrets: Vec<SecretString>,
    ) -> Result<Self, DestinationError> {
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            // Earlier than the whole timeout, so that a host that does not answer at all is not taken for ambiguous.
            .connect_timeout(timeout / 3)
            .build()
            .map_err(|error| DestinationError::Client { reason: describe(error) })?;
        secrets.extend(address.secret_parts());
        Ok(Self { address, client, redactor: Redactor::new(secrets), timeout })
    }

    /// Where it is; shown without its secret parts.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// How long one delivery may take, with a little room, so that the sink's own verdict comes before the monitor's.
    pub(crate) fn profile_timeout(&self) -> Duration {
        self.timeout + Duration::from_secs(1)
    }

    /// When a delivery that begins now has to be over.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    /// Posts `body`.
    ///
    /// # Errors
    ///
    /// The outcome of a request that got no answer: a retry if it cannot have arrived, else ambiguous.
    pub(crate) async fn post(&self, headers: HeaderMap, body: Vec<u8>, deadline: Instant) -> Result<Answer, Outcome> {
        let left = deadline.saturating_duration_since(Instant::now());
        let request = self.client.post(self.address.expose()).headers(headers).body(body).timeout(left);
        match request.send().await {
            Ok(response) => {
                let answer = self.read(response).await;
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

    async fn read(&self, mut response: Response) -> Answer {
        let status = response.status();
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| retry_after::parse(value, Utc::now()));
        let mut bytes = Vec::new();
        let reading = async {
            while bytes.len() < LONGEST_ANSWER {
                match response.chunk().await {
                    Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                    Ok(None) => return true,
                    Err(_) => return false,
                }
            }
            true
        };
        let complete = tokio::time::timeout(ANSWER_TIME, reading).await.unwrap_or(false);
        bytes.truncate(LONGEST_ANSWER);
        let body = String::from_utf8_lossy(&bytes).into_owned();
        let excerpt = self.redactor.excerpt(&body);
        let summary = if excerpt.is_empty() { status.to_string() } else { format!("{status}: {excerpt}") };
        Answer { status, retry_after, body, complete, summary }
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
