//! What is at the path, and whose it is.

use std::fs;

use rusqlite::Connection;
use statused_core::StateStore as _;
use statused_core::store::{StoreError, StoreErrorKind};
use statused_stores::{SqliteOptions, SqliteStore, Synchronous};

use crate::common::support::{announcement, app};
use crate::place::Folder;

/// The error of an opening that leaves the folder as it was.
fn refused(place: &Folder) -> StoreError {
    let files = || {
        let mut files: Vec<_> = fs::read_dir(place.folder())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| (fs::read(&path).unwrap(), path))
            .collect();
        files.sort();
        files
    };
    let before = files();
    let error = SqliteStore::open(place.path()).unwrap_err();
    assert!(error.message.contains("state.db"), "{error} does not name the file");
    assert_eq!(SqliteStore::open_shared(place.path()).unwrap_err(), error);
    assert!(files() == before, "something was written");
    error
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    for content in [&b"{\"not\": \"a database\"}"[..], b"SQLite", &[0; 4096]] {
        let place = Folder::new();
        fs::write(place.path(), content).unwrap();
        let error = refused(&place);
        assert_eq!(error.kind, StoreErrorKind::Corrupt);
        assert!(error.message.contains("not an SQLite database"), "{error}");
    }
}

#[test]
fn a_damaged_header_is_refused() {
    let place = Folder::new();
    let mut content = b"SQLite format 3\0".to_vec();
    content.resize(4096, 0xff);
    fs::write(place.path(), content).unwrap();
    assert_eq!(refused(&place).kind, StoreErrorKind::Corrupt);
}

#[test]
fn another_applications_database_is_refused() {
    for setup in ["", "PRAGMA application_id = 7;", "PRAGMA user_version = 1;"] {
        let place = Folder::new();
        place.raw().execute_batch(&format!("{setup} CREATE TABLE songs (title TEXT)")).unwrap();
        let error = refused(&place);
        assert_eq!(error.kind, StoreErrorKind::Corrupt);
        assert!(error.message.contains("another application"), "{error}");
    }
}

#[test]
fn a_newer_versions_file_is_refused() {
    let place = Folder::new();
    drop(place.open());
    place.raw().execute_batch("PRAGMA user_version = 99; PRAGMA journal_mode = DELETE").unwrap();
    fs::remove_file(place.folder().join("state.db.lock")).unwrap();
    let error = refused(&place);
    assert_eq!(error.kind, StoreErrorKind::Newer);
    assert!(error.message.contains("99"), "{error}");
}

#[test]
fn a_missing_folder_and_a_folder_in_the_files_place_are_refused() {
    let place = Folder::new();
    let error = SqliteStore::open(place.folder().join("missing/state.db")).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Location, "{error}");
    assert!(error.message.contains("missing/state.db"), "{error}");
    fs::create_dir(place.path()).unwrap();
    assert_eq!(refused(&place).kind, StoreErrorKind::Location);
    assert_eq!(SqliteStore::open("").unwrap_err().kind, StoreErrorKind::Location);
}

#[tokio::test]
async fn an_empty_file_and_an_interrupted_first_opening_are_taken() {
    for content in ["", "PRAGMA journal_mode = WAL"] {
        let place = Folder::new();
        fs::write(place.path(), "").unwrap();
        place.raw().execute_batch(content).unwrap();
        let store = place.open();
        store.commit(announcement(1, "one", 0, &[])).await.unwrap();
    }
}

#[tokio::test]
async fn a_second_monitor_is_refused_until_the_first_is_gone() {
    let place = Folder::new();
    let store = place.open();
    let error = SqliteStore::open(place.path()).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Locked);
    assert!(error.message.contains(place.path().canonicalize().unwrap().to_str().unwrap()), "{error}");
    store.commit(announcement(1, "one", 0, &[])).await.unwrap();
    drop(store);
    assert_eq!(place.open().load(&[app("one")]).await.unwrap().len(), 1);
}

#[cfg(unix)]
#[test]
fn another_name_for_the_file_is_no_way_around_the_lock() {
    let place = Folder::new();
    let store = place.open();
    let link = place.folder().join("link.db");
    std::os::unix::fs::symlink(place.path(), &link).unwrap();
    for name in [link, place.folder().join("../").join(place.folder().file_name().unwrap()).join("state.db")] {
        assert_eq!(SqliteStore::open(name).unwrap_err().kind, StoreErrorKind::Locked);
    }
    drop(store);
}

#[test]
fn the_options_reach_the_file() {
    let place = Folder::new();
    let options = SqliteOptions::new().with_synchronous(Synchronous::Normal);
    let store = SqliteStore::open_with(place.path(), options).unwrap();
    assert_eq!(store.path(), place.path().canonicalize().unwrap());
    let mode: String = place.raw().query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    drop(store);
    let header = Connection::open(place.path()).unwrap();
    let id: i32 = header.query_row("PRAGMA application_id", [], |row| row.get(0)).unwrap();
    assert_eq!(&id.to_be_bytes(), b"STSD");
    drop(header);
    let files = fs::read_dir(place.folder()).unwrap().count();
    assert_eq!(files, 2, "a closed store is the database and its lock file");
}
