//! The verifier and its settings.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::attached::attached;
use super::check::SignatureCheck;
use super::dkim::MailAuth;
use super::headers::{Identity, identify, without_envelope_line};
use super::judge::{Accepted, judge};
use super::keys::{Dns, Keys};
use super::proved::sha256;
use super::seal::judge_chain;
use super::{Proof, Reason, Unproved, Verdict, Way};
use crate::survive::survived_waiting;

/// The addresses that Google is known to write from about Play Console. Google changes them now and then.
pub const KNOWN_SENDERS: [&str; 7] = [
    "no-reply-googleplay-developer@google.com",
    "noreply-play-developer-console@google.com",
    "no-reply-play-developer-console@google.com",
    "noreply-play-console@google.com",
    "googleplay-noreply@google.com",
    "googleplay-developer-support@google.com",
    "removals@google.com",
];

/// Who asks for Gmail's users whether their mail may be forwarded. Always known: it never writes of an app.
pub(crate) const FORWARDING_SENDER: &str = "forwarding-noreply@google.com";

/// Decides whether a mail is Google's; see [the module](super) for the rules. Cheap to clone.
///
/// ```
/// use chrono::Utc;
/// use statused_email::{Verdict, Verifier};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let verifier = Verifier::builder().build();
/// let verdict = verifier.verify(b"From: Google <no-reply-googleplay-developer@google.com>\r\n\r\n", Utc::now()).await;
/// assert!(matches!(verdict, Verdict::Unproved(_)));
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Verifier {
    senders: Vec<String>,
    domains: Vec<String>,
    sealers: Vec<String>,
    largest: usize,
    most_signatures: usize,
    check: Arc<dyn SignatureCheck>,
    /// Where the keys come from; `None`: another check has its own.
    pub(super) keys: Option<Arc<Keys>>,
}

/// Sets up a [`Verifier`].
#[derive(Debug)]
pub struct VerifierBuilder {
    senders: Vec<String>,
    domains: Vec<String>,
    sealers: Vec<String>,
    largest: usize,
    most_signatures: usize,
    pinned: BTreeMap<String, String>,
    dns: Dns,
    check: Option<Arc<dyn SignatureCheck>>,
}

impl Verifier {
    /// A verifier that knows Google's addresses and asks the system's DNS for Google's keys, until told otherwise.
    pub fn builder() -> VerifierBuilder {
        VerifierBuilder {
            senders: lower(KNOWN_SENDERS),
            domains: lower(["google.com"]),
            sealers: Vec::new(),
            largest: 25 * 1024 * 1024,
            most_signatures: 10,
            pinned: BTreeMap::new(),
            dns: Dns::default(),
            check: None,
        }
    }

    /// Decides about a mail, as its bytes came.
    ///
    /// `now` is the moment that the signature's expiry is compared with: when the mail came, if that is known from a
    /// host of one's own (a mailbox knows it of each mail), or the present. A mail that lay in one's own mailbox for a
    /// month is then no worse for it.
    ///
    /// It never fails: what cannot be found out is [`Unproved`], and [passing](field@Unproved::passing) if that may change.
    /// It waits for the DNS at most 15 seconds for each key, and may be dropped at any time.
    pub async fn verify(&self, raw: &[u8], now: DateTime<Utc>) -> Verdict {
        match survived_waiting(self.prove(raw, now)).await {
            Some(Ok(proof)) => Verdict::Proved(proof),
            Some(Err(unproved)) => Verdict::Unproved(unproved),
            None => Verdict::Unproved(Unproved::for_good(Reason::Unreadable)),
        }
    }

    async fn prove(&self, raw: &[u8], now: DateTime<Utc>) -> Result<Proof, Unproved> {
        if raw.len() > self.largest {
            return Err(Unproved::for_good(Reason::TooLarge { bytes: raw.len(), most: self.largest }));
        }
        let proof = |found: (Identity, Accepted), way| Proof {
            from: found.0.from,
            message_id: found.0.message_id,
            date: found.0.date,
            way,
            domain: found.1.domain,
            selector: found.1.selector,
            key: found.1.key,
            signed_at: found.1.signed_at,
            expires_at: found.1.expires_at,
            proved_at: now,
            sha256: sha256(raw),
        };
        let own = match self.by_signature(without_envelope_line(raw), now).await {
            Ok(found) => return Ok(proof(found, Way::Signature)),
            Err(unproved) => unproved,
        };
        if let Some(found) = self.by_seal(without_envelope_line(raw), now).await {
            return Ok(proof(found, Way::Sealed));
        }
        let mut inner = Vec::new();
        let mut closest = None;
        for (part, message) in attached(raw).into_iter().enumerate() {
            match self.by_signature(&message, now).await {
                Ok(found) => inner.push((part, found)),
                // Anything may be attached to a mail; only what claims to be from Google tells why it is not proved.
                Err(unproved) if is_close(&unproved.reason) => closest = closest.or(Some(unproved)),
                Err(_) => {}
            }
        }
        match (inner.len(), inner.pop()) {
            (1, Some((part, found))) => Ok(proof(found, Way::Attached { part })),
            (0, _) => Err(closest.unwrap_or(own)),
            (count, _) => Err(Unproved::for_good(Reason::SeveralAttached { count })),
        }
    }

