//! What trusted forwarders have sealed.

use chrono::{DateTime, TimeDelta, Utc};

use super::check::{Chain, Signature};
use super::judge::{Accepted, judge};
use super::{Reason, Unproved};

/// Whether a chain of trusted seals says that the domain's signature held when the mail came to the first of them.
///
/// The last hop's signature is judged as the domain's own would be. What happened to the mail between the hops is in
/// the sealers' hands.
pub(super) fn judge_chain(
    chain: Chain,
    domain: &str,
    date: DateTime<Utc>,
    now: DateTime<Utc>,
    sealers: &[String],
) -> Result<Accepted, Unproved> {
    let trusted = !chain.sealers.is_empty() && chain.sealers.iter().all(|by| sealers.contains(by));
    let found = chain.sealers.first().is_some_and(|first| says_pass(&chain.results, first, domain));
    if !trusted || !found || chain.sealed_at.is_some_and(|at| at + TimeDelta::days(7) <= now) {
        return Err(Unproved::for_good(Reason::Unsigned { domain: domain.to_owned() }));
    }
    let sealer = chain.sealers.into_iter().next().unwrap_or_default();
    let mut signature = Signature::new(sealer.clone(), chain.selector, chain.outcome);
    signature.headers = chain.headers;
    signature.signed_at = chain.sealed_at;
    signature.expires_at = chain.expires_at;
    signature.key = chain.key;
    signature.bits = chain.bits;
    judge(vec![signature], &sealer, date, now)
}

/// Whether `i=1; mx.google.com; dkim=pass header.i=@google.com …; …` was written by a host of `by`, about `domain`.
fn says_pass(results: &str, by: &str, domain: &str) -> bool {
    // Addresses that a stranger has chosen stand in here; in quotes or comments they could contain anything.
    if results.contains(['"', '\\']) {
        return false;
    }
    let Some(results) = without_comments(results) else { return false };
    let mut parts = results.split(';').map(str::trim);
    if parts.next().map(|instance| instance.replace(char::is_whitespace, "")) != Some("i=1".to_owned()) {
        return false;
    }
    let host = parts.next().unwrap_or_default().to_ascii_lowercase();
    let theirs = host == by || host.strip_suffix(by).is_some_and(|name| name.ends_with('.'));
    let (i, d) = (format!("header.i=@{domain}"), format!("header.d={domain}"));
    theirs
        && parts.any(|part| {
            let mut words = part.split_ascii_whitespace();
            words.next() == Some("dkim=pass") && words.any(|word| word == i || word == d)
        })
}

/// None if the parentheses do not match.
fn without_comments(text: &str) -> Option<String> {
    let mut depth = 0_usize;
    let mut outside = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            _ if depth == 0 => outside.push(character),
            _ => {}
        }
    }
    (depth == 0).then_some(outside)
}

#[cfg(test)]
mod tests {
    use super::super::check::Outcome;
    use super::*;

    #[test]
    fn only_the_sealers_own_finding_counts() {
        let says = |results: &str| says_pass(results, "google.com", "google.com");
        assert!(says(" i=1; mx.google.com; dkim=pass header.i=@google.com header.s=20251104 (ok); spf=pass"));
        assert!(says("i=1; google.com;\r\n  spf=fail; dkim=pass header.d=google.com"));
        for results in [
            "",
            "i=2; mx.google.com; dkim=pass header.i=@google.com",
            "i=1; mx.evilgoogle.com; dkim=pass header.i=@google.com",
            "i=1; mx.google.com.evil.test; dkim=pass header.i=@google.com",
            "i=1; mx.google.com; dkim=pass header.i=@google.com.evil.test",
            "i=1; mx.google.com; dkim=pass header.i=@mail.google.com",
            "i=1; mx.google.com; dkim=fail header.i=@google.com",
            "i=1; mx.google.com; dkim=pass header.i=@evil.test; spf=pass smtp.mailfrom=\"; dkim=pass header.i=@google.com ;\"@e",
            "i=1; mx.google.com; spf=pass (; dkim=pass header.i=@google.com )",
            "i=1; mx.google.com; spf=pass (dkim; dkim=pass header.i=@google.com",
        ] {
            assert!(!says(results), "{results}");
        }
    }

    #[test]
    fn a_chain_counts_only_if_every_sealer_is_trusted() {
        let now = Utc::now();
        let chain = |sealers: &[&str]| {
            let mut chain = Chain::new(sealers.iter().copied(), Outcome::Pass);
            chain.results = "i=1; mx.google.com; dkim=pass header.i=@google.com".to_owned();
            chain.headers = ["from", "subject", "date", "message-id"].map(str::to_owned).into();
            chain.sealed_at = Some(now);
            chain
        };
        let trusted = ["google.com".to_owned(), "microsoft.com".to_owned()];
        let proves = |chain| judge_chain(chain, "google.com", now, now, &trusted).is_ok();
        assert!(proves(chain(&["google.com"])));
        assert!(proves(chain(&["google.com", "microsoft.com"])));
        assert!(!proves(chain(&[])));
        assert!(!proves(chain(&["google.com", "evil.test"])));
        assert!(!proves(chain(&["microsoft.com"])), "what the host found is sealed by another");
        let mut uncovered = chain(&["google.com"]);
        uncovered.headers.pop();
        assert!(!proves(uncovered));
        let mut old = chain(&["google.com"]);
        old.sealed_at = Some(now - TimeDelta::days(8));
        old.expires_at = Some(now + TimeDelta::days(8));
        assert!(!proves(old));
        let mut altered = chain(&["google.com"]);
        altered.outcome = Outcome::HeadersAltered;
        assert!(!proves(altered));
    }
}
