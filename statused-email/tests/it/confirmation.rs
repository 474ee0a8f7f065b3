//! Gmail's question whether it may forward, answered.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use secrecy::ExposeSecret as _;
use statused_email::confirmation::{ConfirmError, ConfirmationState};
use statused_email::intake::{Intake, Receipt};
use statused_email::testkit::{forward, letters};

use crate::gmail::{Gmail, Manner};
use crate::support::*;

const HOUR: Duration = Duration::from_secs(3600);

fn question(token: &str, language: &str) -> Vec<u8> {
    google().send(&letters::gmail_confirmation(DEVELOPER, US, token, language))
}

async fn asked(manner: Manner) -> (World, Gmail, Intake) {
    let world = world().await;
    let gmail = Gmail::start(manner).await;
    let intake = world.builder().recipients([US]).web(Arc::new(gmail.clone())).build();
    (world, gmail, intake)
}

/// The state of the only question.
fn state(intake: &Intake) -> ConfirmationState {
    let all = intake.confirmations();
    assert_eq!(all.len(), 1);
    all[0].state.clone()
}

#[tokio::test]
async fn an_expected_question_is_answered_in_every_language_and_the_forwarding_is_active_really() {
    for language in letters::GMAIL_LANGUAGES {
        let (_world, gmail, intake) = asked(Manner::Proper).await;
        let mut watched = intake.watch_confirmations();
        intake.expect_forwarding(Some("Developer@Gmail.com"), HOUR);
        let mail = question("abc", language);
        let receipt = intake.ingest(&mail, to_us()).await;
        assert!(matches!(receipt, Receipt::Asked { .. }), "{language}: {receipt:?}");
        assert_eq!(state(&intake), ConfirmationState::Confirmed, "{language}");
        assert_eq!(gmail.activated(), 1, "{language}: only Google can say that it forwards");
        let confirmation = intake.confirmations().remove(0);
        assert!(confirmation.link.is_none() && confirmation.requested_by.as_deref() == Some(DEVELOPER), "{language}");
        let mut states = Vec::new();
        while let Ok(told) = watched.try_recv() {
            states.push(told.state);
        }
        assert_eq!(states.last(), Some(&ConfirmationState::Confirmed));
        let receipt = intake.ingest(&mail, to_us()).await;
        assert_eq!((receipt, gmail.asked()["POST"]), (Receipt::Repeated, 1), "{language}: the same mail twice");
    }
}

/// The page that asks is no confirmation.
#[tokio::test]
async fn a_page_that_still_asks_is_no_success() {
    let (_world, gmail, intake) = asked(Manner::StillAsks).await;
    intake.expect_forwarding(None, HOUR);
    intake.ingest(&question("abc", "en"), to_us()).await;
    assert_eq!(state(&intake), ConfirmationState::Failed(ConfirmError::StillAsks));
    assert_eq!((gmail.activated(), gmail.asked()["POST"]), (0, 1));
    let confirmation = intake.confirmations().remove(0);
    assert!(confirmation.link.unwrap().expose_secret().contains("/mail/vf-"), "a person gets the link");
    gmail.becomes(Manner::Proper);
    assert_eq!(intake.confirm(&confirmation.id).await, Ok(ConfirmationState::Confirmed));
    assert_eq!((state(&intake), gmail.activated()), (ConfirmationState::Confirmed, 1));
    assert!(intake.confirm(&confirmation.id).await.is_err(), "there is no link left");
}

#[tokio::test]
async fn an_unexpected_question_is_shown_and_not_opened() {
    let (world, gmail, intake) = asked(Manner::Proper).await;
    intake.ingest(&question("a", "en"), to_us()).await;
    assert_eq!(state(&intake), ConfirmationState::Unexpected);
    intake.expect_forwarding(Some("somebody.else@gmail.com"), HOUR);
    intake.expect_forwarding(Some(DEVELOPER), Duration::from_secs(60));
    world.clock.pass(TimeDelta::seconds(61));
    intake.ingest(&question("b", "en"), to_us()).await;
    assert_eq!(intake.confirmations()[0].state, ConfirmationState::Unexpected, "too late, and somebody else");
    assert!(gmail.asked().is_empty());
    // One expectation answers one question.
    intake.expect_forwarding(Some(DEVELOPER), HOUR);
    intake.ingest(&question("c", "en"), to_us()).await;
    intake.ingest(&question("d", "en"), to_us()).await;
    let states: Vec<_> = intake.confirmations().into_iter().map(|one| one.state).collect();
    assert_eq!(states[..2], [ConfirmationState::Unexpected, ConfirmationState::Confirmed]);
    assert_eq!(gmail.activated(), 1);
    // A person says so.
    let first = intake.confirmations().remove(3).id;
    assert_eq!(intake.confirm(&first).await, Ok(ConfirmationState::Confirmed));
    assert_eq!(gmail.activated(), 2);
}

