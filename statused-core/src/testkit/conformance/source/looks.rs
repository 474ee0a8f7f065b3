//! What a poll tells.

use super::*;
use crate::source::Scope;

pub(super) async fn poll_1_what_the_store_shows_is_told<S: Stage>(stage: &S) -> Checked {
    let mut watch = Watch::of(stage, Scene::First).await?;
    watch.until(&stage.first()).await?;
    plays(stage, Scene::Second).await?;
    watch.until(&stage.second()).await?;
    let report = watch.poll().await?;
    let later = watch.found(&report).map(|seen| &seen.status);
    holds(later.is_none_or(|status| *status == stage.second()), || format!("then it is {later:?} again"))
}

pub(super) async fn poll_2_looks_carry_the_time_of_their_poll<S: Stage>(stage: &S) -> Checked {
    let mut watch = Watch::of(stage, Scene::First).await?;
    for _ in 0..2 {
        let report = watch.until(&stage.first()).await?;
        let now = watch.now;
        for seen in report.sightings.values().flat_map(|sighting| &sighting.observations) {
            let time = seen.seen_at;
            let right = (now..now + TimeDelta::minutes(1)).contains(&time);
            holds(right, || format!("{} was seen at {time}, in a poll of {now}", seen.subject))?;
        }
    }
    Ok(())
}

pub(super) async fn poll_3_aggregates_belong_to_the_source<S: Stage>(stage: &S) -> Checked {
    let mut watch = Watch::of(stage, Scene::First).await?;
    let report = watch.until(&stage.first()).await?;
    for key in report.sightings.keys() {
        let source = key.source().map(crate::model::SourceId::as_str);
        same(&format!("the source of {key}"), source, Some(SOURCE))?;
    }
    Ok(())
}

pub(super) async fn poll_4_what_was_read_in_full_is_covered<S: Stage>(stage: &S) -> Checked {
    let kind = stage.subject().kind;
    for (scene, status) in [(Scene::Empty, None), (Scene::First, Some(stage.first()))] {
        if status.is_none() && !stage.play(scene).await {
            continue;
        }
        let mut watch = Watch::of(stage, scene).await?;
        let mut covered = false;
        for _ in 0..stage.patience() {
            let report = watch.poll().await?;
            let seen = watch.found(&report).map(|seen| seen.status.clone());
            holds(seen.is_none() || seen == status, || format!("{scene:?} is told as {seen:?}"))?;
            covered |= report.sightings.get(&watch.app()).is_some_and(|sighting| sighting.covered.contains_key(&kind));
        }
        holds(covered, || format!("{scene:?} does not cover {kind:?}, so that its quiet start never comes"))?;
    }
    Ok(())
}

pub(super) async fn poll_5_what_could_not_be_read_is_left_out_and_said<S: Stage>(stage: &S) -> Checked {
    let mut watch = Watch::of(stage, Scene::Partial).await?;
    let report = watch.poll().await?;
    same("what is told of the subject", watch.found(&report).map(|seen| &seen.status), None)?;
    let kind = stage.subject().kind;
    let covered = report.sightings.get(&watch.app()).is_some_and(|sighting| sighting.covered.contains_key(&kind));
    same("whether its kind is said to be covered", covered, false)?;
    holds(!report.troubles.is_empty(), || "no trouble is told".to_owned())
}

pub(super) async fn poll_6_of_what_is_to_be_verified_only_a_direct_look_is_told<S: Stage>(stage: &S) -> Checked {
    let mut watch = Watch::settled(stage).await?;
    plays(stage, Scene::Stale).await?;
    for _ in 0..stage.patience() {
        let mut request = watch.request();
        request.verify = vec![(watch.app(), stage.subject())];
        let report = watch.ask(request).await?;
        let seen = watch.found(&report).map(|seen| seen.status.clone());
        let direct = seen.as_ref().is_none_or(|status| *status == stage.second());
        holds(direct, || format!("the list's {seen:?} is told, although a direct look was asked for"))?;
    }
    Ok(())
}

pub(super) async fn poll_7_nothing_is_told_that_was_not_named<S: Stage>(stage: &S) -> Checked {
    let mut watch = Watch::settled(stage).await?;
    plays(stage, Scene::Second).await?;
    for named in [false, true] {
        let mut request = watch.request();
        request.scope = Scope::Named;
        request.hints.clear();
        if named {
            request.verify = vec![(watch.app(), stage.subject())];
        }
        let report = watch.ask(request).await?;
        for (key, sighting) in &report.sightings {
            let other = sighting.observations.iter().find(|seen| !named || seen.subject != stage.subject());
            holds(other.is_none(), || format!("{key}: {other:?}, which nobody has named"))?;
        }
    }
    Ok(())
}
