//! Any HTTP API, by a request that you write as a template.
//!
//! # The request
//!
//! Method, address, headers and body are yours; `{{version}}` and the like stand for the event's fields, and each value
//! is escaped for the place where it stands:
//!
//! | place | what a value becomes |
//! | --- | --- |
//! | the path of the address | one segment or a part of one, percent-encoded; a whole segment that would be empty or made of dots becomes `_` |
//! | the query of the address | percent-encoded |
//! | a header | percent-encoded where it is not printable ASCII, and for `%` and `"` |
//! | a [JSON](HttpRequestBuilder::json) string | the characters of a JSON string |
//! | a [form](HttpRequestBuilder::form) | the value of one field |
//! | [text](HttpRequestBuilder::text) | itself |
//!
//! Scheme, host and port of the address have no placeholders; an address without any is sent as it is written.
//!
//! A JSON body is read as JSON when the sink is made. Placeholders stand in its strings, not in the names of its
//! members; a string that is `"{{event}}"` as a whole becomes an object, the event as a CloudEvent.
//!
//! Values are shortened to 10,000 characters, in the address and in headers to 500.
//!
//! Placeholders: `id`, `type`, `time`, `subject`, `workflow`, `message`, `version`, `status`, `status_code`,
//! `previous_status`, `status_color`, `track`, `user_distribution`, `store_name`, `app_name`, `app_id`, `bundle_id`,
//! `app_icon_url`, `internal_store_url`, `platform`, `build_number`, `reason`, `timestamp`. A field that an event lacks
//! is empty.
//!
#![cfg_attr(feature = "http", doc = "```")]
#![cfg_attr(not(feature = "http"), doc = "```ignore")]
//! use statused_sinks::http_request::HttpRequest;
//!
//! # fn main() -> Result<(), statused_sinks::DestinationError> {
//! let task = HttpRequest::builder("https://app.asana.com/api/1.0/tasks")
//!     .header("Authorization", "Bearer 2/123:hunter2")
//!     .json(r#"{ "data": { "name": "{{app_name}} {{version}}: {{status}}", "projects": ["120"] } }"#)
//!     .build()?;
//! assert!(!format!("{task:?}").contains("hunter2"));
//! # Ok(())
//! # }
//! ```
//!
//! A secret belongs into a header without placeholders, or is [named](HttpRequestBuilder::secret): then no outcome shows
//! it. A welcome sends nothing. A test sends the request; `{{type}}` is `com.statused.test`.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 2xx, or one of the [declared](HttpRequestBuilder::success) statuses | delivered |
//! | 401, 403, 404, 410, or one of the [declared](HttpRequestBuilder::dead) statuses | dead |
//! | anything else, redirects too | retry, not before `Retry-After` if there is one |
//!
//! What a repeat does is not known, so that a try that may have arrived is left to a person
//! ([`repeat_ambiguous`](HttpRequestBuilder::repeat_ambiguous)).

mod body;
mod target;

use async_trait::async_trait;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use statused_core::model::{EventKind, Notification};
use statused_core::sink::SinkProfile;
use statused_core::{Outcome, Sink};

use crate::error::DestinationError;
use crate::http::{Answer, Builder, Destination, Endpoint, HttpOptions, Request, StartsWork, is_framing};
use crate::template::Template;
use crate::text::{Limit, fit, line};
use body::{Body, BodyText};
use target::Target;

/// What an answer means unless it is declared.
const DEAD: [u16; 4] = [401, 403, 404, 410];

/// How much of a value stands in an address or in a header.
const SHORT: Limit = Limit::Utf16(500);

/// What a header's value keeps back, beside what is not ASCII.
const HEADER: &AsciiSet = &CONTROLS.add(b'"').add(b'%');

/// Sends a request that the application has written. See the [module](self) for what is made of it and of the answer.
#[derive(Debug)]
pub struct HttpRequest {
    endpoint: Endpoint,
    method: Method,
    target: Target,
    headers: Vec<(HeaderName, Template)>,
    body: Body,
    success: Option<Vec<u16>>,
    dead: Option<Vec<u16>>,
}

/// Describes an [`HttpRequest`].
pub type HttpRequestBuilder = Builder<HttpRequest>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    url: SecretString,
    method: String,
    headers: Vec<(String, SecretString)>,
    secrets: Vec<SecretString>,
    body: BodyText,
    success: Option<Vec<u16>>,
    dead: Option<Vec<u16>>,
}

impl HttpRequest {
    /// Begins to describe a `POST` to an address, whose path and query are templates.
    pub fn builder(url: impl Into<SecretString>) -> HttpRequestBuilder {
        Builder::starting_work(Parts {
            url: url.into(),
            method: "POST".to_owned(),
            headers: Vec::new(),
            secrets: Vec::new(),
            body: BodyText::Empty,
            success: None,
            dead: None,
        })
    }
}

