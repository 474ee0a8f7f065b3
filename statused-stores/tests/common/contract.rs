//! The contract of a store, bullet by bullet, through a reopening wherever it is about what lasts: the same for every
//! store.

use statused_core::StateStore as _;
use statused_core::model::{DeliveryId, DeliveryState, Notification};
use statused_core::source::Checkpoint;
use statused_core::store::{
    ClaimRequest, Commit, CommitError, DeliveryQuery, HistoryQuery, Lease, Retention, SettlementKind, SinkState,
    StoreErrorKind,
};

use crate::common::support::{Place, announcement, app, at, claim, delivery, event, ids, settlement};

const DELIVERED: SettlementKind = SettlementKind::Final(DeliveryState::Delivered);

fn all() -> DeliveryQuery {
    DeliveryQuery::default()
}

pub(crate) async fn a_commit_lasts_in_all_its_parts(place: &impl Place) {
    let mut commit = announcement(1, "one", 0, &["hook", "chat"]);
    commit.checkpoint = Some(("acme".into(), Checkpoint("[7]".to_owned())));
    let event = commit.history[0].clone();
    place.open().await.commit(commit).await.unwrap();

    let store = place.open().await;
    let aggregates = store.load(&[app("two"), app("one")]).await.unwrap();
    assert_eq!(aggregates.len(), 1);
    assert_eq!((&aggregates[0].key, aggregates[0].version), (&app("one"), 1));
    assert_eq!(aggregates[0].state, "{\"last\":1}");
    assert_eq!(store.history(HistoryQuery::default()).await.unwrap(), [event]);
    assert_eq!(store.deliveries(all()).await.unwrap().len(), 2);
    assert_eq!(store.checkpoint(&"acme".into()).await.unwrap(), Some(Checkpoint("[7]".to_owned())));
    assert_eq!(store.checkpoint(&"other".into()).await.unwrap(), None);
}

pub(crate) async fn a_conflict_names_the_aggregates_and_writes_nothing(place: &impl Place) {
    let store = place.open().await;
    store.commit(announcement(1, "one", 0, &[])).await.unwrap();

    let mut commit = announcement(2, "one", 0, &["hook"]);
    commit.aggregates.extend(announcement(2, "two", 0, &[]).aggregates);
    commit.aggregates.extend(announcement(2, "three", 4, &[]).aggregates);
    let conflict = store.commit(commit).await.unwrap_err();
    assert_eq!(conflict, CommitError::Conflict(vec![app("one"), app("three")]));

    assert!(store.load(&[app("two")]).await.unwrap().is_empty());
    assert_eq!(store.history(HistoryQuery::default()).await.unwrap().len(), 1);
    assert!(store.deliveries(all()).await.unwrap().is_empty());
    store.commit(announcement(2, "one", 1, &[])).await.unwrap();
    assert_eq!(store.load(&[app("one")]).await.unwrap()[0].version, 2);
}

pub(crate) async fn an_event_goes_to_a_sink_once(place: &impl Place) {
    let store = place.open().await;
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    let first = claim(&store, "hook", 1).await;
    store.settle(settlement(&first[0], 1, DELIVERED)).await.unwrap();

    let mut again = announcement(1, "one", 1, &["hook", "chat"]);
    again.deliveries[0].notification.event.data.message = "Other words.".to_owned();
    store.commit(again).await.unwrap();
    let deliveries = store.deliveries(all()).await.unwrap();
    assert_eq!(deliveries.iter().map(|d| (d.id.0, d.sink.as_str())).collect::<Vec<_>>(), [(2, "chat"), (1, "hook")]);
    assert_eq!((deliveries[1].state, &*deliveries[1].message), (DeliveryState::Delivered, "It is so."));
}

