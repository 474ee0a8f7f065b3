//! A way to the server that is cut, and a server that goes and comes back.

use statused_core::StateStore as _;
use statused_core::model::DeliveryState;
use statused_core::store::{ClaimRequest, CommitError, DeliveryQuery, Lease, SettlementKind, StoreErrorKind};
use statused_stores::PostgresStore;

use crate::common::support::{announcement, app, at, claim, ids, settlement};
use crate::place::Schema;
use crate::proxy::{Cut, Proxy};

const DELIVERED: SettlementKind = SettlementKind::Final(DeliveryState::Delivered);

/// A store that reaches the schema through a way that can be cut.
async fn through_proxy(place: &Schema) -> (Proxy, PostgresStore) {
    let proxy = Proxy::to(&place.server()).await;
    let url = place.url().replace(&place.server(), &format!("127.0.0.1:{}", proxy.port()));
    let store = PostgresStore::builder(url).schema(place.name()).pool_size(3).connect().await.unwrap();
    (proxy, store)
}

#[tokio::test]
async fn a_commit_that_is_cut_off_is_unknown_and_reading_tells() {
    let Some(place) = Schema::new().await else { return };
    let (proxy, store) = through_proxy(&place).await;
    for (name, cut, written) in [("lost", Cut::BeforeCommit, false), ("done", Cut::AfterCommit, true)] {
        proxy.cut(cut);
        let unknown = store.commit(announcement(1, name, 0, &["hook"])).await.unwrap_err();
        assert!(
            matches!(&unknown, CommitError::Unknown(error) if error.kind == StoreErrorKind::Unavailable),
            "{unknown:?}"
        );
        assert_eq!(store.load(&[app(name)]).await.unwrap().len(), usize::from(written), "{name}");
        assert_eq!(store.deliveries(DeliveryQuery::default()).await.unwrap().len(), usize::from(written), "{name}");
    }
    let again = store.commit(announcement(1, "done", 0, &["hook"])).await;
    assert_eq!(again, Err(CommitError::Conflict(vec![app("done")])));
    store.commit(announcement(2, "lost", 0, &["hook"])).await.unwrap();
}

#[tokio::test]
async fn a_commit_that_did_not_begin_has_surely_failed() {
    let Some(place) = Schema::new().await else { return };
    let (proxy, store) = through_proxy(&place).await;
    proxy.cut(Cut::BeforeBegin);
    let failed = store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap_err();
    assert!(matches!(&failed, CommitError::Failed(error) if error.kind == StoreErrorKind::Unavailable), "{failed:?}");
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
}

#[tokio::test]
async fn a_settlement_whose_answer_was_lost_may_be_offered_again() {
    let Some(place) = Schema::new().await else { return };
    let (proxy, store) = through_proxy(&place).await;
    store.commit(announcement(1, "one", 0, &["hook", "chat"])).await.unwrap();
    for (sink, cut) in [("hook", Cut::AfterCommit), ("chat", Cut::BeforeBegin)] {
        let claims = claim(&store, sink, 1).await;
        let again = SettlementKind::Again { due_at: at(9), counted: true };
        proxy.cut(cut);
        let error = store.settle(settlement(&claims[0], 2, again.clone())).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Unavailable);
        store.settle(settlement(&claims[0], 2, again)).await.unwrap();
    }
    let records = store.deliveries(DeliveryQuery::default()).await.unwrap();
    assert!(records.iter().all(|record| (record.attempts, record.log.len()) == (1, 1)), "{records:?}");
}

#[tokio::test]
async fn a_server_that_has_gone_is_found_again_when_it_is_back() {
    let Some(place) = Schema::new().await else { return };
    let (mut proxy, store) = through_proxy(&place).await;
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    let claims = claim(&store, "hook", 1).await;

    proxy.stop().await;
    let kind = StoreErrorKind::Unavailable;
    assert_eq!(store.load(&[app("one")]).await.unwrap_err().kind, kind);
    assert_eq!(store.lease(Lease::new("poll", "a", at(0), at(9))).await.unwrap_err().kind, kind);
    let request = ClaimRequest::new("hook".into(), at(0), 1, at(1));
    assert_eq!(store.claim(request).await.unwrap_err().kind, kind);
    assert_eq!(store.settle(settlement(&claims[0], 2, DELIVERED)).await.unwrap_err().kind, kind);
    let refused = store.commit(announcement(2, "one", 1, &[])).await.unwrap_err();
    assert!(matches!(refused, CommitError::Failed(error) if error.kind == kind));

    proxy.start().await;
    store.settle(settlement(&claims[0], 2, DELIVERED)).await.unwrap();
    store.commit(announcement(2, "one", 1, &["hook"])).await.unwrap();
    assert_eq!(ids(&claim(&store, "hook", 3).await), [2]);
}

/// What an administrator does, and what a restart of the server looks like from here.
#[tokio::test]
async fn sessions_that_the_server_ends_are_replaced() {
    let Some(place) = Schema::new().await else { return };
    let store = PostgresStore::builder(format!("{}?application_name={}", place.url(), place.name()));
    let store = store.schema(place.name()).connect().await.unwrap();
    let raw = place.raw().await;
    let end = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = $1";
    for version in 0..5 {
        assert!(!raw.query(end, &[&place.name()]).await.unwrap().is_empty());
        // One that was ended at this very moment may be met once.
        let mut commit = store.commit(announcement(version + 1, "one", version, &["hook"])).await;
        if matches!(&commit, Err(CommitError::Failed(error)) if error.kind == StoreErrorKind::Unavailable) {
            commit = store.commit(announcement(version + 1, "one", version, &["hook"])).await;
        }
        commit.unwrap();
        assert_eq!(store.load(&[app("one")]).await.unwrap()[0].version, version + 1);
    }
}

#[tokio::test]
async fn a_statement_that_waits_too_long_fails_and_nothing_is_written() {
    let Some(place) = Schema::new().await else { return };
    let brief = std::time::Duration::from_millis(200);
    let store = place.builder().statement_timeout(brief).connect().await.unwrap();
    store.commit(announcement(1, "one", 0, &[])).await.unwrap();
    let raw = place.raw().await;
    raw.batch_execute("BEGIN; SELECT FROM aggregates FOR UPDATE").await.unwrap();
    let failed = store.commit(announcement(2, "one", 1, &["hook"])).await.unwrap_err();
    assert!(matches!(&failed, CommitError::Failed(error) if error.kind == StoreErrorKind::Unavailable), "{failed:?}");
    raw.batch_execute("ROLLBACK").await.unwrap();
    store.commit(announcement(2, "one", 1, &["hook"])).await.unwrap();
    assert_eq!(store.deliveries(DeliveryQuery::default()).await.unwrap().len(), 1);
}
