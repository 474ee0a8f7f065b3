//! Mail whose signature a trusted forwarder has broken.

use std::sync::LazyLock;

use chrono::{TimeDelta, Utc};
use statused_core::model::LetterKind;
use statused_email::proof::{VerifierBuilder, Way};
use statused_email::testkit::{Postmaster, forward};
use statused_email::{Meaning, Reader, Reason, Verifier};

use crate::support::*;

const FOUND: &str = "mx.google.com; dkim=pass header.i=@google.com header.s=20251104; spf=pass";
const LATER: &str = "mx.microsoft.com; dkim=fail; arc=pass";

static WORKSPACE: LazyLock<Postmaster> = LazyLock::new(|| Postmaster::of("google.com", "arc-20240605"));
static MICROSOFT: LazyLock<Postmaster> = LazyLock::new(|| Postmaster::of("microsoft.com", "arc"));

fn trusting(sealers: &[&str]) -> Verifier {
    let keys = [google().keys(), WORKSPACE.keys(), MICROSOFT.keys()];
    let builder = Verifier::builder().trusted_sealers(sealers.iter().copied()).offline();
    keys.into_iter().fold(builder, VerifierBuilder::pinned_keys).build()
}

/// Sealed when it came, changed, and sealed again.
fn changed() -> Vec<u8> {
    let arrived = WORKSPACE.seal(&genuine(), FOUND, Utc::now());
    MICROSOFT.seal(&forward::with_footer(&arrived, "This message was scanned."), LATER, Utc::now())
}

#[tokio::test]
async fn trusted_seals_rescue_a_mail() {
    let verifier = trusting(&["google.com", "microsoft.com"]);
    let raw = changed();
    let verdict = verifier.verify(&raw, Utc::now()).await;
    let proof = verdict.proof().unwrap_or_else(|| panic!("{verdict:?}"));
    assert_eq!(proof.way, Way::Sealed);
    assert_eq!((proof.domain.as_str(), proof.selector.as_str()), ("google.com", "arc-20240605"));
    assert_eq!(proof.key, WORKSPACE.record());
    let Meaning::About(about) = Reader::new().read(&proof.open(&raw).unwrap()) else { panic!() };
    assert_eq!(about.letter.kind, LetterKind::Rejected);
}

#[tokio::test]
async fn nobody_is_trusted_by_default_and_all_have_to_be() {
    for sealers in [&[][..], &["google.com"], &["microsoft.com"], &["evil.test"]] {
        let unproved = unproved_by(&trusting(sealers), &changed()).await;
        assert!(matches!(unproved.reason, Reason::BodyAltered { .. }), "{sealers:?}: {unproved:?}");
    }
}

#[tokio::test]
async fn what_was_changed_after_the_last_seal_breaks_it() {
    let verifier = trusting(&["google.com", "microsoft.com"]);
    for raw in [
        forward::with_footer(&changed(), "Another."),
        forward::with_subject_tag(&changed(), "[EXT]"),
        forward::replaced(&changed(), "spf=pass", "spf=none"),
    ] {
        let unproved = unproved_by(&verifier, &raw).await;
        assert!(matches!(unproved.reason, Reason::BodyAltered { .. }), "{unproved:?}");
    }
}

#[tokio::test]
async fn a_forger_cannot_write_the_first_seal() {
    let verifier = trusting(&["google.com", "microsoft.com"]);
    // Unsigned mail that arrived with a claim, and was sealed truly by the next host.
    let forger = Postmaster::of("google.com", "arc-20240605");
    let claimed = forger.seal(&rejection().draft().unsigned(), FOUND, Utc::now());
    let raw = MICROSOFT.seal(&claimed, LATER, Utc::now());
    assert!(matches!(unproved_by(&verifier, &raw).await.reason, Reason::Unsigned { .. }));
    // What the first host did not find.
    for found in ["mx.google.com; dkim=fail header.i=@google.com", "mx.google.com; dkim=pass header.i=@evil.test"] {
        let raw = WORKSPACE.seal(&rejection().draft().unsigned(), found, Utc::now());
        assert!(matches!(unproved_by(&verifier, &raw).await.reason, Reason::Unsigned { .. }), "{found}");
    }
}

#[tokio::test]
async fn an_old_seal_has_expired() {
    let then = Utc::now() - TimeDelta::days(8);
    let raw = WORKSPACE.seal(&forward::with_footer(&genuine(), "x"), FOUND, then);
    assert!(unproved_by(&trusting(&["google.com"]), &raw).await.until.is_none());
    let fresh = WORKSPACE.seal(&forward::with_footer(&genuine(), "x"), FOUND, Utc::now());
    assert!(trusting(&["google.com"]).verify(&fresh, Utc::now()).await.proof().is_some());
}