impl Builder<HttpRequest> {
    /// Sets the method; `POST` if not said.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.parts.method = method.into();
        self
    }

    /// Adds a header by a template. A value without placeholders is treated as a secret.
    pub fn header(mut self, name: impl Into<String>, template: impl Into<SecretString>) -> Self {
        self.parts.headers.push((name.into(), template.into()));
        self
    }

    /// Sets the body to JSON with templates in its strings.
    pub fn json(mut self, template: impl Into<SecretString>) -> Self {
        self.parts.body = BodyText::Json(template.into());
        self
    }

    /// Adds a field to a body that is a form, by a template. Takes the place of a body of another kind.
    pub fn form(mut self, name: impl Into<String>, template: impl Into<SecretString>) -> Self {
        let field = (name.into(), template.into());
        match &mut self.parts.body {
            BodyText::Form(fields) => fields.push(field),
            other => *other = BodyText::Form(vec![field]),
        }
        self
    }

    /// Sets the body to plain text, by a template.
    pub fn text(mut self, template: impl Into<SecretString>) -> Self {
        self.parts.body = BodyText::Plain(template.into());
        self
    }

    /// Names a secret that stands in the address or in the body, so that no outcome shows it.
    pub fn secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.parts.secrets.push(secret.into());
        self
    }

    /// Sets the statuses that mean success; every 2xx if not said.
    pub fn success(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.parts.success = Some(statuses.into_iter().collect());
        self
    }

    /// Sets the statuses that mean that the description is wrong or the place gone; 401, 403, 404 and 410 if not said.
    pub fn dead(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.parts.dead = Some(statuses.into_iter().collect());
        self
    }
}

impl Destination for HttpRequest {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        let method = Method::from_bytes(parts.method.to_uppercase().as_bytes())
            .ok()
            .filter(|method| *method != Method::CONNECT)
            .ok_or(DestinationError::invalid("the method", "is none that a request can have"))?;
        let (origin, target) = Target::parse(&parts.url)?;
        let mut endpoint = http.endpoint(&origin)?;
        for secret in target.secret_parts().chain(parts.secrets) {
            endpoint = endpoint.keeping(&secret);
        }
        let mut headers = Vec::new();
        for (name, text) in parts.headers {
            let template = Template::parse(text.expose_secret())?;
            let key = HeaderName::try_from(&name).map_err(|_| DestinationError::BadHeader { name: name.clone() })?;
            if is_framing(&key) {
                return Err(DestinationError::ReservedHeader { name });
            }
            match template.fixed() {
                // One that the body brings along would be there twice.
                Some(_) if key != CONTENT_TYPE => endpoint = endpoint.secret_header(&name, &text)?,
                _ if template.texts().any(|text| HeaderValue::from_str(text).is_err()) => {
                    return Err(DestinationError::BadHeader { name });
                }
                _ => headers.push((key, template)),
            }
        }
        let body = Body::parse(&parts.body)?;
        Ok(Self { endpoint, method, target, headers, body, success: parts.success, dead: parts.dead })
    }
}

impl StartsWork for HttpRequest {}

/// A value as it stands in a header.
fn header_value(value: &str) -> String {
    utf8_percent_encode(&fit(value, SHORT, line), HEADER).to_string()
}

impl HttpRequest {
    fn request(&self, notification: &Notification) -> Request {
        let request = self.target.fill(Request::new(self.method.clone()), notification);
        let request = self.body.fill(request, notification);
        self.headers.iter().fold(request, |request, (name, template)| {
            // The fixed parts have been checked, and percent-encoded values are printable ASCII.
            match HeaderValue::try_from(template.render(notification, header_value)) {
                Ok(value) => request.header(name.clone(), value),
                Err(_) => request,
            }
        })
    }

    fn judge(&self, answer: Answer) -> Outcome {
        let status = answer.status.as_u16();
        let succeeds = self.success.as_ref().map_or(answer.status.is_success(), |success| success.contains(&status));
        if succeeds {
            answer.into_delivered()
        } else if self.dead.as_deref().unwrap_or(&DEAD).contains(&status) {
            answer.into_dead()
        } else {
            answer.into_retry()
        }
    }
}

#[async_trait]
impl Sink for HttpRequest {
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        if matches!(notification.event.kind, EventKind::Welcome | EventKind::Explained) {
            return Outcome::delivered().with_detail("no status has changed: no reason for a request; nothing was sent");
        }
        let answer = self.endpoint.call(self.request(notification), self.endpoint.deadline()).await;
        answer.map_or_else(|outcome| outcome, |answer| self.judge(answer))
    }
}
