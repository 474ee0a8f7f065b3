//! Apple's side of the token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::crypto::aws_lc;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// What a token claimed, as the fake saw it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Claims {
    /// The issuer; team keys have one.
    pub iss: Option<String>,
    /// `user`, for individual keys.
    pub sub: Option<String>,
    /// When it was made, in Unix seconds.
    pub iat: i64,
    /// When it ends, in Unix seconds.
    pub exp: i64,
    /// For whom it is.
    pub aud: String,
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: String,
    typ: String,
}

/// The longest life of a token, in seconds.
const LONGEST: i64 = 20 * 60;

/// Checks what Apple checks. `None`: 401.
pub(super) fn verify(token: &str, public: &[u8], issuer: &str, now: DateTime<Utc>) -> Option<Claims> {
    let (message, signature) = token.rsplit_once('.')?;
    let (head, claims) = message.split_once('.')?;
    let (head, claims): (Head, Claims) = (part(head)?, part(claims)?);
    let whose = match head.kid.as_str() {
        super::TEAM_KEY => claims.iss.as_deref() == Some(issuer) && claims.sub.is_none(),
        super::INDIVIDUAL_KEY => claims.iss.is_none() && claims.sub.as_deref() == Some("user"),
        _ => false,
    };
    let now = now.timestamp();
    let timely = claims.iat <= now && now < claims.exp && claims.exp - claims.iat <= LONGEST;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let key = DecodingKey::from_ec_der(public);
    let verifier = (aws_lc::DEFAULT_PROVIDER.verifier_factory)(&Algorithm::ES256, &key).ok()?;
    let genuine = verifier.verify(message.as_bytes(), &signature).is_ok();
    let fits = head.alg == "ES256" && head.typ == "JWT" && claims.aud == "appstoreconnect-v1";
    (whose && timely && genuine && fits).then_some(claims)
}

fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}
