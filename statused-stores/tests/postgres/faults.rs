//! A way to the server that is cut, and a server that goes and comes back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use statused_core::StateStore as _;
use statused_core::model::DeliveryState;
use statused_core::store::{
    ClaimRequest, CommitError, DeliveryQuery, HistoryQuery, Lease, SettlementKind, StoreError, StoreErrorKind,
};
use statused_stores::PostgresStore;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::cluster::Cluster;
use crate::common::support::{announcement, app, at, claim, ids, settlement};
use crate::place::{Schema, patient};
use crate::proxy::{Cut, Proxy};

const DELIVERED: SettlementKind = SettlementKind::Final(DeliveryState::Delivered);

/// A store that reaches the schema through a way that can be cut.
async fn through_proxy(place: &Schema) -> (Proxy, PostgresStore) {
    let proxy = Proxy::to(place.address().place()).await;
    let address = place.address().through(&proxy.place());
    let store = patient(|| place.builder_at(&address).pool_size(3)).await.unwrap();
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
    let (proxy, store) = through_proxy(&place).await;
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    let claims = claim(&store, "hook", 1).await;

    proxy.close();
    let kind = StoreErrorKind::Unavailable;
    assert_eq!(store.load(&[app("one")]).await.unwrap_err().kind, kind);
    assert_eq!(store.lease(Lease::new("poll", "a", at(0), at(9))).await.unwrap_err().kind, kind);
    let request = ClaimRequest::new("hook".into(), at(0), 1, at(1));
    assert_eq!(store.claim(request).await.unwrap_err().kind, kind);
    assert_eq!(store.settle(settlement(&claims[0], 2, DELIVERED)).await.unwrap_err().kind, kind);
    let refused = store.commit(announcement(2, "one", 1, &[])).await.unwrap_err();
    assert!(matches!(refused, CommitError::Failed(error) if error.kind == kind));

    proxy.open();
    store.settle(settlement(&claims[0], 2, DELIVERED)).await.unwrap();
    store.commit(announcement(2, "one", 1, &["hook"])).await.unwrap();
    assert_eq!(ids(&claim(&store, "hook", 3).await), [2]);
}

/// Longer than a store may take for anything here.
async fn in_time<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), what).await.expect("nothing ends it")
}

/// Nothing is refused and nothing is closed, so that only the store's own patience ends what it waits for.
#[tokio::test]
async fn a_way_that_swallows_everything_is_given_up_and_found_again() {
    let Some(place) = Schema::new().await else { return };
    let proxy = Proxy::to(place.address().place()).await;
    let address = place.address().through(&proxy.place());
    let brief = Duration::from_secs(2);
    let builder = || place.builder_at(&address).pool_size(3).statement_timeout(brief).connect_timeout(brief);
    let store = patient(builder).await.unwrap();
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    let claims = claim(&store, "hook", 1).await;

    proxy.silence();
    let kind = StoreErrorKind::Unavailable;
    // Those that find a connection wait for its answer; those that find none wait for one; and whoever has had none yet.
    for _ in 0..2 {
        let one = [app("one")];
        let request = ClaimRequest::new("hook".into(), at(0), 1, at(1));
        let (load, lease, claimed, settle, commit, another) = in_time(async {
            tokio::join!(
                store.load(&one),
                store.lease(Lease::new("poll", "a", at(0), at(9))),
                store.claim(request),
                store.settle(settlement(&claims[0], 2, DELIVERED)),
                store.commit(announcement(2, "one", 1, &["hook"])),
                patient(builder),
            )
        })
        .await;
        let kinds = [load.unwrap_err(), lease.unwrap_err(), claimed.unwrap_err(), settle.unwrap_err()];
        assert_eq!(kinds.map(|error| error.kind), [kind; 4]);
        assert_eq!(another.unwrap_err().kind, kind);
        let commit = commit.unwrap_err();
        assert!(matches!(&commit, CommitError::Failed(error) if error.kind == kind), "nothing was sent: {commit:?}");
    }

    proxy.open();
    in_time(store.settle(settlement(&claims[0], 2, DELIVERED))).await.unwrap();
    in_time(store.commit(announcement(2, "one", 1, &["hook"]))).await.unwrap();
    assert_eq!(ids(&claim(&store, "hook", 3).await), [2]);
    let records = store.deliveries(DeliveryQuery::default()).await.unwrap();
    assert_eq!(records.iter().map(|record| record.log.len()).sum::<usize>(), 1, "{records:?}");
}

#[tokio::test]
async fn a_session_that_is_not_answered_at_its_beginning_is_given_up() {
    let Some(place) = Schema::new().await else { return };
    let proxy = Proxy::to(place.address().place()).await;
    let address = place.address().through(&proxy.place());
    let brief = Duration::from_secs(2);
    let builder = || place.builder_at(&address).connect_timeout(brief);
    let store = patient(builder).await.unwrap();
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    // More than there are places in the pool: none is kept.
    for _ in 0..5 {
        proxy.close();
        store.load(&[app("one")]).await.unwrap_err();
        proxy.open();
        proxy.cut(Cut::Greeting);
        let error = in_time(store.commit(announcement(2, "one", 1, &["hook"]))).await.unwrap_err();
        let expected = |error: &StoreError| {
            error.kind == StoreErrorKind::Unavailable && error.message.contains("does not answer in time")
        };
        assert!(matches!(&error, CommitError::Failed(error) if expected(error)), "{error:?}");
    }
    in_time(store.commit(announcement(2, "one", 1, &["hook"]))).await.unwrap();
}

