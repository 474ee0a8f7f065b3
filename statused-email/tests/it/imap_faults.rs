//! A mailbox whose server misbehaves.

use std::sync::Arc;
use std::time::Duration;

use statused_email::intake::Intake;
use statused_email::intake::imap::{ImapBuilder, ImapError, ImapMailbox, Login, Tls};
use statused_email::testkit::forward;

use crate::fake_imap::{FakeImap, Fault};
use crate::support::*;

fn ours(number: usize) -> Vec<u8> {
    forward::gmail(&warning(number), DEVELOPER, US)
}

fn builder(server: &FakeImap) -> ImapBuilder {
    let login = Login::password("play", "hunter2");
    ImapMailbox::builder("127.0.0.1", login).tls(Tls::Plain).port(server.port)
}

fn mailbox(world: &World, builder: ImapBuilder) -> ImapMailbox {
    builder.build(Arc::<crate::broken_store::BrokenStore>::clone(&world.store)).unwrap()
}

/// Watches while something else happens.
async fn watching<T>(intake: &Intake, mailbox: &ImapMailbox, meanwhile: impl Future<Output = T>) -> T {
    tokio::select! {
        biased;
        done = meanwhile => done,
        () = mailbox.run(intake, std::future::pending()) => unreachable!(),
    }
}

async fn taken(intake: &Intake, count: u64) {
    until("mail is taken", async || intake.health().taken == count).await;
}

#[tokio::test]
async fn the_last_mail_is_not_taken_again_though_the_server_names_it() {
    let world = world().await;
    let (intake, server) = (world.intake(), FakeImap::start(&[]).await);
    server.adds(ours(1));
    let mailbox = mailbox(&world, builder(&server));
    for _ in 0..3 {
        mailbox.sweep(&intake).await.unwrap();
    }
    assert_eq!(intake.health().received, 1);
    assert_eq!(server.count("UID FETCH 1 (UID BODY.PEEK[])"), 1);
    let written = server.inside.lock().unwrap().commands.join("\n");
    assert!(written.contains("EXAMINE") && !written.contains("SELECT") && !written.contains("STORE"), "{written}");
}

