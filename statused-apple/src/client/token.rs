//! Signed bearer tokens, made when needed and reused until shortly before they end.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::Algorithm;
use jsonwebtoken::crypto::aws_lc;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::key::Credentials;

/// Where the time comes from.
pub(crate) type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Apple refuses an `iat` in the future, and clocks differ.
const BACK_DATED: TimeDelta = TimeDelta::seconds(60);
/// `exp` − `iat`. Apple allows 20 minutes and measures with its own clock.
const LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// A token is not used any more when it has less than this left.
const RENEW_BEFORE: TimeDelta = TimeDelta::minutes(2);
const AUDIENCE: &str = "appstoreconnect-v1";

/// Makes tokens from one key.
pub(super) struct TokenSource {
    credentials: Credentials,
    clock: Clock,
    cached: Mutex<Option<Token>>,
}

#[derive(Clone)]
struct Token {
    text: SecretString,
    made: DateTime<Utc>,
    expires: DateTime<Utc>,
}

impl TokenSource {
    pub(super) fn new(credentials: Credentials, clock: Clock) -> Self {
        Self { credentials, clock, cached: Mutex::new(None) }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// A token that is good for another two minutes at least. `None` if the key cannot sign.
    pub(super) fn current(&self) -> Option<SecretString> {
        let now = self.now();
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back makes a token from the future.
        let usable = cached.as_ref().filter(|token| token.made <= now && now < token.expires - RENEW_BEFORE);
        if let Some(token) = usable {
            return Some(token.text.clone());
        }
        let (iat, expires) = (now - BACK_DATED, now - BACK_DATED + LIFETIME);
        let text = SecretString::from(sign(&self.credentials, iat, expires)?);
        *cached = Some(Token { text: text.clone(), made: now, expires });
        Some(text)
    }

    /// Forgets a token that was refused, unless another one has taken its place already.
    pub(super) fn discard(&self, refused: &SecretString) {
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        if cached.as_ref().is_some_and(|token| token.text.expose_secret() == refused.expose_secret()) {
            *cached = None;
        }
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource").field("credentials", &self.credentials).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    /// Individual keys have no issuer and say this instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
    iat: i64,
    exp: i64,
    aud: &'a str,
}

#[derive(Serialize)]
struct Head<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

fn sign(credentials: &Credentials, iat: DateTime<Utc>, exp: DateTime<Utc>) -> Option<String> {
    let head = Head { alg: "ES256", kid: credentials.key_id(), typ: "JWT" };
    let iss = credentials.issuer_id();
    let claims =
        Claims { iss, sub: iss.is_none().then_some("user"), iat: iat.timestamp(), exp: exp.timestamp(), aud: AUDIENCE };
    let message = format!("{}.{}", part(&head)?, part(&claims)?);
    // The provider is named: `jsonwebtoken::encode` panics where an application enables two of them.
    let signer = (aws_lc::DEFAULT_PROVIDER.signer_factory)(&Algorithm::ES256, credentials.signing_key()).ok()?;
    let signature = signer.try_sign(message.as_bytes()).ok()?;
    Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn part(value: &impl Serialize) -> Option<String> {
    Some(URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).ok()?))
}
