//! A store whose every app takes one step of its life with each poll, as often as was allowed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use statused::StatusSource;
use statused::model::{
    Account, AggregateKey, AppInfo, Details, Observation, Sighting, Sightings, SourceId, Status, Store, SubjectKey,
    SubjectKind,
};
use statused::source::{CheckLine, PollReport, PollRequest, SourceError, Vitals};

const LIFE: [Status; 5] = [
    Status::PrepareForSubmission,
    Status::WaitingForReview,
    Status::InReview,
    Status::PendingDeveloperRelease,
    Status::ReadyForSale,
];

#[derive(Debug)]
pub(crate) struct Shop {
    apps: usize,
    interval: Duration,
    step: AtomicUsize,
    allowed: AtomicUsize,
}

impl Shop {
    /// A store whose apps may take their steps without a pause.
    pub(crate) fn new(apps: usize) -> Self {
        Self::every(Duration::from_millis(1), apps)
    }

    /// A store whose apps may take a step so often.
    pub(crate) fn every(interval: Duration, apps: usize) -> Self {
        Self { apps, interval, step: AtomicUsize::new(0), allowed: AtomicUsize::new(0) }
    }

    /// Lets the apps take so many more steps.
    pub(crate) fn allow(&self, steps: usize) {
        self.allowed.fetch_add(steps, Ordering::SeqCst);
    }

    /// How the apps look after so many steps: each version that has begun, with its place in its life.
    pub(crate) fn sightings(&self, source: &SourceId, step: usize, now: chrono::DateTime<chrono::Utc>) -> Sightings {
        let app = |number: usize| {
            let info = AppInfo::new().with_name(format!("App {number}"));
            let mut sighting = Sighting::new().with_app(info).covering(SubjectKind::Version);
            // The last two: what was live long ago is not shown any more.
            for version in (step / LIFE.len()).saturating_sub(1)..=step / LIFE.len() {
                let place = (step - version * LIFE.len()).min(LIFE.len() - 1);
                let subject = SubjectKey::new(SubjectKind::Version, format!("{number}-{version}"));
                let mut details = Details::new();
                details.version = Some(format!("1.{version}"));
                details.console_url = Some(format!("https://appstoreconnect.apple.com/apps/{number}"));
                sighting = sighting.with(Observation::new(subject, LIFE[place].clone(), now).with_details(details));
            }
            (AggregateKey::App(source.clone(), number.to_string().as_str().into()), sighting)
        };
        (0..self.apps).map(app).collect()
    }
}

#[async_trait]
impl StatusSource for Shop {
    fn account(&self) -> Account {
        Account::new(Store::AppStoreConnect)
    }

    fn interval(&self) -> Duration {
        self.interval
    }

    async fn poll(&self, request: PollRequest) -> Result<PollReport, SourceError> {
        let mut report = PollReport::new();
        report.sightings = self.sightings(&request.source, self.step.load(Ordering::SeqCst), request.now);
        if self.allowed.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            self.step.fetch_add(1, Ordering::SeqCst);
        } else {
            report.come_back = Some(Duration::from_secs(3600));
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
