//! A monitor with one app, an intake, and mail that Google has signed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use statused_core::model::{
    Account, AggregateKey, AppInfo, Notification, Observation, Sighting, Status, Store, SubjectKey, SubjectKind,
};
use statused_core::monitor::{Clock, Monitor};
use statused_core::sink::{Outcome, SinkProfile};
use statused_core::source::{CheckLine, PollReport, PollRequest, SourceError, Vitals};
use statused_core::{RuleWorkflow, Sink, StatusSource};
use statused_email::intake::{Intake, IntakeBuilder};
use statused_email::testkit::{PolicyLetter, Postmaster};
use statused_email::{Envelope, Reader, Verifier};

use crate::broken_store::BrokenStore;

pub(crate) const APP: &str = "com.acme.app";
pub(crate) const US: &str = "play@acme.example";
pub(crate) const DEVELOPER: &str = "developer@gmail.com";

/// Google's key is slow to make.
pub(crate) fn google() -> &'static Postmaster {
    static GOOGLE: OnceLock<Postmaster> = OnceLock::new();
    GOOGLE.get_or_init(Postmaster::google)
}

pub(crate) fn verifier() -> Verifier {
    Verifier::builder().pinned_keys(google().keys()).offline().build()
}

/// A warning about our app; each number makes another one.
pub(crate) fn warning(number: usize) -> Vec<u8> {
    warning_at(number, Utc::now())
}

pub(crate) fn warning_at(number: usize, at: DateTime<Utc>) -> Vec<u8> {
    let letter = PolicyLetter::warning("MyApp", APP).issue(format!("Violation number {number}"));
    google().send(&letter.draft().at(at))
}

/// The time of all, which tests may set.
#[derive(Clone, Debug)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(Utc::now().timestamp_millis())))
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        self.0.fetch_add(time.num_milliseconds(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// Shows apps with one release each.
#[derive(Debug, Default)]
pub(crate) struct Console(Mutex<BTreeMap<String, Status>>);

impl Console {
    pub(crate) fn shows(&self, package: &str, status: Status) {
        self.0.lock().unwrap().insert(package.to_owned(), status);
    }
}

#[async_trait]
impl StatusSource for Console {
    fn account(&self) -> Account {
        Account::new(Store::GooglePlay)
    }

    fn interval(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn poll(&self, request: PollRequest) -> Result<PollReport, SourceError> {
        let mut report = PollReport::new();
        for (package, status) in self.0.lock().unwrap().iter() {
            let release = SubjectKey::release("production", &[42]);
            let seen = Observation::new(release, status.clone(), request.now).with_looked_at(request.now);
            let app = AppInfo::new().with_name("MyApp").with_bundle_id(package);
            let sighting = Sighting::new().with_app(app).with(seen).covering(SubjectKind::Release);
            report.sightings.insert(AggregateKey::App(request.source.clone(), package.as_str().into()), sighting);
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

/// Keeps what it gets.
#[derive(Debug, Default)]
struct Recorder(Mutex<Vec<Notification>>);

#[async_trait]
impl Sink for Recorder {
    fn profile(&self) -> SinkProfile {
        SinkProfile::default()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        self.0.lock().unwrap().push(notification.clone());
        Outcome::delivered()
    }
}

pub(crate) struct World {
    pub(crate) monitor: Monitor,
    pub(crate) store: Arc<BrokenStore>,
    pub(crate) console: Arc<Console>,
    pub(crate) clock: TestClock,
    recorder: Arc<Recorder>,
}

/// A monitor that has shown our app, whose release is live.
pub(crate) async fn world() -> World {
    let world = empty_world();
    world.console.shows(APP, Status::Live);
    assert_eq!(world.told().await, [""; 0], "the quiet start is quiet");
    world
}

/// A monitor whose source has shown nothing.
pub(crate) fn empty_world() -> World {
    let (store, console) = (Arc::<BrokenStore>::default(), Arc::<Console>::default());
    let (recorder, clock) = (Arc::<Recorder>::default(), TestClock::new());
    let source = Arc::<Console>::clone(&console);
    let monitor = Monitor::builder(Arc::<BrokenStore>::clone(&store))
        .source("acme", source)
        .sink("recorder", Arc::<Recorder>::clone(&recorder))
        .workflow("all", Arc::new(RuleWorkflow::new("all").sinks(["recorder"])))
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap();
    World { monitor, store, console, clock, recorder }
}

impl World {
    /// Lets everything happen that is due, and gives all statuses that were delivered since the last time.
    pub(crate) async fn told(&self) -> Vec<String> {
        self.monitor.tick().await;
        let told: Vec<_> = self.recorder.0.lock().unwrap().drain(..).collect();
        let events = told.into_iter().map(|notification| notification.event);
        events.map(|event| event.data.status).filter(|status| !status.is_empty()).collect()
    }

    pub(crate) fn builder(&self) -> IntakeBuilder {
        self.builder_with(verifier())
    }

    pub(crate) fn builder_with(&self, verifier: Verifier) -> IntakeBuilder {
        let clock = self.clock.clone();
        Intake::builder(verifier, Reader::new(), self.monitor.clone(), "acme").clock(move || clock.now())
    }

    pub(crate) fn intake(&self) -> Intake {
        self.builder().recipients([US]).build()
    }
}

pub(crate) fn to_us() -> Envelope {
    Envelope::to([US])
}

/// What does not come in ten seconds does not come.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), future).await.expect("it comes soon")
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(waited.await.is_ok(), "in 20 seconds not: {what}");
}
