//! Gmail's requests for forwarding.

use secrecy::ExposeSecret as _;
use statused_email::testkit::{Draft, Layout, forward, letters};
use statused_email::{ForwardingRequest, Meaning, Unreadable};

use crate::support::*;

const USER: &str = "dev@gmail.com";
const TO: &str = "play+1@intake.test";

async fn request(draft: &Draft) -> ForwardingRequest {
    match read(&google().send(draft)).await {
        Meaning::ForwardingRequest(request) => request,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn it_is_known_in_every_language_and_layout() {
    for language in letters::GMAIL_LANGUAGES {
        for layout in Layout::ALL.into_iter().filter(|layout| *layout != Layout::Latin1 || language.starts_with("en")) {
            let draft = letters::gmail_confirmation(USER, TO, "ANGjdJ", language).layout(layout);
            let request = request(&draft).await;
            assert_eq!(request.requested_by.as_deref(), Some(USER), "{language} {layout:?}");
            assert_eq!(request.recipient.as_deref(), Some(TO), "{language} {layout:?}");
            let link = request.link.expose_secret();
            assert_eq!(link, "https://mail-settings.google.com/mail/vf-%5BANGjdJ%5D-x", "{language} {layout:?}");
            assert_eq!((request.id, request.at), (draft.id(), draft.date()));
        }
    }
}

#[tokio::test]
async fn only_gmail_can_ask() {
    let confirmation = letters::gmail_confirmation(USER, TO, "ANGjdJ", "en");
    for from in ["noreply-play-console@google.com", "no-reply-googleplay-developer@google.com"] {
        let meaning = read(&google().send(&confirmation.clone().from(format!("Gmail Team <{from}>")))).await;
        assert!(!matches!(meaning, Meaning::ForwardingRequest(_)), "{from}: {meaning:?}");
    }
    let unsigned = confirmation.unsigned();
    assert!(verify(&unsigned).await.proof().is_none());
    let altered = google().send(&confirmation.layout(Layout::Plain));
    let altered = forward::replaced(&altered, "/mail/vf-%5B", "/mail/vf-%5Bx");
    assert!(verify(&altered).await.proof().is_none());
}

#[tokio::test]
async fn without_the_one_link_it_cannot_be_read() {
    let draft = letters::gmail_confirmation(USER, TO, "ANGjdJ", "en");
    let both = "https://mail.google.com/mail/vf-a https://mail.google.com/mail/vf-b";
    for text in ["No link.", "https://evil.test/mail/vf-a", "https://mail.google.com/mail/uf-a", both] {
        let meaning = read(&google().send(&draft.clone().text(text))).await;
        assert!(matches!(meaning, Meaning::Unreadable(Unreadable::NoLink)), "{text}: {meaning:?}");
    }
    let same = "https://mail.google.com/mail/vf-a\nhttps://mail.google.com/mail/vf-a";
    assert_eq!(request(&draft.text(same)).await.link.expose_secret(), "https://mail.google.com/mail/vf-a");
}

#[tokio::test]
async fn gmail_writes_other_things_too() {
    let from = "Gmail Team <forwarding-noreply@google.com>";
    let meaning = read(&google().send(&Draft::new(from, "Forwarding was disabled", "dev@gmail.com has …"))).await;
    assert!(matches!(meaning, Meaning::NotAboutStatus), "{meaning:?}");
}