/// Workflows may find words of their own, and may send what the history does not hold.
pub(crate) async fn what_is_delivered_is_what_was_committed_byte_for_byte(place: &impl Place) {
    let mut commit = announcement(1, "one", 0, &["plain", "worded"]);
    commit.deliveries[1].notification.event.data.message = "Ship it! \u{1f6a2}\0".to_owned();
    let mut changed = event(1, &app("one"), at(0), "It is so.");
    changed.data.reason = Some("UNRESOLVED_ISSUES".to_owned());
    commit.deliveries.push(delivery("changed", changed));
    commit.deliveries.push(delivery("welcome", event(2, &app("one"), at(0), "Welcome.")));
    let sent = commit.deliveries.clone();
    place.open().await.commit(commit).await.unwrap();

    let store = place.open().await;
    // What the history forgets, pending deliveries need.
    store.prune(Retention::new(at(100), at(100))).await.unwrap();
    for delivery in sent {
        let claims = claim(&store, delivery.sink.as_str(), 1).await;
        assert_eq!(claims.len(), 1, "{}", delivery.sink);
        let bytes = |n: &Notification| serde_json::to_vec(n).unwrap();
        assert_eq!(bytes(&claims[0].notification), bytes(&delivery.notification), "{}", delivery.sink);
        assert_eq!((claims[0].attempts, claims[0].created_at), (0, at(0)));
    }
}

pub(crate) async fn a_lane_gives_its_earliest_one_at_a_time(place: &impl Place) {
    let store = place.open().await;
    for number in 0..3 {
        store.commit(announcement(number, "one", number, &["hook"])).await.unwrap();
    }
    store.commit(announcement(9, "two", 0, &["hook"])).await.unwrap();

    let first = claim(&store, "hook", 1).await;
    assert_eq!(ids(&first), [1, 4]);
    assert!(claim(&store, "hook", 2).await.is_empty(), "both lanes have an open claim");
    store.settle(settlement(&first[0], 3, SettlementKind::Again { due_at: at(30), counted: true })).await.unwrap();
    assert!(claim(&store, "hook", 29).await.is_empty(), "the lane waits for its head");
    let second = claim(&store, "hook", 30).await;
    assert_eq!((ids(&second), second[0].attempts), (vec![1], 1));
    store.settle(settlement(&second[0], 31, DELIVERED)).await.unwrap();
    assert_eq!(ids(&claim(&store, "hook", 31).await), [2]);
    assert_eq!(ids(&claim(&store, "hook", 61).await), [4], "its lease has ended");
}

pub(crate) async fn a_redelivery_does_not_overtake_an_open_claim_of_its_lane(place: &impl Place) {
    let store = place.open().await;
    for number in 0..2 {
        store.commit(announcement(number, "one", number, &["hook"])).await.unwrap();
    }
    let first = claim(&store, "hook", 1).await;
    store.settle(settlement(&first[0], 1, DELIVERED)).await.unwrap();
    let second = claim(&store, "hook", 2).await;
    store.redeliver(first[0].id, at(3)).await.unwrap();
    assert!(claim(&store, "hook", 3).await.is_empty());
    store.settle(settlement(&second[0], 4, DELIVERED)).await.unwrap();
    assert_eq!(ids(&claim(&store, "hook", 4).await), [1]);
}

pub(crate) async fn claims_come_in_the_order_of_their_due_time_and_tell_the_next(place: &impl Place) {
    let store = place.open().await;
    for (number, name, due) in [(1, "one", 30), (2, "two", 10), (3, "three", 20)] {
        let mut commit = announcement(number, name, 0, &["hook", "chat"]);
        commit.at = at(due);
        store.commit(commit).await.unwrap();
    }
    let ask = |limit, now| store.claim(ClaimRequest::new("hook".into(), at(now), limit, at(1000)));
    let none = ask(5, 9).await.unwrap();
    assert_eq!((none.claims.len(), none.next_due), (0, Some(at(10))));
    let one = ask(1, 20).await.unwrap();
    assert_eq!((ids(&one.claims), one.next_due), (vec![3], Some(at(20))));
    let rest = ask(5, 30).await.unwrap();
    assert_eq!((ids(&rest.claims), rest.next_due), (vec![5, 1], Some(at(1000))), "the first one's lease ends then");
    let kind = SettlementKind::Again { due_at: at(2000), counted: true };
    for held in one.claims.iter().chain(&rest.claims) {
        store.settle(settlement(held, 40, kind.clone())).await.unwrap();
    }
    assert_eq!(ask(5, 40).await.unwrap().next_due, Some(at(2000)));
    let other = store.claim(ClaimRequest::new("other".into(), at(40), 5, at(1000))).await.unwrap();
    assert_eq!(other.next_due, None);
}

