//! Disks that are full or may not be written, and files that are damaged.

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use statused_core::StateStore as _;
use statused_core::model::DeliveryState;
use statused_core::store::{CommitError, DeliveryQuery, HistoryQuery, SettlementKind, StoreErrorKind};
use statused_stores::SqliteStore;
use tempfile::TempDir;

use crate::common::support::{announcement, app, claim, settlement};
use crate::place::Folder;
use crate::skipped::skip;

/// A disk of one megabyte in memory.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where this user may mount none.
    fn new() -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mounted = run("mount", &["-t", "tmpfs", "-o", "size=1m", "tmpfs"], folder.path());
        if !mounted {
            skip("no small disk can be mounted (it takes root, on Linux)", "STATUSED_REQUIRE_MOUNT");
        }
        mounted.then_some(Self(folder))
    }

    fn path(&self, name: &str) -> PathBuf {
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

/// A disk whose file system goes read-only when it meets an error, as most are set up: in a file, with a device of its own.
struct FragileDisk {
    mounted: TempDir,
    image: TempDir,
    /// Where the kernel is told to meet an error.
    trigger: PathBuf,
}

impl FragileDisk {
    /// `None` where this user may make none, or this system has none.
    fn new() -> Option<Self> {
        let (mounted, image) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let mut disk = Self { mounted, image, trigger: PathBuf::new() };
        fs::File::create(disk.file()).unwrap().set_len(16 << 20).unwrap();
        if run("mkfs.ext4", &["-q", "-F"], &disk.file()) && disk.mount() {
            let device =
                Command::new("findmnt").args(["-n", "-o", "SOURCE"]).arg(disk.mounted.path()).output().unwrap();
            let device = String::from_utf8(device.stdout).unwrap();
            let name = device.trim().rsplit('/').next().unwrap_or_default();
            disk.trigger = Path::new("/sys/fs/ext4").join(name).join("trigger_fs_error");
        }
        if !disk.trigger.exists() {
            skip("no disk in a file can be mounted (it takes root, Linux and ext4)", "STATUSED_REQUIRE_LOOP_MOUNT");
            return None;
        }
        Some(disk)
    }

    fn file(&self) -> PathBuf {
        self.image.path().join("disk")
    }

    fn mount(&self) -> bool {
        run("mount", &["-o", "loop,errors=remount-ro", &self.file().display().to_string()], self.mounted.path())
    }
}

impl Drop for FragileDisk {
    fn drop(&mut self) {
        run("umount", &[], self.mounted.path());
    }
}

/// Under a store that is at work. What was acknowledged can be read, all else says why it cannot be done, and a store that
/// is opened when the disk is well again goes on.
#[tokio::test]
async fn a_disk_that_goes_read_only_under_a_running_store_loses_nothing() {
    let Some(disk) = FragileDisk::new() else { return };
    let path = disk.mounted.path().join("state.db");
    let store = SqliteStore::open(&path).unwrap();
    for number in 0..20 {
        store.commit(announcement(number, &format!("app {number}"), 0, &["hook"])).await.unwrap();
    }
    let claimed = claim(&store, "hook", 1).await;
    store.settle(settlement(&claimed[0], 2, SettlementKind::Final(DeliveryState::Delivered))).await.unwrap();

    fs::write(&disk.trigger, "an error").unwrap();
    for number in 20..23 {
        let error = store.commit(announcement(number, &format!("app {number}"), 0, &["hook"])).await.unwrap_err();
        let why = match &error {
            CommitError::Failed(error) | CommitError::Unknown(error) => error,
            other => panic!("{other:?}"),
        };
        assert!(matches!(why.kind, StoreErrorKind::Location | StoreErrorKind::Unavailable), "{error:?}");
    }
    let late = settlement(&claimed[1], 3, SettlementKind::Final(DeliveryState::Delivered));
    store.settle(late.clone()).await.unwrap_err();
    assert_eq!(store.history(HistoryQuery::default().with_limit(100)).await.unwrap().len(), 20);
    let delivered = DeliveryQuery::default().with_state(DeliveryState::Delivered);
    assert_eq!(store.deliveries(delivered.clone()).await.unwrap().len(), 1);
    drop(store);

    assert_eq!(SqliteStore::open(&path).unwrap_err().kind, StoreErrorKind::Location);
    // As after a restart of the machine.
    assert!(run("umount", &[], disk.mounted.path()));
    run("e2fsck", &["-p"], &disk.file());
    assert!(disk.mount());
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.history(HistoryQuery::default().with_limit(100)).await.unwrap().len(), 20);
    assert_eq!(store.deliveries(delivered).await.unwrap().len(), 1);
    store.commit(announcement(20, "app 20", 0, &["hook"])).await.unwrap();
    assert_eq!(store.load(&[app("app 20")]).await.unwrap().len(), 1);
    assert!(store.load(&[app("app 21")]).await.unwrap().is_empty());
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
