//! Pushes: verified, refused and read.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use statused_apple::webhooks::{Refusal, SecretError, Webhooks};

pub(crate) const SECRET: &str = "This is my secret";

pub(crate) fn sign(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("hmacsha256={digits}")
}

pub(crate) fn webhooks() -> Webhooks {
    Webhooks::builder().app("1000", [SECRET]).build().unwrap()
}

fn version_state(id: &str) -> String {
    format!(
        r#"{{"data":{{"type":"appStoreVersionAppVersionStateUpdated","id":"{id}","version":1,
            "attributes":{{"newValue":"IN_REVIEW","oldValue":"WAITING_FOR_REVIEW","timestamp":"2025-12-18T22:05:50.038Z"}},
            "relationships":{{"instance":{{"data":{{"type":"appStoreVersions","id":"v1"}}}}}}}}}}"#
    )
}

/// From Apple's article; its body is no event, which is found out after the signature was found to be right.
#[test]
fn apples_published_vector_is_genuine_and_its_body_is_no_event() {
    let webhooks = webhooks();
    let signature = "hmacsha256=7f062172b01cb00b53ca068614674a3d982a34062a0f5d37687d5e3377e54657";
    let other = signature.replace("hmacsha256", "sha256");
    let refused = |signature, body: &str| webhooks.receive("1000", signature, body.as_bytes()).unwrap_err();
    assert_eq!(refused(Some(signature), "Hello, World!"), Refusal::Unreadable);
    assert_eq!(refused(Some(signature), "Hello, World?"), Refusal::Signature);
    assert_eq!(refused(Some(other.as_str()), "Hello, World!"), Refusal::Signature);
    assert_eq!(refused(Some(&signature[..40]), "Hello, World!"), Refusal::Signature);
    assert_eq!(refused(None, "Hello, World!"), Refusal::Signature);
    let health = webhooks.health();
    assert_eq!((health.received, health.refused, health.unreadable), (0, 4, 1));
    assert!(health.last_push.is_none());
}

#[test]
fn every_refusal_has_its_status() {
    let webhooks = Webhooks::builder().app("1000", [SECRET]).largest_body(2000).build().unwrap();
    let body = version_state("e1");
    let good = sign(SECRET, &body);
    let status = |app: &str, signature: &str, body: &str| {
        webhooks.receive(app, Some(signature), body.as_bytes()).map_or_else(Refusal::status, |_| 200)
    };
    assert_eq!(status("1000", &good, &body), 200);
    assert_eq!(status("1000", &sign("another", &body), &body), 401);
    assert_eq!(status("2000", &good, &body), 404);
    assert_eq!(status("", &good, &body), 404);
    assert_eq!(status("1000", &good, &format!("{body}{}", " ".repeat(2000))), 413);
    assert_eq!(status("2000", &good, &" ".repeat(2001)), 413);
    for broken in ["", "{", "[]", "{}", r#"{"data":{}}"#, r#"{"data":{"type":"webhookPingCreated"}}"#] {
        assert_eq!(status("1000", &sign(SECRET, broken), broken), 400, "{broken}");
    }
    let app = webhooks.health_of("1000");
    assert_eq!((app.received, app.refused, app.unreadable), (1, 1, 6));
    assert_eq!(webhooks.health().refused, 5, "those of no app are in the sum");
    assert_eq!(webhooks.health_of("2000"), Default::default(), "a stranger leaves no trace of its own");
}

