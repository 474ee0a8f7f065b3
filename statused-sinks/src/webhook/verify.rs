//! The receiver's side: is this really from the sender, and now?

use std::time::Duration;

use base64::Engine as _;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::Mac as _;
use reqwest::header::{HeaderMap, HeaderName};
use secrecy::SecretString;

use super::secret::{BASE64, Secret, SecretError, statused_mac};
use super::{WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP};

/// Why a request is not to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A header is missing, so there is no signature to check.
    #[error("there is no {0} header")]
    MissingSignature(&'static str),
    /// A header cannot be read.
    #[error("the {0} header cannot be read")]
    Malformed(&'static str),
    /// No signature belongs to the body and one of the secrets.
    #[error("no signature fits the body and a secret")]
    BadSignature,
    /// The request was signed longer ago than is tolerated: perhaps a replay.
    #[error("the request was signed too long ago")]
    TooOld,
    /// The request was signed further in the future than is tolerated: the clocks disagree.
    #[error("the request was signed in the future")]
    TooNew,
}

/// Checks the Standard Webhooks headers of received requests. Comparisons take constant time.
#[derive(Debug)]
pub struct Verifier {
    secrets: Vec<Secret>,
    tolerance: TimeDelta,
}

impl Verifier {
    /// Accepts what any of the secrets has signed, up to five minutes before and after.
    ///
    /// # Errors
    ///
    /// There is no secret, or one of them cannot be used.
    pub fn new<S: Into<SecretString>>(secrets: impl IntoIterator<Item = S>) -> Result<Self, SecretError> {
        let texts: Vec<SecretString> = secrets.into_iter().map(Into::into).collect();
        if texts.is_empty() {
            return Err(SecretError::Missing);
        }
        Ok(Self { secrets: Secret::parse_all(&texts)?, tolerance: TimeDelta::minutes(5) })
    }

    /// Sets how far the time of signing may be from now.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = TimeDelta::from_std(tolerance).unwrap_or(TimeDelta::MAX);
        self
    }

    /// Checks a request by its headers (`http::HeaderMap`) and its body, byte for byte as it was received.
    ///
    /// # Errors
    ///
    /// Why the request is not to be trusted. Tell the sender no more than "401".
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> Result<(), VerifyError> {
        let id = header(headers, &WEBHOOK_ID, "webhook-id")?;
        let timestamp = header(headers, &WEBHOOK_TIMESTAMP, "webhook-timestamp")?;
        let signature = header(headers, &WEBHOOK_SIGNATURE, "webhook-signature")?;
        self.verify_parts(id, timestamp, signature, body, now)
    }

    /// As [`verify`](Self::verify), for frameworks with another type of headers: takes the values of `webhook-id`,
    /// `webhook-timestamp` and `webhook-signature`.
    ///
    /// # Errors
    ///
    /// Why the request is not to be trusted.
    pub fn verify_parts(
        &self,
        id: &str,
        timestamp: &str,
        signature: &str,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<(), VerifyError> {
        let malformed = VerifyError::Malformed("webhook-timestamp");
        let seconds = timestamp.parse().map_err(|_| malformed)?;
        let signed_at = DateTime::from_timestamp(seconds, 0).ok_or(malformed)?;

        let signatures: Vec<Vec<u8>> = signature
            .split(' ')
            .filter_map(|member| member.strip_prefix("v1,"))
            .filter_map(|encoded| BASE64.decode(encoded).ok())
            .collect();
        let fits = self.secrets.iter().any(|secret| {
            let mac = secret.standard_mac(id, timestamp, body);
            signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
        });
        // Only of a genuine request is it worth saying that it is late.
        match now.signed_duration_since(signed_at) {
            _ if !fits => Err(VerifyError::BadSignature),
            age if age > self.tolerance => Err(VerifyError::TooOld),
            age if age < -self.tolerance => Err(VerifyError::TooNew),
            _ => Ok(()),
        }
    }
}

/// Checks the original's header `X-Statused-Signature` by its value. The comparison takes constant time.
///
/// The signature covers the body alone, so it does not tell a replay from the first time: prefer [`Verifier`].
///
/// # Errors
///
/// [`VerifyError::Malformed`] for a value that is not `sha256=` and 64 hexadecimal digits,
/// [`VerifyError::BadSignature`] for one that does not fit.
pub fn verify_statused_signature(secret: &str, body: &[u8], header_value: &str) -> Result<(), VerifyError> {
    let signature = header_value
        .trim()
        .strip_prefix("sha256=")
        .and_then(decode_hex)
        .ok_or(VerifyError::Malformed("X-Statused-Signature"))?;
    statused_mac(secret, body).verify_slice(&signature).map_err(|_| VerifyError::BadSignature)
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName, shown: &'static str) -> Result<&'a str, VerifyError> {
    let value = headers.get(name).ok_or(VerifyError::MissingSignature(shown))?;
    value.to_str().map_err(|_| VerifyError::Malformed(shown))
}

/// The 32 bytes of 64 hexadecimal digits.
fn decode_hex(text: &str) -> Option<[u8; 32]> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let mut bytes = [0; 32];
    if pairs.len() != bytes.len() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let digit = |c: &u8| char::from(*c).to_digit(16);
        *byte = u8::try_from(digit(high)? * 16 + digit(low)?).ok()?;
    }
    Some(bytes)
}
