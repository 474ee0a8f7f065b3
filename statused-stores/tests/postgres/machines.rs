//! Two machines on one schema.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use statused_core::StateStore as _;
use statused_core::model::{DeliveryId, DeliveryState, SinkId};
use statused_core::store::{
    AggregateWrite, ClaimRequest, Commit, CommitError, DeliveryQuery, HistoryQuery, Lease, Retention, SettlementKind,
    SinkState,
};
use statused_stores::PostgresStore;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::common::support::{Place as _, announcement, app, at, claim, delivery, event, ids, settlement};
use crate::place::{Schema, patient};

const DELIVERED: SettlementKind = SettlementKind::Final(DeliveryState::Delivered);

fn all() -> DeliveryQuery {
    DeliveryQuery::default().with_limit(10_000)
}

/// `apps` lanes of one sink, each with `depth` deliveries.
async fn fill(store: &PostgresStore, apps: u64, depth: u64) {
    for level in 0..depth {
        let mut commit = Commit::new(at(0));
        for number in 0..apps {
            let event = event(level * apps + number, &app(&number.to_string()), at(0), "It is so.");
            commit.deliveries.push(delivery("hook", event.clone()));
            commit.history.push(event);
        }
        store.commit(commit).await.unwrap();
    }
}

/// Claims and settles until nothing waits. Tells what it was given, by lane, in the order in which it was.
async fn work_off(store: Arc<PostgresStore>, seen: Arc<Mutex<BTreeMap<String, Vec<u64>>>>) {
    loop {
        let now = Utc::now();
        let request = ClaimRequest::new("hook".into(), now, 7, now + TimeDelta::seconds(60));
        let claimed = store.claim(request).await.unwrap();
        for claim in &claimed.claims {
            let lane = claim.notification.event.aggregate.to_string();
            seen.lock().unwrap().entry(lane).or_default().push(claim.id.0);
        }
        let settled = claimed.claims.iter().map(|claim| store.settle(settlement(claim, 1, DELIVERED)));
        join_all(settled).await.into_iter().for_each(|settled| settled.unwrap());
        if claimed.claims.is_empty() && claimed.next_due.is_none() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_delivery_is_given_to_two_and_each_lane_keeps_its_order() {
    let Some(place) = Schema::new().await else { return };
    let machines = [Arc::new(place.open().await), Arc::new(place.open().await)];
    fill(&machines[0], 40, 12).await;
    let seen = Arc::new(Mutex::new(BTreeMap::new()));
    let mut tasks = JoinSet::new();
    for machine in machines.iter().cycle().take(6) {
        tasks.spawn(work_off(Arc::clone(machine), Arc::clone(&seen)));
    }
    tasks.join_all().await;

    let seen = std::mem::take(&mut *seen.lock().unwrap());
    assert_eq!(seen.len(), 40);
    for (lane, given) in &seen {
        assert_eq!(given.len(), 12, "{lane}: {given:?}");
        assert!(given.is_sorted_by(|a, b| a < b), "{lane}: {given:?}");
    }
    let left = machines[1].deliveries(all().with_state(DeliveryState::Pending)).await.unwrap();
    assert!(left.is_empty());
    let records = machines[1].deliveries(all()).await.unwrap();
    assert!(records.iter().all(|record| record.log.len() == 1 && record.attempts == 1));
}

/// What comes in while others deliver: no lane is forgotten when its last delivery is settled as its next one arrives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lane_that_empties_while_it_is_filled_is_not_forgotten() {
    let Some(place) = Schema::new().await else { return };
    let machines = [Arc::new(place.open().await), Arc::new(place.open().await)];
    let seen = Arc::new(Mutex::new(BTreeMap::new()));
    let mut tasks = JoinSet::new();
    for machine in &machines {
        let (store, seen) = (Arc::clone(machine), Arc::clone(&seen));
        tasks.spawn(async move {
            while seen.lock().unwrap().values().map(Vec::len).sum::<usize>() < 300 {
                work_off(Arc::clone(&store), Arc::clone(&seen)).await;
            }
        });
    }
    for number in 0..300 {
        let mut commit = Commit::new(at(0));
        let event = event(number, &app(if number % 3 == 0 { "one" } else { "two" }), at(0), "It is so.");
        commit.deliveries.push(delivery("hook", event));
        machines[(number % 2) as usize].commit(commit).await.unwrap();
    }
    let end = tokio::time::timeout(std::time::Duration::from_secs(60), tasks.join_all()).await;
    let seen = seen.lock().unwrap();
    assert!(end.is_ok(), "only {:?} of 300 were given", seen.values().map(Vec::len).collect::<Vec<_>>());
    assert!(seen.values().all(|given| given.is_sorted_by(|a, b| a < b)), "{seen:?}");
}

#[tokio::test]
async fn what_a_dead_machine_had_begun_is_taken_up_when_its_lease_has_ended() {
    let Some(place) = Schema::new().await else { return };
    let (dead, other) = (place.open().await, place.open().await);
    dead.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    assert_eq!(ids(&claim(&dead, "hook", 1).await), [1]);
    drop(dead);

    let request = ClaimRequest::new("hook".into(), at(60), 10, at(120));
    let busy = other.claim(request).await.unwrap();
    assert_eq!((busy.claims.len(), busy.next_due), (0, Some(at(61))));
    assert_eq!(ids(&claim(&other, "hook", 61).await), [1]);
}

#[tokio::test]
async fn a_machine_that_was_only_asleep_does_no_harm_when_it_wakes() {
    let Some(place) = Schema::new().await else { return };
    let (sleeper, other) = (place.open().await, place.open().await);
    sleeper.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    sleeper.commit(announcement(2, "one", 1, &["hook"])).await.unwrap();
    let old = claim(&sleeper, "hook", 1).await;

    let new = claim(&other, "hook", 61).await;
    let mut late = settlement(&old[0], 62, SettlementKind::Final(DeliveryState::Dead));
    late.sink = Some(("hook".into(), SinkState::parked("410 Gone")));
    sleeper.settle(late.clone()).await.unwrap();
    assert!(claim(&sleeper, "hook", 63).await.is_empty(), "the lane is the other's now");
    other.settle(settlement(&new[0], 64, DELIVERED)).await.unwrap();
    sleeper.settle(late).await.unwrap();
    other.commit(announcement(3, "one", 2, &[])).await.unwrap();
    let stale = sleeper.commit(announcement(4, "one", 2, &["hook"])).await.unwrap_err();

    assert_eq!(stale, CommitError::Conflict(vec![app("one")]));
    assert!(other.sink_states().await.unwrap().is_empty());
    let records = other.deliveries(all()).await.unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!((records[1].state, records[1].log.len()), (DeliveryState::Delivered, 1));
    assert_eq!(ids(&claim(&sleeper, "hook", 65).await), [2]);
}

#[tokio::test]
async fn a_late_word_counts_as_long_as_nobody_has_taken_over() {
    let Some(place) = Schema::new().await else { return };
    let (sleeper, other) = (place.open().await, place.open().await);
    sleeper.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    let old = claim(&sleeper, "hook", 1).await;
    drop(sleeper);
    let woken = place.open().await;
    woken.settle(settlement(&old[0], 500, DELIVERED)).await.unwrap();
    assert_eq!(other.deliveries(all()).await.unwrap()[0].state, DeliveryState::Delivered);
}

#[tokio::test]
async fn a_lease_outlives_the_store_that_asked_for_it() {
    let Some(place) = Schema::new().await else { return };
    let ask = async |holder: &'static str, now| {
        place.open().await.lease(Lease::new("poll:acme", holder, at(now), at(now + 10))).await.unwrap()
    };
    assert!(ask("a", 0).await);
    assert!(!ask("b", 9).await);
    assert!(ask("b", 10).await);
    assert!(!ask("a", 19).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_those_that_decide_at_once_one_wins_and_the_others_know() {
    const WORKERS: usize = 6;
    const ROUNDS: u64 = 20;
    let Some(place) = Schema::new().await else { return };
    let machines = [Arc::new(place.open().await), Arc::new(place.open().await)];
    // All have read before any of them writes, and all have written before any of them reads.
    let together = Arc::new(Barrier::new(WORKERS));
    let mut tasks = JoinSet::new();
    for worker in 0..WORKERS {
        let (store, together) = (Arc::clone(&machines[worker % 2]), Arc::clone(&together));
        tasks.spawn(async move {
            let mut won = Vec::new();
            for round in 0..ROUNDS {
                let known = store.load(&[app("a"), app("b")]).await.unwrap();
                let version = |name| known.iter().find(|one| one.key == app(name)).map_or(0, |one| one.version);
                let mut commit = Commit::new(at(0));
                let mut names = ["a", "b"];
                // The order in which a commit names them must not make two wait for one another.
                if worker % 3 == 0 {
                    names.reverse();
                }
                for name in names {
                    commit.aggregates.push(AggregateWrite::new(app(name), version(name), format!("{worker}")));
                }
                commit.history.push(event(worker as u64 * 1000 + round, &app("a"), at(0), "It is so."));
                commit.deliveries.push(delivery("hook", commit.history[0].clone()));
                together.wait().await;
                match store.commit(commit).await {
                    Ok(()) => won.push(round),
                    Err(CommitError::Conflict(_)) => {}
                    Err(error) => panic!("{error}"),
                }
                together.wait().await;
            }
            won
        });
    }
    let ended = tokio::time::timeout(std::time::Duration::from_secs(60), tasks.join_all()).await;
    let mut won = ended.expect("somebody has failed, or hangs").concat();
    won.sort_unstable();
    assert_eq!(won, (0..ROUNDS).collect::<Vec<_>>(), "each round has one winner");
    let known = machines[0].load(&[app("a"), app("b")]).await.unwrap();
    assert!(known.iter().all(|one| one.version == ROUNDS), "{known:?}");
    let history = machines[0].history(HistoryQuery::default().with_limit(1000)).await.unwrap();
    let deliveries = machines[0].deliveries(all()).await.unwrap();
    assert_eq!((history.len() as u64, deliveries.len() as u64), (ROUNDS, ROUNDS));
}

/// What a machine holds that stands still in the middle of a settlement: nobody waits for it, and nobody asks for it all the
/// time.
#[tokio::test]
async fn a_lane_that_another_keeps_locked_is_asked_for_ten_times_a_second() {
    let Some(place) = Schema::new().await else { return };
    let store = place.open().await;
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    store.commit(announcement(2, "two", 0, &["hook"])).await.unwrap();
    let raw = place.raw().await;
    raw.batch_execute("BEGIN; SELECT FROM lanes WHERE aggregate LIKE '%one' FOR UPDATE").await.unwrap();

    // As the engine does it: as long as it has room it asks again when the next lane can be had. By no clock but its own,
    // so that a second takes no time.
    let (mut now, mut given, mut asked) = (Utc::now(), Vec::new(), 0);
    let end = now + TimeDelta::seconds(1);
    while now < end {
        let request = ClaimRequest::new("hook".into(), now, 7, now + TimeDelta::seconds(60));
        let claimed = store.claim(request).await.unwrap();
        given.extend(ids(&claimed.claims));
        asked += 1;
        assert!(asked <= 11, "it is asked for all the time: {:?} at {now}", claimed.next_due);
        now = now.max(claimed.next_due.expect("it waits"));
    }
    assert_eq!((given, asked), (vec![2], 10));

    raw.batch_execute("COMMIT").await.unwrap();
    assert_eq!(ids(&claim(&store, "hook", 1).await), [1]);
}

/// Where the limit is what leaves a lane behind, it can be had at once.
#[tokio::test]
async fn what_the_limit_leaves_behind_is_not_waited_for() {
    let Some(place) = Schema::new().await else { return };
    let store = place.open().await;
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    store.commit(announcement(2, "two", 0, &["hook"])).await.unwrap();
    let claimed = store.claim(ClaimRequest::new("hook".into(), at(5), 1, at(60))).await.unwrap();
    assert_eq!(ids(&claimed.claims), [1]);
    assert!(claimed.next_due.unwrap() <= at(5), "{:?}", claimed.next_due);
}

/// Nothing but the event itself tells that it is the same: neither has an aggregate that would be compared.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_event_from_two_at_once_is_kept_once() {
    let Some(place) = Schema::new().await else { return };
    let machines = [place.open().await, place.open().await];
    for number in 0..40 {
        let commit = || {
            let mut commit = announcement(number, &number.to_string(), 0, &["hook", "chat"]);
            commit.aggregates.clear();
            commit
        };
        let (one, two) = tokio::join!(machines[0].commit(commit()), machines[1].commit(commit()));
        one.unwrap();
        two.unwrap();
    }
    assert_eq!(machines[0].history(HistoryQuery::default().with_limit(1000)).await.unwrap().len(), 40);
    let records = machines[0].deliveries(all()).await.unwrap();
    let different: BTreeSet<_> = records.iter().map(|record| (record.event_id, record.sink.clone())).collect();
    assert_eq!((records.len(), different.len()), (80, 80));
}

#[tokio::test]
async fn what_comes_together_is_decided_one_by_one() {
    let Some(place) = Schema::new().await else { return };
    let store = place.open().await;
    store.commit(announcement(1, "one", 0, &[])).await.unwrap();
    let answers = join_all([
        store.commit(announcement(2, "one", 1, &["hook"])),
        store.commit(announcement(3, "one", 1, &["hook"])),
        store.commit(announcement(4, "two", 0, &["hook"])),
        store.commit(announcement(5, "no\0pe", 0, &["hook"])),
        store.commit(announcement(4, "three", 0, &["hook"])),
    ])
    .await;
    assert_eq!(answers[0], Ok(()));
    assert_eq!(answers[1], Err(CommitError::Conflict(vec![app("one")])));
    assert_eq!((&answers[2], &answers[4]), (&Ok(()), &Ok(())));
    assert!(matches!(answers[3], Err(CommitError::Failed(_))), "{:?}", answers[3]);
    let records = store.deliveries(all()).await.unwrap();
    assert_eq!(records.iter().map(|record| record.id.0).collect::<BTreeSet<_>>().len(), 2);
    assert_eq!(store.history(HistoryQuery::default()).await.unwrap().len(), 3);
    assert_eq!(store.load(&["one", "two", "three"].map(app)).await.unwrap().len(), 3);
}

#[tokio::test]
async fn settlements_that_come_together_count_once_each() {
    let Some(place) = Schema::new().await else { return };
    let store = place.open().await;
    fill(&store, 5, 1).await;
    let claims = claim(&store, "hook", 1).await;
    let again = SettlementKind::Again { due_at: at(9), counted: true };
    let mut settlements: Vec<_> = claims.iter().map(|claim| settlement(claim, 2, again.clone())).collect();
    settlements.push(settlement(&claims[0], 3, DELIVERED));
    settlements[1].sink = Some(("hook".into(), SinkState::parked("first")));
    settlements[2].sink = Some(("hook".into(), SinkState::held(at(100))));
    join_all(settlements.into_iter().map(|one| store.settle(one))).await.into_iter().for_each(|done| done.unwrap());
    let records = store.deliveries(all()).await.unwrap();
    assert!(records.iter().all(|record| (record.attempts, record.log.len(), record.due_at) == (1, 1, Some(at(9)))));
    assert_eq!(store.sink_states().await.unwrap().get(&SinkId::from("hook")), Some(&SinkState::held(at(100))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_prune_at_once_leave_no_body_behind() {
    let Some(place) = Schema::new().await else { return };
    let machines = [place.open().await, place.open().await];
    let mut commit = Commit::new(at(0));
    for number in 0..700 {
        let event = event(number, &app(&number.to_string()), at(0), "It is so.");
        commit.deliveries.extend(["hook", "chat"].map(|sink| delivery(sink, event.clone())));
        commit.history.push(event);
    }
    machines[0].commit(commit).await.unwrap();
    for sink in ["hook", "chat"] {
        let request = ClaimRequest::new(sink.into(), at(1), 1000, at(60));
        let claims = machines[0].claim(request).await.unwrap().claims;
        join_all(claims.iter().map(|claim| machines[0].settle(settlement(claim, 2, DELIVERED)))).await;
    }
    let everything = Retention::new(at(9), at(9));
    let (one, two) = tokio::join!(machines[0].prune(everything), machines[1].prune(everything));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.history + two.history, one.deliveries + two.deliveries), (700, 1400));
    assert_eq!(place.counts().await, [0, 0, 0]);
}

/// More than `store.always.1` asks for: not even a hint is set on a row.
#[tokio::test]
async fn reading_writes_nothing() {
    let Some(place) = Schema::new().await else { return };
    let store = place.open().await;
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    let raw = place.raw().await;
    let rows = async || {
        let mut all = Vec::new();
        for table in ["aggregates", "checkpoints", "events", "lanes", "deliveries", "claims", "sinks", "leases"] {
            let select = format!("SELECT '{table}', ctid::text, xmin::text, xmax::text, t::text FROM {table} t");
            let rows = raw.query(&select, &[]).await.unwrap();
            all.extend(rows.iter().map(|row| [0, 1, 2, 3, 4].map(|column| row.get::<_, String>(column))));
        }
        all
    };
    let before = rows().await;
    store.load(&[app("one")]).await.unwrap();
    store.list(None, 10).await.unwrap();
    store.checkpoint(&"acme".into()).await.unwrap();
    store.history(HistoryQuery::default()).await.unwrap();
    store.deliveries(all()).await.unwrap();
    store.sink_states().await.unwrap();
    // What finds nothing to do.
    store.commit(Commit::new(at(3))).await.unwrap();
    store.revive(&"hook".into()).await.unwrap();
    store.redeliver(DeliveryId(9), at(2)).await.unwrap();
    store.prune(Retention::new(at(0), at(0))).await.unwrap();
    assert_eq!(rows().await, before);
}

/// A store whose sessions can be told from others, and a way to wait until one of them waits for a lock.
async fn watched(place: &Schema) -> (Arc<PostgresStore>, tokio_postgres::Client) {
    let address = place.address().with(&format!("application_name={}", place.name()));
    let store = patient(|| place.builder_at(&address)).await.unwrap();
    (Arc::new(store), place.raw().await)
}

async fn until_one_waits(place: &Schema, raw: &tokio_postgres::Client) {
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'";
    let looks = async {
        while raw.query_one(waits, &[&place.name()]).await.unwrap().get::<_, i64>(0) == 0 {
            // The activity is seen as it was when the transaction first looked.
            raw.batch_execute("SELECT pg_stat_clear_snapshot()").await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), looks).await.expect("nobody waits");
}

#[tokio::test]
async fn a_settlement_sees_what_came_into_its_lane_while_it_waited() {
    let Some(place) = Schema::new().await else { return };
    let (store, raw) = watched(&place).await;
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    let claims = claim(&*store, "hook", 1).await;
    // Another machine's commit, up to its end.
    let commit = "BEGIN; SELECT FROM lanes FOR UPDATE;
        INSERT INTO deliveries (lane, sink, event, uuid, workflow, state, attempts, due_at, created_at)
        SELECT lane, sink, event, gen_random_uuid(), workflow, 'pending', 0, due_at, created_at FROM deliveries";
    raw.batch_execute(commit).await.unwrap();
    let settling = tokio::spawn({
        let (store, settled) = (Arc::clone(&store), settlement(&claims[0], 2, DELIVERED));
        async move { store.settle(settled).await }
    });
    until_one_waits(&place, &raw).await;
    raw.batch_execute("COMMIT").await.unwrap();
    settling.await.unwrap().unwrap();
    assert_eq!(ids(&claim(&*store, "hook", 3).await), [2]);
}

#[tokio::test]
async fn a_body_goes_though_one_machine_forgets_its_event_as_another_removes_its_deliveries() {
    let Some(place) = Schema::new().await else { return };
    let (store, raw) = watched(&place).await;
    store.commit(announcement(1, "one", 0, &["hook", "chat"])).await.unwrap();
    for sink in ["hook", "chat"] {
        let claims = claim(&*store, sink, 1).await;
        store.settle(settlement(&claims[0], 2, DELIVERED)).await.unwrap();
    }
    // Another machine that prunes the history, up to its end: the deliveries that it sees keep the body.
    let lock = format!("BEGIN; SELECT pg_advisory_xact_lock(1398035268, hashtext('{}'))", place.name());
    raw.batch_execute(&format!("{lock}; UPDATE events SET listed = false")).await.unwrap();
    let pruning = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.prune(Retention::new(at(9), at(9))).await }
    });
    until_one_waits(&place, &raw).await;
    raw.batch_execute("COMMIT").await.unwrap();
    assert_eq!(pruning.await.unwrap().unwrap().deliveries, 2);
    assert_eq!(place.counts().await, [0, 0, 0]);
}