#[tokio::test]
async fn a_server_that_announces_early_is_heard() {
    let world = world().await;
    let (intake, server) = (world.intake(), FakeImap::start(&[Fault::AnnouncesEarly]).await);
    let mailbox = mailbox(&world, builder(&server));
    watching(&intake, &mailbox, async {
        until("it idles", async || server.count("IDLE") > 0).await;
        server.adds(ours(1));
        // Nothing else would make it ask within five minutes.
        taken(&intake, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_only_still_there_is_asked_all_the_same() {
    let world = world().await;
    let (intake, server) = (world.intake(), FakeImap::start(&[Fault::OnlyStillHere]).await);
    let mailbox = mailbox(&world, builder(&server).idle(Duration::from_millis(30)));
    watching(&intake, &mailbox, async {
        until("it idles", async || server.count("IDLE") > 0).await;
        server.adds(ours(1));
        taken(&intake, 1).await;
    })
    .await;
    assert_eq!(intake.health().imap.unwrap().logins, 1);
}

#[tokio::test]
async fn a_server_that_cannot_announce_is_asked() {
    let world = world().await;
    let (intake, server) = (world.intake(), FakeImap::start(&[Fault::NoIdle]).await);
    let mailbox = mailbox(&world, builder(&server).poll_every(Duration::from_millis(20)));
    watching(&intake, &mailbox, async {
        until("it has caught up", async || intake.health().imap.is_some_and(|imap| imap.caught_up.is_some())).await;
        server.adds(ours(1));
        taken(&intake, 1).await;
    })
    .await;
    assert!(!intake.health().imap.unwrap().announced);
    assert_eq!(server.count("IDLE"), 0);
}

/// The peer that closes is no wake-up call.
#[tokio::test]
async fn a_server_that_hangs_up_while_it_should_announce_is_called_again() {
    for fault in [Fault::HangsUp(2), Fault::SaysBye(2)] {
        let world = world().await;
        let (intake, server) = (world.intake(), FakeImap::start(&[fault]).await);
        let mailbox = mailbox(&world, builder(&server));
        watching(&intake, &mailbox, async {
            until("it idles for the third time", async || server.count("IDLE") == 3).await;
        })
        .await;
        let health = intake.health().imap.unwrap();
        assert_eq!((health.logins, health.connected), (3, true), "{fault:?}: {health:?}");
    }
}

#[tokio::test]
async fn a_mail_that_the_server_does_not_give_blocks_no_other() {
    for fault in [Fault::Refuses(1), Fault::Garbles(1)] {
        let world = world().await;
        let (intake, server) = (world.intake(), FakeImap::start(&[fault]).await);
        server.adds(ours(1));
        server.adds(ours(2));
        let mailbox = mailbox(&world, builder(&server));
        watching(&intake, &mailbox, taken(&intake, 1)).await;
        let problem = intake.health().last_problem.unwrap_or_default();
        assert!(problem.contains("does not give mail 1"), "{fault:?}: {problem}");
        assert_eq!(server.count("UID FETCH 1 (UID BODY.PEEK[])"), 3, "{fault:?}: it was tried");
    }
}

#[tokio::test]
async fn what_is_said_in_between_does_not_confuse() {
    let world = world().await;
    let (intake, server) = (world.intake(), FakeImap::start(&[Fault::Chatters]).await);
    server.adds(ours(1));
    server.adds(b"From: x@example.com\r\n\r\n".to_vec());
    server.inside.lock().unwrap().mails.get_mut(&2).unwrap().0 = vec![b'x'; 2_000_000];
    server.adds(ours(3));
    mailbox(&world, builder(&server)).sweep(&intake).await.unwrap();
    let health = intake.health();
    assert_eq!((health.received, health.taken, health.refused), (3, 2, 1), "{health:?}");
    assert_eq!(server.count("UID FETCH 2 (UID BODY.PEEK[])"), 0, "what is too long is not even fetched");
}

#[tokio::test]
async fn what_never_ends_is_cut_off() {
    let world = world().await;
    let server = FakeImap::start(&[Fault::Lies]).await;
    server.adds(vec![b'x'; 2_000_000]);
    let error = mailbox(&world, builder(&server)).sweep(&world.intake()).await.unwrap_err();
    assert!(matches!(error, ImapError::Unreadable(_)), "{error}");
    let server = FakeImap::start(&[Fault::Babbles]).await;
    let error = soon(mailbox(&world, builder(&server)).sweep(&world.intake())).await.unwrap_err();
    assert!(matches!(error, ImapError::Unreadable(_)), "{error}");
}

/// Found after a downtime of a month, in a mailbox that got it in time.
#[tokio::test]
async fn a_signature_is_held_against_the_time_at_which_the_server_got_the_mail() {
    let world = world().await;
    let server = FakeImap::start(&[]).await;
    let then = chrono::Utc::now() - chrono::TimeDelta::days(30);
    let mail = forward::gmail(&warning_at(1, then), DEVELOPER, US);
    let date = then.format("%e-%b-%Y %H:%M:%S +0000").to_string();
    server.inside.lock().unwrap().adds(mail, &date);
    let intake = world.intake();
    mailbox(&world, builder(&server)).sweep(&intake).await.unwrap();
    let health = intake.health();
    assert_eq!((health.taken, health.quarantined), (1, 0), "{health:?}");
}

/// The first look is at the mail of late, wherever a mailbox with years of mail begins.
#[tokio::test]
async fn a_first_look_goes_back_a_week_and_another_mailbox_is_begun_anew() {
    let world = world().await;
    let server = FakeImap::start(&[]).await;
    let mailbox_of = |folder: &str| mailbox(&world, builder(&server).folder(folder));
    mailbox_of("INBOX").sweep(&world.intake()).await.unwrap();
    let since = (chrono::Utc::now() - chrono::TimeDelta::days(7)).format("%d-%b-%Y").to_string();
    assert_eq!(server.count(&format!("UID SEARCH SINCE {since}")), 1);
    mailbox_of("INBOX").sweep(&world.intake()).await.unwrap();
    assert_eq!(server.count("UID SEARCH SINCE"), 1, "a second look goes on");
    mailbox_of("Play \"Console\"").sweep(&world.intake()).await.unwrap();
    assert_eq!(server.count("UID SEARCH SINCE"), 2, "another folder");
    assert_eq!(server.count(r#"EXAMINE "Play \"Console\"""#), 1);
}

/// What is said before TLS is not heard after it.
#[tokio::test]
async fn a_voice_from_before_encryption_is_not_heard() {
    let world = world().await;
    let server = FakeImap::start(&[Fault::Injects]).await;
    let error = mailbox(&world, builder(&server).tls(Tls::StartTls)).sweep(&world.intake()).await.unwrap_err();
    assert!(error.to_string().contains("before TLS"), "{error}");
    assert_eq!(server.count("LOGIN"), 0);
}

#[tokio::test]
async fn a_server_that_repeats_the_password_is_not_repeated() {
    let world = world().await;
    let server = FakeImap::start(&[Fault::Echoes]).await;
    let error = mailbox(&world, builder(&server)).sweep(&world.intake()).await.unwrap_err();
    assert!(matches!(error, ImapError::Login { .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
}

/// What a self-check asks: no mail, and nothing that is remembered.
#[tokio::test]
async fn a_check_logs_in_and_looks_at_no_mail() {
    let world = world().await;
    let server = FakeImap::start(&[]).await;
    server.adds(ours(1));
    mailbox(&world, builder(&server)).check().await.unwrap();
    assert_eq!((server.count("LOGIN"), server.count("EXAMINE"), server.count("UID")), (1, 1, 0));
    let refusing = FakeImap::start(&[Fault::Echoes]).await;
    let error = mailbox(&world, builder(&refusing)).check().await.unwrap_err();
    assert!(matches!(error, ImapError::Login { .. }) && error.to_string().contains("app"), "{error}");
}
