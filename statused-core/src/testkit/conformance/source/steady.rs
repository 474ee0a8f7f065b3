//! What stays from poll to poll, and from restart to restart.

use std::future::poll_fn;
use std::task::Poll;

use super::*;

pub(super) async fn account_1_it_stays_the_same<S: Stage>(stage: &S) -> Checked {
    let watch = Watch::settled(stage).await?;
    same("after a restart", stage.source().account(), watch.source.account())
}

pub(super) async fn interval_1_it_stays_the_same_and_is_some_time<S: Stage>(stage: &S) -> Checked {
    let watch = Watch::settled(stage).await?;
    same("after a restart", stage.source().interval(), watch.source.interval())?;
    holds(!watch.source.interval().is_zero(), || "it is nothing: it would be polled without a pause".to_owned())
}

pub(super) async fn poll_10_no_news_is_no_new_checkpoint<S: Stage>(stage: &S) -> Checked {
    let mut watch = Watch::settled(stage).await?;
    for _ in 0..3 {
        let mut request = watch.request();
        request.hints.clear();
        let given = request.checkpoint.clone();
        let report = watch.ask(request).await?;
        if report.checkpoint.is_some() {
            same("the checkpoint of a poll without news", report.checkpoint, given)?;
        }
    }
    Ok(())
}

pub(super) async fn poll_11_a_restart_goes_on_from_the_checkpoint<S: Stage>(stage: &S) -> Checked {
    let mut watch = Watch::settled(stage).await?;
    let before = watch.checkpoint.clone();
    watch.source = stage.source();
    let mut request = watch.request();
    request.hints.clear();
    watch.ask(request).await?;
    same("the checkpoint after a restart", &watch.checkpoint, &before)?;
    plays(stage, Scene::Second).await?;
    watch.source = stage.source();
    watch.until(&stage.second()).await?;
    Ok(())
}

pub(super) async fn poll_12_a_checkpoint_that_cannot_be_read_is_not_the_end<S: Stage>(stage: &S) -> Checked {
    for text in ["", "{", "null", "[1]", "{\"v\":1000000}"] {
        let mut watch = Watch::settled(stage).await?;
        watch.checkpoint = Some(Checkpoint(text.to_owned()));
        watch.source = stage.source();
        watch.until(&stage.first()).await?;
    }
    Ok(())
}

pub(super) async fn poll_13_a_poll_that_is_dropped_loses_nothing<S: Stage>(stage: &S) -> Checked {
    let mut watch = Watch::settled(stage).await?;
    plays(stage, Scene::Second).await?;
    for looks in [0, 1, 2, 5, 20, 100] {
        let request = watch.request();
        let mut poll = watch.source.poll(request);
        for _ in 0..=looks {
            if poll_fn(|context| Poll::Ready(poll.as_mut().poll(context).is_ready())).await {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    watch.until(&stage.second()).await?;
    Ok(())
}

pub(super) async fn vitals_1_they_come_from_memory<S: Stage>(stage: &S) -> Checked {
    let mut watch = Watch::of(stage, Scene::First).await?;
    let Some(before) = stage.requests() else { return Err(skip("the stage does not count requests")) };
    watch.source.vitals();
    same("requests before the first poll", stage.requests(), Some(before))?;
    watch.poll().await?;
    let Some(after) = stage.requests() else { return Err(skip("the stage does not count requests")) };
    holds(after > before, || "the stage does not count the poll's requests".to_owned())?;
    watch.source.vitals();
    same("requests after a poll", stage.requests(), Some(after))
}

pub(super) async fn check_1_what_is_in_order_is_said_to_be<S: Stage>(stage: &S) -> Checked {
    let watch = Watch::of(stage, Scene::First).await?;
    let lines = watch.source.check().await;
    holds(!lines.is_empty(), || "nothing is checked".to_owned())?;
    for line in lines {
        holds(line.ok, || format!("all is well, and {line:?}"))?;
        holds(!line.what.trim().is_empty(), || format!("{line:?} does not say what it is about"))?;
    }
    Ok(())
}
