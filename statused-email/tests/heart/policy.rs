//! Policy letters: rejections, warnings, removals and suspensions, which differ in one line.

use statused_core::model::LetterKind;
use statused_email::testkit::{Layout, PolicyLetter};
use statused_email::{Meaning, Reader, Unreadable};

use crate::support::*;

#[tokio::test]
async fn the_status_line_decides_in_every_edition_and_layout() {
    for (letter, kind) in [
        (PolicyLetter::rejection(APP, PACKAGE), LetterKind::Rejected),
        (PolicyLetter::warning(APP, PACKAGE), LetterKind::Warning),
        (PolicyLetter::removal(APP, PACKAGE), LetterKind::Removed),
        (PolicyLetter::suspension(APP, PACKAGE), LetterKind::Suspended),
    ] {
        for (edition, language) in
            [(letter.clone(), "en"), (letter.clone().of_2023(), "en"), (letter.in_korean(), "ko")]
        {
            for layout in Layout::ALL.into_iter().filter(|layout| language == "en" || *layout != Layout::Latin1) {
                let draft = edition.draft().layout(layout);
                let about = about(&draft).await;
                let context = format!("{kind:?} {language} {layout:?}: {about:?}");
                assert_eq!(about.letter.kind, kind, "{context}");
                assert_eq!(about.package.as_deref(), Some(PACKAGE), "{context}");
                assert_eq!(about.app_name.as_deref(), Some(APP), "{context}");
                assert_eq!(about.letter.language.as_deref(), Some(language), "{context}");
                assert_eq!((about.letter.id, about.letter.at), (draft.id(), draft.date()), "{context}");
            }
        }
    }
}

#[tokio::test]
async fn what_was_seen_is_verified_and_what_was_not_is_not() {
    for (letter, verified) in [
        (PolicyLetter::rejection(APP, PACKAGE), true),
        (PolicyLetter::rejection(APP, PACKAGE).in_korean(), true),
        (PolicyLetter::warning(APP, PACKAGE).in_korean(), true),
        (PolicyLetter::removal(APP, PACKAGE).in_korean(), false),
    ] {
        assert_eq!(about(&letter.draft()).await.verified, verified, "{letter:?}");
    }
}

#[tokio::test]
async fn reasons_codes_and_deadlines_are_read() {
    let english = about(&rejection().codes([12, 7]).draft()).await.letter;
    assert_eq!(english.reason.as_deref(), Some("Violation of Content Ratings policy"));
    assert_eq!(english.version_codes, [7, 12]);
    assert_eq!(english.deadline, None);

    let several = rejection().issue("Broken login").issue("Data safety form").issue("Broken login");
    assert_eq!(about(&several.draft()).await.letter.reason.as_deref(), Some("Broken login; Data safety form"));

    let korean = about(&rejection().in_korean().codes([12]).draft()).await.letter;
    assert_eq!(korean.reason.as_deref(), Some("Play Console 요구사항 위반"));
    assert_eq!(korean.version_codes, [7, 12]);

    let warning = PolicyLetter::warning(APP, PACKAGE).deadline("May 3, 2027");
    for letter in
        [warning.clone(), warning.of_2023(), PolicyLetter::warning(APP, PACKAGE).deadline("May 3, 2027").in_korean()]
    {
        assert_eq!(about(&letter.draft()).await.letter.deadline.as_deref(), Some("May 3, 2027"), "{letter:?}");
    }
    let dated = PolicyLetter::warning(APP, PACKAGE).in_korean().deadline("2027년 5월 3일");
    assert_eq!(about(&dated.draft()).await.letter.deadline.as_deref(), Some("2027년 5월 3일"));
}

#[tokio::test]
async fn codes_are_read_as_they_are_written() {
    for (written, codes) in [
        ("Version code 7", &[7][..]),
        ("Version code: 7: In-app experience", &[7]),
        ("Version codes: 7, 8, 11300005", &[7, 8, 11_300_005]),
        ("version code 2: 9 screenshots", &[2]),
        ("Version code", &[]),
        ("Version code: none", &[]),
        ("Version code 0, 2100000001, 99999999999999999999999", &[]),
    ] {
        let letter = PolicyLetter::rejection(APP, PACKAGE).issue(format!("An issue\n{written}"));
        assert_eq!(about(&letter.draft()).await.letter.version_codes, codes, "{written}");
    }
    let many = (1..=80).map(|code| format!("Version code {code}\n")).collect::<String>();
    let letter = PolicyLetter::rejection(APP, PACKAGE).issue(format!("An issue\n{many}"));
    assert_eq!(about(&letter.draft()).await.letter.version_codes.len(), 50);
}

