//! Mail that was forwarded as an attachment.

use statused_core::model::LetterKind;
use statused_email::proof::Way;
use statused_email::testkit::{Draft, Layout, PolicyLetter, forward};
use statused_email::{Reason, Verdict};

use crate::support::*;

fn forwarded(raw: &[u8]) -> Vec<u8> {
    forward::as_attachment(raw, "dev@gmail.com", "play@intake.test")
}

#[tokio::test]
async fn the_attached_mail_is_proved_and_read() {
    for layout in Layout::ALL {
        let raw = forwarded(&google().send(&rejection().draft().layout(layout)));
        let verdict = verify(&raw).await;
        let proof = verdict.proof().unwrap_or_else(|| panic!("{layout:?}: {verdict:?}"));
        assert!(matches!(proof.way, Way::Attached { part: 0, .. }));
        assert_eq!(proof.from, "no-reply-googleplay-developer@google.com");
        let about = about_raw(&raw).await;
        assert_eq!((about.package.as_deref(), about.letter.kind), (Some(PACKAGE), LetterKind::Rejected));
        let restored: Verdict = serde_json::from_str(&serde_json::to_string(&verdict).unwrap()).unwrap();
        assert!(restored.proof().unwrap().open(&raw).is_ok());
    }
}

#[tokio::test]
async fn an_attached_mail_in_base64_is_proved_too() {
    let plain = text(&forwarded(b"A: b\r\n\r\n"));
    let encoded = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(genuine())
    };
    let lines = encoded.as_bytes().chunks(76).map(text).collect::<Vec<_>>().join("\r\n");
    let raw = plain
        .replace(
            "name=\"mail.eml\"\r\nContent-Transfer-Encoding: 7bit",
            "name=\"mail.eml\"\r\nContent-Transfer-Encoding: base64",
        )
        .replace("A: b\r\n", &lines);
    assert_eq!(about_raw(raw.as_bytes()).await.package.as_deref(), Some(PACKAGE));
}

#[tokio::test]
async fn the_genuine_one_is_found_among_others() {
    let draft = Draft::new("dev@gmail.com", "Fwd", "See attached.")
        .attach("a.eml", "message/rfc822", rejection().draft().unsigned())
        .attach("b.eml", "message/rfc822", forward::with_footer(&genuine(), "x"))
        .attach("c.eml", "message/rfc822", genuine());
    let raw = draft.unsigned();
    let verdict = verify(&raw).await;
    assert!(matches!(verdict.proof().unwrap().way, Way::Attached { part: 2, .. }));
    assert_eq!(about_raw(&raw).await.package.as_deref(), Some(PACKAGE));
}

#[tokio::test]
async fn several_genuine_ones_are_left_to_people() {
    let other = google().send(&PolicyLetter::removal("Other", "com.other.app").draft());
    let draft = Draft::new("dev@gmail.com", "Fwd", "See attached.")
        .attach("a.eml", "message/rfc822", genuine())
        .attach("b.eml", "message/rfc822", other);
    assert_eq!(refused(&draft.unsigned()).await, Reason::SeveralAttached { count: 2 });
}

#[tokio::test]
async fn what_is_attached_has_to_be_as_good_as_any_other() {
    let broken = refused(&forwarded(&forward::with_footer(&genuine(), "x"))).await;
    assert!(matches!(broken, Reason::BodyAltered { .. }), "{broken}");
    let forged = refused(&forwarded(&rejection().draft().unsigned())).await;
    assert!(matches!(forged, Reason::Unsigned { .. }), "{forged}");
    let twice = refused(&forwarded(&forward::with_header(&genuine(), "From", "a@evil.test"))).await;
    assert!(matches!(twice, Reason::Sender { .. }), "{twice}");
    let deeper = refused(&forwarded(&forwarded(&genuine()))).await;
    assert!(matches!(deeper, Reason::Sender { .. }), "only what is attached to the mail itself: {deeper}");
}
