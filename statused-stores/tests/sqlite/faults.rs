//! Disks that are full or may not be written, and files that are damaged.

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::Command;

use statused_core::StateStore as _;
use statused_core::model::DeliveryState;
use statused_core::store::{CommitError, DeliveryQuery, HistoryQuery, SettlementKind, StoreErrorKind};
use statused_stores::SqliteStore;
use tempfile::TempDir;

use crate::common::support::{announcement, app, claim, settlement};
use crate::place::Folder;

/// A disk of one megabyte in memory.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where this user may mount none.
    fn new() -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mounted = run("mount", &["-t", "tmpfs", "-o", "size=1m", "tmpfs"], folder.path());
        if !mounted {
            writeln!(std::io::stderr().lock(), "!! SKIPPED: no small disk can be mounted (it takes root, on Linux)")
                .unwrap();
        }
        mounted.then_some(Self(folder))
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run("umount", &[], self.0.path());
    }
}

fn run(command: &str, arguments: &[&str], path: &Path) -> bool {
    let output = Command::new(command).args(arguments).arg(path).output();
    output.is_ok_and(|output| output.status.success())
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_half_does_nothing() {
    let Some(disk) = SmallDisk::new() else { return };
    fs::write(disk.path("ballast"), vec![1; 300_000]).unwrap();
    let store = SqliteStore::open(disk.path("state.db")).unwrap();
    store.commit(announcement(0, "settled", 0, &["hook"])).await.unwrap();
    let claimed = claim(&store, "hook", 1).await;

    let mut written = 1;
    let error = loop {
        let mut commit = announcement(written, &format!("app {written}"), 0, &["hook"]);
        commit.aggregates[0].state = format!("{:?}", "x".repeat(20_000));
        match store.commit(commit).await {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
        assert!(written < 1000, "the disk is never full");
    };
    assert!(matches!(&error, CommitError::Failed(error) if error.kind == StoreErrorKind::Full), "{error:?}");
    assert!(written > 5, "there was room for {written}");
    // What was acknowledged is there, and nothing of what was not.
    assert_eq!(store.history(HistoryQuery::default().with_limit(10_000)).await.unwrap().len() as u64, written);
    let all = DeliveryQuery::default().with_limit(10_000);
    assert_eq!(store.deliveries(all).await.unwrap().len() as u64, written);
    assert!(store.load(&[app(&format!("app {written}"))]).await.unwrap().is_empty());

    fs::remove_file(disk.path("ballast")).unwrap();
    store.settle(settlement(&claimed[0], 2, SettlementKind::Final(DeliveryState::Delivered))).await.unwrap();
    store.commit(announcement(written, "there is room", 0, &["hook"])).await.unwrap();
    drop(store);
    let store = SqliteStore::open(disk.path("state.db")).unwrap();
    assert_eq!(store.load(&[app("there is room")]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_disk_that_may_not_be_written_is_refused_and_left_alone() {
    let Some(disk) = SmallDisk::new() else { return };
    let path = disk.path("state.db");
    let store = SqliteStore::open(&path).unwrap();
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    drop(store);
    let before = fs::read(&path).unwrap();
    assert!(run("mount", &["-o", "remount,ro"], disk.0.path()));
    let error = SqliteStore::open(&path).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Location, "{error}");
    assert!(error.message.contains("state.db"), "{error}");
    assert!(run("mount", &["-o", "remount,rw"], disk.0.path()));
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(SqliteStore::open(&path).unwrap().load(&[app("one")]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_damaged_file_says_so_and_is_not_written_over() {
    let place = Folder::new();
    let store = place.open();
    for number in 0..200 {
        let mut commit = announcement(number, &format!("app {number}"), 0, &["hook"]);
        commit.aggregates[0].state = format!("{:?}", "x".repeat(3000));
        store.commit(commit).await.unwrap();
    }
    drop(store);
    // All but the pages that say what tables there are.
    let mut file = fs::File::options().write(true).open(place.path()).unwrap();
    let length = file.metadata().unwrap().len();
    assert!(length > 200_000);
    file.seek(SeekFrom::Start(64 * 1024)).unwrap();
    file.write_all(&vec![0xa5; usize::try_from(length).unwrap() - 64 * 1024]).unwrap();
    drop(file);
    let damaged = fs::read(place.path()).unwrap();

    // It depends on the page whether this shows at once or when it is read.
    let error = match SqliteStore::open(place.path()) {
        Err(error) => error,
        Ok(store) => {
            let list = store.list(None, 1000).await.err();
            let error = list.expect("what is damaged cannot be read");
            let commit = store.commit(announcement(1, "app 1", 1, &["hook"])).await.unwrap_err();
            assert!(
                matches!(&commit, CommitError::Failed(error) if error.kind == StoreErrorKind::Corrupt),
                "{commit:?}"
            );
            error
        }
    };
    assert_eq!(error.kind, StoreErrorKind::Corrupt, "{error}");
    assert!(fs::read(place.path()).unwrap() == damaged, "it is left for whoever can mend it");
}