    async fn by_signature(&self, raw: &[u8], now: DateTime<Utc>) -> Result<(Identity, Accepted), Unproved> {
        let (identity, domain) = self.sender(raw).map_err(Unproved::for_good)?;
        let signatures = self.check.signatures(raw, &[domain.to_owned()]).await;
        let accepted = judge(signatures, domain, identity.date, now)?;
        Ok((identity, accepted))
    }

    async fn by_seal(&self, raw: &[u8], now: DateTime<Utc>) -> Option<(Identity, Accepted)> {
        if self.sealers.is_empty() {
            return None;
        }
        let (identity, domain) = self.sender(raw).ok()?;
        let chain = self.check.chain(raw, &self.sealers).await?;
        let accepted = judge_chain(chain, domain, identity.date, now, &self.sealers).ok()?;
        Some((identity, accepted))
    }

    /// Whom the mail says it is from, if that is somebody we know: before anything is computed or looked up.
    fn sender(&self, raw: &[u8]) -> Result<(Identity, &str), Reason> {
        let identity = identify(raw)?;
        let host = identity.from.rsplit_once('@').map_or("", |(_, host)| host);
        let domain = self.domains.iter().find(|domain| *domain == host);
        let known = identity.from == FORWARDING_SENDER || self.senders.contains(&identity.from);
        let Some(domain) = domain.filter(|_| known) else {
            return Err(Reason::Sender { address: identity.from });
        };
        if identity.signatures > self.most_signatures {
            return Err(Reason::TooManySignatures { count: identity.signatures, most: self.most_signatures });
        }
        Ok((identity, domain))
    }
}

/// Whether a mail with this flaw at least says that it is from a known sender.
fn is_close(reason: &Reason) -> bool {
    !matches!(
        reason,
        Reason::NoMail
            | Reason::Sender { .. }
            | Reason::Missing { .. }
            | Reason::Repeated { .. }
            | Reason::MalformedHeaders { .. }
    )
}

fn lower(names: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    names.into_iter().map(|name| name.into().to_ascii_lowercase()).collect()
}

impl VerifierBuilder {
    /// The addresses that are believed, instead of [`KNOWN_SENDERS`]. Gmail's requests for forwarding stay known.
    #[must_use]
    pub fn senders(mut self, senders: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.senders = lower(senders);
        self
    }

    /// The domains that may sign, instead of `google.com`. A sender's own domain has to sign, exactly: neither a
    /// domain above it nor one below it counts.
    #[must_use]
    pub fn domains(mut self, domains: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.domains = lower(domains);
        self
    }

    /// Keys that are known beforehand, by the name of their record (`20251104._domainkey.google.com`). The DNS is not
    /// asked for these.
    #[must_use]
    pub fn pinned_keys(mut self, keys: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        for (name, record) in keys {
            self.pinned.insert(name.into().trim_end_matches('.').to_ascii_lowercase(), record.into());
        }
        self
    }

    /// Asks these servers of the DNS instead of the system's.
    #[must_use]
    pub fn name_servers(mut self, servers: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.dns = Dns::Servers(servers.into_iter().collect());
        self
    }

    /// Never asks the DNS: a key that is not pinned is not found.
    #[must_use]
    pub fn offline(mut self) -> Self {
        self.dns = Dns::Nobody;
        self
    }

    /// Forwarders that are trusted to say truly what they received and to change nothing that matters: the domains
    /// that seal (`google.com` for Workspace, `microsoft.com` for Microsoft 365). None by default.
    ///
    /// This rescues mail whose signature a forwarder has broken, by its ARC seals. It makes the proof weaker: whoever
    /// can have a mail changed and sealed by one of these, an administrator of any Workspace for instance, can then
    /// change the rest of a genuine mail, too.
    #[must_use]
    pub fn trusted_sealers(mut self, domains: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.sealers = lower(domains);
        self
    }

    /// The largest mail that is looked at, in bytes: 25 MiB, as much as Gmail sends, until told otherwise.
    #[must_use]
    pub fn largest(mut self, bytes: usize) -> Self {
        self.largest = bytes;
        self
    }

    /// The most signatures and seals that a mail may have: 10, until told otherwise. Whoever adds more wants to make
    /// work.
    #[must_use]
    pub fn most_signatures(mut self, most: usize) -> Self {
        self.most_signatures = most;
        self
    }

    /// Other cryptography; pinned keys and the DNS are then its own affair.
    #[must_use]
    pub fn signature_check(mut self, check: impl SignatureCheck + 'static) -> Self {
        self.check = Some(Arc::new(check));
        self
    }

    /// The verifier. The DNS is first asked when the first key is needed.
    pub fn build(self) -> Verifier {
        let Self { senders, domains, sealers, largest, most_signatures, pinned, dns, check } = self;
        let (check, keys) = match check {
            Some(check) => (check, None),
            None => {
                let keys = Arc::new(Keys::new(pinned, dns));
                (Arc::new(MailAuth::new(Arc::clone(&keys))) as Arc<dyn SignatureCheck>, Some(keys))
            }
        };
        Verifier { senders, domains, sealers, largest, most_signatures, check, keys }
    }
}
