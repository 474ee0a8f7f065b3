//! What is accepted, and what a proof holds.

use chrono::{SubsecRound as _, TimeDelta, Utc};
use statused_email::proof::{NotThisMail, Outcome, Signature, SignatureCheck, Way};
use statused_email::testkit::{Draft, Layout, Postmaster, Signing, forward};
use statused_email::{Proof, Reason, Verdict, Verifier};

use crate::support::*;

#[tokio::test]
async fn a_genuine_mail_is_proved_and_the_proof_says_by_what() {
    let draft = rejection().draft();
    let raw = google().send(&draft);
    let now = Utc::now();
    let verdict = verifier().verify(&raw, now).await;
    let proof = verdict.proof().unwrap();
    assert_eq!(proof.from, "no-reply-googleplay-developer@google.com");
    assert_eq!(proof.message_id, draft.id());
    assert_eq!(proof.date, draft.date());
    assert_eq!(proof.way, Way::Signature);
    assert_eq!((proof.domain.as_str(), proof.selector.as_str()), ("google.com", "20251104"));
    assert_eq!(proof.key, google().record());
    assert_eq!(proof.signed_at, Some(draft.date()));
    assert_eq!(proof.expires_at, draft.date() + TimeDelta::days(7));
    assert_eq!(proof.proved_at, now);
}

#[tokio::test]
async fn every_layout_is_proved() {
    for layout in Layout::ALL {
        let raw = google().send(&rejection().draft().layout(layout));
        assert!(verify(&raw).await.proof().is_some(), "{layout:?}");
    }
}

#[tokio::test]
async fn a_stored_verdict_opens_its_mail_and_no_other() {
    let raw = genuine();
    let verdict = verify(&raw).await;
    let stored = serde_json::to_string(&verdict).unwrap();
    let restored: Verdict = serde_json::from_str(&stored).unwrap();
    assert_eq!(restored, verdict);
    let proof: &Proof = restored.proof().unwrap();
    assert!(proof.open(&raw).is_ok());
    let another = forward::replaced(&raw, "Sample", "Simple");
    assert_eq!(proof.open(&another).map(|_| ()), Err(NotThisMail));
    let longer = [&raw[..], b"\r\n"].concat();
    assert_eq!(proof.open(&longer).map(|_| ()), Err(NotThisMail));
}

#[tokio::test]
async fn a_signature_counts_until_it_expires_by_the_given_clock() {
    let raw = genuine();
    let date = rejection().draft().date();
    let at = async |now| verifier().verify(&raw, now).await;
    assert!(at(date + TimeDelta::days(6)).await.proof().is_some());
    let late = at(date + TimeDelta::days(8)).await.unproved().unwrap().clone();
    assert!(matches!(late.reason, Reason::Expired { .. }) && !late.passing, "{late:?}");
}

#[tokio::test]
async fn a_backlog_is_judged_by_when_it_came() {
    let then = Utc::now() - TimeDelta::days(300);
    let raw = google().send(&rejection().draft().at(then));
    assert!(matches!(refused(&raw).await, Reason::Expired { .. }));
    let verdict = verifier().verify(&raw, then + TimeDelta::minutes(2)).await;
    assert!(verdict.proof().is_some(), "{verdict:?}");
}

#[tokio::test]
async fn without_expiry_a_signature_counts_for_a_week() {
    let now = Utc::now().trunc_subsecs(0);
    let sign = |age: TimeDelta, dated: bool| {
        let at = now - age;
        let signing = Signing::google(at).expires(None);
        let signing = if dated { signing } else { signing.undated() };
        google().sign(&rejection().draft().at(at).unsigned(), &signing)
    };
    for dated in [true, false] {
        assert!(verify(&sign(TimeDelta::days(6), dated)).await.proof().is_some());
        assert!(matches!(refused(&sign(TimeDelta::days(8), dated)).await, Reason::Expired { .. }));
    }
}

#[tokio::test]
async fn a_clock_that_is_behind_is_waited_for() {
    let raw = google().send(&rejection().draft());
    let date = rejection().draft().date();
    assert!(verifier().verify(&raw, date - TimeDelta::minutes(50)).await.proof().is_some());
    let verdict = verifier().verify(&raw, date - TimeDelta::hours(2)).await;
    let early = verdict.unproved().unwrap();
    assert!(matches!(early.reason, Reason::Future { .. }) && early.passing && early.until.is_some(), "{early:?}");
}

#[tokio::test]
async fn a_signature_that_expires_before_it_was_made_is_none() {
    let now = Utc::now();
    let signing = Signing::google(now + TimeDelta::minutes(30)).expires(Some(now + TimeDelta::minutes(20)));
    let raw = google().sign(&rejection().draft().unsigned(), &signing);
    assert!(matches!(refused(&raw).await, Reason::Malformed { .. }));
}

