//! What becomes of a mail.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use statused_core::model::Status;
use statused_core::monitor::Clock as _;
use statused_email::intake::quarantine::{MemoryQuarantine, Quarantine as _, Room};
use statused_email::intake::{Ignored, Receipt, Refused, Why};
use statused_email::testkit::{PolicyLetter, forward, letters};
use statused_email::{Envelope, Verdict, Verifier};

use crate::support::*;

fn taken() -> Receipt {
    receipt_of(APP)
}

fn receipt_of(package: &str) -> Receipt {
    Receipt::Taken { package: package.to_owned() }
}

#[tokio::test]
async fn a_mail_becomes_an_event_and_its_copy_none() {
    let world = world().await;
    let intake = world.intake();
    let mail = warning(1);
    assert_eq!(intake.ingest(&mail, to_us()).await, taken());
    assert_eq!(intake.ingest(&mail, to_us()).await, Receipt::Repeated);
    assert_eq!(world.told().await, ["Action Required"]);
    let health = intake.health();
    assert_eq!((health.received, health.taken, health.repeated, health.quarantined), (2, 1, 1, 0));
    assert!(health.last_taken.is_some() && health.last_problem.is_none(), "{health:?}");
}

/// The header `To` names the developer; every other mark of the way counts.
#[tokio::test]
async fn a_mail_is_ours_by_its_way_and_never_by_to() {
    let world = world().await;
    let intake = world.intake();
    let to_us_only = google().send(&PolicyLetter::warning("MyApp", APP).issue("To").draft().to(US));
    let receipt = intake.ingest(&to_us_only, Envelope::default()).await;
    assert!(matches!(receipt, Receipt::Quarantined { why: Why::OtherRecipient, .. }), "{receipt:?}");
    let receipt = intake.ingest(&warning(1), Envelope::to(["somebody@else.example"])).await;
    assert!(matches!(receipt, Receipt::Quarantined { why: Why::OtherRecipient, .. }), "{receipt:?}");
    assert_eq!(intake.ingest(&warning(2), Envelope::to(["<PLAY@acme.EXAMPLE>"])).await, taken());
    assert_eq!(intake.ingest(&forward::gmail(&warning(3), DEVELOPER, US), Envelope::default()).await, taken());
    let delivered = forward::with_header(&warning(4), "Delivered-To", US);
    assert_eq!(intake.ingest(&delivered, Envelope::default()).await, taken());
    let caf = Envelope::default().with_sender("developer+caf_=play=acme.example@gmail.com");
    assert_eq!(intake.ingest(&warning(5), caf).await, taken());
    let anybodys = world.builder().build();
    assert_eq!(anybodys.ingest(&warning(6), Envelope::default()).await, taken(), "no address was named");
    assert_eq!(world.told().await.len(), 5);
}

#[tokio::test]
async fn what_is_not_googles_is_kept_or_ignored_and_never_told() {
    let world = world().await;
    let intake = world.intake();
    let genuine = warning(1);
    for forged in [
        forward::with_footer(&genuine, "a list's footer"),
        forward::with_subject_tag(&genuine, "[play]"),
        forward::replaced(&genuine, "number 1", "number 2"),
        PolicyLetter::warning("MyApp", APP).draft().unsigned(),
    ] {
        let receipt = intake.ingest(&forged, to_us()).await;
        let Receipt::Quarantined { id, why } = receipt else { panic!("{receipt:?}") };
        assert!(!why.is_passing(), "{why}");
        let kept = intake.quarantine().get(&id).await.unwrap().unwrap();
        assert_eq!((kept.raw, kept.head.next_try), (forged, None));
    }
    let spam = b"From: friend@example.com\r\nTo: x@y.z\r\nSubject: hi\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\n\
                 Message-ID: <1@example.com>\r\n\r\nhi\r\n";
    let receipt = intake.ingest(spam, to_us()).await;
    assert_eq!(receipt, Receipt::Ignored(Ignored::OtherSender));
    // A forgery with the genuine mail's id must not use that up.
    assert_eq!(intake.ingest(&genuine, to_us()).await, taken());
    assert_eq!(world.told().await, ["Action Required"]);
}

