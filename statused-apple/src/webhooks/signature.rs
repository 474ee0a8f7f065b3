//! Who may push: the secrets of each app, and the signatures that they make.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

const SCHEME: &str = "hmacsha256=";
/// What requests for apps that are not known are checked with, so that they take as long as others.
const NOBODY: &[u8] = b"nobody signs with this";

/// Why secrets are not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// Apps are named by the numbers that Apple gave them.
    #[error("{0:?} is no Apple app id, but the number under App Information → General Information → Apple ID is one")]
    AppId(String),
    /// Without a secret nothing can be verified.
    #[error("the webhooks of app {0} have no secret")]
    Missing(String),
    /// Anybody can sign with an empty secret.
    #[error("the webhooks of app {0} have an empty secret")]
    Empty(String),
}

/// The secrets by app.
#[derive(Clone, Debug, Default)]
pub(super) struct Keyring {
    apps: BTreeMap<String, Vec<SecretString>>,
}

impl Keyring {
    pub(super) fn set(&mut self, app: &str, secrets: Vec<SecretString>) -> Result<(), SecretError> {
        if app.is_empty() || !app.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(SecretError::AppId(app.to_owned()));
        }
        if secrets.is_empty() {
            return Err(SecretError::Missing(app.to_owned()));
        }
        if secrets.iter().any(|secret| secret.expose_secret().is_empty()) {
            return Err(SecretError::Empty(app.to_owned()));
        }
        self.apps.insert(app.to_owned(), secrets);
        Ok(())
    }

    pub(super) fn remove(&mut self, app: &str) {
        self.apps.remove(app);
    }

    pub(super) fn apps(&self) -> impl Iterator<Item = &str> {
        self.apps.keys().map(String::as_str)
    }

    pub(super) fn knows(&self, app: &str) -> bool {
        self.apps.contains_key(app)
    }

    /// Whether one of the app's secrets made the signature. It takes the same time whether or not there is such an app,
    /// whichever secret fits, and however many the app has.
    pub(super) fn verify(&self, app: &str, signature: Option<&str>, body: &[u8]) -> bool {
        let signature = signature.and_then(|value| decode(value.trim().strip_prefix(SCHEME)?));
        let rounds = self.apps.values().map(Vec::len).max().unwrap_or(1);
        let secrets = self.apps.get(app).into_iter().flatten().map(|secret| secret.expose_secret().as_bytes());
        let real = secrets.map(|secret| (secret, true)).chain(std::iter::repeat((NOBODY, false)));
        let mut fits = false;
        for (secret, counts) in real.take(rounds) {
            let right = mac(secret, body).verify_slice(&signature.unwrap_or_default()).is_ok();
            fits |= right & counts & signature.is_some();
        }
        fits
    }
}

/// The value of `x-apple-signature`, as Apple makes it.
#[cfg(feature = "testkit")]
pub(crate) fn sign(secret: &str, body: &[u8]) -> String {
    let digits = mac(secret.as_bytes(), body).finalize().into_bytes();
    let digits: String = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{SCHEME}{digits}")
}

fn mac(secret: &[u8], body: &[u8]) -> Hmac<Sha256> {
    // HMAC takes keys of any length: shorter ones are padded, longer ones hashed.
    let mut mac = Hmac::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(body);
    mac
}

/// The 32 bytes of 64 hexadecimal digits.
fn decode(text: &str) -> Option<[u8; 32]> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    bytes?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(secrets: &[&str]) -> Keyring {
        let mut keyring = Keyring::default();
        keyring.set("1", secrets.iter().map(|&secret| secret.into()).collect()).unwrap();
        keyring
    }

    /// From Apple's article on configuring webhook notifications.
    #[test]
    fn apples_published_signature_fits() {
        let signature = "hmacsha256=7f062172b01cb00b53ca068614674a3d982a34062a0f5d37687d5e3377e54657";
        let keyring = keyring(&["another", "This is my secret"]);
        assert!(keyring.verify("1", Some(signature), b"Hello, World!"));
        assert!(!keyring.verify("1", Some(signature), b"Hello, World?"));
        assert!(!keyring.verify("2", Some(signature), b"Hello, World!"), "another app's");
    }

    #[test]
    fn what_is_no_signature_fits_nothing() {
        let keyring = keyring(&["secret"]);
        let digits = "7f062172b01cb00b53ca068614674a3d982a34062a0f5d37687d5e3377e54657";
        for value in ["", "hmacsha256=", digits, &format!("sha256={digits}"), &format!("hmacsha256={}", &digits[..62])]
        {
            assert!(!keyring.verify("1", Some(value), b""), "{value}");
        }
        assert!(!keyring.verify("1", None, b""));
    }

    /// The secret that stands in for none must never open anything.
    #[test]
    fn nobody_signs_for_an_app_that_is_not_known() {
        let forged = mac(NOBODY, b"{}").finalize().into_bytes();
        let digits: String = forged.iter().map(|byte| format!("{byte:02x}")).collect();
        for app in ["1", "2"] {
            assert!(!keyring(&["a", "b"]).verify(app, Some(&format!("hmacsha256={digits}")), b"{}"));
        }
        let mut uneven = keyring(&["a"]);
        uneven.set("2", vec!["b".into(), "c".into()]).unwrap();
        assert!(!uneven.verify("1", Some(&format!("hmacsha256={digits}")), b"{}"));
    }

    #[test]
    fn secrets_are_never_shown() {
        assert!(!format!("{:?}", keyring(&["hunter2"])).contains("hunter2"));
    }
}
