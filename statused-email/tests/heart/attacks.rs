//! Forged "your app was rejected" and "your update is live", in every way that is known.

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use statused_core::model::LetterKind;
use statused_email::testkit::{Layout, PolicyLetter, Postmaster, Signing, forward};
use statused_email::{Meaning, Reason, Verifier};

use crate::support::*;

/// 1. Whoever knows the address writes to it.
#[tokio::test]
async fn an_unsigned_mail_is_nothing() {
    let raw = rejection().draft().unsigned();
    assert_eq!(refused(&raw).await, Reason::Unsigned { domain: "google.com".to_owned() });
}

/// 2. Names that look like Google's.
#[tokio::test]
async fn names_that_look_like_googles_are_others() {
    for from in [
        "Google Play Support <no-reply-googleplay-developer@google.com.evil.test>",
        "Google Play Support <no-reply-googleplay-developer@google.co>",
        "Google Play Support <no-reply-googleplay-developer@mail.google.com>",
        "Google Play Support <no-reply-googleplay-developer@xgoogle.com>",
        "\"no-reply-googleplay-developer@google.com\" <a@evil.test>",
        "no-reply-googleplay-developer@google.com <a@evil.test>",
        "=?utf-8?q?no-reply-googleplay-developer=40google.com?= <a@evil.test>",
        "Google (no-reply-googleplay-developer@google.com) <a@evil.test>",
        "no-reply-googleplay-developer@google.com, a@evil.test",
        "a@evil.test, no-reply-googleplay-developer@google.com",
        "Group: no-reply-googleplay-developer@google.com;",
        "<no-reply-googleplay-developer@google.com> <a@evil.test>",
        "no-reply-googleplay-developer@google.com\u{0430}",
        "<@evil.test:no-reply-googleplay-developer@google.com>",
    ] {
        // Even if Google's own key signs it: the author decides.
        let raw = google().send(&rejection().draft().from(from));
        let reason = refused(&raw).await;
        assert!(matches!(reason, Reason::Sender { .. } | Reason::Missing { .. }), "{from}: {reason}");
    }
}

/// 2. Domains that look like Google's, with keys that are good for them.
#[tokio::test]
async fn domains_that_look_like_googles_sign_for_themselves() {
    for domain in ["google.com.evil.test", "evil.test", "mail.google.com", "com", "xgoogle.com", "google.co"] {
        let forger = Postmaster::of(domain, "20251104");
        let verifier = Verifier::builder().pinned_keys(google().keys()).pinned_keys(forger.keys()).offline().build();
        let raw = forger.send(&rejection().draft());
        let unproved = unproved_by(&verifier, &raw).await;
        assert_eq!(unproved.reason, Reason::Unsigned { domain: "google.com".to_owned() }, "{domain}");
        // In Google's name with another's key.
        let raw = forger.sign(&rejection().draft().unsigned(), &Signing::google(Utc::now()).domain("google.com"));
        assert!(matches!(refused(&raw).await, Reason::HeadersAltered { .. }), "{domain}");
    }
}

/// 3. A genuine mail of long ago, played again; that of another app is told by its package.
#[tokio::test]
async fn an_old_mail_that_is_played_again_has_expired() {
    let raw = google().send(&rejection().draft().at(Utc::now() - TimeDelta::days(8)));
    assert!(matches!(refused(&raw).await, Reason::Expired { .. }));
    let raw = google().send(&PolicyLetter::rejection("Theirs", "com.attacker.app").draft());
    assert_eq!(about_raw(&raw).await.package.as_deref(), Some("com.attacker.app"));
}

/// 3. A copy of a genuine mail has the same name, so that it counts once.
#[tokio::test]
async fn a_copy_has_the_name_of_the_original() {
    let raw = genuine();
    let copies = [
        raw.clone(),
        forward::gmail(&raw, "a@gmail.com", "b@intake.test"),
        forward::line_feeds_only(&raw),
        forward::as_attachment(&raw, "a@gmail.com", "b@intake.test"),
    ];
    let id = about_raw(&raw).await.letter.id;
    for copy in copies {
        assert_eq!(about_raw(&copy).await.letter.id, id);
    }
}