#[tokio::test]
async fn what_says_nothing_of_a_status_is_ignored() {
    let world = world().await;
    let intake = world.intake();
    for draft in [letters::newsletter(), letters::receipt(), letters::user_review("MyApp", "App Status: Rejected")] {
        let receipt = intake.ingest(&google().send(&draft), to_us()).await;
        let unimportant = matches!(receipt, Receipt::Ignored(Ignored::NotAboutStatus) | Receipt::Quarantined { .. });
        assert!(unimportant, "{receipt:?}");
    }
    assert!(world.told().await.is_empty());
}

#[tokio::test]
async fn only_apps_of_the_account_and_of_the_list_are_told() {
    let world = world().await;
    world.console.shows("com.acme.second", Status::Live);
    world.told().await;
    let listed = world.builder().recipients([US]).packages([APP]).build();
    let about = |package: &str| google().send(&PolicyLetter::warning("MyApp", package).draft());
    let receipt = listed.ingest(&about("com.acme.second"), to_us()).await;
    assert!(matches!(receipt, Receipt::Ignored(Ignored::OtherApp { .. })), "{receipt:?}");
    // Replayed from the attacker's own account.
    let receipt = world.intake().ingest(&about("com.attacker.app"), to_us()).await;
    assert!(matches!(receipt, Receipt::Quarantined { why: Why::UnknownApp { .. }, .. }), "{receipt:?}");
    let named = google().send(&letters::production_access());
    let receipt = world.intake().ingest(&named, to_us()).await;
    let nothing_told = matches!(receipt, Receipt::Quarantined { why: Why::NoPackage, .. } | Receipt::Ignored(_));
    assert!(nothing_told, "an app's name binds nothing: {receipt:?}");
    assert!(world.told().await.is_empty());
    assert_eq!(world.intake().ingest(&about("com.acme.second"), to_us()).await, receipt_of("com.acme.second"));
}

/// Mail that waited in a mailbox comes before the first poll has shown the app.
#[tokio::test]
async fn an_app_that_the_source_has_not_shown_yet_is_waited_for() {
    let world = empty_world();
    let intake = world.intake();
    let receipt = intake.ingest(&warning(1), to_us()).await;
    let Receipt::Quarantined { id, why: Why::UnknownApp { .. } } = receipt else { panic!("{receipt:?}") };
    world.console.shows(APP, Status::Live);
    world.told().await;
    assert!(intake.retry_due().await.unwrap().is_some(), "not due yet");
    assert_eq!(intake.health().taken, 0);
    world.clock.pass(TimeDelta::seconds(11));
    assert_eq!(intake.retry_due().await, Ok(None));
    assert_eq!(intake.quarantine().get(&id).await, Ok(None));
    assert_eq!(world.told().await, ["Action Required"]);
    assert_eq!((intake.health().taken, intake.health().received), (1, 1));
}

/// The DNS is down, and comes back.
#[tokio::test]
async fn a_passing_reason_is_tried_again_and_a_proof_is_never_looked_for_again() {
    let world = world().await;
    let quarantine = Arc::new(MemoryQuarantine::new());
    let offline = Verifier::builder().offline().build();
    let blind = world.builder_with(offline.clone()).quarantine(Arc::<MemoryQuarantine>::clone(&quarantine)).build();
    let receipt = blind.ingest(&warning(1), to_us()).await;
    let Receipt::Quarantined { id, why } = receipt else { panic!("{receipt:?}") };
    assert!(why.is_passing(), "{why}");
    world.clock.pass(TimeDelta::seconds(11));
    assert!(blind.retry_due().await.unwrap().is_some());
    let head = quarantine.list().await.unwrap().remove(0);
    assert_eq!((head.tries, head.next_try.is_some()), (1, true));
    // Long after the signature has expired, since the mail came when it had not.
    world.clock.pass(TimeDelta::days(30));
    let seeing = world.builder().quarantine(Arc::<MemoryQuarantine>::clone(&quarantine)).build();
    assert_eq!(seeing.retry(&id).await, Ok(Some(taken())));
    assert_eq!(world.told().await, ["Action Required"]);

    // Proved, and kept for another reason: the key is not asked for again.
    let other = world.builder().recipients([US]).quarantine(Arc::<MemoryQuarantine>::clone(&quarantine)).build();
    let receipt = other.ingest(&warning_at(2, world.clock.now()), Envelope::default()).await;
    let Receipt::Quarantined { id, .. } = receipt else { panic!("{receipt:?}") };
    assert!(matches!(quarantine.get(&id).await.unwrap().unwrap().head.verdict, Verdict::Proved(_)));
    let blind = world.builder_with(offline).quarantine(quarantine).build();
    assert_eq!(blind.retry(&id).await, Ok(Some(taken())));
}

