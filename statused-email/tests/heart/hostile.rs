//! Mail that is made to break its reader.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use statused_email::meaning::Unreadable;
use statused_email::proof::{Chain, Signature, SignatureCheck};
use statused_email::testkit::Credulous;
use statused_email::{Meaning, Reader, Reason, Verdict, Verifier};

use crate::support::{genuine, refused, unproved_by};

/// For tens of megabytes, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mail that says that it is Google's, of this type and body.
fn mail(kind: &str, body: &str) -> Vec<u8> {
    let head = "From: no-reply-googleplay-developer@google.com\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\n\
                Message-ID: <a@google.com>\r\nSubject: Action Required: Your app is not compliant\r\n";
    format!("{head}Content-Type: {kind}\r\n\r\n{body}").into_bytes()
}

/// What a reader makes of a mail whose signature it does not check.
async fn meaning(raw: &[u8]) -> Meaning {
    let verifier = Verifier::builder().signature_check(Credulous).build();
    match verifier.verify(raw, "2026-11-03T00:00:00Z".parse().unwrap()).await {
        Verdict::Proved(proof) => Reader::new().read(&proof.open(raw).unwrap()),
        other => panic!("{other:?}"),
    }
}

/// The library loses count of these parts, and panics.
#[tokio::test]
async fn a_mail_that_the_library_does_not_survive_is_kept_aside_with_this_reason() {
    let body = "--BContent-Type:message/rfc822\no\n\ne\nContent-Type:message/rfc822\n\n\n--B--";
    let raw = mail("multipart/mixed; boundary=\"B\"", body);
    assert_eq!(refused(&raw).await, Reason::Unreadable);
    assert!(matches!(meaning(&raw).await, Meaning::Unreadable(Unreadable::Broken)));
    // The next mail is read as if nothing had been.
    assert!(matches!(crate::support::read(&genuine()).await, Meaning::About(_)));
}

#[derive(Debug)]
struct Panics;

#[async_trait]
impl SignatureCheck for Panics {
    async fn signatures(&self, _: &[u8], _: &[String]) -> Vec<Signature> {
        panic!("on purpose")
    }

    async fn chain(&self, _: &[u8], _: &[String]) -> Option<Chain> {
        None
    }
}

#[tokio::test]
async fn cryptography_that_panics_proves_nothing() {
    let verifier = Verifier::builder().signature_check(Panics).build();
    let unproved = unproved_by(&verifier, &genuine()).await;
    assert_eq!((unproved.reason, unproved.passing), (Reason::Unreadable, false));
}

#[tokio::test]
async fn a_mail_of_ten_thousand_parts_takes_no_time_and_says_nothing() {
    let start = Instant::now();
    for part in ["text/plain\r\n\r\nStatus: Rejected\r\n", "message/rfc822\r\n\r\nSubject: a\r\n\r\nx\r\n"] {
        let body = format!("--b\r\nContent-Type: {part}").repeat(10_000) + "--b--\r\n";
        let raw = mail("multipart/mixed; boundary=\"b\"", &body);
        assert!(matches!(refused(&raw).await, Reason::Unsigned { .. }));
        assert!(matches!(meaning(&raw).await, Meaning::Unreadable(Unreadable::NoText)));
    }
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
}

/// On the small stack that the tasks of a program have.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_mail_in_a_mail_in_a_mail_does_not_use_up_the_stack() {
    let start = Instant::now();
    let levels = |count| "Content-Type: message/rfc822\r\n\r\n".repeat(count) + "x\r\n";
    let multiparts: String = (0..20_000)
        .map(|level| format!("--b{level}\r\nContent-Type: multipart/mixed; boundary=\"b{}\"\r\n\r\n", level + 1))
        .collect();
    // Where they cannot be counted: as many as are taken apart, and too many.
    let encoded = |count| {
        let body = STANDARD.encode(levels(count));
        mail("message/rfc822\r\nContent-Transfer-Encoding: base64", &body)
    };
    let all = [
        mail("message/rfc822", &levels(900)),
        mail("message/rfc822", &levels(200_000)),
        mail("multipart/mixed; boundary=\"b0\"", &multiparts),
        encoded(2_900),
        encoded(200_000),
    ];
    assert!(all[3].len() < 128 * 1024, "{} are too many to be taken apart", all[3].len());
    let task = tokio::spawn(async move {
        for raw in all {
            assert!(Verifier::builder().offline().build().verify(&raw, Utc::now()).await.unproved().is_some());
            assert!(matches!(meaning(&raw).await, Meaning::Unreadable(_)));
        }
    });
    task.await.unwrap();
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
}
