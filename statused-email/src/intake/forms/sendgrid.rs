//! SendGrid's Inbound Parse.

use std::fmt;

use async_trait::async_trait;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta};
use serde::Deserialize;

use super::fields::Fields;
use super::{Access, Content, Form, RawMail, Refusal, Request};
use crate::Envelope;
use crate::intake::Receipt;

/// SendGrid tries for three days; what it signed longer ago than that is a copy.
const WINDOW: TimeDelta = TimeDelta::hours(73);
/// How far its clock may be ahead.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// A public key that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no public key as SendGrid shows them: base64, beginning with MFkw")]
#[non_exhaustive]
pub struct KeyError;

/// SendGrid's Inbound Parse, with *POST the raw, full MIME message*.
pub struct SendGrid {
    proof: Proof,
}

enum Proof {
    Access(Access),
    Signature(ParsedPublicKey),
}

impl SendGrid {
    /// For whoever knows the login of the address (`https://user:password@host/…`).
    pub fn new(access: Access) -> Self {
        Self { proof: Proof::Access(access) }
    }

    /// For what the security policy of the Parse webhook has signed; its `public_key`, as SendGrid shows it.
    ///
    /// # Errors
    ///
    /// When it is no such key.
    pub fn signed(public_key: &str) -> Result<Self, KeyError> {
        let der = STANDARD.decode(public_key.trim()).map_err(|_| KeyError)?;
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, der).map_err(|_| KeyError)?;
        Ok(Self { proof: Proof::Signature(key) })
    }

    fn prove(&self, request: &Request<'_>) -> Result<(), Refusal> {
        let key = match &self.proof {
            Proof::Access(access) => return access.admit(request),
            Proof::Signature(key) => key,
        };
        let header = |name| request.header(name).ok_or(Refusal::Unauthorized("it is not signed"));
        let signature = header("x-twilio-email-event-webhook-signature")?;
        let timestamp = header("x-twilio-email-event-webhook-timestamp")?;
        let signed = [timestamp.as_bytes(), request.body].concat();
        let fits = STANDARD.decode(signature).is_ok_and(|signature| key.verify_sig(&signed, &signature).is_ok());
        if !fits {
            return Err(Refusal::Unauthorized("the key has not signed it"));
        }
        let signed_at = timestamp.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let age = signed_at.map(|at| request.now - at).ok_or(Refusal::Unauthorized("the timestamp is none"))?;
        if age > WINDOW || age < -AHEAD {
            return Err(Refusal::Unauthorized("it was signed too long ago, or this machine's clock is wrong"));
        }
        Ok(())
    }
}

impl fmt::Debug for SendGrid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proof = match self.proof {
            Proof::Access(_) => "access",
            Proof::Signature(_) => "signature",
        };
        f.debug_struct("SendGrid").field("proof", &proof).finish()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Hands {
    to: Vec<String>,
    from: Option<String>,
}

#[async_trait]
impl Form for SendGrid {
    fn name(&self) -> &'static str {
        "sendgrid"
    }

    async fn read(&self, request: &Request<'_>) -> Result<Content, Refusal> {
        self.prove(request)?;
        let fields = Fields::read(request).await?;
        let Some(mail) = fields.bytes("email") else {
            let taken_apart = fields.has("text") || fields.has("html") || fields.has("headers");
            return Err(match taken_apart {
                true => Refusal::NotRaw("switch on `POST the raw, full MIME message` in the settings of Inbound Parse"),
                false => Refusal::Unreadable("it has no field `email`"),
            });
        };
        let hands: Hands = fields.text("envelope").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let mut envelope = Envelope::to(hands.to);
        envelope.sender = hands.from;
        Ok(Content::Mail(RawMail::new(mail.to_vec(), envelope)))
    }

    /// SendGrid tries what is answered with 5xx for three days.
    fn status(&self, receipt: &Receipt) -> u16 {
        match receipt.status() {
            429 => 503,
            status => status,
        }
    }

    fn refused(&self, refusal: &Refusal) -> u16 {
        refusal.status()
    }
}
