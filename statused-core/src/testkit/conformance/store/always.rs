//! What holds of all methods together.

use super::*;
use crate::model::DeliveryState::Dead;
use crate::source::Checkpoint;
use crate::store::{CheckpointWrite, HistoryQuery, Retention, SinkState, StoreErrorKind};
use crate::testkit::conformance::check::holds;
use crate::testkit::conformance::samples::{announcement, app, settlement};

/// Calls that find nothing to do, and all that only read.
async fn look_at_everything(store: &impl StateStore) -> Result<(), StoreError> {
    store.load(&[app("one"), app("two")]).await?;
    store.list(None, 10).await?;
    store.checkpoint(&"acme".into()).await?;
    store.sink_states().await?;
    store.history(HistoryQuery::default()).await?;
    store.deliveries(DeliveryQuery::default()).await?;
    store.revive(&"hook".into()).await?;
    store.redeliver(DeliveryId(77), at(1)).await?;
    store.prune(Retention::new(at(0), at(0))).await?;
    Ok(())
}

pub(super) async fn always_1_reading_writes_nothing<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    let mut commit = announcement(1, "one", 0, &["hook"]);
    commit.checkpoint = Some(CheckpointWrite::new("acme".into(), None, Checkpoint("7".to_owned())));
    store.commit(commit).await?;
    // Whatever is done but once is done by then.
    look_at_everything(&store).await?;
    let before = place.fingerprint(&store).await;
    let Some(before) = before else { return Err(skip("whether something is written cannot be told here")) };
    look_at_everything(&store).await?;
    let after = place.fingerprint(&store).await.unwrap_or_default();
    holds(before == after, || "the fingerprint has changed, and nothing has".to_owned())
}

pub(super) async fn always_2_two_handles_see_the_same_or_one_is_refused<P: Place>(place: &P) -> Checked {
    let abilities = place.abilities();
    if !abilities.lasting && !abilities.shared {
        return Err(skip("every opening is a store of its own here"));
    }
    let first = place.open().await?;
    first.commit(announcement(1, "one", 0, &["hook"])).await?;
    match (place.open().await, abilities.shared) {
        (Ok(second), true) => {
            same("aggregates seen by the second handle", second.load(&[app("one")]).await?.len(), 1)?;
            let claim = one_claim(&second, "hook", 1).await?;
            nothing_is_given(&first, "hook", 1, "given while the second handle has it").await?;
            second.settle(settlement(&claim, 2, DELIVERED)).await?;
            same("settled, seen by the first handle", record(&first, claim.id).await?.state, DeliveryState::Delivered)?;
            second.commit(announcement(2, "one", 1, &[])).await?;
            same("version seen by the first handle", first.load(&[app("one")]).await?[0].version, 2)
        }
        (Ok(_), false) => Err(fail("a second handle was let in, and the place is not said to be shared")),
        (Err(error), true) => Err(error.into()),
        (Err(error), false) => {
            same("how a second handle is refused", error.kind, StoreErrorKind::Locked)?;
            first.commit(announcement(2, "one", 1, &[])).await?;
            place.close(first).await;
            same("version after the first is closed", place.open().await?.load(&[app("one")]).await?[0].version, 2)
        }
    }
}

pub(super) async fn always_3_secrets_are_shown_nowhere<P: Place>(place: &P) -> Checked {
    let secrets = place.secrets();
    if secrets.is_empty() {
        return Err(skip("the store is given no secret here"));
    }
    let store = place.open().await?;
    let mut shown = format!("{store:?} {store:#?}");
    if let Err(error) = place.open().await {
        shown.push_str(&format!("{error} {error:?}"));
    }
    holds(!secrets.iter().any(|secret| shown.contains(secret)), || "a secret shows in the store's Debug".to_owned())
}

pub(super) async fn always_4_what_is_acknowledged_lasts<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    for (number, name) in (1..).zip(["one", "two", "three", "four"]) {
        store.commit(announcement(number, name, 0, &["hook"])).await?;
    }
    let claims = claims(&store, "hook", 1).await?;
    same("claims", claims.len(), 4)?;
    let mut dead = settlement(&claims[0], 2, SettlementKind::Final(Dead));
    dead.sink = Some(("chat".into(), SinkState::parked("410")));
    store.settle(dead).await?;
    let mut held = settlement(&claims[1], 2, SettlementKind::Again { due_at: at(500), counted: true });
    held.sink = Some(("pager".into(), SinkState::held(at(600))));
    store.settle(held).await?;
    store.settle(settlement(&claims[2], 2, DELIVERED)).await?;
    store.settle(settlement(&claims[3], 5, DELIVERED)).await?;
    store.revive(&"pager".into()).await?;
    store.redeliver(claims[2].id, at(7)).await?;
    store.prune(Retention::new(at(0), at(4))).await?;
    let before = records(&store).await?;
    same("sinks", store.sink_states().await?.len(), 1)?;

    let store = reopened(place, store).await?;
    same("deliveries after opening anew", records(&store).await?, before)?;
    let parked = [("chat".into(), SinkState::parked("410"))];
    same("sinks after opening anew", store.sink_states().await?, parked.into())
}

/// A few hundred operations. [`compare`] tries as many seeds as one likes.
pub(super) async fn always_5_any_sequence_has_the_results_of_the_tables<P: Place>(place: &P) -> Checked {
    compare(place, 0).await.map_err(fail)
}
