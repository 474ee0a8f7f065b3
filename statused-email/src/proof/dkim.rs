//! The check by the crate mail-auth.

use std::borrow::Borrow;
use std::collections::btree_map::{BTreeMap, Entry};
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use mail_auth::common::crypto::{Algorithm, HashAlgorithm};
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::{DomainKey, VerifySignature};
use mail_auth::dkim::DkimError;
use mail_auth::hickory_resolver::config::{ResolverConfig, ResolverOpts};
use mail_auth::{
    AuthenticatedMessage, DkimResult, DnsError, Error, MessageAuthenticator, Parameters, ResolverCache, Txt,
};

use super::check::{Chain, Outcome, Signature, SignatureCheck};
use super::keys::{Keys, NoKey};

/// Each of these is searched for in all headers; Google signs some twenty.
const MOST_NAMES: usize = 200;

/// Verifies with mail-auth, which gets the keys from us: so we know which key it was, and nothing else is looked up.
pub(super) struct MailAuth {
    keys: Arc<Keys>,
    offline: OnceLock<Option<MessageAuthenticator>>,
}

impl MailAuth {
    pub(super) fn new(keys: Arc<Keys>) -> Self {
        Self { keys, offline: OnceLock::new() }
    }

    /// Asks nobody: what is not in its cache is not there.
    fn offline(&self) -> Option<&MessageAuthenticator> {
        let none = || ResolverConfig::from_parts(None, Vec::new(), Vec::new());
        self.offline.get_or_init(|| MessageAuthenticator::new(none(), ResolverOpts::default()).ok()).as_ref()
    }

    async fn fetch(&self, keyring: &mut Keyring, signed: &impl VerifySignature) {
        let name = signed.domain_key().trim_end_matches('.').to_owned();
        if let Entry::Vacant(missing) = keyring.0.entry(name) {
            let found = self.find(missing.key()).await;
            missing.insert(found);
        }
    }

    async fn find(&self, name: &str) -> Result<Key, Outcome> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if name.len() > 253 || !name.bytes().all(plain) {
            return Err(Outcome::Malformed);
        }
        let records = self.keys.records(name).await.map_err(|none| match none {
            NoKey::NotFound => Outcome::KeyNotFound,
            NoKey::Unreachable => Outcome::KeyUnreachable,
        })?;
        let mut worst = Outcome::Malformed;
        for record in records {
            match DomainKey::parse(record.as_bytes()) {
                Ok(key) => return Ok(Key { record, key: Arc::new(key) }),
                Err(Error::Dkim(DkimError::RevokedPublicKey)) => worst = Outcome::KeyRevoked,
                Err(_) => {}
            }
        }
        Err(worst)
    }
}

#[async_trait]
impl SignatureCheck for MailAuth {
    async fn signatures(&self, raw: &[u8], domains: &[String]) -> Vec<Signature> {
        let Some(mut message) = AuthenticatedMessage::parse(raw) else { return Vec::new() };
        let mut found: Vec<Signature> =
            refused(&message).filter(|signature| domains.contains(&signature.domain)).collect();
        message.dkim_headers.retain(|field| domains.contains(&field.header.d.to_ascii_lowercase()));

        // Everything that can be told without a key comes first; what is left is verified.
        let mut keyring = Keyring::default();
        let mut whole = Vec::new();
        for mut field in std::mem::take(&mut message.dkim_headers) {
            let signed = &mut field.header;
            let mut signature = describe(signed);
            match flaw(&message, signed) {
                Some(outcome) => signature.outcome = outcome,
                None => {
                    self.fetch(&mut keyring, signed).await;
                    match keyring.key(signed) {
                        Ok(key) => {
                            signature.key = Some(key.record.clone());
                            signature.bits = key.bits(signed.a);
                            // Expiry is judged by the clock that the verifier is given; reports and other
                            // domains' approval would be asked of the DNS.
                            (signed.x, signed.r, signed.atps) = (0, false, None);
                            message.dkim_headers = vec![field];
                            signature.outcome = self.verify(&message, &keyring).await;
                        }
                        Err(outcome) => signature.outcome = outcome,
                    }
                }
            }
            whole.push(signature);
        }
        found.extend(whole);
        found
    }

