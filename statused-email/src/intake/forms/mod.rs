//! The forms in which providers post a mail: from headers and body to the raw message and its envelope.
//!
//! A form knows no web framework and, but for Amazon's certificates, no network. [`Reception`](super::Reception) puts
//! forms in front of an intake; `router` (feature `axum`) puts a reception behind an address.
//!
//! Only raw messages are of use: a mail that a provider has taken apart has lost its signature. What comes in such a
//! form is refused, and the refusal names the switch.
//!
//! | form | what to set there | who sent it is proved by |
//! | --- | --- | --- |
//! | [`Raw`] | `Content-Type: message/rfc822`, the body is the message | a password or token, or nothing |
//! | [`SesSns`] | receipt rule → SNS action, encoding Base64; an HTTPS subscription of the topic | the signature of SNS |
//! | [`Mailgun`] | route → `forward("https://…/mime")`: the address must end in `mime` | HMAC by the signing key |
//! | [`Postmark`] | *Include raw email content in JSON payload* | the password in the address |
//! | [`SendGrid`] | *POST the raw, full MIME message* | a signature, or the password in the address |
//!
//! The proof of the pipe is a second wall. The mail itself is proved by its own signature whatever way it comes.

mod access;
mod fields;
mod mailgun;
mod postmark;
mod raw;
mod refusal;
mod sendgrid;
mod ses_sns;
mod sns;

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use http::HeaderMap;

pub use access::Access;
pub use mailgun::Mailgun;
pub use postmark::Postmark;
pub use raw::Raw;
pub use refusal::Refusal;
pub use sendgrid::{KeyError, SendGrid};
#[cfg(fuzzing)]
pub(crate) use ses_sns::read as read_ses;
pub use ses_sns::{SesSns, TopicError};

use super::Receipt;
use crate::Envelope;

/// A request as it came.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Request<'a> {
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// What stands after the `?` of its address.
    pub query: Option<&'a str>,
    /// Its body, byte for byte.
    pub body: &'a [u8],
    /// When it came.
    pub now: DateTime<Utc>,
}

impl<'a> Request<'a> {
    /// A request that came now, at `now`.
    pub fn new(headers: &'a HeaderMap, body: &'a [u8], now: DateTime<Utc>) -> Self {
        Self { headers, query: None, body, now }
    }

    /// Adds what stands after the `?` of its address.
    #[must_use]
    pub fn with_query(mut self, query: Option<&'a str>) -> Self {
        self.query = query;
        self
    }

    /// A header's value, if it is text.
    fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn content_type(&self) -> &'a str {
        self.header("content-type").unwrap_or_default()
    }
}

/// Headers and bodies are not shown: they hold passwords and mail.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("length", &self.body.len()).field("now", &self.now).finish_non_exhaustive()
    }
}

/// A mail as a provider hands it over.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawMail {
    /// The message, byte for byte.
    pub bytes: Vec<u8>,
    /// To whom it was sent, as far as the provider says so.
    pub envelope: Envelope,
}

impl RawMail {
    /// A message and its envelope.
    pub fn new(bytes: Vec<u8>, envelope: Envelope) -> Self {
        Self { bytes, envelope }
    }
}

impl fmt::Debug for RawMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawMail")
            .field("length", &self.bytes.len())
            .field("envelope", &self.envelope)
            .finish_non_exhaustive()
    }
}

/// What a request holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// A mail.
    Mail(RawMail),
    /// Something between the provider and this form (a subscription that was confirmed): there is nothing more to do.
    Handled,
}

/// Reads one provider's requests.
///
/// # Contract
///
/// 1. Whoever cannot prove to be the provider gets nothing but [`Refusal::Unauthorized`], whatever else is wrong.
/// 2. Secrets are compared in constant time, and stand in no refusal and no `Debug`.
/// 3. The message is given back as it was posted, not repaired.
#[async_trait]
pub trait Form: fmt::Debug + Send + Sync + 'static {
    /// The last part of its address: `/sources/{source}/mail/{name}`.
    fn name(&self) -> &'static str;

    /// Reads a request.
    ///
    /// # Errors
    ///
    /// [`Refusal`], in words for whoever set the provider up.
    async fn read(&self, request: &Request<'_>) -> Result<Content, Refusal>;

    /// What the provider is answered when its mail came to the intake.
    fn status(&self, receipt: &Receipt) -> u16;

    /// What the provider is answered when its request is refused.
    fn refused(&self, refusal: &Refusal) -> u16;
}
