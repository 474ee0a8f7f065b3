//! How a webhook is described.

use reqwest::header::HeaderName;
use secrecy::SecretString;

use super::secret::Secret;
use super::{STATUSED_SIGNATURE, Webhook};
use crate::error::DestinationError;
use crate::http::{Builder, Destination, HttpOptions, is_framing};

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
pub type WebhookBuilder = Builder<Webhook>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    url: SecretString,
    secrets: Vec<SecretString>,
    content_type: ContentType,
    headers: Vec<(String, SecretString)>,
}

pub(super) fn begin(url: SecretString) -> WebhookBuilder {
    Builder::new(Parts { url, secrets: Vec::new(), content_type: ContentType::default(), headers: Vec::new() })
}

impl Builder<Webhook> {
    /// Adds a signing secret. The first one is the newest; more follow while it takes the place of another.
    pub fn secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.parts.secrets.push(secret.into());
        self
    }

    /// Sets what the body is called; `application/json` if not said.
    pub fn content_type(mut self, content_type: ContentType) -> Self {
        self.parts.content_type = content_type;
        self
    }

    /// Adds a header to every request, for instance `Authorization`. Its value is treated as a secret.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.parts.headers.push((name.into(), value.into()));
        self
    }
}

impl Destination for Webhook {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        let mut endpoint = http.endpoint(&parts.url)?;
        let secrets = Secret::parse_all(&parts.secrets)?;
        for secret in &parts.secrets {
            endpoint = endpoint.keeping(secret);
        }
        for (name, value) in &parts.headers {
            if HeaderName::try_from(name).is_ok_and(|name| is_reserved(&name)) {
                return Err(DestinationError::ReservedHeader { name: name.clone() });
            }
            endpoint = endpoint.secret_header(name, value)?;
        }
        Ok(Self { endpoint, content_type: parts.content_type, secrets })
    }
}

/// Whether the sink or HTTP itself needs the header.
fn is_reserved(name: &HeaderName) -> bool {
    *name == STATUSED_SIGNATURE
        || *name == reqwest::header::USER_AGENT
        || name.as_str().starts_with("webhook-")
        || *name == reqwest::header::CONTENT_TYPE
        || is_framing(name)
}