#[tokio::test]
async fn what_was_kept_runs_by_itself_until_it_is_told_to_stop() {
    let world = empty_world();
    let intake = world.intake();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = intake.clone();
    let run = tokio::spawn(async move { running.run(async { drop(stopped.await) }).await });
    intake.ingest(&warning(1), to_us()).await;
    world.console.shows(APP, Status::Live);
    world.told().await;
    world.clock.pass(TimeDelta::seconds(11));
    // Another mail wakes it up, as the clock of the test is not the one it sleeps by.
    intake.ingest(&forward::with_footer(&warning(2), "x"), to_us()).await;
    until("the first mail is taken", async || intake.health().taken == 1).await;
    stop.send(()).unwrap();
    soon(run).await.unwrap();
}

#[tokio::test]
async fn a_store_that_is_down_makes_the_sender_come_again() {
    let world = world().await;
    let intake = world.intake();
    let mail = warning(1);
    for trouble in [&world.store.broken, &world.store.full] {
        trouble.store(true, Ordering::SeqCst);
        let receipt = intake.ingest(&mail, to_us()).await;
        assert!(matches!(receipt, Receipt::Failed(_)) && receipt.status() == 503, "{receipt:?}");
        trouble.store(false, Ordering::SeqCst);
    }
    assert_eq!(intake.ingest(&mail, to_us()).await, taken());
    assert_eq!(world.told().await, ["Action Required"]);
}

/// What was kept aside and cannot be taken now is not asked about in a tight loop, and is not lost.
#[tokio::test]
async fn a_store_that_is_down_makes_what_was_kept_wait() {
    let world = empty_world();
    let intake = world.intake();
    intake.ingest(&warning(1), to_us()).await;
    world.console.shows(APP, Status::Live);
    world.told().await;
    world.clock.pass(TimeDelta::seconds(11));
    world.store.full.store(true, Ordering::SeqCst);
    let next = intake.retry_due().await.unwrap().unwrap();
    assert!(next > world.clock.now() && intake.health().failed == 1, "{next}");
    world.store.full.store(false, Ordering::SeqCst);
    world.clock.pass(TimeDelta::minutes(1));
    assert_eq!(intake.retry_due().await, Ok(None));
    assert_eq!(world.told().await, ["Action Required"]);
}

#[tokio::test]
async fn floods_and_giants_are_not_looked_at() {
    let world = world().await;
    let intake = world.builder().rate(1, 3).largest_mail(10_000).build();
    let receipt = intake.ingest(&[b'x'; 10_001], to_us()).await;
    assert_eq!((receipt.status(), &receipt), (413, &Receipt::Refused(Refused::TooLarge { length: 10_001 })));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(intake.ingest(b"x", to_us()).await.status());
    }
    assert_eq!(statuses, [200, 200, 429, 429]);
    world.clock.pass(TimeDelta::seconds(1));
    assert_eq!(intake.ingest(b"x", to_us()).await.status(), 200);
    assert_eq!(intake.health().refused, 3);
}

/// Whoever floods us with forgeries must not push out what waits for the DNS.
#[tokio::test]
async fn the_quarantine_is_bounded_and_forgeries_go_first() {
    let world = empty_world();
    let quarantine = Arc::new(MemoryQuarantine::with_room(Room::new(3, 1024 * 1024)));
    let intake = world.builder().quarantine(Arc::<MemoryQuarantine>::clone(&quarantine)).build();
    let receipt = intake.ingest(&warning(0), to_us()).await;
    let Receipt::Quarantined { id, .. } = receipt else { panic!("{receipt:?}") };
    for n in 1..=5 {
        intake.ingest(&forward::with_footer(&warning(n), "x"), to_us()).await;
    }
    assert_eq!(quarantine.list().await.unwrap().len(), 3);
    assert!(quarantine.get(&id).await.unwrap().is_some());
    assert_eq!(intake.health().evicted, 3);
}
