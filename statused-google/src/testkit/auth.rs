//! Google's side of the token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::crypto::aws_lc;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::key::{EMAIL, KEY_ID};

/// What a statement claimed, as the fake saw it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Claims {
    /// The service account.
    pub iss: String,
    /// The scopes, with spaces between them.
    pub scope: String,
    /// For whom it is.
    pub aud: String,
    /// When it was made, in Unix seconds.
    pub iat: i64,
    /// When it ends, in Unix seconds.
    pub exp: i64,
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    typ: String,
    kid: Option<String>,
}

/// The longest life of a statement, in seconds.
const LONGEST: i64 = 3600;
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPES: [&str; 2] =
    ["https://www.googleapis.com/auth/androidpublisher", "https://www.googleapis.com/auth/playdeveloperreporting"];

/// Checks what Google checks of a request for a token. Otherwise: the code and the description of the error.
pub(super) fn verify(
    form: &[u8],
    public: &[u8],
    audience: &str,
    now: DateTime<Utc>,
) -> Result<Claims, (&'static str, &'static str)> {
    let field = |name: &str| {
        url::form_urlencoded::parse(form).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    if field("grant_type").as_deref() != Some(GRANT) {
        return Err(("unsupported_grant_type", "Invalid grant_type"));
    }
    let malformed = ("invalid_grant", "Bad Request");
    let assertion = field("assertion").ok_or(malformed)?;
    let (message, signature) = assertion.rsplit_once('.').ok_or(malformed)?;
    let (head, claims) = message.split_once('.').ok_or(malformed)?;
    let (head, claims): (Head, Claims) = (part(head).ok_or(malformed)?, part(claims).ok_or(malformed)?);
    let now = now.timestamp();
    if claims.iss != EMAIL || head.kid.is_some_and(|kid| kid != KEY_ID) {
        return Err(("invalid_grant", "Invalid grant: account not found"));
    }
    if claims.iat > now || now >= claims.exp || claims.exp - claims.iat > LONGEST {
        return Err((
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
        ));
    }
    if claims.aud != audience || claims.scope.split(' ').any(|scope| !SCOPES.contains(&scope)) {
        return Err(("invalid_scope", "Invalid OAuth scope or ID token audience provided."));
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed)?;
    let key = DecodingKey::from_rsa_der(public);
    let verifier = (aws_lc::DEFAULT_PROVIDER.verifier_factory)(&Algorithm::RS256, &key).map_err(|_| malformed)?;
    let genuine = head.alg == "RS256" && head.typ == "JWT" && verifier.verify(message.as_bytes(), &signature).is_ok();
    if genuine { Ok(claims) } else { Err(("invalid_grant", "Invalid JWT Signature.")) }
}

fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}
