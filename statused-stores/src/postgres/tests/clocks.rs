//! Machines whose clocks differ agree on when a lease ends.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use statused_core::StateStore as _;
use statused_core::model::{AggregateKey, NewDelivery, Notification};
use statused_core::store::{ClaimRequest, Claimed, Commit, Lease};

use super::Bench;

fn fast() -> DateTime<Utc> {
    Utc::now() + TimeDelta::seconds(100)
}

fn slow() -> DateTime<Utc> {
    Utc::now() - TimeDelta::seconds(100)
}

fn commit(now: DateTime<Utc>) -> Commit {
    let event = serde_json::from_value(serde_json::json!({
        "id": "00000000-0000-5000-8000-000000000001",
        "kind": "app",
        "aggregate": AggregateKey::App("acme".into(), "one".into()),
        "subject": "version/1",
        "time": now,
        "data": { "message": "It is so.", "store_name": "", "status_color": "", "timestamp": "" },
    }));
    let mut commit = Commit::new(now);
    let notification = Notification::new(event.unwrap(), "workflow".into());
    commit.deliveries.push(NewDelivery::new("hook".into(), notification));
    commit
}

/// Claims for `seconds`, as a machine whose clock is `clock`.
async fn claim(bench: &mut Bench, clock: fn() -> DateTime<Utc>, seconds: i64) -> (Claimed, DateTime<Utc>) {
    bench.store.machine = clock;
    let now = clock();
    let mut request = ClaimRequest::new("hook".into(), now, 1, now + TimeDelta::seconds(seconds));
    // Whether it is due is another matter.
    request.due_by = now + TimeDelta::days(1);
    (bench.store.claim(request).await.unwrap(), now)
}

#[tokio::test]
async fn a_fast_clock_takes_no_claim_away_and_a_slow_one_does_not_wait_for_ever() {
    let Some(mut bench) = Bench::new().await else { return };
    bench.store.commit(commit(slow())).await.unwrap();
    let (given, _) = claim(&mut bench, Utc::now, 60).await;
    assert_eq!(given.claims.len(), 1);
    for clock in [fast, slow] {
        let (busy, now) = claim(&mut bench, clock, 60).await;
        assert!(busy.claims.is_empty(), "somebody has it");
        let wait = busy.next_due.unwrap() - now;
        assert!((TimeDelta::seconds(50)..TimeDelta::seconds(61)).contains(&wait), "{wait}");
    }
}

#[tokio::test]
async fn a_claim_of_a_machine_with_another_clock_ends_when_it_should() {
    let Some(mut bench) = Bench::new().await else { return };
    bench.store.commit(commit(slow())).await.unwrap();
    for clock in [fast, slow] {
        // It has ended when it is given.
        assert_eq!(claim(&mut bench, clock, 0).await.0.claims.len(), 1);
        assert_eq!(claim(&mut bench, Utc::now, 0).await.0.claims.len(), 1);
    }
}

#[tokio::test]
async fn a_clock_that_is_set_while_a_claim_waits_makes_it_no_longer() {
    static SLOW: AtomicBool = AtomicBool::new(false);
    let Some(mut bench) = Bench::new().await else { return };
    bench.store.commit(commit(slow())).await.unwrap();
    let mut connections = Vec::new();
    for _ in 0..3 {
        connections.push(bench.store.pool.get().await.unwrap());
    }
    bench.store.machine = || if SLOW.load(Ordering::Relaxed) { slow() } else { Utc::now() };
    let now = Utc::now();
    let mut claim = bench.store.claim(ClaimRequest::new("hook".into(), now, 1, now + TimeDelta::seconds(30)));
    assert!((&mut claim).now_or_never().is_none(), "there is no connection");
    SLOW.store(true, Ordering::Relaxed);
    drop(connections);
    assert_eq!(claim.await.unwrap().claims.len(), 1);

    let now = Utc::now() + TimeDelta::seconds(40);
    bench.store.machine = Utc::now;
    let next = bench.store.claim(ClaimRequest::new("hook".into(), now, 1, now)).await.unwrap();
    assert_eq!(next.claims.len(), 1, "the lease was to end after thirty seconds, and would at {:?}", next.next_due);
}

#[tokio::test]
async fn a_fast_clock_takes_no_lease_away() {
    let Some(mut bench) = Bench::new().await else { return };
    let mut ask = async |holder: &str, clock: fn() -> DateTime<Utc>| {
        bench.store.machine = clock;
        let now = clock();
        bench.store.lease(Lease::new("source/acme", holder, now, now + TimeDelta::seconds(60))).await.unwrap()
    };
    assert!(ask("a", slow).await);
    assert!(!ask("b", fast).await);
    assert!(!ask("b", Utc::now).await);
    assert!(ask("a", fast).await);
    assert!(!ask("b", slow).await);
}