pub(crate) async fn a_settlement_counts_once_and_only_for_its_claim(place: &impl Place) {
    let store = place.open().await;
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    let lost = claim(&store, "hook", 1).await;
    let held = claim(&store, "hook", 61).await;
    let mut park = settlement(&lost[0], 62, DELIVERED);
    park.sink = Some(("hook".into(), SinkState::parked("gone")));
    store.settle(park).await.unwrap();
    assert_eq!(store.deliveries(all()).await.unwrap()[0].state, DeliveryState::Pending);
    assert!(store.sink_states().await.unwrap().is_empty());

    for _ in 0..2 {
        let again = SettlementKind::Again { due_at: at(70), counted: true };
        store.settle(settlement(&held[0], 63, again)).await.unwrap();
    }
    let record = store.deliveries(all()).await.unwrap().remove(0);
    assert_eq!((record.attempts, record.log.len(), record.due_at), (1, 1, Some(at(70))));
}

pub(crate) async fn what_is_said_of_a_sink_lasts_until_it_is_revived(place: &impl Place) {
    let store = place.open().await;
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    let claims = claim(&store, "hook", 1).await;
    let mut park = settlement(&claims[0], 2, SettlementKind::Again { due_at: at(2), counted: false });
    park.sink = Some(("hook".into(), SinkState::parked("410 Gone")));
    store.settle(park).await.unwrap();
    drop(store);

    let store = place.open().await;
    let states = store.sink_states().await.unwrap();
    assert_eq!(states.get(&"hook".into()), Some(&SinkState::parked("410 Gone")));
    assert!(store.revive(&"hook".into()).await.unwrap());
    assert!(!store.revive(&"hook".into()).await.unwrap());
    drop(store);
    assert!(place.open().await.sink_states().await.unwrap().is_empty());
}

pub(crate) async fn a_redelivery_begins_anew_with_the_same_event_and_frees_the_sink(place: &impl Place) {
    let store = place.open().await;
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    let claims = claim(&store, "hook", 1).await;
    let mut dead = settlement(&claims[0], 2, SettlementKind::Final(DeliveryState::Dead));
    dead.sink = Some(("hook".into(), SinkState::parked("404")));
    store.settle(dead).await.unwrap();

    assert_eq!(store.redeliver(DeliveryId(1), at(5)).await.unwrap(), Some("hook".into()));
    assert_eq!(store.redeliver(DeliveryId(2), at(5)).await.unwrap(), None);
    assert_eq!(store.redeliver(DeliveryId(u64::MAX), at(5)).await.unwrap(), None);
    drop(store);
    let store = place.open().await;
    assert!(store.sink_states().await.unwrap().is_empty());
    let record = store.deliveries(all()).await.unwrap().remove(0);
    assert_eq!((record.state, record.attempts), (DeliveryState::Pending, 0));
    assert_eq!((record.due_at, record.settled_at, record.log.len()), (Some(at(5)), None, 1));
    let again = claim(&store, "hook", 5).await;
    assert_eq!(again[0].notification, claims[0].notification);
}

pub(crate) async fn a_lease_has_one_holder_at_a_time(place: &impl Place) {
    let store = place.open().await;
    let ask = |holder: &'static str, now| store.lease(Lease::new("poll:acme", holder, at(now), at(now + 10)));
    assert!(ask("a", 0).await.unwrap());
    assert!(!ask("b", 9).await.unwrap());
    assert!(ask("a", 9).await.unwrap(), "the holder may renew it");
    assert!(!ask("b", 18).await.unwrap());
    assert!(ask("b", 19).await.unwrap());
    assert!(!ask("a", 20).await.unwrap());
    assert!(store.lease(Lease::new("poll:other", "a", at(20), at(30))).await.unwrap());
}

