//! Access tokens: asked for with a signed statement, and reused until shortly before they end.
//!
//! The statement is signed here and sent with the client's own HTTP. The library that does both, yup-oauth2, writes
//! the statement and the token to its log, trusts other certificates than the rest of the program, and changes its
//! crypto provider with the features that an application enables.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::Algorithm;
use jsonwebtoken::crypto::aws_lc;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::error::{ApiError, ApiErrorKind};
use super::key::ServiceAccount;

/// Where the time comes from.
pub(crate) type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// One token serves both APIs.
const SCOPES: &str =
    "https://www.googleapis.com/auth/androidpublisher https://www.googleapis.com/auth/playdeveloperreporting";
pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Google refuses an `iat` in the future, and clocks differ.
const BACK_DATED: TimeDelta = TimeDelta::seconds(60);
/// `exp` − `iat`; Google allows an hour.
const LIFETIME: TimeDelta = TimeDelta::minutes(55);
/// A token is not used any more when it has less than this left.
const RENEW_BEFORE: TimeDelta = TimeDelta::minutes(2);
/// What Google's tokens live, if an answer does not say.
const USUAL: i64 = 3600;
pub(super) const PLACE: &str = "the token endpoint";

/// Makes tokens from one key.
pub(super) struct TokenSource {
    account: ServiceAccount,
    clock: Clock,
    /// Held while a token is asked for, so that requests side by side ask for one.
    cached: tokio::sync::Mutex<Option<Token>>,
}

#[derive(Clone)]
struct Token {
    text: SecretString,
    made: DateTime<Utc>,
    expires: DateTime<Utc>,
}

/// What the endpoint answers.
#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    expires_in: Option<i64>,
}

impl TokenSource {
    pub(super) fn new(account: ServiceAccount, clock: Clock) -> Self {
        Self { account, clock, cached: tokio::sync::Mutex::new(None) }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    pub(super) fn account(&self) -> &ServiceAccount {
        &self.account
    }

    /// A token that is good for another two minutes at least. `ask` sends a signed statement to the endpoint.
    pub(super) async fn current<F, A>(&self, ask: A) -> Result<SecretString, ApiError>
    where
        A: FnOnce(SecretString) -> F,
        F: Future<Output = Result<Vec<u8>, ApiError>>,
    {
        let mut cached = self.cached.lock().await;
        let now = self.now();
        // A clock that was set back makes a token from the future.
        let usable = cached.as_ref().filter(|token| token.made <= now && now < token.expires - RENEW_BEFORE);
        if let Some(token) = usable {
            return Ok(token.text.clone());
        }
        let refused = |detail: &str| ApiError::new(ApiErrorKind::Key, PLACE, detail);
        let assertion = sign(&self.account, now).ok_or_else(|| refused("the private key could not sign"))?;
        let answer = ask(assertion).await?;
        let granted = serde_json::from_slice::<Granted>(&answer).ok();
        let granted = granted.filter(|granted| !granted.access_token.expose_secret().is_empty());
        let granted =
            granted.ok_or_else(|| ApiError::new(ApiErrorKind::BadData, PLACE, "the answer brings no token"))?;
        let life = TimeDelta::seconds(granted.expires_in.unwrap_or(USUAL).clamp(0, USUAL));
        let text = granted.access_token;
        *cached = Some(Token { text: text.clone(), made: now, expires: now + life });
        Ok(text)
    }

    /// Forgets a token that was refused, unless another one has taken its place already.
    pub(super) async fn discard(&self, refused: &SecretString) {
        let mut cached = self.cached.lock().await;
        if cached.as_ref().is_some_and(|token| token.text.expose_secret() == refused.expose_secret()) {
            *cached = None;
        }
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource").field("account", &self.account).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

#[derive(Serialize)]
struct Head<'a> {
    alg: &'a str,
    typ: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

fn sign(account: &ServiceAccount, now: DateTime<Utc>) -> Option<SecretString> {
    let iat = now - BACK_DATED;
    let head = Head { alg: "RS256", typ: "JWT", kid: account.key_id() };
    let claims = Claims {
        iss: account.email(),
        scope: SCOPES,
        aud: account.token_uri().as_str(),
        iat: iat.timestamp(),
        exp: (iat + LIFETIME).timestamp(),
    };
    let message = format!("{}.{}", part(&head)?, part(&claims)?);
    // The provider is named: `jsonwebtoken::encode` panics where an application enables two of them.
    let signer = (aws_lc::DEFAULT_PROVIDER.signer_factory)(&Algorithm::RS256, account.signing_key()).ok()?;
    let signature = signer.try_sign(message.as_bytes()).ok()?;
    Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
}

fn part(value: &impl Serialize) -> Option<String> {
    Some(URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).ok()?))
}
