//! What went wrong in the hosted product once, and must not here.

use std::sync::Arc;

use chrono::TimeDelta;
use statused_core::model::{Status, SubjectKind};
use statused_core::monitor::Clock as _;
use statused_email::Envelope;
use statused_email::intake::Receipt;
use statused_email::testkit::{PolicyLetter, forward, letters};

use crate::support::*;

/// Two of the team forward the same mail.
#[tokio::test]
async fn the_same_mail_through_two_forwarders_is_one_event() {
    let world = world().await;
    let intake = world.intake();
    let mail = warning(1);
    let copies = ["one@gmail.com", "two@gmail.com"].map(|user| forward::gmail(&mail, user, US));
    let [one, two] = copies.map(|copy| {
        let intake = intake.clone();
        tokio::spawn(async move { intake.ingest(&copy, Envelope::default()).await })
    });
    let receipts = [one.await.unwrap(), two.await.unwrap()];
    assert!(receipts.contains(&Receipt::Repeated), "{receipts:?}");
    // Another machine, which remembers nothing; and two mails of one fact, to two members of the team.
    world.intake().ingest(&forward::gmail(&mail, "three@gmail.com", US), Envelope::default()).await;
    let letter = PolicyLetter::warning("MyApp", APP).issue("Violation number 1").draft();
    let second = google().send(&letter.to("second@example.com").message_id("another@google.com"));
    assert!(matches!(intake.ingest(&second, to_us()).await, Receipt::Taken { .. }));
    assert_eq!(world.told().await, ["Action Required"]);
}

/// A mail about a change of the listing, one that came before, and one that nobody can read used to hold up the rest.
#[tokio::test]
async fn no_mail_holds_up_another() {
    let world = world().await;
    let intake = world.intake();
    let odd = PolicyLetter::warning("MyApp", APP).issue("Odd").draft();
    for mail in [
        google().send(&letters::newsletter()),
        google().send(&letters::restricted_account("Acme")),
        google().send(&letters::user_review("MyApp", "great")),
        google().send(&odd.text("")),
        warning(1),
        warning(1),
        forward::with_footer(&warning(2), "x"),
        b"\xff\xfe\x00".to_vec(),
        Vec::new(),
    ] {
        assert!(intake.ingest(&mail, to_us()).await.is_settled());
    }
    assert!(matches!(intake.ingest(&warning(3), to_us()).await, Receipt::Taken { .. }));
    let told = world.told().await;
    assert_eq!(told.iter().filter(|status| *status == "Action Required").count(), 2, "{told:?}");
}

/// A suspension that overtakes the warning before it.
#[tokio::test]
async fn mails_that_overtake_each_other_leave_the_last_word_to_the_last() {
    let world = world().await;
    let intake = world.intake();
    world.clock.pass(TimeDelta::hours(2));
    let at = |minutes| world.clock.now() - TimeDelta::minutes(minutes);
    let warned = google().send(&PolicyLetter::warning("MyApp", APP).issue("Ads").draft().at(at(60)));
    let suspended = google().send(&PolicyLetter::suspension("MyApp", APP).issue("Ads").draft().at(at(5)));
    let sent = [suspended, warned].map(|mail| {
        let intake = intake.clone();
        tokio::spawn(async move { intake.ingest(&mail, to_us()).await })
    });
    for receipt in sent {
        assert!(matches!(receipt.await.unwrap(), Receipt::Taken { .. }));
    }
    let mut told = world.told().await;
    told.sort();
    assert_eq!(told, ["Action Required", "Suspended"], "nothing is lost");
    let apps = world.monitor.status().await.unwrap();
    let standing = apps.iter().flat_map(|app| &app.subjects).find(|subject| subject.kind == SubjectKind::Standing);
    assert_eq!(standing.unwrap().status, "Suspended");
}

/// A hundred mails at once, of two apps, on several threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_are_each_told_once() {
    let world = world().await;
    world.console.shows("com.acme.second", Status::Live);
    world.told().await;
    let intake = world.builder().recipients([US]).rate(1000, 1000).build();
    let mails: Vec<_> = (0..25)
        .flat_map(|n| {
            let second = PolicyLetter::warning("Second", "com.acme.second").issue(format!("Violation number {n}"));
            [warning(n), google().send(&second.draft())]
        })
        .collect();
    let sent: Vec<_> = mails
        .iter()
        .chain(&mails)
        .map(|mail| {
            let (intake, mail) = (intake.clone(), Arc::new(mail.clone()));
            tokio::spawn(async move { intake.ingest(&mail, to_us()).await })
        })
        .collect();
    let mut taken = 0;
    for receipt in sent {
        taken += usize::from(matches!(receipt.await.unwrap(), Receipt::Taken { .. }));
    }
    assert_eq!((taken, intake.health().repeated), (50, 50));
    assert_eq!(world.told().await.len(), 50);
}
