//! Ten thousand deliveries that have waited for a sink.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::Utc;
use statused_core::model::{DeliveryState, Notification};
use statused_core::sink::{Outcome, SinkProfile};
use statused_core::store::{Commit, DeliveryQuery};
use statused_core::{Monitor, Sink, StateStore as _};
use tokio::sync::Notify;

use crate::common::support::{app, delivery, event};
use crate::place::Folder;

const APPS: u64 = 100;
const EACH: u64 = 100;

/// Is away at first, and counts what is in its hands.
#[derive(Debug, Default)]
struct Destination {
    back: AtomicBool,
    refused: AtomicUsize,
    now: AtomicUsize,
    most: AtomicUsize,
    taken: Mutex<BTreeMap<String, Vec<u128>>>,
    changed: Notify,
}

#[async_trait]
impl Sink for Destination {
    fn profile(&self) -> SinkProfile {
        SinkProfile::default()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        tokio::task::yield_now().await;
        let outcome = if self.back.load(Ordering::SeqCst) {
            let event = &notification.event;
            self.taken.lock().unwrap().entry(event.aggregate.to_string()).or_default().push(event.id.as_u128());
            Outcome::delivered()
        } else {
            self.refused.fetch_add(1, Ordering::SeqCst);
            Outcome::retry_after(Duration::from_millis(20), "503 Service Unavailable")
        };
        self.now.fetch_sub(1, Ordering::SeqCst);
        self.changed.notify_waiters();
        outcome
    }
}

impl Destination {
    async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let wait = async {
            loop {
                let change = self.changed.notified();
                if holds(self) {
                    return;
                }
                change.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(120), wait).await.expect("it comes to that in time");
    }

    fn count(&self) -> usize {
        self.taken.lock().unwrap().values().map(Vec::len).sum()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_that_waited_go_out_in_order_and_few_at_a_time() {
    let place = Folder::quick();
    let store = Arc::new(place.open());
    for round in 0..EACH {
        let mut commit = Commit::new(Utc::now());
        for number in 0..APPS {
            let event = event(round * APPS + number, &app(&number.to_string()), Utc::now(), "It is so.");
            commit.deliveries.push(delivery("hook", event.clone()));
            commit.history.push(event);
        }
        store.commit(commit).await.unwrap();
    }
    let destination = Arc::new(Destination::default());
    let monitor =
        Monitor::builder(Arc::clone(&store) as _).sink("hook", Arc::clone(&destination) as _).build().unwrap();
    let story = async {
        destination.until(|destination| destination.refused.load(Ordering::SeqCst) > 20).await;
        destination.back.store(true, Ordering::SeqCst);
        destination.until(|destination| destination.count() == (APPS * EACH) as usize).await;
    };
    tokio::select! {
        () = monitor.run(std::future::pending()) => unreachable!("nobody has stopped it"),
        () = story => {}
    }
    // What was taken last has still to be written down.
    monitor.tick().await;
    let taken = std::mem::take(&mut *destination.taken.lock().unwrap());
    assert!(taken.values().all(|events| events.len() == EACH as usize && events.is_sorted()), "{taken:?}");
    let most = destination.most.load(Ordering::SeqCst);
    assert!(most <= SinkProfile::default().concurrency, "{most} were in memory at once");
    let pending = DeliveryQuery::default().with_state(DeliveryState::Pending);
    assert!(store.deliveries(pending).await.unwrap().is_empty());
}
