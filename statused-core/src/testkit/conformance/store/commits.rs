//! What a commit writes, and what it leaves alone.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use futures_util::future::join_all;

use super::*;
use crate::model::SourceId;
use crate::source::Checkpoint;
use crate::store::{CheckpointWrite, Commit, CommitError, HistoryQuery, Retention};
use crate::testkit::conformance::check::holds;
use crate::testkit::conformance::samples::{announcement, app, delivery, event, number, settlement};

/// An event of a new app that goes to two sinks, and a checkpoint.
fn full(number: u64, name: &str) -> Commit {
    let mut commit = announcement(number, name, 0, &["hook", "chat"]);
    commit.checkpoint = Some(CheckpointWrite::new(name.into(), None, Checkpoint(format!("[{number}]"))));
    commit
}

/// How many of the four parts of a [`full`] commit are there.
async fn parts(store: &impl StateStore, commit: &Commit) -> Result<usize, StoreError> {
    let write = &commit.aggregates[0];
    let aggregate = store.load(std::slice::from_ref(&write.key)).await?;
    let history = store.history(HistoryQuery::default().with_limit(1000)).await?;
    let sent = records(store).await?;
    let queued = commit.deliveries.iter().filter(|new| {
        sent.iter().any(|record| record.sink == new.sink && record.event_id == new.notification.event.id)
    });
    let mut parts = 0;
    parts += usize::from(aggregate.iter().any(|found| found.state == write.state && found.version == 1));
    parts += usize::from(history.contains(&commit.history[0]));
    parts += usize::from(queued.count() == commit.deliveries.len());
    if let Some(CheckpointWrite { source, checkpoint, .. }) = &commit.checkpoint {
        parts += usize::from(store.checkpoint(source).await?.as_ref() == Some(checkpoint));
    }
    Ok(parts)
}

pub(super) async fn commit_1_all_of_it_is_there<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    let commit = full(1, "one");
    store.commit(commit.clone()).await?;
    same("parts of the commit", parts(&store, &commit).await?, 4)?;
    same("given to hook", told(&claims(&store, "hook", 0).await?), vec![1])?;
    same("given to chat", told(&claims(&store, "chat", 0).await?), vec![1])
}

pub(super) async fn commit_2_all_of_it_lasts<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    let commit = full(1, "one");
    store.commit(commit.clone()).await?;
    let store = reopened(place, store).await?;
    same("parts of the commit after opening anew", parts(&store, &commit).await?, 4)?;
    same("given to hook", told(&claims(&store, "hook", 0).await?), vec![1])
}

pub(super) async fn commit_3_another_version_is_a_conflict_that_names_the_aggregates<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    store.commit(announcement(1, "one", 0, &[])).await?;
    let mut commit = announcement(2, "one", 0, &[]);
    commit.aggregates.extend(announcement(2, "two", 0, &[]).aggregates);
    commit.aggregates.extend(announcement(2, "three", 4, &[]).aggregates);
    let Err(CommitError::Conflict(mut named)) = store.commit(commit).await else {
        return Err(fail("a commit on top of other versions should be a conflict"));
    };
    named.sort();
    same("named by the conflict", named, vec![app("one"), app("three")])?;
    let behind = store.commit(announcement(3, "one", 2, &[])).await;
    same("a version that is not reached yet", behind, Err(CommitError::Conflict(vec![app("one")])))?;
    store.commit(announcement(3, "one", 1, &[])).await?;
    same("the next version", store.load(&[app("one")]).await?[0].version, 2)
}

pub(super) async fn commit_4_a_conflict_writes_nothing<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    store.commit(announcement(1, "one", 0, &[])).await?;
    let mut commit = full(2, "two");
    commit.aggregates.extend(announcement(2, "one", 0, &[]).aggregates);
    holds(store.commit(commit.clone()).await.is_err(), || "it should be a conflict".to_owned())?;
    same("parts of the commit", parts(&store, &commit).await?, 0)?;
    same("events", store.history(HistoryQuery::default()).await?.len(), 1)?;
    let one = store.load(&[app("one")]).await?.remove(0);
    same("the other aggregate", (one.version, one.state.as_str()), (1, "{\"last\":1}"))
}

pub(super) async fn commit_5_of_several_at_once_one_succeeds<P: Place>(place: &P) -> Checked {
    let first = place.open().await?;
    let second = second(place).await?;
    for round in 0..5 {
        let commits = (0..8).map(|rival| {
            let store = second.as_ref().filter(|_| rival % 2 == 1).unwrap_or(&first);
            store.commit(announcement(10 * round + rival, "one", round, &["hook"]))
        });
        let results = join_all(commits).await;
        same("commits that succeed", results.iter().filter(|result| result.is_ok()).count(), 1)?;
        let lost = results.into_iter().filter_map(Result::err);
        for error in lost {
            same("how the others fail", error, CommitError::Conflict(vec![app("one")]))?;
        }
    }
    same("versions", first.load(&[app("one")]).await?[0].version, 5)?;
    same("events", first.history(HistoryQuery::default()).await?.len(), 5)
}

