//! Passwords and tokens in front of a form.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

use super::{Refusal, Request};

/// What the `Authorization` header of a request must say.
///
/// A provider that is given an address with a login (`https://user:password@host/…`) sends it as Basic.
#[derive(Clone)]
pub struct Access {
    /// The header's values that are right, in the spelling that is compared.
    right: SecretString,
}

impl Access {
    /// A user and a password (RFC 7617).
    pub fn basic(user: &str, password: impl Into<SecretString>) -> Self {
        let login = format!("{user}:{}", password.into().expose_secret());
        Self { right: format!("basic {}", STANDARD.encode(login)).into() }
    }

    /// A token (RFC 6750).
    pub fn bearer(token: impl Into<SecretString>) -> Self {
        Self { right: format!("bearer {}", token.into().expose_secret()).into() }
    }

    pub(super) fn admit(&self, request: &Request<'_>) -> Result<(), Refusal> {
        let Some(said) = request.header("authorization") else {
            return Err(Refusal::Unauthorized("there is no Authorization header"));
        };
        let (scheme, value) = said.trim().split_once(' ').unwrap_or_default();
        let said = format!("{} {}", scheme.to_ascii_lowercase(), value.trim());
        if same(said.as_bytes(), self.right.expose_secret().as_bytes()) {
            return Ok(());
        }
        Err(Refusal::Unauthorized("the Authorization header does not fit"))
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Access")
    }
}

/// Compares in a time that depends on neither; digests, so that not even the length shows.
pub(super) fn same(left: &[u8], right: &[u8]) -> bool {
    verify_slices_are_equal(&Sha256::digest(left), &Sha256::digest(right)).is_ok()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use http::HeaderMap;

    use super::*;

    fn admitted(access: &Access, value: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(value) = value {
            headers.insert("authorization", value.parse().unwrap());
        }
        access.admit(&Request::new(&headers, b"", DateTime::UNIX_EPOCH)).is_ok()
    }

    #[test]
    fn only_the_right_words_open() {
        let basic = Access::basic("play", "pa:ss");
        // From RFC 4648's alphabet: "play:pa:ss".
        assert!(admitted(&basic, Some("Basic cGxheTpwYTpzcw==")));
        assert!(admitted(&basic, Some("basic  cGxheTpwYTpzcw== ")));
        for wrong in ["Basic", "Basic cGxheTpwYTpzcg==", "Bearer cGxheTpwYTpzcw==", "cGxheTpwYTpzcw=="] {
            assert!(!admitted(&basic, Some(wrong)), "{wrong}");
        }
        assert!(!admitted(&basic, None));
        let bearer = Access::bearer("hunter2");
        assert!(admitted(&bearer, Some("Bearer hunter2")) && !admitted(&bearer, Some("Bearer hunter22")));
        assert!(!admitted(&bearer, Some("Bearer Hunter2")));
        assert!(!format!("{bearer:?} {basic:?}").contains("hunter"));
    }
}
