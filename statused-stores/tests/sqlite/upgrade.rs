//! Files that older versions have written.

use rusqlite::params;
use statused_core::StateStore as _;
use statused_core::model::DeliveryState;
use statused_core::store::{DeliveryQuery, SettlementKind};

use crate::common::support::{Place as _, announcement, app, at, claim, ids, settlement};
use crate::place::Folder;

/// A file of the first version: an app, an event of it that waits for `hook` after two tries, and a delivery that was
/// the last of all and is gone.
fn first_version() -> Folder {
    let place = Folder::new();
    let told = announcement(1, "one", 0, &["hook"]);
    let (event, time) = (&told.history[0], at(0).timestamp_nanos_opt().unwrap());
    let (uuid, body) = (event.id.as_bytes(), serde_json::to_string(event).unwrap());
    let db = place.raw();
    db.execute_batch(include_str!("../../src/sqlite/schema/1.sql")).unwrap();
    db.execute("INSERT INTO aggregates VALUES (?1, 1, 'known')", [app("one").to_string()]).unwrap();
    db.execute(
        "INSERT INTO events (id, uuid, listed, app, time, body) VALUES (7, ?1, 1, 'one', ?2, ?3)",
        params![uuid, time, body],
    )
    .unwrap();
    let lane = "INSERT INTO lanes (id, sink, aggregate, head, due_at) VALUES (3, 'hook', ?1, 5, ?2)";
    db.execute(lane, params![app("one").to_string(), time]).unwrap();
    db.execute(
        "INSERT INTO deliveries (id, lane, sink, event, uuid, workflow, state, attempts, due_at, created_at)
            VALUES (5, 3, 'hook', 7, ?1, 'workflow', 'pending', 2, ?2, ?2)",
        params![uuid, time],
    )
    .unwrap();
    db.execute_batch("UPDATE sqlite_sequence SET seq = 9").unwrap();
    db.pragma_update(None, "application_id", i32::from_be_bytes(*b"STSD")).unwrap();
    db.pragma_update(None, "user_version", 1).unwrap();
    place
}

#[tokio::test]
async fn what_waits_in_a_file_of_the_first_version_is_delivered_and_nothing_comes_again() {
    let place = first_version();
    let store = place.open();
    let known = store.load(&[app("one")]).await.unwrap();
    assert_eq!((known[0].version, &*known[0].state), (1, "known"));

    // It is in the history and in the outbox, so it comes into neither a second time.
    store.commit(announcement(1, "one", 1, &["hook"])).await.unwrap();
    store.commit(announcement(2, "one", 2, &["hook"])).await.unwrap();
    assert_eq!(place.counts().await, [2, 2, 0]);

    let waiting = claim(&store, "hook", 1).await;
    assert_eq!((ids(&waiting), waiting[0].attempts), (vec![5], 2));
    assert_eq!(waiting[0].notification.event, announcement(1, "one", 0, &[]).history[0]);
    store.settle(settlement(&waiting[0], 2, SettlementKind::Final(DeliveryState::Delivered))).await.unwrap();
    // An id is never given again.
    assert_eq!(ids(&claim(&store, "hook", 3).await), [10]);

    store.close().await;
    let again = place.open().deliveries(DeliveryQuery::default()).await.unwrap();
    assert_eq!(again.iter().map(|delivery| delivery.id.0).collect::<Vec<_>>(), [10, 5]);
}
