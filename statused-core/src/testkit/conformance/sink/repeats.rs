//! Many deliveries: one after the other, at once, and broken off.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::Poll;

use futures_util::future::join_all;

use super::*;
use crate::testkit::conformance::corpus::notifications;

pub(super) async fn deliver_6_it_tries_once<D: Destination>(place: &D) -> Checked {
    tried(place, Answer::Confirm).await?;
    let whole = place.received().await.len();
    let outcome = tried(place, Answer::Refuse).await?;
    let more = place.received().await.len() - whole;
    holds(more <= whole, || format!("{more} requests to a destination that refuses, {outcome:?}"))
}

pub(super) async fn deliver_7_a_repeat_is_the_same_request<D: Destination>(place: &D) -> Checked {
    tried(place, Answer::Confirm).await?;
    let first = place.received().await;
    tried(place, Answer::Confirm).await?;
    let both = place.received().await;
    same("the second delivery", both.get(first.len()..), Some(&*first))
}

pub(super) async fn deliver_8_whatever_an_event_carries_is_delivered<D: Destination>(place: &D) -> Checked {
    plays(place, Answer::Confirm).await?;
    let sink = place.sink();
    for notification in notifications(1).take(60) {
        let outcome = sink.deliver(&notification).await;
        holds(outcome.is_success(), || format!("{outcome:?} comes of {:?}", notification.event))?;
    }
    Ok(())
}

pub(super) async fn deliver_9_as_many_at_once_as_it_says<D: Destination>(place: &D) -> Checked {
    plays(place, Answer::Confirm).await?;
    let sink = place.sink();
    let events: Vec<_> = notifications(2).take(sink.profile().concurrency.min(16)).collect();
    let outcomes = join_all(events.iter().map(|notification| sink.deliver(notification))).await;
    let failed: Vec<_> = outcomes.iter().filter(|outcome| !outcome.is_success()).collect();
    holds(failed.is_empty(), || format!("of {} at once: {failed:?}", outcomes.len()))
}

/// As at the end of a try's time: at any await.
pub(super) async fn deliver_10_a_try_that_is_dropped_does_no_harm<D: Destination>(place: &D) -> Checked {
    plays(place, Answer::Confirm).await?;
    let (sink, notification) = (place.sink(), place.notification());
    for looks in [0, 1, 2, 5, 20] {
        let mut dropped = pin!(sink.deliver(&notification));
        for _ in 0..=looks {
            if poll_fn(|context| Poll::Ready(dropped.as_mut().poll(context).is_ready())).await {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    let outcome = sink.deliver(&notification).await;
    holds(outcome.is_success(), || format!("after tries that were dropped: {outcome:?}"))?;
    if place.play(Answer::Hang).await {
        arrives_and_is_dropped(place, &*sink, &notification).await?;
        plays(place, Answer::Confirm).await?;
        let outcome = sink.deliver(&notification).await;
        holds(outcome.is_success(), || format!("after a try that hung: {outcome:?}"))?;
    }
    Ok(())
}

/// Drops a try once the destination has something of it.
async fn arrives_and_is_dropped<D: Destination>(place: &D, sink: &dyn Sink, notification: &Notification) -> Checked {
    let before = place.received().await.len();
    let mut hanging = pin!(sink.deliver(notification));
    loop {
        if let Some(outcome) = poll_fn(|context| match hanging.as_mut().poll(context) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
        {
            return holds(!outcome.is_success(), || format!("without an answer: {outcome:?}"));
        }
        if place.received().await.len() > before {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
}
