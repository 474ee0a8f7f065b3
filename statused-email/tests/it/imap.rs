//! A mailbox on a real Dovecot.

use std::sync::Arc;
use std::time::Duration;

use statused_core::StateStore as _;
use statused_email::intake::Intake;
use statused_email::intake::imap::{ImapBuilder, ImapConfigError, ImapError, ImapMailbox, Login, Tls};
use statused_email::testkit::forward;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::dovecot::{Dovecot, PASSWORD};
use crate::support::*;

const USER: &str = "play";

/// Skips the test if there is no server.
macro_rules! dovecot {
    () => {
        match Dovecot::start() {
            Some(dovecot) => dovecot,
            None => return,
        }
    };
}

fn plain(dovecot: &Dovecot) -> ImapBuilder {
    ImapMailbox::builder("localhost", Login::password(USER, PASSWORD)).tls(Tls::Plain).port(dovecot.imap)
}

fn ours(number: usize) -> Vec<u8> {
    forward::gmail(&warning(number), DEVELOPER, US)
}

/// Somebody who watches, until they are stopped.
struct Watcher {
    stop: oneshot::Sender<()>,
    run: JoinHandle<()>,
}

fn watch(world: &World, intake: &Intake, mailbox: ImapBuilder) -> Watcher {
    let mailbox = mailbox.build(Arc::<crate::broken_store::BrokenStore>::clone(&world.store)).unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let intake = intake.clone();
    let run = tokio::spawn(async move { mailbox.run(&intake, async { drop(stopped.await) }).await });
    Watcher { stop, run }
}

impl Watcher {
    async fn stop(self) {
        self.stop.send(()).unwrap();
        soon(self.run).await.unwrap();
    }
}

async fn taken(intake: &Intake, count: u64) {
    until("mail is taken", async || intake.health().taken == count).await;
}

async fn caught_up(intake: &Intake) {
    until("it has caught up", async || intake.health().imap.is_some_and(|imap| imap.caught_up.is_some())).await;
}

#[tokio::test]
async fn what_is_there_and_what_comes_is_taken_and_nothing_is_marked() {
    let dovecot = dovecot!();
    let world = world().await;
    let intake = world.intake();
    dovecot.deliver(USER, &ours(1));
    dovecot.deliver(USER, b"From: friend@example.com\r\nSubject: lunch\r\n\r\nlunch?\r\n");
    dovecot.deliver(USER, &ours(2));
    let watcher = watch(&world, &intake, plain(&dovecot));
    taken(&intake, 2).await;
    caught_up(&intake).await;
    // Announced, not found by asking: that would take five minutes.
    dovecot.deliver(USER, &ours(3));
    taken(&intake, 3).await;
    dovecot.deliver(USER, &ours(4));
    taken(&intake, 4).await;
    let health = intake.health().imap.unwrap();
    assert!(health.connected && health.announced && health.last_error.is_none(), "{health:?}");
    assert_eq!(world.told().await, ["Action Required"; 4]);
    watcher.stop().await;
    assert!(!intake.health().imap.unwrap().connected);
    assert_eq!(dovecot.files(USER).len(), 5);
    assert!(dovecot.files(USER).iter().all(|name| !name.rsplit(',').next().unwrap().contains('S')), "nobody has read");
}

#[tokio::test]
async fn a_restart_goes_on_where_it_was() {
    let dovecot = dovecot!();
    let world = world().await;
    dovecot.deliver(USER, &ours(1));
    let first = world.intake();
    let watcher = watch(&world, &first, plain(&dovecot));
    taken(&first, 1).await;
    caught_up(&first).await;
    watcher.stop().await;
    dovecot.deliver(USER, &ours(2));
    // An intake that remembers nothing.
    let second = world.intake();
    let watcher = watch(&world, &second, plain(&dovecot));
    taken(&second, 1).await;
    assert_eq!(second.health().received, 1, "the first is not looked at again");
    watcher.stop().await;
    assert_eq!(world.told().await, ["Action Required"; 2]);
    // For cron: what is there, and no more.
    dovecot.deliver(USER, &ours(3));
    let third = world.intake();
    let mailbox = plain(&dovecot).build(Arc::<crate::broken_store::BrokenStore>::clone(&world.store)).unwrap();
    mailbox.sweep(&third).await.unwrap();
    assert_eq!((third.health().received, third.health().taken), (1, 1));
}

#[tokio::test]
async fn a_connection_that_is_cut_is_made_again() {
    let dovecot = dovecot!();
    let world = world().await;
    let intake = world.intake();
    let watcher = watch(&world, &intake, plain(&dovecot));
    caught_up(&intake).await;
    dovecot.kick(USER);
    dovecot.deliver(USER, &ours(1));
    taken(&intake, 1).await;
    assert_eq!(intake.health().imap.unwrap().logins, 2);
    watcher.stop().await;
}