#[tokio::test]
async fn a_used_link_and_a_broken_google_are_no_success() {
    for (manner, expected) in [
        (Manner::Answers(200), ConfirmError::Used),
        (Manner::Answers(400), ConfirmError::Used),
        (Manner::Answers(404), ConfirmError::Used),
        (Manner::Answers(403), ConfirmError::Status(403)),
    ] {
        let (_world, _gmail, intake) = asked(manner).await;
        intake.expect_forwarding(None, HOUR);
        intake.ingest(&question("abc", "en"), to_us()).await;
        assert_eq!(state(&intake), ConfirmationState::Failed(expected));
        assert!(intake.confirmations()[0].link.is_some());
    }
    let (_world, gmail, intake) = asked(Manner::Fails(2)).await;
    intake.expect_forwarding(None, HOUR);
    intake.ingest(&question("abc", "en"), to_us()).await;
    assert_eq!((state(&intake), gmail.activated()), (ConfirmationState::Confirmed, 1), "the third try");
    // Used before: its page does not ask.
    let (_world, gmail, intake) = asked(Manner::Proper).await;
    intake.expect_forwarding(None, HOUR);
    intake.expect_forwarding(None, HOUR);
    intake.ingest(&question("abc", "en"), to_us()).await;
    intake.ingest(&question("abc", "es"), to_us()).await;
    assert_eq!(intake.confirmations()[0].state, ConfirmationState::Failed(ConfirmError::Used));
    assert_eq!(gmail.activated(), 1);
}

/// The fake panics when it is asked for anything that is not Google's.
#[tokio::test]
async fn nothing_but_gmails_confirmation_is_ever_opened() {
    for elsewhere in [
        "http://169.254.169.254/latest/meta-data/",
        "https://evil.test/mail/vf-x",
        "https://mail.google.com/mail/uf-x",
        "https://accounts.google.com/mail/vf-x",
        "https://mail.google.com:8443/mail/vf-x",
        "//evil.test/mail/vf-x",
    ] {
        for manner in [Manner::LeadsTo(elsewhere.to_owned()), Manner::PostsTo(elsewhere.to_owned())] {
            let (_world, gmail, intake) = asked(manner.clone()).await;
            intake.expect_forwarding(None, HOUR);
            intake.ingest(&question("abc", "en"), to_us()).await;
            assert_eq!(state(&intake), ConfirmationState::Failed(ConfirmError::NotGmails), "{manner:?}");
            assert!(!gmail.asked().contains_key("POST"), "{manner:?}");
        }
    }
    let (_world, gmail, intake) = asked(Manner::LeadsTo("https://mail.google.com/mail/vf-x".to_owned())).await;
    intake.expect_forwarding(None, HOUR);
    intake.ingest(&question("abc", "en"), to_us()).await;
    assert_eq!(state(&intake), ConfirmationState::Failed(ConfirmError::Circles));
    assert!(gmail.asked()["GET"] < 10);
}

#[tokio::test]
async fn a_forged_question_and_one_for_others_are_not_answered() {
    let (_world, gmail, intake) = asked(Manner::Proper).await;
    intake.expect_forwarding(None, HOUR);
    let forged = forward::replaced(&question("abc", "en"), "gmail.com", "evil.test");
    let receipt = intake.ingest(&forged, to_us()).await;
    assert!(matches!(receipt, Receipt::Quarantined { .. }), "{receipt:?}");
    let receipt = intake.ingest(&question("abc", "en"), statused_email::Envelope::to(["other@acme.example"])).await;
    assert!(matches!(receipt, Receipt::Quarantined { .. }), "{receipt:?}");
    assert!(intake.confirmations().is_empty() && gmail.asked().is_empty());
}

/// A sender who hangs up while the pages are walked leaves nothing half done.
#[tokio::test]
async fn a_dropped_call_confirms_all_the_same() {
    let (_world, gmail, intake) = asked(Manner::Fails(1)).await;
    intake.expect_forwarding(None, HOUR);
    let mail = question("abc", "en");
    {
        let mut call = Box::pin(intake.ingest(&mail, to_us()));
        tokio::select! {
            _ = &mut call => panic!("the first answer is a failure that is waited for"),
            () = until("Gmail is asked", async || !gmail.asked().is_empty()) => {}
        }
    }
    until("it is confirmed", async || state(&intake) == ConfirmationState::Confirmed).await;
    assert_eq!(gmail.activated(), 1);
}

#[tokio::test]
async fn an_intake_without_a_way_out_says_so() {
    let world = world().await;
    let intake = world.intake();
    intake.expect_forwarding(None, HOUR);
    intake.ingest(&question("abc", "en"), to_us()).await;
    assert_eq!(state(&intake), ConfirmationState::Failed(ConfirmError::NoWeb));
    assert!(intake.confirmations()[0].link.is_some());
}