    async fn chain(&self, raw: &[u8], sealers: &[String]) -> Option<Chain> {
        let mut message = AuthenticatedMessage::parse(raw)?;
        let by = message.as_headers.iter().map(|field| field.header.d.to_ascii_lowercase()).collect::<Vec<_>>();
        let (first, last) = (message.as_headers.first()?, message.ams_headers.last()?);
        let hop = &last.header;
        let mut chain = Chain::new(by, Outcome::Malformed);
        chain.selector.clone_from(&first.header.s);
        chain.headers = hop.h.iter().map(|name| name.to_ascii_lowercase()).collect();
        chain.sealed_at = moment(first.header.t);
        chain.expires_at = moment(hop.x);
        if let Some(results) = message.aar_headers.first() {
            chain.results = String::from_utf8_lossy(results.value).into_owned();
        }
        let trusted = |domain: &str| sealers.iter().any(|sealer| domain.eq_ignore_ascii_case(sealer));
        let sha1 = message.as_headers.iter().any(|field| field.header.a == Algorithm::RsaSha1);
        if message.has_arc_errors || !trusted(&hop.d) || !chain.sealers.iter().all(|by| trusted(by)) {
            return Some(chain);
        }
        if sha1 || hop.a == Algorithm::RsaSha1 {
            chain.outcome = Outcome::WeakHash;
            return Some(chain);
        }
        if chain.headers.len() > MOST_NAMES || !in_order(hop.t, hop.x) {
            return Some(chain);
        }
        let mut keyring = Keyring::default();
        self.fetch(&mut keyring, hop).await;
        for field in &message.as_headers {
            self.fetch(&mut keyring, &field.header).await;
        }
        chain.key = keyring.key(&first.header).ok().map(|key| key.record.clone());
        for (signed, algorithm) in message
            .as_headers
            .iter()
            .map(|field| (keyring.key(&field.header), field.header.a))
            .chain([(keyring.key(hop), hop.a)])
        {
            match signed {
                Ok(key) => chain.bits = chain.bits.into_iter().chain(key.bits(algorithm)).min(),
                Err(outcome) => {
                    chain.outcome = outcome;
                    return Some(chain);
                }
            }
        }
        for field in &mut message.ams_headers {
            field.header.x = 0;
        }
        let Some(offline) = self.offline() else {
            chain.outcome = Outcome::KeyUnreachable;
            return Some(chain);
        };
        let verified = offline.verify_arc(Parameters::new(&message).with_txt_cache(&keyring)).await;
        chain.outcome = outcome(verified.result());
        Some(chain)
    }
}

impl MailAuth {
    async fn verify(&self, message: &AuthenticatedMessage<'_>, keyring: &Keyring) -> Outcome {
        let Some(offline) = self.offline() else { return Outcome::KeyUnreachable };
        let verified = offline.verify_dkim(Parameters::new(message).with_txt_cache(keyring)).await;
        verified.last().map_or(Outcome::Malformed, |verified| outcome(verified.result()))
    }
}

impl fmt::Debug for MailAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailAuth").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// The signatures that mail-auth does not even take down, as far as something can be told of them.
fn refused<'a>(message: &'a AuthenticatedMessage<'_>) -> impl Iterator<Item = Signature> + 'a {
    message.errors.iter().filter(|field| field.name.eq_ignore_ascii_case(b"DKIM-Signature")).map(|field| {
        let domain = tag(field.value, "d").to_ascii_lowercase();
        let mut signature = Signature::new(domain, tag(field.value, "s"), Outcome::Malformed);
        signature.partial = matches!(field.header, Error::Dkim(DkimError::SignatureLength));
        signature
    })
}