/// 4. Headers that stand there twice.
#[tokio::test]
async fn a_header_on_top_is_refused_whether_the_signature_breaks_or_not() {
    let sloppy = Signing::google(Utc::now()).covering(["to", "from", "subject", "date", "message-id"]);
    let sloppy = google().sign(&rejection().draft().unsigned(), &sloppy);
    assert!(verify(&sloppy).await.proof().is_some());
    for raw in [genuine(), sloppy] {
        for (name, value) in [
            ("From", "Evil <a@evil.test>"),
            ("from ", "Evil <a@evil.test>"),
            ("Subject", "Your update is live"),
            ("Date", "Mon, 2 Nov 2026 10:00:00 +0000"),
            ("Message-Id", "<another@google.com>"),
            ("Content-Type", "text/html"),
            ("Content-Transfer-Encoding", "base64"),
            ("MIME-Version", "1.0"),
        ] {
            let forged = forward::with_header(&raw, name, value);
            assert!(matches!(refused(&forged).await, Reason::Repeated { count: 2, .. }), "{name}");
            // At the end of the headers, too.
            let end = text(&raw).find("\r\n\r\n").unwrap() + 2;
            let forged = [&raw[..end], format!("{name}: {value}\r\n").as_bytes(), &raw[end..]].concat();
            assert!(matches!(refused(&forged).await, Reason::Repeated { count: 2, .. }), "{name}");
        }
    }
    // Headers that need not be unique, but are signed as absent or as they are.
    for (name, value) in [("To", "b@evil.test"), ("Cc", "b@evil.test"), ("Reply-To", "b@evil.test")] {
        let reason = refused(&forward::with_header(&genuine(), name, value)).await;
        assert!(matches!(reason, Reason::HeadersAltered { .. }), "{name}: {reason}");
    }
}

/// 4. Headers that two readers would read differently.
#[tokio::test]
async fn a_header_that_hides_in_another_is_refused() {
    for (raw, what) in [
        (forward::replaced(&genuine(), "\r\nSubject:", "\r\n \r\nSubject:"), "a line of spaces"),
        (forward::replaced(&genuine(), "\r\nSubject:", "\rFrom: a@evil.test\r\nSubject:"), "a carriage return"),
        (forward::replaced(&genuine(), "\r\nSubject:", "\r\nFrom a@evil.test\r\nSubject:"), "no colon"),
        (forward::replaced(&genuine(), "\r\nSubject:", "\r\nFr om: a@evil.test\r\nSubject:"), "a space in the name"),
        (forward::replaced(&genuine(), "\r\nSubject:", "\r\nX: \0\r\nSubject:"), "a zero"),
        ([b" continued\r\n", &genuine()[..]].concat(), "a continuation of nothing"),
    ] {
        assert!(matches!(refused(&raw).await, Reason::MalformedHeaders { .. }), "{what}");
    }
    // Folding and case are as the signature takes them.
    let folded = forward::replaced(&genuine(), "Subject: Action Required:", "SUBJECT:\r\n\tAction\r\n    Required:");
    assert_eq!(about_raw(&folded).await.package.as_deref(), Some(PACKAGE));
}

/// 4. What has to be covered is not.
#[tokio::test]
async fn a_signature_that_leaves_something_out_proves_nothing() {
    let all = ["from", "subject", "date", "message-id"];
    for out in all {
        let rest = all.into_iter().filter(|name| *name != out);
        let raw = google().sign(&rejection().draft().unsigned(), &Signing::google(Utc::now()).covering(rest));
        let reason = refused(&raw).await;
        assert!(matches!(&reason, Reason::Uncovered { header, .. } if header == out), "{out}: {reason}");
    }
}

/// 5. A body that may go on.
#[tokio::test]
async fn a_signature_over_a_part_of_the_body_proves_nothing() {
    let draft = rejection().draft().layout(Layout::Plain);
    for length in [10, 1000] {
        let raw = google().sign(&draft.unsigned(), &Signing::google(Utc::now()).length(length));
        let forged = [&raw[..], b"\r\nApp Status: Suspended\r\n"].concat();
        for raw in [raw, forged] {
            assert!(matches!(refused(&raw).await, Reason::Partial { .. } | Reason::BodyAltered { .. }), "{length}");
        }
    }
}

/// 6. MIME that says different things to different readers.
#[tokio::test]
async fn the_plain_text_counts_whatever_else_there_is() {
    let html = PolicyLetter::suspension("Other", "com.other.app").draft();
    let other = text(&html.layout(Layout::Plain).unsigned());
    let draft = rejection().draft().layout(Layout::Alternative).html(other.replace('\n', "<br>"));
    let read = about(&draft).await;
    assert_eq!((read.package.as_deref(), read.letter.kind), (Some(PACKAGE), LetterKind::Rejected));

    let attached = text(&PolicyLetter::removal("Other", "com.other.app").draft().layout(Layout::Plain).unsigned());
    for kind in ["text/plain", "text/html", "message/rfc822", "application/octet-stream"] {
        let draft = rejection().draft().attach("a.txt", kind, attached.clone());
        let about = about(&draft).await;
        assert_eq!((about.package.as_deref(), about.letter.kind), (Some(PACKAGE), LetterKind::Rejected), "{kind}");
    }
}

