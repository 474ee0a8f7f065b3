//! Mailgun's routes.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::fields::Fields;
use super::{Content, Form, RawMail, Refusal, Request};
use crate::Envelope;
use crate::intake::{Receipt, Refused};

/// Mailgun tries for eight hours; what it signed longer ago than that is a copy.
const WINDOW: TimeDelta = TimeDelta::hours(9);
/// How far its clock may be ahead.
const AHEAD: TimeDelta = TimeDelta::minutes(5);
/// Tokens that are remembered.
const MOST: usize = 4096;

/// Mailgun's routes with `forward("https://…/mime")`.
///
/// Its signature covers a time and a token, not the mail. A token that brought a mail before is not taken again, unless
/// it brings the same mail: then Mailgun has missed the answer.
pub struct Mailgun {
    key: SecretString,
    used: Mutex<VecDeque<Used>>,
}

struct Used {
    token: String,
    mail: [u8; 32],
}

impl Mailgun {
    /// With the *HTTP webhook signing key* of the account.
    pub fn new(signing_key: impl Into<SecretString>) -> Self {
        Self { key: signing_key.into(), used: Mutex::default() }
    }

    fn prove(&self, fields: &Fields, now: DateTime<Utc>) -> Result<(), Refusal> {
        let field = |name| fields.text(name).ok_or(Refusal::Unauthorized("timestamp, token or signature is missing"));
        let (timestamp, token, signature) = (field("timestamp")?, field("token")?, field("signature")?);
        // HMAC takes keys of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose_secret().as_bytes()).expect("any length");
        mac.update(timestamp.as_bytes());
        mac.update(token.as_bytes());
        let digits = decode(signature);
        // An empty key signs for anybody.
        if mac.verify_slice(&digits.unwrap_or_default()).is_err()
            || digits.is_none()
            || self.key.expose_secret().is_empty()
        {
            return Err(Refusal::Unauthorized("the signing key has not signed it"));
        }
        let signed_at = timestamp.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let age = signed_at.map(|at| now - at).ok_or(Refusal::Unauthorized("the timestamp is none"))?;
        if age > WINDOW || age < -AHEAD {
            return Err(Refusal::Unauthorized("it was signed too long ago, or this machine's clock is wrong"));
        }
        self.use_up(token, fields.bytes("body-mime").unwrap_or_default())
    }

    /// A token brings one mail.
    fn use_up(&self, token: &str, mail: &[u8]) -> Result<(), Refusal> {
        use sha2::Digest as _;
        let mail: [u8; 32] = Sha256::digest(mail).into();
        // Nothing can fail while it is held.
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        match used.iter().find(|one| one.token == token) {
            Some(one) if one.mail == mail => Ok(()),
            Some(_) => Err(Refusal::Unauthorized("its token has brought another mail")),
            None => {
                if used.len() == MOST {
                    used.pop_front();
                }
                used.push_back(Used { token: token.to_owned(), mail });
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Mailgun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailgun")
    }
}

#[async_trait]
impl Form for Mailgun {
    fn name(&self) -> &'static str {
        "mailgun"
    }

    async fn read(&self, request: &Request<'_>) -> Result<Content, Refusal> {
        let fields = Fields::read(request).await.map_err(|_| Refusal::Unauthorized("the body is no form"))?;
        self.prove(&fields, request.now)?;
        let Some(mail) = fields.bytes("body-mime") else {
            return Err(Refusal::NotRaw("let the address that the route forwards to end in /mime"));
        };
        let recipients = fields.text("recipient").unwrap_or_default();
        let mut envelope = Envelope::to(recipients.split(',').map(str::trim).filter(|address| !address.is_empty()));
        envelope.sender = fields.text("sender").map(str::to_owned);
        Ok(Content::Mail(RawMail::new(mail.to_vec(), envelope)))
    }

    /// 406 tells Mailgun to stop; whatever else is no success is tried again for eight hours.
    fn status(&self, receipt: &Receipt) -> u16 {
        match receipt {
            Receipt::Refused(Refused::TooLarge { .. }) => 406,
            other => other.status(),
        }
    }

    fn refused(&self, refusal: &Refusal) -> u16 {
        match refusal {
            Refusal::Unavailable(_) | Refusal::Closed => refusal.status(),
            _ => 406,
        }
    }
}

/// The 32 bytes of 64 hexadecimal digits.
fn decode(text: &str) -> Option<[u8; 32]> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    bytes?.try_into().ok()
}
