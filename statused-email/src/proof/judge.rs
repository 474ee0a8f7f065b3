//! Whether a signature proves what it has to.

use chrono::{DateTime, TimeDelta, Utc};

use super::check::{Outcome, Signature};
use super::{Reason, Unproved};

/// How far the store's clock and ours may be apart.
const CLOCKS: TimeDelta = TimeDelta::hours(1);
/// How long a signature counts that does not say so. Google's say a week.
const WEEK: TimeDelta = TimeDelta::days(7);
const COVERED: [&str; 4] = ["from", "subject", "date", "message-id"];
const FEWEST_BITS: usize = 1024;

/// A signature that proves a mail.
pub(super) struct Accepted {
    pub(super) domain: String,
    pub(super) selector: String,
    pub(super) key: String,
    pub(super) signed_at: Option<DateTime<Utc>>,
    pub(super) expires_at: DateTime<Utc>,
}

/// Whether one of the signatures proves a mail of this domain and date; if none does, what comes closest.
pub(super) fn judge(
    signatures: Vec<Signature>,
    domain: &str,
    date: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Accepted, Unproved> {
    let mut closest: Option<Unproved> = None;
    for signature in signatures.into_iter().filter(|signature| signature.domain == domain) {
        match one(signature, date, now) {
            Ok(accepted) => return Ok(accepted),
            Err(unproved) if closest.as_ref().is_none_or(|closest| unproved.passing && !closest.passing) => {
                closest = Some(unproved);
            }
            Err(_) => {}
        }
    }
    Err(closest.unwrap_or_else(|| Unproved::for_good(Reason::Unsigned { domain: domain.to_owned() })))
}

fn one(signature: Signature, date: DateTime<Utc>, now: DateTime<Utc>) -> Result<Accepted, Unproved> {
    let name = signature.key_name();
    let Signature { domain, selector, headers, partial, signed_at, expires_at, key, bits, outcome } = signature;
    let for_good = |reason| Err(Unproved::for_good(reason));
    if partial {
        return for_good(Reason::Partial { domain });
    }
    if let Some(header) = uncovered(&headers) {
        return for_good(Reason::Uncovered { domain, header: header.to_owned() });
    }
    let expires_at = expires_at.unwrap_or_else(|| signed_at.unwrap_or(date) + WEEK);
    if expires_at <= now {
        return for_good(Reason::Expired { domain, at: expires_at });
    }
    let passing = |reason| Err(Unproved::for_now(reason, expires_at));
    match outcome {
        Outcome::Pass => {}
        Outcome::BodyAltered => return for_good(Reason::BodyAltered { domain }),
        Outcome::HeadersAltered => return for_good(Reason::HeadersAltered { domain }),
        Outcome::WeakHash => return for_good(Reason::Weak { domain }),
        Outcome::Malformed => return for_good(Reason::Malformed { domain }),
        Outcome::KeyRevoked => return for_good(Reason::KeyRevoked { name }),
        Outcome::KeyNotFound => return passing(Reason::KeyNotFound { name }),
        Outcome::KeyUnreachable => return passing(Reason::KeyUnreachable { name }),
    }
    if bits.is_some_and(|bits| bits < FEWEST_BITS) {
        return for_good(Reason::Weak { domain });
    }
    if let Some(at) = signed_at.filter(|at| *at > now + CLOCKS) {
        return passing(Reason::Future { domain, at });
    }
    Ok(Accepted { domain, selector, key: key.unwrap_or_default(), signed_at, expires_at })
}

/// The first header that has to be covered and is not.
pub(super) fn uncovered(headers: &[String]) -> Option<&'static str> {
    COVERED.into_iter().find(|covered| !headers.iter().any(|header| header == covered))
}