#[tokio::test]
async fn a_reason_that_was_wrapped_is_read_whole() {
    let long = "Violation of the policy that says in many words what an app must\nnot do on any device";
    let about = about(&PolicyLetter::rejection(APP, PACKAGE).issue(long).draft()).await;
    assert_eq!(about.letter.reason.as_deref(), Some(long.replace('\n', " ").as_str()));
}

#[tokio::test]
async fn what_follows_a_long_reason_is_no_part_of_it() {
    let long = "Violation of the policy that says in many words what an app must not do";
    let about = about(&rejection().issue(long).draft()).await;
    assert_eq!(about.letter.reason.as_deref(), Some(long));
}

#[tokio::test]
async fn only_a_warning_has_a_deadline() {
    let letter = rejection().issue("To be fixed by May 3, 2027").draft();
    assert_eq!(about(&letter).await.letter.deadline, None);
}

#[tokio::test]
async fn a_language_that_nobody_knows_is_still_a_hint() {
    let italian = |status: &str, body: &str| {
        let text =
            format!("Gentili sviluppatori,\n\n{body}\n\nPublishing Status\n{status}\nLANG=it|MODE=M|REG=IT|TID=CW\n");
        rejection().draft().subject("Azione richiesta (App)").text(text)
    };
    let known = italian("Stato dell'app: Rifiutata", "la tua app App (com.example.sampleapp) non rispetta");
    let about = about(&known).await;
    assert_eq!((about.letter.kind, about.verified), (LetterKind::Hint, false));
    assert_eq!(about.package.as_deref(), Some(PACKAGE));
    assert_eq!(about.letter.language.as_deref(), Some("it"));

    // The same line is read by a rule of the application's.
    let rules = "language = \"it\"\n[[policy.status]]\nline = \"Stato dell’app: Rifiutata\"\nsays = \"rejected\"\nverified = true";
    let reader = Reader::builder().rules(rules).unwrap().build();
    let Meaning::About(about) = read_by(&reader, &google().send(&known)).await else { panic!() };
    assert_eq!((about.letter.kind, about.verified), (LetterKind::Rejected, true));

    // Without a package, or with two, nobody knows where to look.
    for body in ["la tua app", "App (com.example.one) e App (com.example.two)"] {
        let meaning = read(&google().send(&italian("Stato dell'app: Rifiutata", body))).await;
        assert!(matches!(meaning, Meaning::Unreadable(Unreadable::UnknownStatus)), "{meaning:?}");
    }
}

#[tokio::test]
async fn translated_rules_read_what_they_translate() {
    for (line, kind) in [
        ("App-Status: Abgelehnt", LetterKind::Rejected),
        ("Estado de la aplicación: Suspendida", LetterKind::Suspended),
        ("ÉTAT DE L’APPLICATION\u{a0}: Refusée", LetterKind::Rejected),
        ("アプリのステータス：不承認", LetterKind::Rejected),
        ("Status do app: Removido.", LetterKind::Removed),
        ("应用状态：已拒绝", LetterKind::Rejected),
    ] {
        let text = format!("x ({PACKAGE}) y\n\nPublishing Status\n\n----\n{line}\n");
        let about = about(&rejection().draft().text(text)).await;
        assert_eq!((about.letter.kind, about.verified), (kind, false), "{line}");
    }
}

#[tokio::test]
async fn the_first_line_under_the_heading_decides_and_no_other() {
    let with = |body: &str| rejection().draft().text(format!("x ({PACKAGE}) y\n{body}\n"));
    let kind = async |body: &str| about(&with(body)).await.letter.kind;
    assert_eq!(kind("Publishing Status\nSomething new\nApp Status: Removed").await, LetterKind::Hint);
    assert_eq!(kind("App Status: Removed\nPublishing Status\nApp Status: Rejected").await, LetterKind::Rejected);
    assert_eq!(kind("Publishing status:\nApp Status: Rejected.").await, LetterKind::Rejected);
    assert_eq!(kind("Publishing Status\nApp Status:\n\nRejected").await, LetterKind::Rejected);
    assert_eq!(kind("Publishing Status").await, LetterKind::Hint);
    // Without a heading, if there is no doubt.
    assert_eq!(kind("App Status: Removed").await, LetterKind::Removed);
    assert_eq!(kind("App Status: Removed\nApp Status: Rejected").await, LetterKind::Hint);
    assert_eq!(kind("Your App Status: Removed").await, LetterKind::Hint);
}

#[tokio::test]
async fn a_subject_alone_makes_no_status() {
    let meaning = read(&google().send(&rejection().draft().text("Hello.\n"))).await;
    assert!(matches!(meaning, Meaning::Unreadable(Unreadable::UnknownStatus)), "{meaning:?}");
    let meaning = read(&google().send(&rejection().draft().text(" \n"))).await;
    assert!(matches!(meaning, Meaning::Unreadable(Unreadable::NoText)), "{meaning:?}");
}
