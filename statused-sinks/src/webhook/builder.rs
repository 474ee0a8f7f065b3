//! How a webhook is described.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use statused_core::sink::RetryPolicy;

use super::secret::Secret;
use super::{STATUSED_SIGNATURE, Webhook};
use crate::error::DestinationError;
use crate::http::{Address, Endpoint};

/// What the body is called. It is the same JSON either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentType {
    /// `application/json`, as the original sends it.
    #[default]
    Json,
    /// `application/cloudevents+json`, by which CloudEvents libraries know that the event is in the body.
    CloudEvents,
}

impl ContentType {
    /// The media type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::CloudEvents => "application/cloudevents+json",
        }
    }
}

/// Describes a [`Webhook`].
#[derive(Debug)]
#[must_use]
pub struct WebhookBuilder {
    url: SecretString,
    secrets: Vec<SecretString>,
    content_type: ContentType,
    headers: Vec<(String, SecretString)>,
    allow_http: bool,
    timeout: Duration,
    retry: RetryPolicy,
}

impl WebhookBuilder {
    pub(super) fn new(url: SecretString) -> Self {
        Self {
            url,
            secrets: Vec::new(),
            content_type: ContentType::default(),
            headers: Vec::new(),
            allow_http: false,
            timeout: Duration::from_secs(30),
            retry: RetryPolicy::default(),
        }
    }

    /// Adds a signing secret. The first one is the newest; more follow while it takes the place of another.
    pub fn secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Sets what the body is called; `application/json` if not said.
    pub fn content_type(mut self, content_type: ContentType) -> Self {
        self.content_type = content_type;
        self
    }

    /// Adds a header to every request, for instance `Authorization`. Its value is treated as a secret.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Allows plain `http` to loopback. Any other host needs `https` all the same.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// Sets how long one try may take; 30 seconds if not said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets when a failed try is repeated; [`RetryPolicy::five`] if not said.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Checks the description and makes the sink. Nothing is sent.
    ///
    /// # Errors
    ///
    /// What is wrong with the address, a secret or a header.
    pub fn build(self) -> Result<Webhook, DestinationError> {
        let address = Address::parse(&self.url, self.allow_http)?;
        let secrets = Secret::parse_all(&self.secrets)?;
        let extra_headers = parse_headers(&self.headers)?;

        let mut unspoken = self.secrets;
        for (_, value) in self.headers {
            // Of `Bearer abc` the answer may repeat `abc` alone.
            unspoken.extend(value.expose_secret().rsplit_once(' ').map(|(_, token)| token.into()));
            unspoken.push(value);
        }
        Ok(Webhook {
            endpoint: Endpoint::new(address, self.timeout, unspoken)?,
            content_type: self.content_type,
            extra_headers,
            secrets,
            retry: self.retry,
        })
    }
}

fn parse_headers(headers: &[(String, SecretString)]) -> Result<HeaderMap, DestinationError> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let bad = || DestinationError::BadHeader { name: name.clone() };
        let key = HeaderName::try_from(name).map_err(|_| bad())?;
        let mut value = HeaderValue::try_from(value.expose_secret()).map_err(|_| bad())?;
        if is_reserved(&key) {
            return Err(DestinationError::ReservedHeader { name: name.clone() });
        }
        value.set_sensitive(true);
        map.append(key, value);
    }
    Ok(map)
}

/// Whether the sink or HTTP itself needs the header.
fn is_reserved(name: &HeaderName) -> bool {
    let framing =
        ["connection", "content-length", "content-type", "host", "te", "trailer", "transfer-encoding", "upgrade"];
    *name == STATUSED_SIGNATURE
        || *name == reqwest::header::USER_AGENT
        || name.as_str().starts_with("webhook-")
        || framing.contains(&name.as_str())
}