#[tokio::test]
async fn the_senders_are_known_and_can_be_others() {
    let from = |address: &str| google().send(&rejection().draft().from(format!("Google <{address}>")));
    for known in statused_email::proof::KNOWN_SENDERS.into_iter().chain(["forwarding-noreply@google.com"]) {
        assert!(verify(&from(known)).await.proof().is_some(), "{known}");
    }
    let stranger = from("sites-noreply@google.com");
    assert_eq!(refused(&stranger).await, Reason::Sender { address: "sites-noreply@google.com".to_owned() });
    let other =
        Verifier::builder().senders(["Sites-NoReply@google.com"]).pinned_keys(google().keys()).offline().build();
    assert!(other.verify(&stranger, Utc::now()).await.proof().is_some());
    let usual = from("no-reply-googleplay-developer@google.com");
    assert!(other.verify(&usual, Utc::now()).await.proof().is_none());
    assert!(other.verify(&from("forwarding-noreply@google.com"), Utc::now()).await.proof().is_some());
}

#[tokio::test]
async fn a_sender_of_another_domain_is_proved_by_that_domain_alone() {
    let other = Postmaster::of("play.test", "k1");
    let verifier = Verifier::builder()
        .senders(["a@play.test", "a@google.com"])
        .domains(["google.com", "play.test"])
        .pinned_keys(google().keys())
        .pinned_keys(other.keys())
        .offline()
        .build();
    let draft = |from: &str| Draft::new(from, "Hello", "x");
    let proved = async |raw: Vec<u8>| verifier.verify(&raw, Utc::now()).await.proof().is_some();
    assert!(proved(other.send(&draft("a@play.test"))).await);
    assert!(proved(google().send(&draft("a@google.com"))).await);
    assert!(!proved(other.send(&draft("a@google.com"))).await);
    assert!(!proved(google().send(&draft("a@play.test"))).await);
}

#[tokio::test]
async fn a_domain_does_not_vouch_for_those_below_it() {
    let verifier = Verifier::builder().senders(["a@mail.google.com"]).pinned_keys(google().keys()).offline().build();
    let raw = google().send(&Draft::new("a@mail.google.com", "Hello", "x"));
    let unproved = unproved_by(&verifier, &raw).await;
    assert_eq!(unproved.reason, Reason::Sender { address: "a@mail.google.com".to_owned() });
}

#[tokio::test]
async fn a_line_of_a_mailbox_file_does_no_harm() {
    let raw = [b"From MAILER Mon Nov  2 10:00:00 2026\r\n", &genuine()[..]].concat();
    assert_eq!(about_raw(&raw).await.package.as_deref(), Some(PACKAGE));
}

/// Whatever it is told to say.
#[derive(Debug)]
struct Says(Vec<Signature>);

#[async_trait::async_trait]
impl SignatureCheck for Says {
    async fn signatures(&self, _: &[u8], _: &[String]) -> Vec<Signature> {
        self.0.clone()
    }

    async fn chain(&self, _: &[u8], _: &[String]) -> Option<statused_email::proof::Chain> {
        None
    }
}

#[tokio::test]
async fn what_another_check_says_is_judged_by_the_same_rules() {
    let good = || {
        let mut signature = Signature::new("google.com", "s", Outcome::Pass);
        signature.headers = ["from", "to", "subject", "date", "message-id"].map(str::to_owned).into();
        signature.bits = Some(1024);
        signature
    };
    let judged = async |signatures: Vec<Signature>| {
        let verifier = Verifier::builder().signature_check(Says(signatures)).build();
        verifier.verify(&genuine(), Utc::now()).await
    };
    assert!(judged(vec![good()]).await.proof().is_some());
    let spoilt = |spoil: fn(&mut Signature)| {
        let mut signature = good();
        spoil(&mut signature);
        signature
    };
    let weak = judged(vec![spoilt(|it| it.bits = Some(768))]).await;
    assert!(matches!(weak.unproved().unwrap().reason, Reason::Weak { .. }));
    for spoil in [
        (|it| it.domain = "mail.google.com".to_owned()) as fn(&mut Signature),
        |it| it.partial = true,
        |it| it.outcome = Outcome::WeakHash,
        |it| it.outcome = Outcome::BodyAltered,
        |it| it.outcome = Outcome::HeadersAltered,
        |it| it.outcome = Outcome::Malformed,
        |it| it.outcome = Outcome::KeyRevoked,
        |it| it.outcome = Outcome::KeyNotFound,
        |it| it.outcome = Outcome::KeyUnreachable,
        |it| it.expires_at = Some(Utc::now()),
    ] {
        let bad = spoilt(spoil);
        assert!(judged(vec![bad.clone()]).await.proof().is_none(), "{bad:?}");
        assert!(judged(vec![bad.clone(), good()]).await.proof().is_some(), "one that holds is enough: {bad:?}");
    }
    for header in ["from", "subject", "date", "message-id"] {
        let mut bad = good();
        bad.headers.retain(|covered| covered != header);
        let verdict = judged(vec![bad]).await;
        let reason = &verdict.unproved().unwrap().reason;
        assert!(matches!(reason, Reason::Uncovered { header: missing, .. } if missing == header), "{reason}");
    }
    // What may pass is worth another try, wherever it stands.
    let both = [spoilt(|it| it.outcome = Outcome::BodyAltered), spoilt(|it| it.outcome = Outcome::KeyUnreachable)];
    assert!(judged(both.to_vec()).await.unproved().unwrap().passing);
    assert!(!judged(vec![]).await.unproved().unwrap().passing);
}