/// 6. The type of a mail is not signed; another one makes it say less, never something else.
#[tokio::test]
async fn another_content_type_does_not_change_what_is_said() {
    let raw = google().send(&rejection().draft().layout(Layout::Alternative));
    let kind = "Content-Type: multipart/alternative; boundary=\"000000000000alternative\"";
    for other in [
        "Content-Type: text/plain",
        "Content-Type: text/html",
        "Content-Type: multipart/mixed; boundary=\"000000000000alternative\"",
        "Content-Type: multipart/alternative; boundary=\"other\"",
        "Content-Type: message/rfc822",
        "Content-Type: application/pdf",
        "Content-Type: nonsense",
    ] {
        match read(&forward::replaced(&raw, kind, other)).await {
            Meaning::About(about) => {
                assert!(matches!(about.letter.kind, LetterKind::Rejected | LetterKind::Hint), "{other}: {about:?}");
                assert_eq!(about.package.as_deref(), Some(PACKAGE), "{other}");
            }
            Meaning::Unreadable(_) => {}
            meaning => panic!("{other}: {meaning:?}"),
        }
    }
}

/// 7. What others say they have found.
#[tokio::test]
async fn results_that_stand_in_the_mail_count_for_nothing() {
    let mut raw = rejection().draft().unsigned();
    for (name, value) in [
        ("Authentication-Results", "mx.google.com; dkim=pass header.i=@google.com; spf=pass; dmarc=pass"),
        ("ARC-Authentication-Results", "i=1; mx.google.com; dkim=pass header.i=@google.com"),
        ("ARC-Seal", "i=1; a=rsa-sha256; t=1; cv=none; d=google.com; s=arc; b=AAAA"),
        ("ARC-Message-Signature", "i=1; a=rsa-sha256; d=google.com; s=arc; h=from; bh=AAAA; b=AAAA"),
        ("Received-SPF", "pass (google.com: domain of a@google.com designates 1.2.3.4 as permitted sender)"),
        ("X-Google-DKIM-Signature", "v=1; a=rsa-sha256; d=google.com; s=20251104; h=from; bh=AAAA; b=AAAA"),
    ] {
        raw = forward::with_header(&raw, name, value);
        assert_eq!(refused(&raw).await, Reason::Unsigned { domain: "google.com".to_owned() }, "{name}");
    }
    let trusting = Verifier::builder().pinned_keys(google().keys()).trusted_sealers(["google.com"]).offline().build();
    assert!(matches!(unproved_by(&trusting, &raw).await.reason, Reason::Unsigned { .. }));
}

/// 8. Mail that makes work.
#[tokio::test]
async fn fifty_signatures_are_refused_before_anything_is_computed_or_asked() {
    let mut raw = genuine();
    for number in 0..49 {
        let value = format!("v=1; a=rsa-sha256; d=google.com; s=s{number}; h=from; bh=AAAA; b=AAAA");
        raw = forward::with_header(&raw, "DKIM-Signature", &value);
    }
    assert_eq!(refused(&raw).await, Reason::TooManySignatures { count: 50, most: 10 });
    let patient = Verifier::builder().most_signatures(50).pinned_keys(google().keys()).offline().build();
    assert!(patient.verify(&raw, Utc::now()).await.proof().is_some());
}

/// 8. Mail that makes work.
#[tokio::test]
async fn what_is_large_deep_or_endless_takes_no_time() {
    let started = Instant::now();
    let huge = vec![b'a'; 25 * 1024 * 1024 + 1];
    assert!(matches!(refused(&huge).await, Reason::TooLarge { .. }));

    let names = "from:subject:date:message-id".to_owned() + &":a".repeat(60_000);
    let many = Signing::google(Utc::now()).covering(names.split(':'));
    let raw = google().sign(&rejection().draft().unsigned(), &many);
    assert!(matches!(refused(&raw).await, Reason::Malformed { .. }));

    let mut nested = b"To: a\r\n\r\nx".to_vec();
    for _ in 0..50 {
        nested = forward::as_attachment(&nested, "a@gmail.com", "b@intake.test");
    }
    refused(&nested).await;
    let mut deep = String::from("From: a@evil.test\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n");
    for depth in 0..5000 {
        deep += &format!("--b{depth}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n", depth + 1);
    }
    refused(deep.as_bytes()).await;
    refused(b"Content-Type: message/rfc822\r\n\r\n".repeat(5000).as_slice()).await;

    // A genuine letter that is full of beginnings of what is searched for.
    for words in
        ["your app ", "(com.a.b", "Version code ", "Issue found:\n", "20", "App Status:\n", "After review, a, "]
    {
        let text = format!("{}\nPublishing Status\nApp Status: Rejected\n", words.repeat(8000));
        read(&google().send(&rejection().draft().text(text))).await;
    }
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}
