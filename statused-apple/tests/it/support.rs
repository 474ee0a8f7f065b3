//! One source that polls one fake.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use statused_apple::testkit::{Endpoint, FakeApp, FakeAppStoreConnect};
use statused_apple::webhooks::{Received, Webhooks};
use statused_apple::{AppStoreConnect, AppStoreConnectBuilder};
use statused_core::StatusSource as _;
use statused_core::model::{AggregateKey, Observation, Sighting, SourceId, Status, SubjectKey, SubjectKind};
use statused_core::source::{Checkpoint, PollReport, PollRequest, SourceError};

use crate::receiver::{SECRET, sign};

pub(crate) const APP: &str = "1000";

pub(crate) struct Watch {
    pub(crate) fake: FakeAppStoreConnect,
    pub(crate) source: AppStoreConnect,
    pub(crate) checkpoint: Option<Checkpoint>,
    pub(crate) now: DateTime<Utc>,
    /// The clock of all who were given it, in seconds.
    pub(crate) seconds: Arc<AtomicI64>,
}

/// A watch whose source, receiver and fake have one clock.
pub(crate) struct Pushed {
    pub(crate) watch: Watch,
    pub(crate) webhooks: Webhooks,
    /// Deliveries of the fake that have been received.
    received: usize,
}

pub(crate) async fn watch() -> Watch {
    watch_with(|builder| builder).await
}

pub(crate) async fn watch_with(adjust: impl FnOnce(AppStoreConnectBuilder) -> AppStoreConnectBuilder) -> Watch {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    let source = adjust(builder(&fake)).build().unwrap();
    let now = Utc.with_ymd_and_hms(2026, 1, 2, 0, 0, 0).unwrap();
    let seconds = Arc::new(AtomicI64::new(now.timestamp()));
    Watch { fake, source, checkpoint: None, now, seconds }
}

/// A watch with a receiver for one app. What the fake sends arrives when [`Pushed::receive`] is called.
pub(crate) async fn pushed_with(adjust: impl FnOnce(AppStoreConnectBuilder) -> AppStoreConnectBuilder) -> Pushed {
    let mut watch = watch().await;
    let seconds = Arc::clone(&watch.seconds);
    let clock = move || DateTime::from_timestamp(seconds.load(Ordering::SeqCst), 0).unwrap();
    let webhooks = Webhooks::builder().app(APP, [SECRET]).clock(clock.clone()).build().unwrap();
    watch.fake.clock(clock.clone());
    watch.source = adjust(builder(&watch.fake).clock(clock).webhooks(webhooks.clone())).build().unwrap();
    // Nobody listens there.
    watch.app().webhook("http://127.0.0.1:9/", SECRET);
    Pushed { watch, webhooks, received: 0 }
}

impl Pushed {
    /// Lets all that was sent since the last time arrive, as if the monitor had taken it in.
    pub(crate) fn receive(&mut self) -> Vec<Received> {
        let new = self.watch.fake.deliveries().into_iter().skip(self.received);
        let received = new.map(|delivery| {
            let signature = sign(SECRET, &delivery.payload);
            let received = self.webhooks.receive(APP, Some(&signature), delivery.payload.as_bytes()).unwrap();
            self.webhooks.confirm(&received);
            received
        });
        let received: Vec<_> = received.collect();
        self.received += received.len();
        received
    }

    /// Lets all that was sent since the last time be lost.
    pub(crate) fn lose(&mut self) {
        self.received = self.watch.fake.deliveries().len();
    }

    /// What the last poll asked, without parameters.
    pub(crate) fn asked(&self) -> Vec<Endpoint> {
        self.watch.fake.requests().iter().map(|logged| logged.endpoint).collect()
    }

    pub(crate) fn trusted(&self) -> bool {
        self.watch.source.vitals().push.unwrap().trusted
    }
}

pub(crate) fn builder(fake: &FakeAppStoreConnect) -> AppStoreConnectBuilder {
    AppStoreConnect::builder(fake.credentials()).base_url(fake.base_url()).retry_delay(Duration::from_millis(1))
}

impl Watch {
    pub(crate) fn app(&self) -> FakeApp {
        self.fake.app(APP, "MyApp", "com.acme.app")
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
        self.seconds.store(self.now.timestamp(), Ordering::SeqCst);
    }

    pub(crate) async fn try_poll(&mut self, verify: &[SubjectKey]) -> Result<PollReport, SourceError> {
        self.pass(30);
        let mut request = PollRequest::new(source_id(), self.now);
        request.checkpoint.clone_from(&self.checkpoint);
        request.verify = verify.iter().map(|subject| (app_key(APP), subject.clone())).collect();
        self.fake.forget();
        let report = self.source.poll(request).await?;
        self.checkpoint.clone_from(&report.checkpoint);
        Ok(report)
    }

    /// A poll in which nothing fails.
    pub(crate) async fn poll(&mut self) -> PollReport {
        let report = self.poll_through().await;
        assert_eq!(report.troubles, [], "a poll without troubles");
        report
    }

    /// A poll in which something may fail.
    pub(crate) async fn poll_through(&mut self) -> PollReport {
        self.try_poll(&[]).await.unwrap()
    }

    /// The requests of the last poll, by endpoint: apps, versions of an app, one version, builds, reviews.
    pub(crate) fn counts(&self) -> [usize; 5] {
        [Endpoint::Apps, Endpoint::AppVersions, Endpoint::Version, Endpoint::Builds, Endpoint::Reviews]
            .map(|endpoint| self.fake.count(endpoint))
    }
}

pub(crate) fn source_id() -> SourceId {
    "acme".into()
}

pub(crate) fn app_key(app: &str) -> AggregateKey {
    AggregateKey::App(source_id(), app.into())
}

pub(crate) fn sighting(report: &PollReport) -> &Sighting {
    report.sightings.get(&app_key(APP)).expect("the app was seen")
}

/// What was seen of one subject.
pub(crate) fn find<'a>(report: &'a PollReport, kind: SubjectKind, id: &str) -> Option<&'a Observation> {
    let subject = SubjectKey::new(kind, id);
    let mut found = sighting(report).observations.iter().filter(|seen| seen.subject == subject);
    let first = found.next();
    assert!(found.next().is_none(), "one word for each subject");
    first
}

pub(crate) fn status(report: &PollReport, kind: SubjectKind, id: &str) -> Option<Status> {
    find(report, kind, id).map(|seen| seen.status.clone())
}

pub(crate) fn version_status(report: &PollReport, id: &str) -> Option<Status> {
    status(report, SubjectKind::Version, id)
}

pub(crate) fn covers(report: &PollReport, kind: &SubjectKind) -> bool {
    report.sightings.get(&app_key(APP)).is_some_and(|sighting| sighting.covered.contains_key(kind))
}

/// The rollout of a version, as `status share`.
pub(crate) fn rollout(report: &PollReport, id: &str) -> Option<String> {
    let seen = find(report, SubjectKind::PhasedRelease, id)?;
    let share = seen.share.map(|share| format!(" {share}")).unwrap_or_default();
    Some(format!("{}{share}", seen.status.code()))
}