pub(super) async fn commit_6_one_that_is_dropped_is_whole_or_absent<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    for looks in 0..10 {
        let name = format!("app {looks}");
        let dropped = full(looks, &name);
        {
            let mut commit = pin!(store.commit(dropped.clone()));
            for _ in 0..=looks {
                let done = poll_fn(|context| Poll::Ready(commit.as_mut().poll(context).is_ready())).await;
                if done {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        // Only one of the two can be first, so that from here on it is certain which.
        let wanted = match store.commit(announcement(100 + looks, &name, 0, &[])).await {
            Ok(()) => 0,
            Err(CommitError::Conflict(_)) => 4,
            Err(error) => return Err(error.into()),
        };
        same("parts of a commit that was dropped", parts(&store, &dropped).await?, wanted)?;
    }
    Ok(())
}

pub(super) async fn commit_7_an_event_is_in_the_history_once<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    store.commit(announcement(1, "one", 0, &[])).await?;
    let mut again = announcement(2, "one", 1, &[]);
    again.history.insert(0, event(1, &app("one"), at(5), "In other words."));
    store.commit(again).await?;
    let mut history = store.history(HistoryQuery::default()).await?;
    history.sort_by_key(number);
    let wanted = vec![event(1, &app("one"), at(0), "It is so."), event(2, &app("one"), at(0), "It is so.")];
    same("history", history, wanted)
}

pub(super) async fn commit_8_an_event_goes_to_a_sink_once<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    store.commit(announcement(1, "one", 0, &["hook", "slow"])).await?;
    let first = one_claim(&store, "hook", 1).await?;
    store.settle(settlement(&first, 1, DELIVERED)).await?;
    let before = records(&store).await?;

    let mut again = announcement(1, "one", 1, &["hook", "slow", "chat"]);
    again.at = at(3);
    for delivery in &mut again.deliveries {
        delivery.notification.event.data.message = "In other words.".to_owned();
    }
    store.commit(again).await?;
    let mut after = records(&store).await?;
    let new = after.pop().ok_or_else(|| fail("no delivery is left"))?;
    same("deliveries that were there already", after, before)?;
    same("the new delivery", (new.sink.as_str(), new.message.as_str()), ("chat", "In other words."))
}

pub(super) async fn commit_9_deliveries_are_due_at_once_and_numbered_upwards<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    let mut commit = announcement(1, "one", 0, &["b", "a"]);
    commit.deliveries.push(delivery("b", event(2, &app("one"), at(0), "More.")));
    commit.at = at(4);
    store.commit(commit).await?;
    let made = records(&store).await?;
    let order: Vec<_> = made.iter().map(|record| (record.sink.as_str(), record.message.as_str())).collect();
    same("deliveries by number", order, vec![("b", "It is so."), ("a", "It is so."), ("b", "More.")])?;
    for record in &made {
        let due = (record.state, record.due_at, record.created_at, record.attempts);
        same("a new delivery", due, (DeliveryState::Pending, Some(at(4)), at(4), 0))?;
    }
    let last = one_claim(&store, "a", 4).await?;
    store.settle(settlement(&last, 5, DELIVERED)).await?;
    let first = one_claim(&store, "b", 4).await?;
    store.settle(settlement(&first, 5, DELIVERED)).await?;
    let second = one_claim(&store, "b", 5).await?;
    store.settle(settlement(&second, 5, DELIVERED)).await?;
    store.prune(Retention::new(at(9), at(9))).await?;
    same("deliveries after pruning", records(&store).await?.len(), 0)?;
    store.commit(announcement(7, "one", 1, &["b"])).await?;
    let newest = records(&store).await?.remove(0).id;
    let used = made.iter().map(|record| record.id).max();
    holds(Some(newest) > used, || format!("{newest} is given again; {used:?} was used"))
}

pub(super) async fn commit_10_another_checkpoint_is_a_conflict<P: Place>(place: &P) -> Checked {
    let first = place.open().await?;
    let second = second(place).await?;
    let source = SourceId::from("acme");
    let follows = |number: i64, expected: Option<&Checkpoint>| {
        let mut commit = Commit::new(at(0));
        let checkpoint = Checkpoint(format!("[{number}]"));
        commit.checkpoint = Some(CheckpointWrite::new(source.clone(), expected.cloned(), checkpoint));
        commit
    };
    let never = Checkpoint("[0]".to_owned());
    same("after one that never was", first.commit(follows(1, Some(&never))).await, Err(CommitError::Conflict(vec![])))?;
    for round in 0..5 {
        let known = first.checkpoint(&source).await?;
        let commits = (0..8).map(|rival| {
            let store = second.as_ref().filter(|_| rival % 2 == 1).unwrap_or(&first);
            store.commit(follows(10 * (round + 1) + rival, known.as_ref()))
        });
        let results = join_all(commits).await;
        same("commits that succeed", results.iter().filter(|result| result.is_ok()).count(), 1)?;
        let winner = (0..).zip(&results).find(|(_, result)| result.is_ok()).map(|(rival, _)| 10 * (round + 1) + rival);
        let won = winner.map(|number| Checkpoint(format!("[{number}]")));
        same("the checkpoint", first.checkpoint(&source).await?, won)?;
        for error in results.into_iter().filter_map(Result::err) {
            same("how the others fail", error, CommitError::Conflict(vec![]))?;
        }
    }
    same("before the first", first.commit(follows(2, None)).await, Err(CommitError::Conflict(vec![])))
}
