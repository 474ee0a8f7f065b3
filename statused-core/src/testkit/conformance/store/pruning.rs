//! What may be forgotten.

use super::*;
use crate::source::Checkpoint;
use crate::store::{CheckpointWrite, HistoryQuery, Pruned, Retention, SinkState};
use crate::testkit::conformance::samples::{announcement, app, event, settlement};

/// More than a store that removes in steps takes at a time.
pub(super) async fn prune_1_what_is_old_and_settled_goes_and_is_counted<P: Place>(place: &P) -> Checked {
    const MANY: u64 = 600;
    let store = place.open().await?;
    let mut commit = announcement(0, "one", 0, &["hook"]);
    for number in 1..MANY {
        let event = event(number, &app(&format!("app {number}")), at(0), "It is so.");
        commit.deliveries.push(crate::testkit::conformance::samples::delivery("hook", event.clone()));
        commit.history.push(event);
    }
    store.commit(commit).await?;
    let claims = store.claim(ClaimRequest::new("hook".into(), at(1), 1000, at(60))).await?.claims;
    for claim in &claims {
        store.settle(settlement(claim, 2, DELIVERED)).await?;
    }
    let nothing = store.prune(Retention::new(at(0), at(2))).await?;
    same("at the very moment", nothing, Pruned::new(0, 0))?;
    let history = store.prune(Retention::new(at(1), at(2))).await?;
    same("a second later, history alone", history, Pruned::new(MANY, 0))?;
    let deliveries = store.prune(Retention::new(at(1), at(3))).await?;
    same("a second later, deliveries", deliveries, Pruned::new(0, MANY))?;
    same("events that are left", store.history(HistoryQuery::default()).await?, vec![])?;
    same("deliveries that are left", store.deliveries(DeliveryQuery::default()).await?, vec![])
}

pub(super) async fn prune_2_what_is_pending_stays_whole<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    store.commit(announcement(1, "one", 0, &["hook", "slow"])).await?;
    store.commit(announcement(2, "one", 1, &["slow"])).await?;
    let claim = one_claim(&store, "hook", 1).await?;
    store.settle(settlement(&claim, 2, SettlementKind::Again { due_at: at(3), counted: true })).await?;
    let claim = one_claim(&store, "slow", 1).await?;
    store.settle(settlement(&claim, 2, DELIVERED)).await?;
    store.redeliver(claim.id, at(3)).await?;
    let before = records(&store).await?;
    same("what goes", store.prune(Retention::new(at(1000), at(1000))).await?, Pruned::new(2, 0))?;
    same("deliveries", records(&store).await?, before)?;
    same("given to hook", told(&claims(&store, "hook", 3).await?), vec![1])?;
    same("given to slow", told(&claims(&store, "slow", 3).await?), vec![1])
}

pub(super) async fn prune_3_what_is_known_stays<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    let mut commit = announcement(1, "one", 0, &["hook"]);
    commit.checkpoint = Some(CheckpointWrite::new("acme".into(), None, Checkpoint("7".to_owned())));
    store.commit(commit).await?;
    let claim = one_claim(&store, "hook", 1).await?;
    let mut parked = settlement(&claim, 2, DELIVERED);
    parked.sink = Some(("hook".into(), SinkState::parked("410")));
    store.settle(parked).await?;
    store.prune(Retention::new(at(1000), at(1000))).await?;
    same("aggregates", store.load(&[app("one")]).await?.len(), 1)?;
    same("the checkpoint", store.checkpoint(&"acme".into()).await?, Some(Checkpoint("7".to_owned())))?;
    same("sinks", store.sink_states().await?.len(), 1)
}