/// A known type that lacks what it is about is as good as broken, and so is an id that is no id.
#[test]
fn an_event_without_its_subject_cannot_be_read() {
    let webhooks = webhooks();
    for body in [
        version_state("e1").replace("newValue", "value"),
        version_state("e1").replace("instance", "app"),
        version_state("e1").replace(r#""v1""#, r#""../../v1/webhooks""#),
        version_state("e1").replace(r#""v1""#, r#""""#),
        version_state("e1").replace(r#""v1""#, "7"),
    ] {
        let refused = webhooks.receive("1000", Some(&sign(SECRET, &body)), body.as_bytes());
        assert_eq!(refused, Err(Refusal::Unreadable), "{body}");
    }
}

#[test]
fn unreadable_bodies_are_kept_cut_and_few_and_are_not_shown() {
    let webhooks = webhooks();
    for n in 0..20 {
        let body = format!("broken {n} {}", "x".repeat(10_000));
        webhooks.receive("1000", Some(&sign(SECRET, &body)), body.as_bytes()).unwrap_err();
    }
    let kept = webhooks.unreadable();
    assert_eq!((kept.len(), kept[0].body.len(), kept[0].app.as_str()), (8, 4096, "1000"));
    assert!(kept[7].body.starts_with(b"broken 19 ") && kept[7].length > 10_000);
    assert!(!format!("{kept:?}").contains("xxx"));
}

#[test]
fn a_secret_is_rotated_without_losing_a_push() {
    let webhooks = Webhooks::builder().app("1000", ["old"]).build().unwrap();
    let body = version_state("e1");
    let fits = |secret: &str| webhooks.receive("1000", Some(&sign(secret, &body)), body.as_bytes()).is_ok();
    assert_eq!((fits("old"), fits("new")), (true, false));
    webhooks.set_secrets("1000", ["new", "old"]).unwrap();
    assert_eq!((fits("old"), fits("new")), (true, true));
    webhooks.set_secrets("1000", ["new"]).unwrap();
    assert_eq!((fits("old"), fits("new")), (false, true));
    assert_eq!(webhooks.set_secrets("1000", [""]), Err(SecretError::Empty("1000".to_owned())));
    assert!(fits("new"), "secrets that are not taken change nothing");
    webhooks.remove("1000");
    assert!(!fits("new"));
}

#[test]
fn secrets_that_cannot_be_used_are_named_by_their_app() {
    let build = |app: &str, secrets: &[&str]| {
        Webhooks::builder().app(app, secrets.iter().copied()).build().map(drop).unwrap_err()
    };
    assert_eq!(build("1000", &[]), SecretError::Missing("1000".to_owned()));
    assert_eq!(build("1000", &["a", ""]), SecretError::Empty("1000".to_owned()));
    assert_eq!(build("com.acme.app", &["a"]), SecretError::AppId("com.acme.app".to_owned()));
    assert_eq!(build("", &["a"]), SecretError::AppId(String::new()));
}

#[test]
fn a_repeat_is_known_once_the_first_was_confirmed() {
    let webhooks = webhooks();
    let body = version_state("e1");
    let receive = || webhooks.receive("1000", Some(&sign(SECRET, &body)), body.as_bytes()).unwrap();
    let first = receive();
    assert!(!first.repeated && !receive().repeated, "what is not durable may come again");
    webhooks.confirm(&first);
    assert!(receive().repeated);
    assert_eq!((webhooks.health().received, webhooks.health().repeated), (3, 1));
}

#[test]
fn a_flood_is_held_to_its_rate() {
    let seconds = Arc::new(AtomicI64::new(1_800_000_000));
    let shared = Arc::clone(&seconds);
    let clock = move || DateTime::<Utc>::from_timestamp(shared.load(Ordering::SeqCst), 0).unwrap();
    let webhooks = Webhooks::builder().app("1000", [SECRET]).rate(2, 5).clock(clock).build().unwrap();
    let flood = |count: usize| {
        let refused = (0..count).map(|n| webhooks.receive(&format!("{n}"), None, b"").unwrap_err());
        refused.filter(|refusal| *refusal == Refusal::TooMany).count()
    };
    assert_eq!(flood(100), 95);
    seconds.fetch_add(1, Ordering::SeqCst);
    assert_eq!(flood(100), 98);
    assert_eq!(webhooks.health().refused, 200);
}

#[test]
fn nothing_shows_a_secret_or_a_body() {
    let builder = Webhooks::builder().app("1000", ["hunter2"]);
    let webhooks = builder.clone().build().unwrap();
    let refusal = webhooks.receive("1000", Some(&sign("hunter2", "hunter3")), b"hunter3").unwrap_err();
    let error = webhooks.set_secrets("1000", ["hunter4", ""]).unwrap_err();
    let shown = format!("{builder:?} {webhooks:?} {refusal} {refusal:?} {error} {error:?} {:?}", webhooks.health());
    assert!(!shown.contains("hunter"), "{shown}");
}
