//! What our stores promise beside the contract: of tables that others write to as well, and of being closed.

use statused_core::StateStore as _;
use statused_core::model::DeliveryState;
use statused_core::store::{
    ClaimRequest, CommitError, DeliveryQuery, HistoryQuery, Retention, SettlementKind, StoreErrorKind,
};

use crate::common::support::{Place, announcement, app, at, claim, ids, settlement};

pub(crate) async fn a_newer_versions_aggregate_is_left_out(place: &impl Place) {
    let store = place.open().await;
    for (number, name) in [(1, "one"), (2, "two")] {
        store.commit(announcement(number, name, 0, &[])).await.unwrap();
    }
    drop(store);
    place.execute("UPDATE aggregates SET key = 'planet:mars' WHERE key LIKE '%two'").await;
    let listed = place.open().await.list(None, 100).await.unwrap();
    assert_eq!(listed.into_iter().map(|aggregate| aggregate.key).collect::<Vec<_>>(), [app("one")]);
}

pub(crate) async fn one_unreadable_event_holds_up_only_its_lane(place: &impl Place) {
    let store = place.open().await;
    for (number, name) in [(1, "one"), (2, "two")] {
        store.commit(announcement(number, name, 0, &["hook"])).await.unwrap();
    }
    drop(store);
    place.execute("UPDATE events SET body = '{' WHERE id = 1").await;
    let store = place.open().await;
    assert_eq!(ids(&claim(&store, "hook", 1).await), [2]);
    assert_eq!(store.history(HistoryQuery::default().with_limit(1)).await.unwrap().len(), 1);
    assert_eq!(store.deliveries(DeliveryQuery::default()).await.unwrap().len(), 1);
}

pub(crate) async fn pruning_leaves_no_body_and_no_try_behind(place: &impl Place) {
    let store = place.open().await;
    store.commit(announcement(1, "one", 0, &["hook", "slow"])).await.unwrap();
    let claims = claim(&store, "hook", 1).await;
    store.settle(settlement(&claims[0], 2, SettlementKind::Final(DeliveryState::Delivered))).await.unwrap();
    store.prune(Retention::new(at(9), at(9))).await.unwrap();
    assert_eq!(place.counts().await, [1, 1, 0], "what is pending needs its event");
    let claims = claim(&store, "slow", 1).await;
    store.settle(settlement(&claims[0], 2, SettlementKind::Final(DeliveryState::Dead))).await.unwrap();
    store.prune(Retention::new(at(9), at(9))).await.unwrap();
    assert_eq!(place.counts().await, [0, 0, 0]);
}

pub(crate) async fn a_closed_store_is_unavailable_and_its_place_is_free(place: &impl Place) {
    let store = place.open().await;
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    place.close(&store).await;
    place.close(&store).await;
    assert_eq!(place.open().await.load(&[app("one")]).await.unwrap().len(), 1);

    let kind = StoreErrorKind::Unavailable;
    assert_eq!(store.load(&[]).await.unwrap_err().kind, kind);
    assert_eq!(store.revive(&"hook".into()).await.unwrap_err().kind, kind);
    let request = ClaimRequest::new("hook".into(), at(0), 1, at(1));
    assert_eq!(store.claim(request).await.unwrap_err().kind, kind);
    let refused = store.commit(announcement(2, "one", 1, &[])).await.unwrap_err();
    assert!(matches!(refused, CommitError::Failed(error) if error.kind == kind));
}
