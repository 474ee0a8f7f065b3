//! The contract of every store, and what SQLite's promises beside it.

use std::task::{Context, Poll, Waker};

use statused_core::StateStore as _;
use statused_core::model::{DeliveryId, DeliveryState};
use statused_core::store::{Commit, DeliveryQuery, HistoryQuery, Lease, Retention, SettlementKind};
use statused_core::testkit::conformance::store::{check_all, compare};

use crate::common::support::{announcement, app, at, claim, ids, settlement};
use crate::common::tests_of_ours;
use crate::place::Folder;

statused_core::store_tests!(Folder::new());

tests_of_ours!(Some(Folder::new()));

const DELIVERED: SettlementKind = SettlementKind::Final(DeliveryState::Delivered);

fn all() -> DeliveryQuery {
    DeliveryQuery::default()
}

/// With a disk that is not waited for. A file has no secret, and that is all that cannot be tried.
#[tokio::test]
async fn the_contract_holds_however_the_disk_is_waited_for() {
    let report = check_all(async || Folder::quick()).await;
    report.assert();
    let skipped: Vec<_> = report.skipped().map(|finding| finding.id).collect();
    assert_eq!(skipped, ["store.always.3"], "{report}");
}

#[tokio::test]
async fn any_sequence_of_operations_has_the_same_results() {
    for seed in 1..30 {
        compare(&Folder::quick(), seed).await.unwrap_or_else(|difference| panic!("{difference}"));
    }
}

#[tokio::test]
async fn a_restart_holds_no_lease() {
    let place = Folder::new();
    let store = place.open();
    assert!(store.lease(Lease::new("poll:acme", "a", at(0), at(10))).await.unwrap());
    drop(store);
    assert!(place.open().lease(Lease::new("poll:acme", "b", at(1), at(10))).await.unwrap());
}

/// Claims are not written, so a restart takes up what was in flight at once.
#[tokio::test]
async fn a_restart_claims_again_at_once_and_old_tokens_are_void() {
    let place = Folder::new();
    let store = place.open();
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    let before = claim(&store, "hook", 1).await;
    drop(store);

    let store = place.open();
    let after = claim(&store, "hook", 1).await;
    assert_eq!(ids(&after), [1]);
    store.settle(settlement(&before[0], 2, DELIVERED)).await.unwrap();
    assert_eq!(store.deliveries(all()).await.unwrap()[0].state, DeliveryState::Pending);
    store.settle(settlement(&after[0], 2, DELIVERED)).await.unwrap();
    drop(store);
    let record = place.open().deliveries(all()).await.unwrap().remove(0);
    assert_eq!((record.state, record.attempts), (DeliveryState::Delivered, 1));
    assert_eq!((record.due_at, record.settled_at), (None, Some(at(2))));
    assert_eq!(record.log, [settlement(&after[0], 2, DELIVERED).attempt]);
}

#[tokio::test]
async fn reading_claiming_and_leasing_write_nothing() {
    let place = Folder::new();
    let store = place.open();
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    let files = || ["", "-wal"].map(|end| std::fs::read(format!("{}{end}", place.path().display())).unwrap());
    let (before, transactions) = (files(), store.transactions());

    let claims = claim(&store, "hook", 1).await;
    let mut lost = settlement(&claims[0], 2, DELIVERED);
    lost.token ^= 1;
    store.settle(lost).await.unwrap();
    store.lease(Lease::new("poll", "a", at(0), at(9))).await.unwrap();
    store.load(&[app("one")]).await.unwrap();
    store.list(None, 10).await.unwrap();
    store.checkpoint(&"acme".into()).await.unwrap();
    store.history(HistoryQuery::default()).await.unwrap();
    store.deliveries(all()).await.unwrap();
    store.sink_states().await.unwrap();
    store.revive(&"hook".into()).await.unwrap();
    store.redeliver(DeliveryId(9), at(2)).await.unwrap();
    store.prune(Retention::new(at(0), at(0))).await.unwrap();
    store.commit(Commit::new(at(3))).await.unwrap();

    assert!(files() == before, "the files have changed");
    assert_eq!(store.transactions(), transactions);
}

#[tokio::test]
async fn dropping_the_store_finishes_what_was_asked_for() {
    let place = Folder::new();
    let store = place.open();
    let mut commit = store.commit(announcement(1, "one", 0, &[]));
    let first = commit.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(first, Poll::Pending | Poll::Ready(Ok(()))));
    drop(commit);
    drop(store);
    assert_eq!(place.open().load(&[app("one")]).await.unwrap().len(), 1);
}
