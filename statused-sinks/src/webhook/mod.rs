//! Signed webhooks.
//!
//! # The request
//!
//! A `POST` whose body is a CloudEvents 1.0 event as structured JSON, with these headers:
//!
//! | header | value |
//! | --- | --- |
//! | `Content-Type` | `application/json`, or `application/cloudevents+json` ([`ContentType`]) |
//! | `User-Agent` | `Statused-Webhooks/1.0` |
//! | `X-Statused-Signature` | `sha256=<hex>`: HMAC-SHA256 of the raw body under the newest secret |
//! | `webhook-id` | the event's id; the same however often the event is sent |
//! | `webhook-timestamp` | when this try was made, in Unix seconds |
//! | `webhook-signature` | a `v1,<base64>` of [Standard Webhooks] for each secret, with spaces between |
//!
//! Without a secret there are no signatures.
//!
//! # Secrets
//!
//! * `X-Statused-Signature` uses the bytes of the secret as it is written, also those of `whsec_`.
//! * `webhook-signature` uses what the base64 after `whsec_` stands for, and of any other secret its bytes as it is
//!   written.
//!
//! To rotate a secret, give the new one first and the old one after it, until every receiver knows the new one.
//! Receivers of `webhook-signature` accept either meanwhile; `X-Statused-Signature` has room for one signature, so
//! those that check it change over together with the sender.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 2xx, whatever the body | delivered |
//! | 410 | dead |
//! | anything else, redirects too | retry, not before `Retry-After` if there is one |
//!
//! [Standard Webhooks]: https://www.standardwebhooks.com

mod body;
mod builder;
mod receive;
mod secret;
mod verify;

use std::fmt;

use async_trait::async_trait;
use chrono::Utc;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use statused_core::model::{Event, Notification};
use statused_core::sink::{RetryPolicy, SinkProfile};
use statused_core::{Outcome, Sink};

use crate::http::Endpoint;
use secret::Secret;

pub use builder::{ContentType, WebhookBuilder};
pub use receive::{ParseError, Received};
pub use secret::SecretError;
pub use verify::{Verifier, VerifyError, verify_statused_signature};

const STATUSED_SIGNATURE: HeaderName = HeaderName::from_static("x-statused-signature");
const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// Sends events to an HTTPS address. See the [module](self) for the request and what is made of the answer.
pub struct Webhook {
    endpoint: Endpoint,
    content_type: ContentType,
    extra_headers: HeaderMap,
    secrets: Vec<Secret>,
    retry: RetryPolicy,
}

impl Webhook {
    /// Begins to describe the webhook at an address.
    pub fn builder(url: impl Into<secrecy::SecretString>) -> WebhookBuilder {
        WebhookBuilder::new(url.into())
    }

    fn headers(&self, event: &Event, body: &[u8]) -> HeaderMap {
        let mut headers = self.extra_headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type.as_str()));
        headers.insert(USER_AGENT, HeaderValue::from_static("Statused-Webhooks/1.0"));
        let id = event.id.to_string();
        let timestamp = Utc::now().timestamp();
        let standard: Vec<_> = self.secrets.iter().map(|secret| secret.sign_standard(&id, timestamp, body)).collect();
        let mut add = |name, value: String| {
            // All of them are printable ASCII, which makes a header value without fail.
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        };
        add(WEBHOOK_ID, id);
        add(WEBHOOK_TIMESTAMP, timestamp.to_string());
        if let Some(newest) = self.secrets.first() {
            add(STATUSED_SIGNATURE, newest.sign_statused(body));
            add(WEBHOOK_SIGNATURE, standard.join(" "));
        }
        headers
    }
}

#[async_trait]
impl Sink for Webhook {
    /// The event's id makes repeats harmless.
    fn profile(&self) -> SinkProfile {
        SinkProfile::default().with_timeout(self.endpoint.profile_timeout()).with_retry(self.retry.clone())
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let event = &notification.event;
        let body = match body::write(event) {
            Ok(body) => body,
            Err(error) => return Outcome::retry(format!("the event cannot be written as JSON: {error}")),
        };
        let headers = self.headers(event, &body);
        match self.endpoint.post(headers, body, self.endpoint.deadline()).await {
            Ok(answer) if answer.status.is_success() => Outcome::delivered().with_status(answer.status.as_u16()),
            Ok(answer) if answer.status == StatusCode::GONE => answer.into_dead(),
            Ok(answer) => answer.into_retry(),
            Err(outcome) => outcome,
        }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("address", self.endpoint.address())
            .field("content_type", &self.content_type)
            .field("extra_headers", &self.extra_headers.keys().collect::<Vec<_>>())
            .field("secrets", &self.secrets.len())
            .field("retry", &self.retry)
            .finish()
    }
}