#[tokio::test]
async fn a_mailbox_that_is_numbered_anew_is_read_again_and_told_once() {
    let dovecot = dovecot!();
    let world = world().await;
    dovecot.deliver(USER, &ours(1));
    let first = world.intake();
    let watcher = watch(&world, &first, plain(&dovecot));
    taken(&first, 1).await;
    caught_up(&first).await;
    watcher.stop().await;
    dovecot.renumber(USER);
    let second = world.intake();
    let watcher = watch(&world, &second, plain(&dovecot));
    caught_up(&second).await;
    dovecot.deliver(USER, &ours(2));
    until("both are read", async || second.health().received == 2).await;
    watcher.stop().await;
    assert_eq!(world.told().await, ["Action Required"; 2], "the engine remembers the first");
}

#[tokio::test]
async fn a_refused_login_says_what_to_do() {
    let dovecot = dovecot!();
    let world = world().await;
    let intake = world.intake();
    let login = Login::password(USER, "wrong-hunter3");
    let mailbox = ImapMailbox::builder("localhost", login).tls(Tls::Plain).port(dovecot.imap);
    let watcher = watch(&world, &intake, mailbox);
    let error = async || intake.health().imap.and_then(|imap| imap.last_error);
    until("the login is refused", async || error().await.is_some()).await;
    let error = error().await.unwrap();
    assert!(error.contains("refuses the login") && error.contains("made for an app"), "{error}");
    assert!(!error.contains("hunter3"), "{error}");
    watcher.stop().await;
}

#[tokio::test]
async fn every_kind_of_encryption_works_and_strangers_are_not_trusted() {
    let dovecot = dovecot!();
    let world = world().await;
    dovecot.deliver(USER, &ours(1));
    let store = || Arc::<crate::broken_store::BrokenStore>::clone(&world.store);
    let builder = |tls, port| ImapMailbox::builder("localhost", Login::password(USER, PASSWORD)).tls(tls).port(port);
    for (tls, port) in [(Tls::Implicit, dovecot.imaps), (Tls::StartTls, dovecot.imap)] {
        let stranger = builder(tls, port).build(store()).unwrap();
        let error = stranger.sweep(&world.intake()).await.unwrap_err();
        assert!(matches!(error, ImapError::Connect { .. }), "{tls:?}: {error}");
        let trusted = builder(tls, port).root_certificate(dovecot.certificate()).folder("INBOX").build(store());
        let intake = world.intake();
        trusted.unwrap().sweep(&intake).await.unwrap();
        let expected = if tls == Tls::Implicit { 1 } else { 0 };
        assert_eq!(intake.health().received, expected, "{tls:?}");
    }
    let elsewhere = ImapMailbox::builder("imap.example.com", Login::password(USER, PASSWORD)).tls(Tls::Plain);
    assert!(matches!(elsewhere.build(store()), Err(ImapConfigError::PlainText { .. })));
    let missing = plain(&dovecot).folder("No such folder").build(store()).unwrap();
    let error = missing.sweep(&world.intake()).await.unwrap_err();
    assert!(error.to_string().contains("EXAMINE"), "{error}");
}

/// A mail that cannot be taken is neither skipped nor does it get lost.
#[tokio::test]
async fn the_mailbox_waits_for_a_store_that_is_down() {
    let dovecot = dovecot!();
    let world = world().await;
    let intake = world.intake();
    let watcher = watch(&world, &intake, plain(&dovecot));
    caught_up(&intake).await;
    world.store.broken.store(true, std::sync::atomic::Ordering::SeqCst);
    dovecot.deliver(USER, &ours(1));
    until("it fails", async || intake.health().failed > 0).await;
    world.store.broken.store(false, std::sync::atomic::Ordering::SeqCst);
    taken(&intake, 1).await;
    watcher.stop().await;
    assert_eq!(world.told().await, ["Action Required"]);
    let kept = world.store.checkpoint(&"acme/imap".into()).await.unwrap().unwrap();
    assert!(kept.0.contains("\"uid\":1"), "{kept:?}");
}

/// The server is asked all the same, should it announce nothing.
#[tokio::test]
async fn silence_is_not_trusted_for_long() {
    let dovecot = dovecot!();
    let world = world().await;
    let intake = world.intake();
    let watcher = watch(&world, &intake, plain(&dovecot).idle(Duration::from_millis(20)));
    caught_up(&intake).await;
    let first = intake.health().imap.unwrap().caught_up;
    world.clock.pass(chrono::TimeDelta::seconds(1));
    until("it asks again", async || intake.health().imap.unwrap().caught_up > first).await;
    watcher.stop().await;
}
