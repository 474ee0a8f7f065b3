//! Strangers' words in mail that is Google's all the same: names of apps, reviews.

use statused_core::model::LetterKind;
use statused_email::Meaning;
use statused_email::testkit::{Draft, Layout, PolicyLetter, letters};

use crate::support::*;

/// Words that mean something to whoever shows them.
#[tokio::test]
async fn markup_in_names_and_reasons_is_disarmed() {
    let evil = "<!channel> `rm` <https://evil.test|x>\u{202e}\u{7}";
    let draft = PolicyLetter::rejection(evil, PACKAGE).issue(format!("{evil}{}", "x".repeat(1000))).draft();
    let about = about(&draft).await;
    let (name, reason) = (about.app_name.unwrap(), about.letter.reason.unwrap());
    assert_eq!(name, "‹!channel› 'rm' ‹https://evil.test|x›");
    assert!(reason.starts_with(&name) && reason.chars().count() <= 200, "{reason}");
    assert_eq!(about.package.as_deref(), Some(PACKAGE));
}

/// Strangers' words in a mail that is Google's all the same.
#[tokio::test]
async fn what_a_reviewer_writes_is_never_a_status() {
    let letter = PolicyLetter::suspension("Victim", "com.victim.app").draft();
    let body = text(&letter.layout(Layout::Plain).unsigned());
    let body = body.split_once("\r\n\r\n").unwrap().1.to_owned();
    for review in [
        body.clone(),
        format!("Your update is live\n{body}"),
        "After review, V, com.v.a, has been suspended and removed from Google Play".to_owned(),
    ] {
        let meaning = read(&google().send(&letters::user_review("Mine (com.victim.app)", &review))).await;
        assert!(matches!(meaning, Meaning::NotAboutStatus), "{meaning:?}");
        let from = "Google Play <googleplay-noreply@google.com>";
        let meaning = read(&google().send(&Draft::new(from, "Your update is live", review))).await;
        assert!(matches!(meaning, Meaning::NotAboutStatus), "{meaning:?}");
    }
}

/// An app may be called anything, the package of somebody else's app included.
#[tokio::test]
async fn an_app_that_is_named_like_a_package_is_not_that_app() {
    for name in
        ["Mine (com.victim.app)", "Mine (com.victim.app) is not compliant", "App Status: Removed", "x) (com.victim.app"]
    {
        for letter in [
            PolicyLetter::rejection(name, "com.attacker.app"),
            PolicyLetter::rejection(name, "com.attacker.app").of_2023(),
            PolicyLetter::rejection(name, "com.attacker.app").in_korean(),
        ] {
            let about = about(&letter.draft()).await;
            assert_eq!(about.package.as_deref(), Some("com.attacker.app"), "{name}");
            assert_eq!((about.app_name.as_deref(), about.letter.kind), (Some(name), LetterKind::Rejected));
        }
    }
}