fn tag(value: &[u8], name: &str) -> String {
    let value = String::from_utf8_lossy(value);
    let tag = value.split(';').filter_map(|tag| tag.split_once('=')).find(|(found, _)| found.trim() == name);
    tag.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

fn describe(signed: &mail_auth::dkim::Signature) -> Signature {
    let mut signature = Signature::new(signed.d.to_ascii_lowercase(), &signed.s, Outcome::Malformed);
    signature.headers = signed.h.iter().map(|name| name.to_ascii_lowercase()).collect();
    signature.partial = signed.l > 0;
    signature.signed_at = moment(signed.t);
    signature.expires_at = moment(signed.x);
    signature
}

/// What is wrong with a signature before its key is known.
fn flaw(message: &AuthenticatedMessage<'_>, signed: &mail_auth::dkim::Signature) -> Option<Outcome> {
    if signed.h.len() > MOST_NAMES || !in_order(signed.t, signed.x) {
        return Some(Outcome::Malformed);
    }
    if signed.a == Algorithm::RsaSha1 {
        return Some(Outcome::WeakHash);
    }
    let kind = (signed.cb, HashAlgorithm::from(signed.a), signed.l);
    let body = message.body_hashes.iter().find(|(cb, hash, length, _)| (*cb, *hash, *length) == kind);
    (body.is_none_or(|(.., body)| *body != signed.bh)).then_some(Outcome::BodyAltered)
}

fn in_order(signed_at: u64, expires_at: u64) -> bool {
    expires_at == 0 || expires_at > signed_at
}

/// The end of the year 9999. Whatever comes later is as late, and a week after it is still a time.
const LAST: u64 = 253_402_300_799;

/// Zero stands for none.
fn moment(seconds: u64) -> Option<DateTime<Utc>> {
    if seconds == 0 { None } else { DateTime::from_timestamp(i64::try_from(seconds.min(LAST)).ok()?, 0) }
}

fn outcome(result: &DkimResult) -> Outcome {
    match result {
        DkimResult::Pass => Outcome::Pass,
        DkimResult::Neutral(Error::Dkim(DkimError::FailedBodyHashMatch)) => Outcome::BodyAltered,
        #[expect(clippy::match_same_arms, reason = "the chain's own name for the same")]
        DkimResult::Neutral(Error::Arc(mail_auth::arc::ArcError::FailedBodyHashMatch)) => Outcome::BodyAltered,
        DkimResult::Fail(Error::Crypto(_)) => Outcome::HeadersAltered,
        DkimResult::TempError(_) => Outcome::KeyUnreachable,
        _ => Outcome::Malformed,
    }
}

/// The keys for one mail.
#[derive(Default)]
struct Keyring(BTreeMap<String, Result<Key, Outcome>>);

struct Key {
    record: String,
    key: Arc<DomainKey>,
}

impl Key {
    fn bits(&self, algorithm: Algorithm) -> Option<usize> {
        (algorithm == Algorithm::RsaSha256).then(|| self.key.p.public_key_bits())
    }
}

impl Keyring {
    fn key(&self, signed: &impl VerifySignature) -> Result<&Key, Outcome> {
        match self.0.get(signed.domain_key().trim_end_matches('.')) {
            Some(Ok(key)) => Ok(key),
            Some(Err(outcome)) => Err(*outcome),
            None => Err(Outcome::KeyNotFound),
        }
    }
}

impl ResolverCache<Box<str>, Txt> for Keyring {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let found = self.0.iter().find_map(|(known, key)| {
            let known = format!("{known}.").into_boxed_str();
            (<Box<str> as Borrow<Q>>::borrow(&known) == name).then_some(key)
        });
        let none = || Txt::Error(Error::Dns(DnsError::InvalidRecordType));
        Some(found.and_then(|key| key.as_ref().ok()).map_or_else(none, |key| Txt::DomainKey(Arc::clone(&key.key))))
    }

    fn remove<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: Txt, _: Instant) {}
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    /// Anybody can write that a signature was made then, and a week later was no time any more.
    #[test]
    fn a_week_after_any_moment_is_a_moment() {
        assert_eq!(moment(0), None);
        assert_eq!(moment(1_793_700_000), DateTime::from_timestamp(1_793_700_000, 0));
        for far in [LAST, LAST + 1, 8_210_266_876_799, u64::MAX] {
            assert!(moment(far).unwrap().checked_add_signed(TimeDelta::days(7)).is_some(), "{far}");
        }
    }
}
