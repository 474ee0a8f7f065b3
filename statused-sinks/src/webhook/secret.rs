//! Signing secrets.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;

/// What marks a secret of Standard Webhooks.
const PREFIX: &str = "whsec_";

/// Standard base64, with its padding or without when it is read.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a signing secret cannot be used. Secrets are counted from 1, in the order in which they were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// There is none, where one is needed.
    #[error("there is no secret")]
    Missing,
    /// It is empty.
    #[error("secret {position} is empty")]
    Empty {
        /// Which one.
        position: usize,
    },
    /// It begins with `whsec_`, but what follows is not base64.
    #[error("secret {position} begins with whsec_, but what follows is not base64")]
    NotBase64 {
        /// Which one.
        position: usize,
    },
}

/// A signing secret: as it is written, and as the key of Standard Webhooks.
#[derive(Debug)]
pub(super) struct Secret {
    text: SecretString,
    key: SecretSlice<u8>,
}

impl Secret {
    pub(super) fn parse_all(texts: &[SecretString]) -> Result<Vec<Self>, SecretError> {
        texts.iter().zip(1..).map(|(text, position)| Self::parse(text, position)).collect()
    }

    fn parse(text: &SecretString, position: usize) -> Result<Self, SecretError> {
        let key = match text.expose_secret().strip_prefix(PREFIX) {
            Some(encoded) => BASE64.decode(encoded).map_err(|_| SecretError::NotBase64 { position })?,
            None => text.expose_secret().as_bytes().to_vec(),
        };
        if key.is_empty() {
            return Err(SecretError::Empty { position });
        }
        Ok(Self { text: text.clone(), key: key.into() })
    }

    /// The value of `X-Statused-Signature`.
    pub(super) fn sign_statused(&self, body: &[u8]) -> String {
        let mut value = String::from("sha256=");
        for byte in statused_mac(self.text.expose_secret(), body).finalize().into_bytes() {
            // Writing to a string does not fail.
            write!(value, "{byte:02x}").unwrap_or_default();
        }
        value
    }

    /// A member of `webhook-signature`.
    pub(super) fn sign_standard(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let signature = self.standard_mac(id, &timestamp.to_string(), body).finalize().into_bytes();
        format!("v1,{}", BASE64.encode(signature))
    }

    /// The state of which a Standard Webhooks signature is made or checked.
    pub(super) fn standard_mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = keyed(self.key.expose_secret());
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        mac
    }
}

/// The state of which the original's signature is made or checked.
pub(super) fn statused_mac(secret: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = keyed(secret.as_bytes());
    mac.update(body);
    mac
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    // HMAC takes keys of any length: shorter ones are padded, longer ones hashed.
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::parse(&text.into(), 1).unwrap()
    }

    /// Made with `printf 'Hello, World!' | openssl dgst -sha256 -hmac 'This is my secret'`.
    #[test]
    fn the_original_signature_is_that_of_openssl() {
        assert_eq!(
            secret("This is my secret").sign_statused(b"Hello, World!"),
            "sha256=7f062172b01cb00b53ca068614674a3d982a34062a0f5d37687d5e3377e54657"
        );
    }

    /// The example of the Standard Webhooks specification.
    #[test]
    fn the_standard_signature_is_that_of_the_specification() {
        let secret = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        assert_eq!(
            secret.sign_standard("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn keys_come_from_base64_after_the_prefix_and_else_from_the_text() {
        assert_eq!(secret("whsec_aGk=").key.expose_secret(), b"hi");
        assert_eq!(secret("whsec_aGk").key.expose_secret(), b"hi");
        assert_eq!(secret("aGk=").key.expose_secret(), b"aGk=");
        let position = 3;
        for (text, error) in [
            ("", SecretError::Empty { position }),
            ("whsec_", SecretError::Empty { position }),
            ("whsec_aGk=\n", SecretError::NotBase64 { position }),
        ] {
            assert_eq!(Secret::parse(&text.into(), position).unwrap_err(), error, "{text:?}");
        }
        assert!(!format!("{:?}", secret("hunter2")).contains("hunter2"));
    }
}
