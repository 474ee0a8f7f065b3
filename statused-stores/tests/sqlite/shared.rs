//! A command line tool beside a monitor.

use statused_core::StateStore as _;
use statused_core::model::{DeliveryId, DeliveryState};
use statused_core::store::{
    ClaimRequest, CommitError, DeliveryQuery, HistoryQuery, Lease, Retention, SettlementKind, SinkState, StoreErrorKind,
};
use statused_stores::SqliteStore;

use crate::common::support::{announcement, app, at, claim, ids, settlement};
use crate::place::Folder;

#[tokio::test]
async fn it_sees_and_mends_what_the_running_monitor_keeps() {
    let place = Folder::new();
    let monitor = place.open();
    monitor.commit(announcement(1, "one", 0, &["hook", "chat"])).await.unwrap();
    let claims = claim(&monitor, "hook", 1).await;
    let mut dead = settlement(&claims[0], 2, SettlementKind::Final(DeliveryState::Dead));
    dead.sink = Some(("chat".into(), SinkState::parked("404")));
    monitor.settle(dead).await.unwrap();

    let tool = SqliteStore::open_shared(place.path()).unwrap();
    assert_eq!(tool.load(&[app("one")]).await.unwrap().len(), 1);
    assert_eq!(tool.history(HistoryQuery::default()).await.unwrap().len(), 1);
    let dead = tool.deliveries(DeliveryQuery::default().with_state(DeliveryState::Dead)).await.unwrap();
    assert_eq!(tool.redeliver(dead[0].id, at(5)).await.unwrap(), Some("hook".into()));
    assert!(tool.revive(&"chat".into()).await.unwrap());

    assert!(monitor.sink_states().await.unwrap().is_empty());
    assert_eq!(ids(&claim(&monitor, "hook", 5).await), [1]);
    drop(monitor);
    assert_eq!(tool.deliveries(DeliveryQuery::default()).await.unwrap().len(), 2, "it needs no monitor");
}

#[tokio::test]
async fn what_is_the_monitors_alone_is_refused() {
    let place = Folder::new();
    let monitor = place.open();
    monitor.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    let claims = claim(&monitor, "hook", 1).await;
    let tool = SqliteStore::open_shared(place.path()).unwrap();

    let request = ClaimRequest::new("hook".into(), at(0), 1, at(1));
    let settled = settlement(&claims[0], 2, SettlementKind::Final(DeliveryState::Delivered));
    let errors = [
        tool.claim(request).await.map(drop),
        tool.settle(settled).await,
        tool.lease(Lease::new("poll", "tool", at(0), at(1))).await.map(drop),
        tool.prune(Retention::new(at(9), at(9))).await.map(drop),
    ];
    for error in errors {
        assert_eq!(error.unwrap_err().kind, StoreErrorKind::Other);
    }
    let commit = tool.commit(announcement(2, "one", 1, &[])).await.unwrap_err();
    assert!(matches!(commit, CommitError::Failed(_)));
    assert_eq!(monitor.deliveries(DeliveryQuery::default().with_id(DeliveryId(1))).await.unwrap()[0].log.len(), 0);
}

#[test]
fn it_neither_creates_nor_migrates_a_file() {
    let place = Folder::new();
    let error = SqliteStore::open_shared(place.path()).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Location);
    assert!(!place.path().exists());

    drop(place.open());
    place.raw().execute_batch("PRAGMA user_version = 0").unwrap();
    let error = SqliteStore::open_shared(place.path()).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Other);
    assert!(error.message.contains("older version"), "{error}");
}
