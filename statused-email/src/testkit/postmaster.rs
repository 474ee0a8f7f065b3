//! Keys and signatures made at run time.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};

use super::signing::{covered, fields, relaxed};
use super::{Draft, Signing};

/// Whoever has a domain's key: signs and seals mail in its name.
///
/// Making the key takes some tenths of a second; a test that needs many mails makes one postmaster.
pub struct Postmaster {
    domain: String,
    selector: String,
    key: KeyPair,
}

impl Postmaster {
    /// Google's, with a key of its own making.
    pub fn google() -> Self {
        Self::of("google.com", "20251104")
    }

    /// Another domain's, with the name of its key.
    ///
    /// # Panics
    /// If no key can be made.
    pub fn of(domain: impl Into<String>, selector: impl Into<String>) -> Self {
        let key = KeyPair::generate(KeySize::Rsa2048).expect("an RSA key");
        Self { domain: domain.into(), selector: selector.into(), key }
    }

    /// The keys for [`VerifierBuilder::pinned_keys`](crate::proof::VerifierBuilder::pinned_keys).
    pub fn keys(&self) -> BTreeMap<String, String> {
        BTreeMap::from([(self.key_name(), self.record())])
    }

    /// The name of its key's record in the DNS.
    pub fn key_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// Its key's record in the DNS.
    ///
    /// # Panics
    /// Never: the key is its own.
    pub fn record(&self) -> String {
        let key: PublicKeyX509Der<'_> = self.key.public_key().as_der().expect("its own key");
        format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(key.as_ref()))
    }

    /// Its private key in PEM (PKCS #8), for other tools that sign.
    ///
    /// # Panics
    /// Never: the key is its own.
    pub fn private_key_pem(&self) -> String {
        let key: Pkcs8V1Der<'_> = self.key.as_der().expect("its own key");
        let lines = STANDARD.encode(key.as_ref()).into_bytes();
        let lines = lines.chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n");
        format!("-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n")
    }

    /// The mail, signed as Google signs, at its date.
    pub fn send(&self, draft: &Draft) -> Vec<u8> {
        self.sign(&draft.unsigned(), &Signing::google(draft.date()))
    }

    /// The mail with a signature on top.
    ///
    /// # Panics
    /// If it cannot be signed.
    pub fn sign(&self, raw: &[u8], how: &Signing) -> Vec<u8> {
        let (length, body) = how.body(raw);
        let tag =
            |name: &str, value: Option<String>| value.map(|value| format!(" {name}={value};")).unwrap_or_default();
        let seconds = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp().to_string());
        let head = format!(
            " v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n        d={}; s={};{}{}{}{length}\r\n        h={};\r\n        \
             bh={};\r\n        b=",
            how.domain.as_ref().unwrap_or(&self.domain),
            how.selector.as_ref().unwrap_or(&self.selector),
            tag("t", seconds(how.at)),
            tag("x", seconds(how.expires)),
            tag("darn", how.recipient.clone()),
            how.covering.join(":"),
            STANDARD.encode(body),
        );
        let signed = covered(raw, &how.covering) + &relaxed("DKIM-Signature", &head);
        [format!("DKIM-Signature:{head}{}\r\n", self.signature(&signed)).as_bytes(), raw].concat()
    }

    /// The mail with a seal (ARC) on top: `results` is what this host found when the mail came, such as
    /// `mx.google.com; dkim=pass header.i=@google.com`.
    ///
    /// # Panics
    /// If it cannot be signed.
    pub fn seal(&self, raw: &[u8], results: &str, at: DateTime<Utc>) -> Vec<u8> {
        let earlier = fields(raw);
        let instance = earlier.iter().filter(|(name, _)| name == "ARC-Seal").count() + 1;
        let (domain, selector, at) = (&self.domain, &self.selector, at.timestamp());
        let found = format!(" i={instance}; {results}");

        let covering = ["from", "to", "subject", "date", "message-id"].map(str::to_owned);
        let body = Signing::google(Utc::now()).body(raw).1;
        let mut hop = format!(
            " i={instance}; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s={selector}; t={at};\r\n        h={};\r\n        \
             bh={};\r\n        b=",
            covering.join(":"),
            STANDARD.encode(body),
        );
        hop += &self.signature(&(covered(raw, &covering) + &relaxed("ARC-Message-Signature", &hop)));

        // The seal covers all sets, the first one first.
        let mut sealed = String::new();
        for earlier_instance in 1..instance {
            for name in ["ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"] {
                let tag = format!("i={earlier_instance};");
                let of = |(field, value): &&(String, String)| field == name && value.trim_start().starts_with(&tag);
                if let Some((name, value)) = earlier.iter().find(of) {
                    sealed += &(relaxed(name, value) + "\r\n");
                }
            }
        }
        let validation = if instance == 1 { "none" } else { "pass" };
        let mut seal = format!(
            " i={instance}; a=rsa-sha256; t={at}; cv={validation};\r\n        d={domain}; s={selector};\r\n        b="
        );
        sealed += &(relaxed("ARC-Authentication-Results", &found) + "\r\n");
        sealed += &(relaxed("ARC-Message-Signature", &hop) + "\r\n");
        seal += &self.signature(&(sealed + &relaxed("ARC-Seal", &seal)));
        let set = format!("ARC-Seal:{seal}\r\nARC-Message-Signature:{hop}\r\nARC-Authentication-Results:{found}\r\n");
        [set.as_bytes(), raw].concat()
    }

    /// In base64, folded as it stands in the header.
    fn signature(&self, text: &str) -> String {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .expect("a signature by its own key");
        let encoded = STANDARD.encode(signature).into_bytes();
        encoded.chunks(68).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\r\n         ")
    }
}

/// Without the key.
impl fmt::Debug for Postmaster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postmaster").field("key_name", &self.key_name()).finish_non_exhaustive()
    }
}
