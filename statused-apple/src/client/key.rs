//! API keys: what Apple hands out, and what can be wrong with what arrives here.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::crypto::aws_lc;
use jsonwebtoken::{Algorithm, EncodingKey};
use secrecy::{ExposeSecret, SecretString};

/// An App Store Connect API key: its ids and the private key from the `.p8` file.
///
/// The private key is checked when the credentials are made, never shown afterwards, and wiped when they are dropped.
/// A key with the Developer role can read all that the source needs, except for the log of its webhooks.
#[derive(Clone)]
pub struct Credentials {
    key_id: String,
    issuer_id: Option<String>,
    key: EncodingKey,
}

impl Credentials {
    /// A team key. Ids may have white space around them; the private key is the text of the `.p8` file.
    ///
    /// # Errors
    ///
    /// [`KeyError`] names what is wrong with the ids or the key.
    pub fn team(
        key_id: impl AsRef<str>,
        issuer_id: impl AsRef<str>,
        private_key: impl Into<SecretString>,
    ) -> Result<Self, KeyError> {
        let issuer = issuer_id.as_ref().trim();
        if !is_uuid(issuer) {
            return Err(KeyError::IssuerId);
        }
        let mut credentials = Self::individual(key_id, private_key)?;
        credentials.issuer_id = Some(issuer.to_owned());
        Ok(credentials)
    }

    /// An individual key, which acts with the rights of its user and has no issuer.
    ///
    /// # Errors
    ///
    /// [`KeyError`] names what is wrong with the id or the key.
    pub fn individual(key_id: impl AsRef<str>, private_key: impl Into<SecretString>) -> Result<Self, KeyError> {
        let key_id = key_id.as_ref().trim();
        if key_id.is_empty() || !key_id.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(KeyError::KeyId);
        }
        let private_key: SecretString = private_key.into();
        Ok(Self { key_id: key_id.to_owned(), issuer_id: None, key: parse(private_key.expose_secret())? })
    }

    /// The key's id; it is public.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The issuer's id, which individual keys lack.
    pub fn issuer_id(&self) -> Option<&str> {
        self.issuer_id.as_deref()
    }

    pub(super) fn signing_key(&self) -> &EncodingKey {
        &self.key
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("key_id", &self.key_id)
            .field("issuer_id", &self.issuer_id)
            .field("key", &"[redacted]")
            .finish()
    }
}

/// What is wrong with an API key. Never quotes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The key id has characters that key ids do not have, or none.
    #[error("the key id is not one: it looks like 2X9R4HXF34, and stands beside the key in App Store Connect")]
    KeyId,
    /// The issuer id is no UUID.
    #[error(
        "the issuer id is not one: it looks like 57246542-96fe-1a63-e053-0824d011072a, and stands above the list of team keys"
    )]
    IssuerId,
    /// Nothing is there.
    #[error("the private key is empty")]
    Empty,
    /// There is text, but not a PEM file's.
    #[error(
        "the private key is no PEM text: it begins with -----BEGIN PRIVATE KEY-----, as the AuthKey_….p8 file does"
    )]
    NotPem,
    /// A PEM file, of something else.
    #[error("this is {found}, not the PKCS#8 private key from the AuthKey_….p8 file")]
    WrongKind {
        /// What it is instead.
        found: &'static str,
    },
    /// The text ends too early, or was changed on the way.
    #[error("the private key is cut off or damaged: copy the whole AuthKey_….p8 file, with its first and last line")]
    Damaged,
}

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";
/// DER of the object identifiers 1.2.840.113549.1.1.1 and 1.2.840.10045.2.1.
const RSA_OID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC_OID: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// DER of 1.2.840.10045.3.1.7, the curve P-256.
const P256_OID: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

fn parse(text: &str) -> Result<EncodingKey, KeyError> {
    // Environment variables and YAML often carry line ends as two characters.
    let text = text.replace("\\r", "\n").replace("\\n", "\n");
    if text.trim().is_empty() {
        return Err(KeyError::Empty);
    }
    let (_, rest) = text.split_once(BEGIN).ok_or(KeyError::NotPem)?;
    let (label, rest) = rest.split_once(DASHES).ok_or(KeyError::NotPem)?;
    match label {
        "PRIVATE KEY" => {}
        "CERTIFICATE" => return Err(KeyError::WrongKind { found: "a certificate" }),
        "PUBLIC KEY" | "RSA PUBLIC KEY" => return Err(KeyError::WrongKind { found: "a public key" }),
        "RSA PRIVATE KEY" => return Err(KeyError::WrongKind { found: "an RSA key" }),
        "EC PRIVATE KEY" => return Err(KeyError::WrongKind { found: "an EC key in the older SEC 1 form" }),
        "ENCRYPTED PRIVATE KEY" => return Err(KeyError::WrongKind { found: "a key with a passphrase" }),
        _ => return Err(KeyError::WrongKind { found: "some other PEM file" }),
    }
    let (body, _) = rest.split_once("-----END PRIVATE KEY-----").ok_or(KeyError::Damaged)?;
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    let der = STANDARD.decode(body).map_err(|_| KeyError::Damaged)?;
    if contains(&der, RSA_OID) {
        return Err(KeyError::WrongKind { found: "an RSA key" });
    }
    if contains(&der, EC_OID) && !contains(&der, P256_OID) {
        return Err(KeyError::WrongKind { found: "a key on another curve than P-256" });
    }
    let key = EncodingKey::from_ec_der(&der);
    match (aws_lc::DEFAULT_PROVIDER.signer_factory)(&Algorithm::ES256, &key) {
        Ok(_) => Ok(key),
        Err(_) if !der.is_empty() && !contains(&der, EC_OID) && whole(&der) => {
            Err(KeyError::WrongKind { found: "a key for another algorithm than ES256" })
        }
        Err(_) => Err(KeyError::Damaged),
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Whether a DER sequence is as long as it says. Keys that matter here are shorter than 128 or 256 bytes.
fn whole(der: &[u8]) -> bool {
    match der {
        [0x30, length, rest @ ..] if *length < 0x80 => rest.len() == usize::from(*length),
        [0x30, 0x81, length, rest @ ..] => rest.len() == usize::from(*length),
        _ => false,
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
