//! What is given to be delivered, and when.

use futures_util::future::join_all;

use super::*;
use crate::store::{Commit, Retention};
use crate::testkit::conformance::check::holds;
use crate::testkit::conformance::samples::{announcement, app, delivery, event, settlement};

pub(super) async fn claim_1_only_what_is_due_to_the_sink_is_given<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    let mut later = announcement(1, "later", 0, &["hook"]);
    later.at = at(30);
    store.commit(later).await?;
    store.commit(announcement(2, "now", 0, &["hook", "chat"])).await?;
    let mut request = ClaimRequest::new("hook".into(), at(40), 10, at(100));
    request.due_by = at(29);
    same("given to hook by 29", told(&store.claim(request).await?.claims), vec![2])?;
    same("given to hook by 30", told(&claims(&store, "hook", 30).await?), vec![1])?;
    nothing_is_given(&store, "other", 30, "given to a sink that has nothing").await?;
    let chat = one_claim(&store, "chat", 30).await?;
    store.settle(settlement(&chat, 31, DELIVERED)).await?;
    nothing_is_given(&store, "chat", 100, "given after it was settled for good").await
}

pub(super) async fn claim_2_a_lane_gives_its_earliest_or_nothing<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    let mut commit = announcement(1, "one", 0, &["hook"]);
    commit.at = at(20);
    store.commit(commit).await?;
    store.commit(announcement(2, "one", 1, &["hook", "chat"])).await?;
    store.commit(announcement(3, "two", 0, &["hook"])).await?;
    same("while the first of app one is not due", told(&claims(&store, "hook", 10).await?), vec![3])?;
    same("at another sink", told(&claims(&store, "chat", 10).await?), vec![2])?;
    same("when it is due", told(&claims(&store, "hook", 20).await?), vec![1])
}

pub(super) async fn claim_3_a_lane_with_an_open_claim_gives_nothing<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    store.commit(announcement(1, "one", 0, &["hook"])).await?;
    store.commit(announcement(2, "one", 1, &["hook"])).await?;
    let first = one_claim(&store, "hook", 1).await?;
    for now in [1, 30, 60] {
        nothing_is_given(&store, "hook", now, "given while the first is open").await?;
    }
    if let Some(other) = second(place).await? {
        nothing_is_given(&other, "hook", 60, "given to a second handle while the first is open").await?;
    }
    store.settle(settlement(&first, 60, DELIVERED)).await?;
    same("when it is settled", told(&claims(&store, "hook", 60).await?), vec![2])
}

pub(super) async fn claim_4_a_claim_that_was_lost_is_given_anew<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    store.commit(announcement(1, "one", 0, &["hook"])).await?;
    let lost = one_claim(&store, "hook", 1).await?;
    // To the very moment at which the lease ends.
    let anew = one_claim(&store, "hook", 61).await?;
    same("the delivery", anew.id, lost.id)?;
    same("its tries", anew.attempts, 0)?;
    holds(anew.token != lost.token, || "both claims have the same token".to_owned())
}

pub(super) async fn claim_5_the_earliest_due_comes_first_up_to_the_limit<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    for (number, due) in [(1, 30), (2, 10), (3, 20), (4, 10)] {
        let mut commit = announcement(number, &number.to_string(), 0, &["hook"]);
        commit.at = at(due);
        store.commit(commit).await?;
    }
    let ask = |limit| store.claim(ClaimRequest::new("hook".into(), at(40), limit, at(100)));
    same("of no room", told(&ask(0).await?.claims), vec![])?;
    same("the first three", told(&ask(3).await?.claims), vec![2, 4, 3])?;
    same("the rest", told(&ask(3).await?.claims), vec![1])
}

pub(super) async fn claim_6_the_next_time_is_told<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    for (number, name, due) in [(1, "one", 30), (2, "two", 10), (3, "three", 20)] {
        let mut commit = announcement(number, name, 0, &["hook", "chat"]);
        commit.at = at(due);
        store.commit(commit).await?;
    }
    let ask = |limit, now| store.claim(ClaimRequest::new("hook".into(), at(now), limit, at(1000)));
    same("when nothing is due", ask(5, 9).await?.next_due, Some(at(10)))?;
    let one = ask(1, 20).await?;
    same("when the limit is reached", one.next_due, Some(at(20)))?;
    let rest = ask(5, 30).await?;
    same("when all lanes are open: the end of the first lease", rest.next_due, Some(at(1000)))?;
    for held in one.claims.iter().chain(&rest.claims) {
        let again = SettlementKind::Again { due_at: at(2000), counted: true };
        store.settle(settlement(held, 40, again)).await?;
    }
    same("when all wait", ask(5, 40).await?.next_due, Some(at(2000)))?;
    let other = store.claim(ClaimRequest::new("other".into(), at(40), 5, at(1000))).await?;
    same("of a sink that has nothing", other.next_due, None)
}

/// Workflows may find words of their own, and may send what the history does not hold.
pub(super) async fn claim_7_what_was_committed_is_given_to_the_byte<P: Place>(place: &P) -> Checked {
    let mut commit = announcement(1, "one", 0, &["plain", "worded"]);
    commit.at = at(3);
    commit.deliveries[1].notification.event.data.message = "Ship it! \u{1f6a2}\0\r\n".to_owned();
    let mut changed = event(1, &app("one"), at(0), "It is so.");
    changed.data.reason = Some("UNRESOLVED_ISSUES".to_owned());
    commit.deliveries.push(delivery("changed", changed));
    commit.deliveries.push(delivery("unlisted", event(2, &app("one"), at(0), "Welcome.")));
    let sent = commit.deliveries.clone();
    let store = place.open().await?;
    store.commit(commit).await?;

    // What the history forgets, pending deliveries need.
    store.prune(Retention::new(at(100), at(100))).await?;
    for delivery in sent {
        let claim = one_claim(&store, delivery.sink.as_str(), 5).await?;
        let text = |notification| serde_json::to_string(notification).map_err(Stop::from);
        same("the notification", text(&claim.notification)?, text(&delivery.notification)?)?;
        same("tries and time of writing", (claim.attempts, claim.created_at), (0, at(3)))?;
        let again = SettlementKind::Again { due_at: at(6), counted: true };
        store.settle(settlement(&claim, 6, again)).await?;
        let claim = one_claim(&store, delivery.sink.as_str(), 6).await?;
        same("tries and time of writing, later", (claim.attempts, claim.created_at), (1, at(3)))?;
    }
    Ok(())
}

pub(super) async fn claim_8_two_at_once_are_not_given_the_same<P: Place>(place: &P) -> Checked {
    let first = place.open().await?;
    let other = second(place).await?;
    let mut commit = Commit::new(at(0));
    for number in 0..40 {
        let lane = app(&format!("app {}", number % 20));
        commit.deliveries.push(delivery("hook", event(number, &lane, at(0), "It is so.")));
    }
    first.commit(commit).await?;
    let asked = (0..8).map(|rival| {
        let store = other.as_ref().filter(|_| rival % 2 == 1).unwrap_or(&first);
        store.claim(ClaimRequest::new("hook".into(), at(1), 10, at(60)))
    });
    let mut given = Vec::new();
    for result in join_all(asked).await {
        given.extend(told(&result?.claims));
    }
    // Who comes while another one chooses may go without, and comes again.
    given.extend(told(&first.claim(ClaimRequest::new("hook".into(), at(1), 40, at(60))).await?.claims));
    given.sort_unstable();
    same("given to all of them together", given, (0..20).collect::<Vec<_>>())
}
