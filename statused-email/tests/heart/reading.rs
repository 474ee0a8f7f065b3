//! Everything that is no policy letter.

use statused_core::model::LetterKind;
use statused_email::testkit::{Draft, letters};
use statused_email::{About, Meaning, Reader, Unreadable};

use crate::support::*;

const SUPPORT: &str = "Google Play Support <no-reply-googleplay-developer@google.com>";
const CONSOLE: &str = "Google Play Console <noreply-play-developer-console@google.com>";

async fn meaning(draft: Draft) -> Meaning {
    read(&google().send(&draft)).await
}

#[tokio::test]
async fn production_access_names_no_app_and_says_so() {
    for subject in [
        "Congratulations! Your app has been granted Google Play production access",
        "Your app has been granted Google Play production access",
    ] {
        let About { package, app_name, letter, verified, .. } =
            about(&letters::production_access().subject(subject)).await;
        assert_eq!((package, app_name, letter.kind, verified), (None, None, LetterKind::ProductionAccess, true));
    }
}

#[tokio::test]
async fn the_suspension_of_2016_is_known_by_its_sentence() {
    let about = about(&letters::suspension_of_2016("Loc, the app", "io.example.app")).await;
    assert_eq!(about.letter.kind, LetterKind::Suspended);
    assert_eq!(about.package.as_deref(), Some("io.example.app"));
    assert_eq!(about.app_name.as_deref(), Some("Loc, the app"));
    assert_eq!(about.letter.language.as_deref(), Some("en"));
}

#[tokio::test]
async fn live_and_approved_are_read_and_marked_as_never_seen() {
    let live = about(&letters::live(APP, PACKAGE)).await;
    assert_eq!((live.letter.kind, live.verified), (LetterKind::Live, false));
    assert_eq!(live.package.as_deref(), Some(PACKAGE));
    assert_eq!(live.letter.version_codes, [12]);

    let named = about(&Draft::new(CONSOLE, "Your update to Sample App is live", "Hi.")).await;
    assert_eq!((named.package, named.app_name.as_deref()), (None, Some("Sample App")));
    let approved = about(&Draft::new(CONSOLE, "Your update has been approved", "Hi.")).await;
    assert_eq!((approved.letter.kind, approved.verified), (LetterKind::Approved, false));
}

#[tokio::test]
async fn a_subject_has_to_begin_so() {
    for subject in ["Re: Your update is live", "Learn what to do when Your update is live", "[Fwd] Your update is live"]
    {
        let meaning = meaning(Draft::new(CONSOLE, subject, "Hi.")).await;
        assert!(matches!(meaning, Meaning::NotAboutStatus), "{subject}: {meaning:?}");
    }
}

#[tokio::test]
async fn a_notice_that_lists_titles_names_no_app() {
    let about = about(&letters::target_level_in_korean(&["앱 하나", "앱 둘"])).await;
    assert_eq!((about.package, about.app_name, about.letter.kind), (None, None, LetterKind::Warning));
}

#[tokio::test]
async fn what_is_not_about_a_status_is_passed_over() {
    let drafts = [
        letters::newsletter(),
        letters::receipt(),
        letters::user_review("Sample App", "Great! 5 stars"),
        Draft::new("Google Play Console <noreply-play-console@google.com>", "Your identity is verified", "Hi."),
        Draft::new("x <removals@google.com>", "Case 1", "Hi."),
        Draft::new(CONSOLE, "Hello", ""),
    ];
    for draft in drafts {
        let meaning = meaning(draft.clone()).await;
        assert!(matches!(meaning, Meaning::NotAboutStatus), "{draft:?}: {meaning:?}");
    }
}

#[tokio::test]
async fn what_the_policy_sender_writes_is_never_passed_over() {
    for draft in [letters::restricted_account("Sample Team"), Draft::new(SUPPORT, "Something new", "Hi.")] {
        let meaning = meaning(draft).await;
        assert!(matches!(meaning, Meaning::Unreadable(Unreadable::UnknownLetter)), "{meaning:?}");
    }
    let meaning = meaning(Draft::new(SUPPORT, "Something new", "")).await;
    assert!(matches!(meaning, Meaning::Unreadable(Unreadable::NoText)), "{meaning:?}");
}

#[tokio::test]
async fn a_request_for_information_is_a_hint() {
    let subject = "Information needed regarding your app submission to Google Play [9-4339000040855]";
    let about = about(&Draft::new(SUPPORT, subject, format!("About {APP} ({PACKAGE})."))).await;
    assert_eq!((about.letter.kind, about.package.as_deref()), (LetterKind::Hint, Some(PACKAGE)));
}

#[tokio::test]
async fn other_charsets_are_decoded() {
    let raw = rejection().draft().unsigned();
    let head = text(&raw).split("Content-Type:").next().unwrap().to_owned();
    // "Status: " and "App" in EUC-KR: 앱(be db) 상태(bb f3 c5 c2): 거부됨(b0 c5 ba ce b5 ca)
    let mut mail = head.into_bytes();
    mail.extend(b"Content-Type: text/plain; charset=EUC-KR\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
    mail.extend(format!("x ({PACKAGE})\r\nPublishing Status\r\n").bytes());
    mail.extend(b"\xbe\xdb \xbb\xf3\xc5\xc2: \xb0\xc5\xba\xce\xb5\xca\r\n");
    let signed = google().sign(&mail, &statused_email::testkit::Signing::google(chrono::Utc::now()));
    let about = about_raw(&signed).await;
    assert_eq!((about.letter.kind, about.package.as_deref()), (LetterKind::Rejected, Some(PACKAGE)));
}

#[tokio::test]
async fn a_further_sender_and_rule_are_read() {
    let rules = "language = \"en\"\n[[letter]]\nsentence = \"the app {app} ({package}) was halted\"\nsays = \"hint\"";
    let reader = Reader::builder().rules(rules).unwrap().policy_sender("NoReply-Play-Console@google.com").build();
    let draft = |from: &str| Draft::new(from, "News", format!("Hi,\nthe app {APP}\n({PACKAGE}) was halted."));
    let from = "Google Play Console <noreply-play-console@google.com>";
    let Meaning::About(about) = read_by(&reader, &google().send(&draft(from))).await else { panic!() };
    assert_eq!((about.package.as_deref(), about.app_name.as_deref()), (Some(PACKAGE), Some(APP)));
    // Others are not searched for sentences.
    let meaning = read_by(&reader, &google().send(&draft(CONSOLE))).await;
    assert!(matches!(meaning, Meaning::NotAboutStatus));
}
