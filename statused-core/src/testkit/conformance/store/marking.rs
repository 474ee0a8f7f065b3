//! Sinks that are held or parked.

use super::*;
use crate::store::SinkState;
use crate::testkit::conformance::samples::{announcement, settlement};

/// Says of each sink what is to be kept of it, one settlement after the other.
async fn say(store: &impl StateStore, said: &[(&str, SinkState)]) -> Checked {
    store.commit(announcement(1, "one", 0, &["any"])).await?;
    for (now, (sink, state)) in (1..).zip(said) {
        let claim = one_claim(store, "any", now).await?;
        let again = SettlementKind::Again { due_at: at(now), counted: false };
        let mut settlement = settlement(&claim, now, again);
        settlement.sink = Some(((*sink).into(), state.clone()));
        store.settle(settlement).await?;
    }
    Ok(())
}

pub(super) async fn sink_states_1_what_was_last_said_of_each_sink_is_given<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    same("at first", store.sink_states().await?, [].into())?;
    let (held, parked) = (SinkState::held(at(77)), SinkState::parked("it's \u{1f6ab}"));
    say(&store, &[("hook", held), ("chat", SinkState::held(at(5))), ("hook", parked.clone())]).await?;
    let wanted = [("chat".into(), SinkState::held(at(5))), ("hook".into(), parked)];
    same("sinks", store.sink_states().await?, wanted.into())
}

pub(super) async fn revive_1_it_frees_the_sink_and_says_whether_it_was_held<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    say(&store, &[("hook", SinkState::parked("410")), ("chat", SinkState::held(at(5)))]).await?;
    let before = records(&store).await?;
    same("the first time", store.revive(&"hook".into()).await?, true)?;
    same("the second time", store.revive(&"hook".into()).await?, false)?;
    same("one that was never held", store.revive(&"other".into()).await?, false)?;
    same("sinks", store.sink_states().await?, [("chat".into(), SinkState::held(at(5)))].into())?;
    same("deliveries", records(&store).await?, before)
}
