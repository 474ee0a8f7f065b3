//! Deliveries that begin anew.

use super::*;
use crate::store::SinkState;
use crate::testkit::conformance::samples::{announcement, settlement};

/// A store with a delivery that has failed for good, and its claim.
async fn with_a_dead_one<P: Place>(place: &P) -> Result<(P::Store, Claim), Stop> {
    let store = place.open().await?;
    store.commit(announcement(1, "one", 0, &["hook"])).await?;
    let claim = one_claim(&store, "hook", 1).await?;
    store.settle(settlement(&claim, 2, SettlementKind::Final(DeliveryState::Dead))).await?;
    Ok((store, claim))
}

pub(super) async fn redeliver_1_a_settled_one_begins_anew_as_the_same<P: Place>(place: &P) -> Checked {
    let (store, before) = with_a_dead_one(place).await?;
    let log = record(&store, before.id).await?.log;
    same("its sink", store.redeliver(before.id, at(5)).await?, Some("hook".into()))?;
    let pending = record(&store, before.id).await?;
    same("its state and tries", (pending.state, pending.attempts), (DeliveryState::Pending, 0))?;
    same("its times", (pending.due_at, pending.settled_at), (Some(at(5)), None))?;
    same("its log", pending.log, log)?;
    let again = one_claim(&store, "hook", 5).await?;
    same("its notification", &again.notification, &before.notification)?;
    same("its number", again.id, before.id)
}

pub(super) async fn redeliver_2_a_pending_one_is_due_at_once<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    store.commit(announcement(1, "one", 0, &["hook"])).await?;
    let claim = one_claim(&store, "hook", 1).await?;
    let later = SettlementKind::Again { due_at: at(5000), counted: true };
    store.settle(settlement(&claim, 2, later)).await?;
    same("its sink", store.redeliver(claim.id, at(5)).await?, Some("hook".into()))?;
    let anew = one_claim(&store, "hook", 5).await?;
    same("its tries", anew.attempts, 1)
}

pub(super) async fn redeliver_3_it_frees_the_sink<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    store.commit(announcement(1, "one", 0, &["hook"])).await?;
    for (sink, now) in [("chat", 1), ("hook", 2)] {
        let claim = one_claim(&store, "hook", now).await?;
        let again = SettlementKind::Again { due_at: at(now), counted: true };
        let mut parked = settlement(&claim, now, again);
        parked.sink = Some((sink.into(), SinkState::parked("404")));
        store.settle(parked).await?;
    }
    let id = records(&store).await?[0].id;
    store.redeliver(id, at(5)).await?;
    same("sinks that are still parked", store.sink_states().await?.into_keys().collect::<Vec<_>>(), vec!["chat".into()])
}

pub(super) async fn redeliver_4_one_that_is_not_there_changes_nothing<P: Place>(place: &P) -> Checked {
    let (store, claim) = with_a_dead_one(place).await?;
    let before = records(&store).await?;
    for number in [claim.id.0 + 1, u64::MAX] {
        same("its sink", store.redeliver(DeliveryId(number), at(5)).await?, None)?;
    }
    same("deliveries", records(&store).await?, before)
}

pub(super) async fn redeliver_5_it_waits_for_the_open_claim_of_its_lane<P: Place>(place: &P) -> Checked {
    let (store, first) = with_a_dead_one(place).await?;
    for number in 2..4 {
        store.commit(announcement(number, "one", number - 1, &["hook"])).await?;
    }
    let second = one_claim(&store, "hook", 2).await?;
    store.redeliver(first.id, at(3)).await?;
    nothing_is_given(&store, "hook", 3, "given while a later one is open").await?;
    store.settle(settlement(&second, 4, DELIVERED)).await?;
    same("the lane's head", told(&claims(&store, "hook", 4).await?), vec![1])
}
