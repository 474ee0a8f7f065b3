//! The contract of every source.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use statused_core::StatusSource;
use statused_core::model::{AppId, Status, SubjectKey};
use statused_core::source::SourceErrorKind;
use statused_core::testkit::conformance::source::{Scene, Stage, check_all};
use statused_google::testkit::{Endpoint, FakeGooglePlay, FakeRelease, Fault};

use crate::support::APP;

/// The fake with one app that has a release, and another one beside it.
struct Account {
    fake: FakeGooglePlay,
    seconds: Arc<AtomicI64>,
}

impl Account {
    async fn new() -> Self {
        let fake = FakeGooglePlay::start().await.unwrap();
        let seconds = Arc::new(AtomicI64::new(0));
        fake.clock(clock(&seconds));
        fake.app(APP, "Acme");
        fake.app("com.acme.other", "Other");
        Self { fake, seconds }
    }

    fn release(&self) -> FakeRelease {
        self.fake.app(APP, "Acme").track("production").release("1.0", [1])
    }

    fn inject(&self, fault: Fault) {
        self.release();
        self.fake.inject(fault.always());
    }
}

fn clock(seconds: &Arc<AtomicI64>) -> impl Fn() -> DateTime<Utc> + Send + Sync + 'static {
    let seconds = Arc::clone(seconds);
    move || DateTime::from_timestamp(seconds.load(Ordering::SeqCst), 0).unwrap()
}

impl Stage for Account {
    async fn play(&self, scene: Scene) -> bool {
        self.fake.heal();
        match scene {
            Scene::Empty => {}
            Scene::First => drop(self.release().complete()),
            Scene::Second => drop(self.release().halt()),
            Scene::Partial => {
                self.release().complete();
                self.fake.inject(Fault::status(500).on(Endpoint::Tracks).of(APP).always());
            }
            Scene::Failing(SourceErrorKind::Transient) => self.inject(Fault::status(500)),
            Scene::Failing(SourceErrorKind::Throttled) => self.inject(Fault::status(429)),
            Scene::Failing(SourceErrorKind::Credentials) => self.inject(Fault::status(401)),
            Scene::Failing(SourceErrorKind::BadData) => self.inject(Fault::html(404)),
            Scene::Throttled(wait) => self.inject(Fault::status(429).retry_after(&wait.as_secs().to_string())),
            // There is no agreement that blocks, and no way around the lists.
            _ => return false,
        }
        true
    }

    fn source(&self) -> Box<dyn StatusSource> {
        Box::new(self.fake.source().clock(clock(&self.seconds)).icons(false).build().unwrap())
    }

    fn app(&self) -> AppId {
        APP.into()
    }

    fn subject(&self) -> SubjectKey {
        SubjectKey::release("production", &[1])
    }

    fn first(&self) -> Status {
        Status::Live
    }

    fn second(&self) -> Status {
        Status::Halted
    }

    fn set_clock(&self, now: DateTime<Utc>) {
        self.seconds.store(now.timestamp(), Ordering::SeqCst);
    }

    fn requests(&self) -> Option<u64> {
        Some(self.fake.requests().len() as u64)
    }

    /// The two APIs learn of a change apart.
    fn patience(&self) -> u32 {
        3
    }

    /// The key, line by line: an error may show a part.
    fn secrets(&self) -> Vec<String> {
        let file: serde_json::Value = serde_json::from_str(&self.fake.key_file()).unwrap();
        let key = file["private_key"].as_str().unwrap().to_owned();
        key.lines().filter(|line| !line.starts_with("---") && line.len() > 20).map(str::to_owned).collect()
    }
}

statused_core::source_tests!(Account::new().await);

/// A direct look that does not go by the lists is not to be had here.
#[tokio::test]
async fn what_cannot_be_tried_is_known() {
    let report = check_all(Account::new).await;
    report.assert();
    let skipped: Vec<_> = report.skipped().map(|finding| finding.id).collect();
    assert_eq!(skipped, ["source.poll.6"], "{report}");
}
