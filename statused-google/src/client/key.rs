//! Service-account keys: what Google hands out, and what can be wrong with what arrives here.

use std::fmt;

use jsonwebtoken::crypto::aws_lc;
use jsonwebtoken::{Algorithm, EncodingKey};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::base_url;

/// A service account's key: the JSON file that Google Cloud hands out.
///
/// The file is checked when the key is made; the private key is never shown afterwards, and wiped when it is dropped.
/// The account needs one permission in the Play Console: *View app information (read-only)*.
#[derive(Clone)]
pub struct ServiceAccount {
    email: String,
    key_id: Option<String>,
    token_uri: Url,
    key: EncodingKey,
}

impl ServiceAccount {
    /// Reads the text of the key file.
    ///
    /// # Errors
    ///
    /// [`KeyError`] names what is wrong with it, without quoting it.
    pub fn from_json(file: impl Into<SecretString>) -> Result<Self, KeyError> {
        let file: SecretString = file.into();
        let text = file.expose_secret().trim();
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        let file: File = serde_json::from_str(text).map_err(|_| KeyError::NotJson)?;
        match (file.kind.as_deref(), &file.installed) {
            (Some("service_account"), _) => {}
            (None, false) => return Err(KeyError::Lacks { field: "type" }),
            (None, true) => return Err(KeyError::WrongKind { found: "an OAuth client".to_owned() }),
            (Some(other), _) => return Err(KeyError::WrongKind { found: plain(other) }),
        }
        let email = file.client_email.filter(|email| email.contains('@'));
        let email = email.ok_or(KeyError::Lacks { field: "client_email" })?;
        let token_uri = file.token_uri.ok_or(KeyError::Lacks { field: "token_uri" })?;
        let token_uri = base_url::parse(&token_uri).map_err(|_| KeyError::TokenUri)?;
        let pem = file.private_key.ok_or(KeyError::Lacks { field: "private_key" })?;
        Ok(Self { email, key_id: file.private_key_id, token_uri, key: read(pem.expose_secret())? })
    }

    /// The service account's address, which is public: it is what is invited in the Play Console.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The key's id, which is public.
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Where tokens are had.
    pub(super) fn token_uri(&self) -> &Url {
        &self.token_uri
    }

    pub(super) fn signing_key(&self) -> &EncodingKey {
        &self.key
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount")
            .field("email", &self.email)
            .field("key_id", &self.key_id)
            .field("token_uri", &self.token_uri.as_str())
            .field("key", &"[redacted]")
            .finish()
    }
}

/// What is wrong with a key file. Never quotes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Nothing is there.
    #[error("the key file is empty")]
    Empty,
    /// There is text, but not the file's.
    #[error(
        "the key file is no JSON: it is the file that Google Cloud offers under Service accounts → Keys → Add key → Create new key → JSON, whole and unchanged"
    )]
    NotJson,
    /// Another of Google's JSON files.
    #[error(
        "the key file is of {found}, not of a service account: make a key under Google Cloud → Service accounts → Keys"
    )]
    WrongKind {
        /// What it is instead.
        found: String,
    },
    /// Something is missing.
    #[error("the key file lacks {field}: download it anew, under Google Cloud → Service accounts → Keys")]
    Lacks {
        /// The field.
        field: &'static str,
    },
    /// The address for tokens would send the key's signature over an open network.
    #[error("the key file's token_uri is no https address; Google's is https://oauth2.googleapis.com/token")]
    TokenUri,
    /// The private key is not one.
    #[error(
        "the key file's private_key is cut off or damaged: download the file anew, under Google Cloud → Service accounts → Keys"
    )]
    Damaged,
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "type")]
    kind: Option<String>,
    client_email: Option<String>,
    private_key_id: Option<String>,
    private_key: Option<SecretString>,
    token_uri: Option<String>,
    /// The file of an OAuth client has its content one level deeper.
    #[serde(default, alias = "web", deserialize_with = "is_there")]
    installed: bool,
}

fn is_there<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// A kind as it may be shown: `authorized_user`.
fn plain(kind: &str) -> String {
    kind.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect()
}

fn read(pem: &str) -> Result<EncodingKey, KeyError> {
    // Environment variables and YAML often carry line ends as two characters.
    let pem = pem.replace("\\r", "\n").replace("\\n", "\n");
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| KeyError::Damaged)?;
    // Only a signature tells whether the numbers inside are a key.
    let signer = (aws_lc::DEFAULT_PROVIDER.signer_factory)(&Algorithm::RS256, &key).map_err(|_| KeyError::Damaged)?;
    signer.try_sign(b"a trial").map_err(|_| KeyError::Damaged)?;
    Ok(key)
}
