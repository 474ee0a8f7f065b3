//! How a claim ends.

use super::*;
use crate::store::SinkState;
use crate::testkit::conformance::samples::{announcement, settlement};

fn again(due: i64, counted: bool) -> SettlementKind {
    SettlementKind::Again { due_at: at(due), counted }
}

pub(super) async fn settle_1_only_the_last_claims_token_counts_and_once<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    store.commit(announcement(1, "one", 0, &["hook"])).await?;
    let lost = one_claim(&store, "hook", 1).await?;
    let held = one_claim(&store, "hook", 61).await?;
    let before = record(&store, held.id).await?;
    let mut late = settlement(&lost, 62, DELIVERED);
    late.sink = Some(("hook".into(), SinkState::parked("gone")));
    store.settle(late).await?;
    let mut forged = settlement(&held, 62, DELIVERED);
    forged.token = forged.token.wrapping_add(1_000_000);
    store.settle(forged).await?;
    same("after settlements of others", record(&store, held.id).await?, before)?;
    same("sinks after settlements of others", store.sink_states().await?, [].into())?;
    nothing_is_given(&store, "hook", 62, "given although the claim is open").await?;

    for _ in 0..2 {
        store.settle(settlement(&held, 63, again(70, true))).await?;
    }
    let settled = record(&store, held.id).await?;
    same("tries and log of what is settled twice", (settled.attempts, settled.log.len()), (1, 1))
}

pub(super) async fn settle_2_a_claim_that_has_run_out_still_counts<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    store.commit(announcement(1, "one", 0, &["hook"])).await?;
    let slow = one_claim(&store, "hook", 1).await?;
    store.settle(settlement(&slow, 500, DELIVERED)).await?;
    same("what nobody else has taken", record(&store, slow.id).await?.state, DeliveryState::Delivered)
}

pub(super) async fn settle_3_for_good_ends_the_delivery_and_frees_its_lane<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    for number in 0..4 {
        store.commit(announcement(number, "one", number, &["hook"])).await?;
    }
    let states = [DeliveryState::Delivered, DeliveryState::Dead, DeliveryState::Unknown];
    for (number, state) in (0..).zip(states) {
        let claim = one_claim(&store, "hook", 1).await?;
        same("the lane's head", told(std::slice::from_ref(&claim)), vec![number])?;
        let settlement = settlement(&claim, 2, SettlementKind::Final(state));
        let attempt = settlement.attempt.clone();
        store.settle(settlement).await?;
        let settled = record(&store, claim.id).await?;
        same("its state and tries", (settled.state, settled.attempts), (state, 1))?;
        same("its times", (settled.due_at, settled.settled_at), (None, Some(at(2))))?;
        same("its log", settled.log, vec![attempt])?;
    }
    same("the lane's head", told(&claims(&store, "hook", 2).await?), vec![3])
}

pub(super) async fn settle_4_again_waits_at_the_head_of_its_lane<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    for number in 0..2 {
        store.commit(announcement(number, "one", number, &["hook"])).await?;
    }
    let first = one_claim(&store, "hook", 1).await?;
    store.settle(settlement(&first, 3, again(30, true))).await?;
    nothing_is_given(&store, "hook", 29, "given before the head is due again").await?;
    let head = one_claim(&store, "hook", 30).await?;
    same("the head and its tries", (head.id, head.attempts), (first.id, 1))?;
    store.settle(settlement(&head, 31, again(40, false))).await?;
    let waiting = record(&store, head.id).await?;
    same("a try that does not count", (waiting.state, waiting.attempts), (DeliveryState::Pending, 1))?;
    same("its times", (waiting.due_at, waiting.settled_at), (Some(at(40)), None))?;
    let tried: Vec<_> = waiting.log.iter().map(|attempt| attempt.at).collect();
    same("when it was tried, the newest last", tried, vec![at(3), at(31)])
}

pub(super) async fn settle_5_what_it_says_of_the_sink_is_kept_with_it<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    store.commit(announcement(1, "one", 0, &["hook"])).await?;
    let claim = one_claim(&store, "hook", 1).await?;
    let mut parked = settlement(&claim, 2, again(2, false));
    parked.sink = Some(("hook".into(), SinkState::parked("410 Gone")));
    store.settle(parked).await?;
    same("sinks", store.sink_states().await?, [("hook".into(), SinkState::parked("410 Gone"))].into())?;
    let claim = one_claim(&store, "hook", 2).await?;
    store.settle(settlement(&claim, 3, again(3, false))).await?;
    same("sinks after one that says nothing", store.sink_states().await?.len(), 1)
}
