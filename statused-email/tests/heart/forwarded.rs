//! Mail that came by way of somebody else.

use statused_email::Reason;
use statused_email::proof::Way;
use statused_email::testkit::{Layout, forward};

use crate::support::*;

#[tokio::test]
async fn forwarders_that_only_add_headers_leave_the_proof() {
    for layout in Layout::ALL {
        let raw = google().send(&rejection().draft().layout(layout));
        let once = forward::gmail(&raw, "dev@gmail.com", "play@intake.test");
        let twice = forward::gmail(&once, "boss@gmail.com", "play@intake.test");
        for forwarded in [once, twice, forward::line_feeds_only(&raw)] {
            let about = about_raw(&forwarded).await;
            assert_eq!(about.package.as_deref(), Some(PACKAGE), "{layout:?}");
        }
    }
}

#[tokio::test]
async fn forwarders_that_change_something_are_told_what_they_broke() {
    for layout in Layout::ALL {
        let raw = google().send(&rejection().draft().layout(layout));
        let footer = refused(&forward::with_footer(&raw, "This message was scanned.")).await;
        assert_eq!(footer, Reason::BodyAltered { domain: "google.com".to_owned() }, "{layout:?}");
        assert!(footer.to_string().contains("forwarder"), "{footer}");
        let subject = refused(&forward::with_subject_tag(&raw, "[EXT]")).await;
        assert_eq!(subject, Reason::HeadersAltered { domain: "google.com".to_owned() }, "{layout:?}");
    }
    let by_hand = refused(&forward::quoted(&genuine(), "dev@gmail.com", "play@intake.test")).await;
    assert_eq!(by_hand, Reason::Sender { address: "dev@gmail.com".to_owned() });
}

#[tokio::test]
async fn a_word_changed_anywhere_breaks_the_proof() {
    let raw = google().send(&rejection().draft().layout(Layout::Plain));
    let body = refused(&forward::replaced(&raw, "App Status: Rejected", "App Status: Removed")).await;
    assert!(matches!(body, Reason::BodyAltered { .. }), "{body}");
    for (what, with) in [
        ("Policies (Sample App)", "Policies (Simple App)"),
        ("Google Play Support <", "Google Play <"),
        ("@google.com>\r\nMIME", "x@google.com>\r\nMIME"),
        ("s=20251104", "s=20251104;z=a"),
        ("darn=example.com", "darn=another.com"),
    ] {
        let reason = refused(&forward::replaced(&raw, what, with)).await;
        assert!(matches!(reason, Reason::HeadersAltered { .. }), "{what}: {reason}");
    }
}

#[tokio::test]
async fn a_mail_of_its_own_is_proved_by_itself() {
    assert_eq!(verify(&genuine()).await.proof().unwrap().way, Way::Signature);
}
