//! What is read back: aggregates, checkpoints, events and deliveries.

use super::*;
use crate::source::Checkpoint;
use crate::store::{CheckpointWrite, Commit, HistoryQuery};
use crate::testkit::conformance::samples::{announcement, app, delivery, event, number, settlement};

pub(super) async fn load_1_what_exists_is_given_as_it_was_last_written<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    same("of an empty store", store.load(&[app("one")]).await?, vec![])?;
    let odd = "{\"text\": \"\u{e4}\u{1f6a2}\\u0000 ' \\\" %s $1\"}\n";
    store.commit(announcement(1, "one", 0, &[])).await?;
    store.commit(announcement(2, "two", 0, &[])).await?;
    let mut commit = announcement(3, "one", 1, &[]);
    odd.clone_into(&mut commit.aggregates[0].state);
    store.commit(commit).await?;
    let mut found = store.load(&[app("three"), app("two"), app("one")]).await?;
    found.sort_by_key(|aggregate| aggregate.key.to_string());
    let found: Vec<_> = found.iter().map(|one| (one.key.clone(), one.version, one.state.as_str())).collect();
    same("aggregates", found, vec![(app("one"), 2, odd), (app("two"), 1, "{\"last\":2}")])
}

const NAMES: [&str; 7] = ["b", "a/1", "\u{e4}", "a", "Z", "a b", "10"];

async fn named(store: &impl StateStore) -> Checked {
    for (number, name) in (0..).zip(NAMES) {
        store.commit(announcement(number, name, 0, &[])).await?;
    }
    Ok(())
}

pub(super) async fn list_1_every_aggregate_comes_once_in_the_order_of_its_text<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    named(&store).await?;
    let mut wanted = NAMES.map(app).to_vec();
    wanted.sort_by_key(ToString::to_string);
    let mut listed = Vec::new();
    while listed.len() < 2 * NAMES.len() {
        let page = store.list(listed.last(), 2).await?;
        if page.is_empty() {
            break;
        }
        listed.extend(page.into_iter().map(|aggregate| aggregate.key));
    }
    same("keys, page by page", listed, wanted)
}

pub(super) async fn list_2_a_page_is_full_unless_it_is_the_last<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    named(&store).await?;
    for limit in [1, 3, 6, 7, 8, 100_000] {
        same("aggregates on a page", store.list(None, limit).await?.len(), limit.min(NAMES.len()))?;
    }
    Ok(())
}

pub(super) async fn checkpoint_1_the_last_one_of_the_source_is_given_to_the_letter<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    let mut last = None;
    same("before the first", store.checkpoint(&"acme".into()).await?, last.clone())?;
    for (number, text) in (0..).zip(["1", "", "{ \"a\" : 1.0, \"a\": [\"\u{e4}\"] }\n"]) {
        let mut commit = Commit::new(at(0));
        let checkpoint = Checkpoint(text.to_owned());
        commit.checkpoint = Some(CheckpointWrite::new("acme".into(), last.replace(checkpoint.clone()), checkpoint));
        store.commit(commit).await?;
        // One that has none leaves it.
        store.commit(announcement(number, "one", number, &[])).await?;
        same("what was committed", store.checkpoint(&"acme".into()).await?, last.clone())?;
    }
    same("of another source", store.checkpoint(&"acm".into()).await?, None)
}

/// Four events, of which the last two happened at the same time.
async fn four<P: Place>(place: &P) -> Result<P::Store, Stop> {
    let store = place.open().await?;
    for (number, name, time) in [(1, "one", 10), (2, "two", 30), (3, "one", 20), (4, "one", 20)] {
        let mut commit = Commit::new(at(0));
        commit.history.push(event(number, &app(name), at(time), "It is so."));
        let sink = if number == 2 { "chat" } else { "hook" };
        commit.deliveries.push(delivery(sink, commit.history[0].clone()));
        store.commit(commit).await?;
    }
    Ok(store)
}

