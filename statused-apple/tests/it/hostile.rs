//! Pushes that are spoiled in every way.

use statused_apple::webhooks::{Refusal, Webhooks};
use statused_core::testkit::hostile::withstands;

use crate::receiver::{SECRET, sign};

const PUSH: &str = r#"{"data":{"type":"appStoreVersionAppVersionStateUpdated","id":"e1","version":1,
    "attributes":{"newValue":"IN_REVIEW","oldValue":"WAITING_FOR_REVIEW","timestamp":"2025-12-18T22:05:50.038Z"},
    "relationships":{"instance":{"data":{"type":"appStoreVersions","id":"v1"}}}}}"#;

const PARTS: [&str; 9] =
    ["{", "[", "null", "\"data\":", "\"attributes\":{}", "1e400", "\\ud800", "\"newValue\":7", "\"2025-99-99T\""];

/// A receiver that does not mind how much comes.
fn webhooks() -> Webhooks {
    Webhooks::builder().app("1000", [SECRET]).rate(u32::MAX, u32::MAX).build().unwrap()
}

/// Somebody has the secret and sends anything.
#[test]
fn no_body_breaks_the_reader() {
    let (webhooks, mut read) = (webhooks(), 0);
    withstands(&[PUSH], &PARTS, 20_000, |body| {
        let text = String::from_utf8_lossy(body);
        match webhooks.receive("1000", Some(&sign(SECRET, &text)), text.as_bytes()) {
            Ok(received) => {
                read += 1;
                drop(received.sightings(&"acme".into(), chrono::Utc::now()));
            }
            Err(refusal) => assert_ne!(refusal, Refusal::Signature),
        }
    });
    assert!(read > 500, "bodies that cannot be read test nothing: {read}");
}

#[test]
fn a_body_of_nothing_but_brackets_is_unreadable() {
    for bomb in ["[".repeat(100_000), "{\"data\":".repeat(20_000), format!("{{\"data\":{}", "[".repeat(60_000))] {
        let refusal = webhooks().receive("1000", Some(&sign(SECRET, &bomb)), bomb.as_bytes()).unwrap_err();
        assert_eq!(refusal, Refusal::Unreadable);
    }
}

/// Somebody has a signature and not the secret.
#[test]
fn no_spoiled_signature_fits() {
    let (webhooks, good) = (webhooks(), sign(SECRET, PUSH));
    withstands(&[good.as_bytes()], &["hmacsha256=", "0", "=", ","], 20_000, |signature| {
        let Ok(signature) = std::str::from_utf8(signature) else { return };
        let answer = webhooks.receive("1000", Some(signature), PUSH.as_bytes());
        // The digits may be in capitals and there may be blanks around them, and nothing else.
        let same = signature.trim().eq_ignore_ascii_case(&good);
        assert!(same || answer.is_err_and(|refusal| refusal == Refusal::Signature), "{signature}");
    });
}
