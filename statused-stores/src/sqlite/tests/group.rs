//! What shares a transaction, and what becomes of it when a part or the whole fails.

use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Waker};

use chrono::{DateTime, Utc};
use statused_core::StateStore as _;
use statused_core::model::{AggregateKey, Attempt, DeliveryState};
use statused_core::sink::Outcome;
use statused_core::store::{
    AggregateWrite, ClaimRequest, Commit, CommitError, DeliveryQuery, Settlement, SettlementKind, StoreError,
    StoreErrorKind,
};
use tempfile::TempDir;

use crate::SqliteStore;

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn app(name: &str) -> AggregateKey {
    AggregateKey::App("acme".into(), name.into())
}

fn write(name: &str, expected: u64, state: String) -> Commit {
    let mut commit = Commit::new(now());
    commit.aggregates.push(AggregateWrite::new(app(name), expected, state));
    commit
}

/// A commit of one delivery to `hook`.
fn announcement() -> Commit {
    let event = serde_json::from_value(serde_json::json!({
        "id": "00000000-0000-5000-8000-000000000001",
        "kind": "app",
        "aggregate": app("one"),
        "subject": "version/1",
        "time": now(),
        "data": { "message": "It is so.", "store_name": "", "status_color": "", "timestamp": "" },
    }));
    let mut commit = Commit::new(now());
    let notification = statused_core::model::Notification::new(event.unwrap(), "workflow".into());
    commit.deliveries.push(statused_core::model::NewDelivery::new("hook".into(), notification));
    commit
}

fn claim() -> ClaimRequest {
    ClaimRequest::new("hook".into(), now(), 10, now() + chrono::TimeDelta::seconds(60))
}

/// Polls once, so that the operation is asked for.
fn ask<T>(operation: &mut Pin<Box<dyn Future<Output = T> + Send + '_>>) {
    assert!(operation.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

/// Keeps the writing thread busy until the sender is dropped, so that all that is asked for meanwhile comes together.
fn hold(store: &SqliteStore) -> mpsc::Sender<()> {
    let (release, held) = mpsc::channel::<()>();
    let (begun, has_begun) = mpsc::channel();
    let mut look: Pin<Box<dyn Future<Output = _> + Send + '_>> = Box::pin(store.writer.look(
        move |_, _| {
            begun.send(()).unwrap();
            held.recv().unwrap_err();
        },
        |(), _| (),
    ));
    ask(&mut look);
    has_begun.recv().unwrap();
    release
}

/// Leaves room for `more` pages beside those in use; `None`: as many as it likes.
async fn limit(store: &SqliteStore, more: Option<i64>) {
    let set = move |db: &rusqlite::Connection| {
        let used: i64 = db.pragma_query_value(None, "page_count", |row| row.get(0))?;
        let pages = more.map_or(0xffff_fffe, |more| used + more);
        db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
    };
    store.writer.look(move |db, _| set(db), |_, _| ()).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_comes_together_shares_a_transaction() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(folder.path().join("state.db")).unwrap();
    let hold = hold(&store);
    let mut commits: Vec<_> =
        (0..1000).map(|number| store.commit(write(&number.to_string(), 0, String::new()))).collect();
    commits.iter_mut().for_each(ask);
    drop(hold);
    for commit in commits {
        commit.await.unwrap();
    }
    // The first look-up of the queue ends with the hold, so 1000 operations make two groups of at most 512.
    assert_eq!(store.transactions(), 2);
    assert_eq!(store.list(None, 2000).await.unwrap().len(), 1000);
}

#[tokio::test]
async fn a_conflict_leaves_the_rest_of_its_group_alone() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(folder.path().join("state.db")).unwrap();
    let hold = hold(&store);
    let mut first = store.commit(write("one", 0, "a".to_owned()));
    let mut second = store.commit(write("one", 0, "b".to_owned()));
    let mut third = store.commit(write("one", 1, "c".to_owned()));
    [&mut first, &mut second, &mut third].into_iter().for_each(ask);
    drop(hold);
    assert_eq!(first.await, Ok(()));
    assert_eq!(second.await, Err(CommitError::Conflict(vec![app("one")])));
    assert_eq!(third.await, Ok(()));
    let one = store.load(&[app("one")]).await.unwrap();
    assert_eq!((one[0].version, &*one[0].state), (2, "c"));
    assert_eq!(store.transactions(), 1);
}

#[tokio::test]
async fn a_part_that_fails_half_way_is_undone_alone() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(folder.path().join("state.db")).unwrap();
    store.commit(announcement()).await.unwrap();
    let held = store.claim(claim()).await.unwrap().claims.remove(0);
    let (id, token) = (held.id.0.cast_signed(), held.token);
    let hold = hold(&store);
    let mut before = store.commit(write("before", 0, String::new()));
    let mut broken: Pin<Box<dyn Future<Output = _> + Send + '_>> = Box::pin(store.writer.write(move |db, claims| {
        assert!(claims.take(id, token).is_some());
        db.execute("DELETE FROM deliveries", []).unwrap();
        Err::<(), _>(CommitError::Failed(StoreError::new(StoreErrorKind::Other, "half-way")))
    }));
    let mut after = store.commit(write("after", 0, String::new()));
    ask(&mut before);
    ask(&mut broken);
    ask(&mut after);
    drop(hold);
    assert_eq!(before.await, Ok(()));
    assert!(matches!(broken.await, Err(CommitError::Failed(error)) if error.message == "half-way"));
    assert_eq!(after.await, Ok(()));
    assert_eq!(store.list(None, 10).await.unwrap().len(), 2);
    assert_eq!(store.deliveries(DeliveryQuery::default()).await.unwrap().len(), 1);
    assert!(store.claim(claim()).await.unwrap().claims.is_empty(), "the claim is open still");
}