pub(crate) async fn look_ups_give_the_newest_first(place: &impl Place) {
    let store = place.open().await;
    for (number, name, time) in [(1, "one", 10), (2, "two", 30), (3, "one", 20), (4, "one", 20)] {
        let mut commit = Commit::new(at(0));
        commit.history.push(event(number, &app(name), at(time), "It is so."));
        commit.deliveries.push(delivery("hook", commit.history[0].clone()));
        store.commit(commit).await.unwrap();
    }
    let history = async |query| {
        let events = store.history(query).await.unwrap();
        events.iter().map(|event| event.id.as_u128() & 0xff).collect::<Vec<_>>()
    };
    assert_eq!(history(HistoryQuery::default()).await, [2, 4, 3, 1]);
    assert_eq!(history(HistoryQuery::default().with_limit(2)).await, [2, 4]);
    assert_eq!(history(HistoryQuery::default().with_app("one")).await, [4, 3, 1]);
    let mut before = HistoryQuery::default();
    before.before = Some(at(20));
    assert_eq!(history(before).await, [1]);
    let deliveries = store.deliveries(all().with_limit(3)).await.unwrap();
    assert_eq!(deliveries.iter().map(|delivery| delivery.id.0).collect::<Vec<_>>(), [4, 3, 2]);
}

/// More than one step's worth, so that the steps are seen to go on.
pub(crate) async fn pruning_leaves_what_is_pending_and_the_aggregates(place: &impl Place) {
    let store = place.open().await;
    let mut commit = announcement(0, "one", 0, &["hook", "slow"]);
    for number in 1..600 {
        let event = event(number, &app(&format!("app {number}")), at(0), "It is so.");
        commit.deliveries.push(delivery("hook", event.clone()));
        commit.history.push(event);
    }
    store.commit(commit).await.unwrap();
    let claims = store.claim(ClaimRequest::new("hook".into(), at(1), 1000, at(60))).await.unwrap().claims;
    assert_eq!(claims.len(), 600);
    for claim in &claims {
        store.settle(settlement(claim, 2, DELIVERED)).await.unwrap();
    }
    let nothing = store.prune(Retention::new(at(0), at(2))).await.unwrap();
    assert_eq!((nothing.history, nothing.deliveries), (0, 0));
    let pruned = store.prune(Retention::new(at(1), at(3))).await.unwrap();
    assert_eq!((pruned.history, pruned.deliveries), (600, 600));
    drop(store);

    let store = place.open().await;
    assert!(store.history(HistoryQuery::default()).await.unwrap().is_empty());
    assert_eq!(store.deliveries(all()).await.unwrap().len(), 1);
    assert_eq!(store.load(&[app("one")]).await.unwrap().len(), 1);
    let slow = claim(&store, "slow", 3).await;
    assert_eq!(slow.len(), 1);
    store.settle(settlement(&slow[0], 4, DELIVERED)).await.unwrap();
    store.prune(Retention::new(at(9), at(9))).await.unwrap();
    store.commit(announcement(7, "one", 1, &["hook"])).await.unwrap();
    assert_eq!(store.deliveries(all()).await.unwrap()[0].id, DeliveryId(602), "numbers are not used again");
    drop(store);
    assert_eq!(place.counts().await, [1, 1, 0], "no body and no try is left behind");
}

pub(crate) async fn aggregates_are_listed_in_the_order_of_their_text(place: &impl Place) {
    let store = place.open().await;
    let names = ["b", "a/1", "\u{e4}", "a", "Z"];
    for (number, name) in (0..).zip(names) {
        store.commit(announcement(number, name, 0, &[])).await.unwrap();
    }
    let mut expected = names.map(app).to_vec();
    expected.sort_by_key(ToString::to_string);
    let mut listed = Vec::new();
    while let Some(last) = store.list(listed.last(), 2).await.unwrap().last() {
        let page = store.list(listed.last(), 2).await.unwrap();
        listed.extend(page.iter().map(|aggregate| aggregate.key.clone()));
        assert_eq!(listed.last(), Some(&last.key));
    }
    assert_eq!(listed, expected);
    drop(store);
    place.execute("UPDATE aggregates SET key = 'planet:mars' WHERE key LIKE '%Z'").await;
    assert_eq!(place.open().await.list(None, 100).await.unwrap().len(), 4, "a newer version's key is left out");
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
    assert_eq!(store.deliveries(all()).await.unwrap().len(), 1);
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
