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

mod builder;
mod receive;
mod secret;
mod verify;

use async_trait::async_trait;
use chrono::Utc;
use reqwest::header::{HeaderName, HeaderValue, USER_AGENT};
use statused_core::model::{Event, Notification};
use statused_core::sink::SinkProfile;
use statused_core::{Outcome, Sink};

use crate::cloud_event;
use crate::http::{Answers, Endpoint, Request};
use secret::Secret;

pub use builder::{ContentType, WebhookBuilder};
pub use receive::{ParseError, Received};
pub use secret::SecretError;
pub use verify::{Verifier, VerifyError, verify_statused_signature};

const ANSWERS: Answers = Answers::dead_on(&[410]);

const STATUSED_SIGNATURE: HeaderName = HeaderName::from_static("x-statused-signature");
const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// Sends events to an HTTPS address. See the [module](self) for the request and what is made of the answer.
#[derive(Debug)]
pub struct Webhook {
    endpoint: Endpoint,
    content_type: ContentType,
    secrets: Vec<Secret>,
}

impl Webhook {
    /// Begins to describe the webhook at an address.
    pub fn builder(url: impl Into<secrecy::SecretString>) -> WebhookBuilder {
        builder::begin(url.into())
    }

    fn request(&self, event: &Event, body: Vec<u8>) -> Request {
        let id = event.id.to_string();
        let timestamp = Utc::now().timestamp();
        let standard: Vec<_> = self.secrets.iter().map(|secret| secret.sign_standard(&id, timestamp, &body)).collect();
        let mut headers = vec![(USER_AGENT, HeaderValue::from_static("Statused-Webhooks/1.0"))];
        // All of them are printable ASCII, which makes a header value without fail.
        let mut add = |name, value: String| headers.extend(HeaderValue::try_from(value).map(|value| (name, value)));
        add(WEBHOOK_ID, id);
        add(WEBHOOK_TIMESTAMP, timestamp.to_string());
        if let Some(newest) = self.secrets.first() {
            add(STATUSED_SIGNATURE, newest.sign_statused(&body));
            add(WEBHOOK_SIGNATURE, standard.join(" "));
        }
        let request = Request::post().body(self.content_type.as_str(), body);
        headers.into_iter().fold(request, |request, (name, value)| request.header(name, value))
    }
}

#[async_trait]
impl Sink for Webhook {
    /// The event's id makes repeats harmless.
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let event = &notification.event;
        match cloud_event::write(event) {
            Ok(body) => self.endpoint.deliver(self.request(event, body), &ANSWERS).await,
            Err(error) => Outcome::retry(format!("the event cannot be written as JSON: {error}")),
        }
    }
}
