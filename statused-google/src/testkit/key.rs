//! A key pair of the fake's own.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

pub(super) const EMAIL: &str = "watcher@fake-project.iam.gserviceaccount.com";
pub(super) const KEY_ID: &str = "fa4e0123456789abcdef";

/// An RSA key pair.
pub(super) struct Keys {
    private_pem: String,
    /// The public key, as PKCS#1 has it.
    pub(super) public: Vec<u8>,
}

/// The key pair of this process; making one takes its time.
pub(super) fn keys() -> io::Result<Arc<Keys>> {
    static MADE: Mutex<Option<Arc<Keys>>> = Mutex::new(None);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(keys) = &*made {
        return Ok(Arc::clone(keys));
    }
    let keys = Arc::new(Keys::generate()?);
    *made = Some(Arc::clone(&keys));
    Ok(keys)
}

impl Keys {
    fn generate() -> io::Result<Self> {
        let failed = |_| io::Error::other("no key pair could be made");
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
        let der: aws_lc_rs::encoding::Pkcs8V1Der<'static> = pair.as_der().map_err(failed)?;
        let text = STANDARD.encode(der.as_ref());
        // Base64 is ASCII, so that any cut is one between characters.
        let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        let private_pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
        Ok(Self { private_pem, public: pair.public_key().as_ref().to_vec() })
    }

    /// The file that Google Cloud would hand out.
    pub(super) fn file(&self, token_uri: &str) -> String {
        json!({
            "type": "service_account",
            "project_id": "fake-project",
            "private_key_id": KEY_ID,
            "private_key": self.private_pem,
            "client_email": EMAIL,
            "client_id": "100000000000000000001",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": token_uri,
            "universe_domain": "googleapis.com",
        })
        .to_string()
    }
}