async fn events(store: &impl StateStore, query: HistoryQuery) -> Result<Vec<u64>, StoreError> {
    Ok(store.history(query).await?.iter().map(number).collect())
}

pub(super) async fn history_1_the_newest_comes_first<P: Place>(place: &P) -> Checked {
    let store = four(place).await?;
    same("events", events(&store, HistoryQuery::default()).await?, vec![2, 4, 3, 1])
}

pub(super) async fn history_2_app_time_and_limit_narrow_it_together<P: Place>(place: &P) -> Checked {
    let store = four(place).await?;
    let all = HistoryQuery::default;
    let before = |seconds| HistoryQuery { before: Some(at(seconds)), ..all() };
    same("with a limit", events(&store, all().with_limit(2)).await?.len(), 2)?;
    let mut of_one = events(&store, all().with_app("one")).await?;
    of_one.sort_unstable();
    same("of one app", of_one, vec![1, 3, 4])?;
    same("before a time, which is not included", events(&store, before(20)).await?, vec![1])?;
    same("all of these", events(&store, before(30).with_app("one").with_limit(1)).await?.len(), 1)?;
    same("of an app that is not there", events(&store, all().with_app("on")).await?, vec![])?;
    let mut many = Commit::new(at(0));
    many.history.extend((100..250).map(|number| event(number, &app("many"), at(0), "It is so.")));
    store.commit(many).await?;
    same("without a limit", events(&store, all()).await?.len(), 100)?;
    same("with a large one", events(&store, all().with_limit(1000)).await?.len(), 154)
}

async fn sent(store: &impl StateStore, query: DeliveryQuery) -> Result<Vec<u64>, StoreError> {
    let found = store.deliveries(query).await?;
    let all = records(store).await?;
    let place = |id| all.iter().position(|record| record.id == id).map_or(0, |place| place as u64 + 1);
    Ok(found.iter().map(|record| place(record.id)).collect())
}

pub(super) async fn deliveries_1_the_newest_comes_first<P: Place>(place: &P) -> Checked {
    let store = four(place).await?;
    let found = store.deliveries(DeliveryQuery::default()).await?;
    same("deliveries", found.len(), 4)?;
    let falling = found.windows(2).all(|pair| pair[0].id > pair[1].id);
    same("whether each has a lower number than the one before", falling, true)
}

pub(super) async fn deliveries_2_number_sink_state_and_limit_narrow_it_together<P: Place>(place: &P) -> Checked {
    let store = four(place).await?;
    let claim = one_claim(&store, "chat", 1).await?;
    store.settle(settlement(&claim, 2, DELIVERED)).await?;
    let all = DeliveryQuery::default;
    same("with a limit", sent(&store, all().with_limit(3)).await?.len(), 3)?;
    same("by number", sent(&store, all().with_id(claim.id)).await?, vec![2])?;
    same("to a sink", sent(&store, all().with_sink("chat")).await?, vec![2])?;
    same("in a state", sent(&store, all().with_state(DeliveryState::Delivered)).await?, vec![2])?;
    same("pending", sent(&store, all().with_state(DeliveryState::Pending)).await?.len(), 3)?;
    let pending = all().with_state(DeliveryState::Pending);
    same("pending at another sink", sent(&store, pending.clone().with_sink("chat")).await?, vec![])?;
    same("pending with a limit", sent(&store, pending.with_sink("hook").with_limit(2)).await?.len(), 2)?;
    same("with a number at another sink", sent(&store, all().with_id(claim.id).with_sink("hook")).await?, vec![])?;
    same("with a number that is not there", sent(&store, all().with_id(DeliveryId(u64::MAX))).await?, vec![])?;
    let mut many = Commit::new(at(0));
    many.deliveries.extend((100..250).map(|number| delivery("hook", event(number, &app("many"), at(0), "So."))));
    store.commit(many).await?;
    same("without a limit", store.deliveries(all()).await?.len(), 100)
}
