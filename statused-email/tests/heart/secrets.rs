//! Links and bodies are shown nowhere.

use chrono::Utc;
use statused_email::testkit::{PolicyLetter, forward, letters};
use statused_email::{Envelope, Meaning, Reader, Verifier};

use crate::support::*;

#[tokio::test]
async fn nothing_that_is_formatted_shows_a_link_a_body_or_an_intake() {
    let mut shown = String::new();
    let link = google().send(&letters::gmail_confirmation("dev@gmail.com", "s3cret@intake.test", "T0KEN", "en"));
    let body = google().send(&PolicyLetter::rejection(APP, PACKAGE).issue("x").draft().text("B0DY\n"));
    for raw in [&link, &body, &forward::with_footer(&body, "x"), &forward::as_attachment(&body, "a@b.c", "d@e.f")] {
        let verdict = verify(raw).await;
        shown += &format!("{verdict:?} {}", serde_json::to_string(&verdict).unwrap());
        if let Some(proof) = verdict.proof() {
            let mail = proof.open(raw).unwrap();
            let meaning = Reader::new().read(&mail);
            shown += &format!("{mail:?} {meaning:?}");
            if let Meaning::Unreadable(reason) = meaning {
                shown += &reason.to_string();
            }
        }
        if let Some(unproved) = verdict.unproved() {
            shown += &unproved.reason.to_string();
        }
    }
    shown += &format!("{:?}", Envelope::to(["s3cret@intake.test"]).with_sender("s3cret@x"));
    shown += &format!("{:?} {:?}", verifier(), google());
    assert!(shown.contains("ForwardingRequest") && shown.contains("UnknownStatus"), "{shown}");
    for secret in ["T0KEN", "vf-", "B0DY", "PRIVATE"] {
        assert!(!shown.contains(secret), "{secret}");
    }
    assert!(!format!("{:?}", Envelope::to(["s3cret@intake.test"])).contains("s3cret"));
}

#[tokio::test]
async fn it_can_be_sent_between_tasks_and_shared() {
    fn shared<T: Clone + Send + Sync + 'static>(value: T) -> T {
        value
    }
    let (verifier, reader) = (shared(Verifier::builder().build()), shared(Reader::new()));
    let verifying = tokio::spawn(async move { verifier.verify(b"", Utc::now()).await });
    assert!(verifying.await.unwrap().proof().is_none());
    shared(reader);
}
