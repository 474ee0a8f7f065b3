//! What the tests of proof and meaning share.

use std::sync::LazyLock;

use chrono::Utc;
use statused_email::testkit::{Draft, PolicyLetter, Postmaster};
use statused_email::{About, Meaning, Reader, Reason, Unproved, Verdict, Verifier};

pub(crate) const APP: &str = "Sample App";
pub(crate) const PACKAGE: &str = "com.example.sampleapp";

static GOOGLE: LazyLock<Postmaster> = LazyLock::new(Postmaster::google);

pub(crate) fn google() -> &'static Postmaster {
    &GOOGLE
}

/// Knows Google's key, and asks nobody.
pub(crate) fn verifier() -> Verifier {
    Verifier::builder().pinned_keys(google().keys()).offline().build()
}

pub(crate) fn rejection() -> PolicyLetter {
    PolicyLetter::rejection(APP, PACKAGE).codes([7])
}

/// A rejection as Google sends it.
pub(crate) fn genuine() -> Vec<u8> {
    google().send(&rejection().draft())
}

pub(crate) async fn verify(raw: &[u8]) -> Verdict {
    verifier().verify(raw, Utc::now()).await
}

pub(crate) async fn unproved(raw: &[u8]) -> Unproved {
    unproved_by(&verifier(), raw).await
}

pub(crate) async fn unproved_by(verifier: &Verifier, raw: &[u8]) -> Unproved {
    match verifier.verify(raw, Utc::now()).await {
        Verdict::Unproved(unproved) => unproved,
        proved => panic!("proved: {proved:?}"),
    }
}

/// Why a mail is refused for good.
pub(crate) async fn refused(raw: &[u8]) -> Reason {
    let unproved = unproved(raw).await;
    assert!(!unproved.passing, "{unproved:?}");
    unproved.reason
}

pub(crate) async fn read(raw: &[u8]) -> Meaning {
    read_by(&Reader::new(), raw).await
}

pub(crate) async fn read_by(reader: &Reader, raw: &[u8]) -> Meaning {
    let verdict = verify(raw).await;
    let proof = verdict.proof().unwrap_or_else(|| panic!("{verdict:?}"));
    reader.read(&proof.open(raw).expect("the same bytes"))
}

pub(crate) async fn about(draft: &Draft) -> About {
    about_raw(&google().send(draft)).await
}

pub(crate) async fn about_raw(raw: &[u8]) -> About {
    match read(raw).await {
        Meaning::About(about) => about,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn text(raw: &[u8]) -> String {
    String::from_utf8_lossy(raw).into_owned()
}
