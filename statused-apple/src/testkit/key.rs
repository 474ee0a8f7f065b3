//! A key pair of the fake's own.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A P-256 key pair, made anew each time.
pub(super) struct Keys {
    /// As Apple's `.p8` file.
    pub(super) private_pem: String,
    /// The uncompressed point.
    pub(super) public: Vec<u8>,
}

impl Keys {
    pub(super) fn generate() -> std::io::Result<Self> {
        let failed = |_: Unspecified| std::io::Error::other("no key pair could be made");
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
        let der = pair.to_pkcs8v1().map_err(failed)?;
        let text = STANDARD.encode(der.as_ref());
        // Base64 is ASCII, so that any cut is one between characters.
        let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        let private_pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
        Ok(Self { private_pem, public: pair.public_key().as_ref().to_vec() })
    }
}