#[tokio::test]
async fn a_part_that_finds_no_room_is_undone_alone_and_room_helps() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(folder.path().join("state.db")).unwrap();
    store.commit(write("before", 0, String::new())).await.unwrap();
    limit(&store, Some(2)).await;

    let hold = hold(&store);
    let mut small = store.commit(write("small", 0, String::new()));
    let mut large = write("part of large", 0, String::new());
    large.aggregates.push(AggregateWrite::new(app("large"), 0, "x".repeat(1 << 20)));
    let mut large = store.commit(large);
    let mut after = store.commit(write("after", 0, String::new()));
    [&mut small, &mut large, &mut after].into_iter().for_each(ask);
    drop(hold);
    assert_eq!(small.await, Ok(()));
    let full = large.await.unwrap_err();
    assert!(matches!(&full, CommitError::Failed(error) if error.kind == StoreErrorKind::Full), "{full:?}");
    assert_eq!(after.await, Ok(()));
    assert_eq!(store.list(None, 10).await.unwrap().len(), 3);

    limit(&store, None).await;
    store.commit(write("large", 0, "x".repeat(1 << 20))).await.unwrap();
    assert_eq!(store.list(None, 10).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_settlement_that_finds_no_room_keeps_its_claim() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(folder.path().join("state.db")).unwrap();
    store.commit(announcement()).await.unwrap();
    let claims = store.claim(claim()).await.unwrap().claims;
    let outcome = Outcome::delivered().with_detail("x".repeat(1 << 20));
    let attempt = Attempt::new(now(), 1, &outcome);
    let kind = SettlementKind::Final(DeliveryState::Delivered);
    let settlement = Settlement::new(claims[0].id, claims[0].token, now(), kind, attempt);

    limit(&store, Some(2)).await;
    assert_eq!(store.settle(settlement.clone()).await.unwrap_err().kind, StoreErrorKind::Full);
    assert!(store.claim(claim()).await.unwrap().claims.is_empty(), "the claim is open still");
    limit(&store, None).await;
    store.settle(settlement).await.unwrap();
    let record = store.deliveries(DeliveryQuery::default()).await.unwrap().remove(0);
    assert_eq!((record.state, record.log.len()), (DeliveryState::Delivered, 1));
}

#[tokio::test]
async fn two_settlements_of_one_claim_in_one_group_count_once() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(folder.path().join("state.db")).unwrap();
    store.commit(announcement()).await.unwrap();
    let claims = store.claim(claim()).await.unwrap().claims;
    let kind = SettlementKind::Again { due_at: now(), counted: true };
    let attempt = Attempt::new(now(), 1, &Outcome::delivered());
    let settlement = Settlement::new(claims[0].id, claims[0].token, now(), kind, attempt);
    let hold = hold(&store);
    let mut settlements = [settlement.clone(), settlement].map(|settlement| store.settle(settlement));
    settlements.iter_mut().for_each(ask);
    drop(hold);
    for settlement in settlements {
        settlement.await.unwrap();
    }
    let record = store.deliveries(DeliveryQuery::default()).await.unwrap().remove(0);
    assert_eq!((record.attempts, record.log.len()), (1, 1));
}

#[tokio::test]
async fn a_claim_that_nobody_waits_for_is_given_back() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(folder.path().join("state.db")).unwrap();
    store.commit(announcement()).await.unwrap();
    let hold = hold(&store);
    let mut abandoned = store.claim(claim());
    ask(&mut abandoned);
    drop(abandoned);
    drop(hold);
    assert_eq!(store.claim(claim()).await.unwrap().claims.len(), 1);
}

/// Another process that does not let go of the file in time.
#[tokio::test]
async fn a_file_that_stays_busy_is_a_failure_and_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("state.db");
    let options = crate::SqliteOptions::new().with_busy_timeout(std::time::Duration::ZERO);
    let store = SqliteStore::open_with(&path, options).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let busy = store.commit(write("one", 0, String::new())).await.unwrap_err();
    assert!(matches!(&busy, CommitError::Failed(error) if error.kind == StoreErrorKind::Unavailable), "{busy:?}");
    assert!(store.list(None, 10).await.unwrap().is_empty(), "look-ups do not wait for it");
    other.execute_batch("ROLLBACK").unwrap();
    store.commit(write("one", 0, String::new())).await.unwrap();
}

#[tokio::test]
async fn a_look_up_sees_one_state_however_long_it_takes() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(folder.path().join("state.db")).unwrap();
    let (half, is_half) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let mut read: Pin<Box<dyn Future<Output = _> + Send + '_>> = Box::pin(store.reader.read(move |db| {
        let count = || db.query_row("SELECT count(*) FROM aggregates", [], |row| row.get::<_, i64>(0));
        let before = count()?;
        half.send(()).unwrap();
        may_go_on.recv().unwrap();
        Ok((before, count()?))
    }));
    ask(&mut read);
    is_half.recv().unwrap();
    store.commit(write("one", 0, String::new())).await.unwrap();
    go_on.send(()).unwrap();
    assert_eq!(read.await.unwrap(), (0, 0));
    assert_eq!(store.list(None, 10).await.unwrap().len(), 1);
}
