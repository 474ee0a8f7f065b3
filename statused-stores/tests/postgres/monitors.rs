//! Two monitors on one schema, one of which dies half-way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use statused_core::model::{
    Account, AggregateKey, Notification, Observation, Sighting, Status, Store, SubjectKey, SubjectKind,
};
use statused_core::monitor::Clock;
use statused_core::sink::{Outcome, SinkProfile};
use statused_core::source::{CheckLine, PollReport, PollRequest, SourceError, Vitals};
use statused_core::store::HistoryQuery;
use statused_core::{Monitor, RuleWorkflow, Sink, StateStore as _, StatusSource};
use tokio::sync::Notify;

use crate::common::support::Place as _;
use crate::place::Schema;

const APPS: usize = 12;
const LIFE: [Status; 5] = [
    Status::PrepareForSubmission,
    Status::WaitingForReview,
    Status::InReview,
    Status::PendingDeveloperRelease,
    Status::ReadyForSale,
];
/// Longer than any lease.
const WHILE: i64 = 1000;

/// What all monitors share: the truth at the store, what has arrived at the destination, and the time.
#[derive(Debug, Default)]
struct World {
    /// The status of every app, by its place in [`LIFE`].
    stage: AtomicUsize,
    /// How often a long while has passed.
    whiles: AtomicI64,
    arrived: Mutex<Vec<(String, String, String)>>,
    arrival: Notify,
}

impl Clock for World {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::seconds(WHILE * self.whiles.load(Ordering::SeqCst))
    }
}

#[derive(Debug)]
struct Part(Arc<World>);

#[async_trait]
impl StatusSource for Part {
    fn account(&self) -> Account {
        Account::new(Store::AppStoreConnect)
    }

    fn interval(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn poll(&self, request: PollRequest) -> Result<PollReport, SourceError> {
        let stage = self.0.stage.load(Ordering::SeqCst);
        let mut report = PollReport::new();
        for app in 0..APPS {
            let mut sighting = Sighting::new();
            let version = SubjectKey::new(SubjectKind::Version, "1");
            sighting.observations.push(Observation::new(version, LIFE[stage].clone(), request.now));
            sighting.covered.insert(SubjectKind::Version, None);
            report
                .sightings
                .insert(AggregateKey::App(request.source.clone(), format!("{app}").as_str().into()), sighting);
        }
        Ok(report)
    }

    fn vitals(&self) -> Vitals {
        Vitals::new()
    }

    async fn check(&self) -> Vec<CheckLine> {
        Vec::new()
    }
}

#[async_trait]
impl Sink for Part {
    fn profile(&self) -> SinkProfile {
        SinkProfile::default()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let event = &notification.event;
        let line = (event.id.to_string(), event.aggregate.to_string(), event.data.status.clone());
        self.0.arrived.lock().unwrap().push(line);
        self.0.arrival.notify_waiters();
        tokio::task::yield_now().await;
        Outcome::delivered()
    }
}

async fn monitor(place: &Schema, world: &Arc<World>) -> Monitor {
    Monitor::builder(Arc::new(place.open().await))
        .clock(Arc::clone(world) as Arc<dyn Clock>)
        .source("acme", Arc::new(Part(Arc::clone(world))))
        .sink("hook", Arc::new(Part(Arc::clone(world))))
        .workflow("w", Arc::new(RuleWorkflow::new("w").sinks(["hook"])))
        .build()
        .unwrap()
}

/// Waits until so many deliveries have arrived.
async fn arrived(world: &World, count: usize) {
    loop {
        let more = world.arrival.notified();
        if world.arrived.lock().unwrap().len() >= count {
            return;
        }
        more.await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_monitors_tell_every_change_once_and_in_order_though_one_dies() {
    let Some(place) = Schema::new().await else { return };
    let world = Arc::new(World::default());
    let mut mortal = monitor(&place, &world).await;
    let other = monitor(&place, &world).await;
    let mut repeats_allowed = 0;
    for stage in 0..LIFE.len() {
        world.stage.store(stage, Ordering::SeqCst);
        world.whiles.fetch_add(1, Ordering::SeqCst);
        if stage % 2 == 1 {
            // One of them decides and delivers alone, and dies in the middle of it. Then its leases end.
            let before = world.arrived.lock().unwrap().len();
            tokio::select! {
                _ = mortal.tick() => panic!("it was to die before it is done"),
                () = arrived(&world, before + 3) => {}
            }
            mortal = monitor(&place, &world).await;
            repeats_allowed += SinkProfile::default().concurrency;
            world.whiles.fetch_add(1, Ordering::SeqCst);
        }
        tokio::join!(mortal.tick(), other.tick());
    }

    let store = place.open().await;
    let history = store.history(HistoryQuery::default().with_limit(10_000)).await.unwrap();
    let changes: Vec<_> =
        history.iter().map(|event| (event.aggregate.to_string(), event.data.status.clone())).collect();
    let different: BTreeSet<_> = changes.iter().collect();
    assert_eq!((changes.len(), different.len()), (APPS * (LIFE.len() - 1), APPS * (LIFE.len() - 1)), "{changes:#?}");

    let arrived = world.arrived.lock().unwrap();
    let mut seen = BTreeSet::new();
    let mut lanes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let first_time = arrived.iter().filter(|(id, ..)| seen.insert(id));
    for (_, app, status) in first_time.filter(|(_, app, _)| app.starts_with("app:")) {
        lanes.entry(app).or_default().push(status);
    }
    assert_eq!(lanes.len(), APPS);
    for (app, statuses) in lanes {
        let expected: Vec<_> = LIFE[1..].iter().map(|status| status.label().into_owned()).collect();
        assert_eq!(statuses, expected, "{app}");
    }
    assert!(arrived.len() - seen.len() <= repeats_allowed, "only what was on its way may be repeated");
}