/// What came of a worker's commits.
#[derive(Debug, Default)]
struct Work {
    /// What was acknowledged, or found when it was not known.
    written: u64,
    failed: u64,
    unknown: u64,
}

/// Commits to an aggregate of its own until it is told to end, and believes what it is told.
async fn work(
    store: Arc<PostgresStore>,
    name: &str,
    first: u64,
    progress: watch::Sender<u64>,
    end: Arc<AtomicBool>,
) -> Work {
    let mut work = Work::default();
    while !end.load(Ordering::SeqCst) {
        let commit = announcement(first + work.written, name, work.written, &["hook"]);
        match in_time(store.commit(commit)).await {
            Ok(()) => {
                work.written += 1;
                progress.send_modify(|count| *count += 1);
            }
            Err(CommitError::Failed(error)) => {
                assert_eq!(error.kind, StoreErrorKind::Unavailable, "{error}");
                work.failed += 1;
            }
            Err(CommitError::Unknown(error)) => {
                assert_eq!(error.kind, StoreErrorKind::Unavailable, "{error}");
                work.unknown += 1;
                work.written = loop {
                    match in_time(store.load(&[app(name)])).await {
                        Ok(found) => break found.first().map_or(0, |one| one.version),
                        Err(error) => assert_eq!(error.kind, StoreErrorKind::Unavailable, "{error}"),
                    }
                };
            }
            Err(conflict) => panic!("{name} is nobody else's: {conflict}"),
        }
    }
    work
}

/// The server goes without a word, has to recover what was acknowledged, and comes back, twice, while the store is at work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_goes_on_when_its_server_has_crashed_and_is_back() {
    const WORKERS: u64 = 3;
    const MORE: u64 = 60;
    let Some(cluster) = Cluster::start() else { return };
    let cluster = Arc::new(cluster);
    let builder = PostgresStore::builder(cluster.address().url()).pool_size(4);
    let store = Arc::new(builder.connect().await.unwrap());
    let lease = async |holder: &'static str| store.lease(Lease::new("poll", holder, at(0), at(1000))).await.unwrap();
    assert!(lease("a").await && !lease("b").await);

    let (progress, mut seen) = watch::channel(0);
    let end = Arc::new(AtomicBool::new(false));
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let (store, progress, end) = (Arc::clone(&store), progress.clone(), Arc::clone(&end));
        workers.spawn(async move { work(store, &worker.to_string(), worker * 1_000_000, progress, end).await });
    }
    let mut goal = MORE;
    in_time(seen.wait_for(|count| *count >= goal)).await.unwrap();
    for _ in 0..2 {
        let cluster = Arc::clone(&cluster);
        tokio::task::spawn_blocking(move || cluster.restart()).await.unwrap();
        goal = *seen.borrow() + MORE;
        in_time(seen.wait_for(|count| *count >= goal)).await.unwrap();
    }
    end.store(true, Ordering::SeqCst);
    let work = in_time(workers.join_all()).await;
    assert!(work.iter().map(|work| work.failed + work.unknown).sum::<u64>() > 0, "nobody has noticed: {work:?}");

    let written: u64 = work.iter().map(|work| work.written).sum();
    let history = store.history(HistoryQuery::default().with_limit(1_000_000)).await.unwrap();
    let different: BTreeSet<_> = history.iter().map(|event| event.id).collect();
    assert_eq!((history.len() as u64, different.len() as u64), (written, written), "{work:?}");
    let waiting = DeliveryQuery::default().with_state(DeliveryState::Pending).with_limit(1_000_000);
    assert_eq!(store.deliveries(waiting).await.unwrap().len() as u64, written);
    let heads = store.claim(ClaimRequest::new("hook".into(), at(1), 10, at(60))).await.unwrap().claims;
    for head in &heads {
        store.settle(settlement(head, 2, DELIVERED)).await.unwrap();
    }
    assert_eq!(heads.len() as u64, WORKERS);
    // Leases are not worth a wait for the disk: whose they were is forgotten, and somebody else may have them.
    assert!(lease("b").await);
    store.close().await;
}

/// What an administrator does.
#[tokio::test]
async fn sessions_that_the_server_ends_are_replaced() {
    let Some(place) = Schema::new().await else { return };
    let address = place.address().with(&format!("application_name={}", place.name()));
    let store = patient(|| place.builder_at(&address)).await.unwrap();
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
    let brief = Duration::from_millis(200);
    let store = patient(|| place.builder().statement_timeout(brief)).await.unwrap();
    store.commit(announcement(1, "one", 0, &[])).await.unwrap();
    let raw = place.raw().await;
    raw.batch_execute("BEGIN; SELECT FROM aggregates FOR UPDATE").await.unwrap();
    let failed = store.commit(announcement(2, "one", 1, &["hook"])).await.unwrap_err();
    assert!(matches!(&failed, CommitError::Failed(error) if error.kind == StoreErrorKind::Unavailable), "{failed:?}");
    raw.batch_execute("ROLLBACK").await.unwrap();
    store.commit(announcement(2, "one", 1, &["hook"])).await.unwrap();
    assert_eq!(store.deliveries(DeliveryQuery::default()).await.unwrap().len(), 1);
}
