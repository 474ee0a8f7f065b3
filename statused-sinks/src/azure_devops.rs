//! Pipelines of Azure DevOps, through an incoming webhook.
//!
//! # The request
//!
//! A `POST` of the CloudEvent to
//! `https://dev.azure.com/ORGANIZATION/_apis/public/distributedtask/webhooks/NAME?api-version=6.0-preview`. The service
//! connection of that name may have a secret and the name of a header: then the header carries
//! `sha1=<hex>`, the HMAC-SHA1 of the body, which is what Azure DevOps checks.
//!
//! A pipeline with that webhook among its `resources` filters by JSON path. **Azure DevOps pastes `${{
//! parameters.NAME.data.app_name }}` into the pipeline before a shell reads it**, and the names of apps are written by
//! strangers: put such a value into a step's `env:` and quote it in the script.
//!
//! A welcome starts nothing. A test is sent like any event; its `type` is `com.statused.test`, which filters can tell.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 2xx | accepted: whether a pipeline's filters let it through is not said |
//! | 4xx but 408, 409, 425, 429 | dead |
//! | anything else, redirects too | retry, not before `Retry-After` if there is one |
//!
//! A repeat starts another run, so that a try that may have arrived is left to a person
//! ([`repeat_ambiguous`](AzureDevOpsBuilder::repeat_ambiguous)).

use std::fmt::Write as _;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use statused_core::model::Notification;
use statused_core::sink::SinkProfile;
use statused_core::{Outcome, Sink};

use crate::ci;
use crate::cloud_event;
use crate::error::DestinationError;
use crate::http::{
    Answers, Builder, CLIENT_ERRORS, Destination, Endpoint, HttpOptions, Request, StartsWork, filled, is_framing,
};

const ANSWERS: Answers = Answers::dead_on(CLIENT_ERRORS).accepted_on(&[200, 201, 202, 204]);

/// Posts events to an incoming webhook of Azure DevOps. See the [module](self) for the request and what is made of the
/// answer.
#[derive(Debug)]
pub struct AzureDevOps {
    endpoint: Endpoint,
    secret: Option<SecretString>,
    header: HeaderName,
}

/// Describes an [`AzureDevOps`].
pub type AzureDevOpsBuilder = Builder<AzureDevOps>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    url: SecretString,
    secret: Option<SecretString>,
    header: String,
}

impl AzureDevOps {
    /// Begins to describe the incoming webhook at an address.
    pub fn builder(url: impl Into<SecretString>) -> AzureDevOpsBuilder {
        Builder::starting_work(Parts { url: url.into(), secret: None, header: "X-Hub-Signature".to_owned() })
    }
}

impl Builder<AzureDevOps> {
    /// Sets the secret of the service connection; nothing is signed if not said.
    pub fn secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.parts.secret = Some(secret.into());
        self
    }

    /// Sets the header that the service connection reads the signature from; `X-Hub-Signature` if not said.
    pub fn header(mut self, name: impl Into<String>) -> Self {
        self.parts.header = name.into();
        self
    }
}

impl Destination for AzureDevOps {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        let mut endpoint = http.endpoint(&parts.url)?;
        if let Some(secret) = &parts.secret {
            filled(secret)?;
            endpoint = endpoint.keeping(secret);
        }
        let header = HeaderName::try_from(&parts.header)
            .map_err(|_| DestinationError::BadHeader { name: parts.header.clone() })?;
        if header == CONTENT_TYPE || is_framing(&header) {
            return Err(DestinationError::ReservedHeader { name: parts.header });
        }
        Ok(Self { endpoint, secret: parts.secret, header })
    }
}

impl StartsWork for AzureDevOps {}

/// The value of the signature's header.
fn sign(secret: &SecretString, body: &[u8]) -> String {
    // HMAC takes keys of any length: shorter ones are padded, longer ones hashed.
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.expose_secret().as_bytes()).expect("HMAC takes any key");
    mac.update(body);
    mac.finalize().into_bytes().iter().fold("sha1=".to_owned(), |mut value, byte| {
        // Writing to a string does not fail.
        write!(value, "{byte:02x}").unwrap_or_default();
        value
    })
}

#[async_trait]
impl Sink for AzureDevOps {
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        if let Some(nothing) = ci::nothing_to_start(&notification.event) {
            return nothing;
        }
        let body = match cloud_event::write(&notification.event) {
            Ok(body) => body,
            Err(error) => return Outcome::retry(format!("the event cannot be written as JSON: {error}")),
        };
        let signature = self.secret.as_ref().map(|secret| sign(secret, &body));
        let mut request = Request::post().body("application/json", body);
        // Hexadecimal digits make a header value without fail.
        if let Some(signature) = signature.and_then(|value| HeaderValue::try_from(value).ok()) {
            request = request.header(self.header.clone(), signature);
        }
        self.endpoint.deliver(request, &ANSWERS).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `printf 'Hello, World!' | openssl dgst -sha1 -hmac 'This is my secret'`.
    #[test]
    fn the_signature_is_that_of_openssl() {
        assert_eq!(
            sign(&"This is my secret".into(), b"Hello, World!"),
            "sha1=4346b894f6dac376db5468e4980af5c208a4c663"
        );
    }
}
