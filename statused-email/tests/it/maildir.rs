//! A folder that a mail server fills.

use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use statused_email::intake::Maildir;
use statused_email::testkit::forward;

use crate::support::*;

fn deliver(folder: &Path, name: &str, mail: &[u8]) {
    let tmp = folder.join("tmp").join(name);
    fs::write(&tmp, mail).unwrap();
    fs::rename(tmp, folder.join("new").join(name)).unwrap();
}

fn names(folder: &Path, part: &str) -> Vec<String> {
    let entries = fs::read_dir(folder.join(part)).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn ours(number: usize) -> Vec<u8> {
    forward::gmail(&warning(number), DEVELOPER, US)
}

#[tokio::test]
async fn what_is_delivered_is_taken_and_moved() {
    let world = world().await;
    let intake = world.intake();
    let folder = tempfile::tempdir().unwrap();
    let maildir = Maildir::open(folder.path()).unwrap();
    deliver(folder.path(), "1700000001.M1.host", &ours(1));
    deliver(folder.path(), "1700000002.M1.host", b"From: broken@google.com");
    deliver(folder.path(), "1700000003.M1.host", &ours(2));
    assert_eq!(maildir.sweep(&intake).await.unwrap(), 3, "a broken one delays no other");
    assert!(names(folder.path(), "new").is_empty());
    assert_eq!(names(folder.path(), "cur")[0], "1700000001.M1.host:2,S");
    assert_eq!(world.told().await, ["Action Required", "Action Required"]);
    assert_eq!(intake.health().quarantined, 1);
    assert_eq!(maildir.sweep(&intake).await.unwrap(), 0);
}

#[tokio::test]
async fn a_mail_that_cannot_be_moved_holds_up_no_other() {
    let world = world().await;
    let intake = world.intake();
    let folder = tempfile::tempdir().unwrap();
    let maildir = Maildir::open(folder.path()).unwrap();
    deliver(folder.path(), "1700000001.M1.host", &ours(1));
    deliver(folder.path(), "1700000002.M1.host", &ours(2));
    fs::create_dir(folder.path().join("cur/1700000001.M1.host:2,S")).unwrap();
    assert_eq!(maildir.sweep(&intake).await.unwrap(), 1);
    assert_eq!(names(folder.path(), "new"), ["1700000001.M1.host"]);
    assert_eq!(world.told().await, ["Action Required", "Action Required"]);
    assert_eq!(maildir.sweep(&intake).await.unwrap(), 0, "it is there already, and still cannot be moved");
    assert!(world.told().await.is_empty());
}

#[tokio::test]
async fn what_could_not_be_taken_stays_and_comes_again() {
    let world = world().await;
    let intake = world.intake();
    let folder = tempfile::tempdir().unwrap();
    let maildir = Maildir::open(folder.path()).unwrap();
    deliver(folder.path(), "1700000001.M1.host", &ours(1));
    world.store.broken.store(true, Ordering::SeqCst);
    assert_eq!(maildir.sweep(&intake).await.unwrap(), 0);
    assert_eq!(names(folder.path(), "new").len(), 1);
    world.store.broken.store(false, Ordering::SeqCst);
    assert_eq!(maildir.sweep(&intake).await.unwrap(), 1);
    assert_eq!(world.told().await, ["Action Required"]);
}

#[tokio::test]
async fn it_is_watched_until_it_is_told_to_stop() {
    let world = world().await;
    let intake = world.intake();
    let folder = tempfile::tempdir().unwrap();
    let maildir = Maildir::open(folder.path()).unwrap().every(Duration::from_millis(5));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let watching = intake.clone();
    let run = tokio::spawn(async move { maildir.run(&watching, async { drop(stopped.await) }).await });
    deliver(folder.path(), "1700000001.M1.host", &ours(1));
    until("it is taken", async || intake.health().taken == 1).await;
    stop.send(()).unwrap();
    soon(run).await.unwrap();
}
