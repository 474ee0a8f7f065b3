//! Mail that is posted to the monitor: what it tells, and what it must not.

use chrono::{TimeDelta, Utc};
use statused::mail::testkit::{PolicyLetter, Postmaster, forward};

use super::site::{Console, NO_PAUSE, PACKAGE, now};
use crate::support::until;

const TAKEN: u16 = 200;
const KEPT_ASIDE: u16 = 202;

#[tokio::test]
async fn the_reason_of_a_rejection_comes_by_mail_once() {
    let console = Console::new(NO_PAUSE).await;
    let process = console.watched().await;
    console.release().in_review();
    console.tells(&process, &[now("In Review")]).await;
    console.release().reject();
    console.tells(&process, &[now("In Review"), now("Rejected")]).await;

    let mail = console.refusal();
    assert_eq!(console.post(&forward::gmail(&mail, "dev@gmail.com", "play@acme.example")).await, TAKEN);
    until(|| process.log(), || console.told().len() == 3).await;
    let [_, rejected, why] = &console.events()[..] else { unreachable!() };
    let event = why.json();
    assert_eq!(
        (&event["type"], &event["data"]["status"]),
        (&"com.statused.app.status.explained".into(), &"Rejected".into())
    );
    assert_eq!(event["data"]["follows"], rejected.id.as_str());
    assert_eq!(event["data"]["reason"], "Violation of Content Ratings policy");
    // Copies by other ways and forwarders, and after a restart that has forgotten which mails came.
    assert_eq!(console.post(&mail).await, TAKEN);
    assert_eq!(console.post(&forward::as_attachment(&mail, "other@gmail.com", "play@acme.example")).await, TAKEN);
    process.kill();
    let process = console.listening().await;
    assert_eq!(console.post(&forward::line_feeds_only(&mail)).await, TAKEN);
    console.looks(5).await;
    assert_eq!(console.told().len(), 3, "{:#?}", console.told());
    assert_eq!(process.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn forged_altered_and_replayed_mail_changes_nothing_in_any_form() {
    let console = Console::new(NO_PAUSE).await;
    let process = console.watched().await;
    console.release().in_review();
    console.tells(&process, &[now("In Review")]).await;

    let letter =
        PolicyLetter::rejection("Acme", PACKAGE).issue("Violation of Content Ratings policy").codes([42]).draft();
    let genuine = console.google.send(&letter);
    let us = "play@acme.example";
    let wrong = [
        ("signed with another key", Postmaster::google().send(&letter)),
        ("signed by another domain", Postmaster::of("google.com.evil.test", "s").send(&letter)),
        ("not signed", letter.unsigned()),
        ("another reason", forward::replaced(&genuine, "Content Ratings", "Content Rantings")),
        ("another package", forward::replaced(&genuine, PACKAGE, "com.acme.apq")),
        ("a subject on top", forward::with_header(&genuine, "Subject", "Your app was removed")),
        ("a footer", forward::with_footer(&genuine, "App Status: Removed")),
        ("quoted by hand", forward::quoted(&genuine, "no-reply-googleplay-developer@google.com", us)),
        ("last week's", console.google.send(&letter.clone().at(Utc::now() - TimeDelta::days(9)))),
        ("of somebody else's app", console.google.send(&PolicyLetter::rejection("Acme", "com.attacker.app").draft())),
    ];
    let mut kept = 0;
    for (what, mail) in &wrong {
        for posted in
            [mail.clone(), forward::gmail(mail, "dev@gmail.com", us), forward::as_attachment(mail, "dev@gmail.com", us)]
        {
            let status = console.post(&posted).await;
            assert!([TAKEN, KEPT_ASIDE].contains(&status), "{what}: {status}");
            kept += u64::from(status == KEPT_ASIDE);
        }
    }
    console.looks(5).await;
    assert_eq!(console.told(), [now("In Review")]);
    let said = console.say(&["status"]).await;
    assert!(said.out.contains("In Review") && !said.out.contains("Rejected"), "{said:?}");
    let health = console.mail_health().await;
    assert_eq!((&health["quarantined"], &health["received"]), (&kept.into(), &(3 * wrong.len()).into()), "{health:#}");
    assert!(kept >= 2 * wrong.len() as u64 && health["last_problem"].is_string(), "{kept}; {health:#}");

    // None of them has used up the genuine one.
    console.release().reject();
    assert_eq!(console.post(&genuine).await, TAKEN);
    until(|| process.log(), || console.told().len() >= 2).await;
    console.looks(5).await;
    let reasons: Vec<_> = console.events().iter().filter_map(|event| event.data("reason")).collect();
    assert_eq!(reasons, ["Violation of Content Ratings policy"]);
    assert_eq!(console.told()[1], now("Rejected"));
    assert_eq!(process.terminate().await.code(), Some(0));
}

/// The mail is faster than the API: it is neither lost nor told before its time.
#[tokio::test]
async fn a_mail_before_the_api_has_it_is_held_until_the_api_has() {
    let console = Console::new(NO_PAUSE).await;
    let process = console.watched().await;
    console.release().in_review();
    console.tells(&process, &[now("In Review")]).await;
    console.play.freeze_lifecycle();
    console.release().reject();
    assert_eq!(console.post(&console.refusal()).await, TAKEN);
    console.looks(5).await;
    process.kill();
    let process = console.listening().await;
    console.looks(5).await;
    console.play.propagate();
    until(|| process.log(), || console.told().len() >= 2).await;
    console.looks(5).await;
    assert_eq!(console.told(), [now("In Review"), now("Rejected")], "one event, though the mail came first");
    assert_eq!(console.events()[1].data("reason").as_deref(), Some("Violation of Content Ratings policy"));
    assert_eq!(process.terminate().await.code(), Some(0));
}

/// A warning concerns the app, not a release, and is told by the letter alone.
#[tokio::test]
async fn a_warning_is_told_by_the_letter_with_its_deadline() {
    let console = Console::new(NO_PAUSE).await;
    let process = console.watched().await;
    assert_eq!(console.post(&console.warning("Data safety")).await, TAKEN);
    until(|| process.log(), || console.told().len() == 1).await;
    let event = console.events()[0].json();
    assert_eq!(
        (&event["data"]["status"], &event["data"]["reason"]),
        (&"Action Required".into(), &"Data safety".into())
    );
    assert!(event["data"]["deadline"].is_string(), "{event:#}");
    let (health, label) = (console.mail_health().await, "{source=\"acme-google\"}");
    assert_eq!((&health["taken"], &health["received"], health["last_mail"].is_string()), (&1.into(), &1.into(), true));
    assert_eq!(console.metric(&format!("statused_mails_taken_total{label}")).await, 1);
    assert_eq!(console.metric(&format!("statused_mails_kept_aside_total{label}")).await, 0);
    assert!(console.metric(&format!("statused_last_mail_seconds{label}")).await > 1_700_000_000);
    assert_eq!(process.terminate().await.code(), Some(0));
}
