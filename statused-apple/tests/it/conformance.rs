//! The contract of every source.

use std::sync::Mutex;
use std::time::Duration;

use statused_apple::testkit::{FakeApp, FakeAppStoreConnect, FakeVersion, Fault};
use statused_core::StatusSource;
use statused_core::model::{AppId, Status, SubjectKey, SubjectKind};
use statused_core::source::SourceErrorKind;
use statused_core::testkit::conformance::source::{Scene, Stage, check_all};

use crate::support::{APP, builder};

/// The fake with one app and one version.
struct Account {
    fake: FakeAppStoreConnect,
    app: FakeApp,
    /// As it was made last: it is made anew after it was taken away.
    version: Mutex<FakeVersion>,
}

impl Account {
    async fn new() -> Self {
        let fake = FakeAppStoreConnect::start().await.unwrap();
        let app = fake.app(APP, "MyApp", "com.acme.app");
        let version = Mutex::new(app.version("1.0").state("IN_REVIEW"));
        Self { fake, app, version }
    }

    fn version(&self) -> FakeVersion {
        let version = self.app.version("1.0");
        self.version.lock().unwrap().clone_from(&version);
        version
    }

    fn inject(&self, fault: Fault) {
        self.version();
        self.fake.inject(fault.always());
    }
}

impl Stage for Account {
    async fn play(&self, scene: Scene) -> bool {
        self.fake.heal();
        self.fake.agreement_pending(false);
        match scene {
            Scene::Empty => self.version().remove(),
            Scene::First => drop(self.version().state("IN_REVIEW")),
            Scene::Second => drop(self.version().state("PENDING_DEVELOPER_RELEASE")),
            Scene::Stale => {
                let before = self.fake.snapshot();
                self.version().state("PENDING_DEVELOPER_RELEASE");
                self.fake.serve_stale(&before, 1);
            }
            Scene::Partial => {
                self.version();
                self.fake.omit_included("appStoreVersions");
            }
            Scene::Failing(SourceErrorKind::Transient) => self.inject(Fault::status(500)),
            Scene::Failing(SourceErrorKind::Throttled) => self.inject(Fault::throttled(None)),
            Scene::Failing(SourceErrorKind::Credentials) => self.inject(Fault::status(401)),
            Scene::Failing(SourceErrorKind::Agreement) => self.fake.agreement_pending(true),
            Scene::Failing(SourceErrorKind::BadData) => self.inject(Fault::broken_json()),
            Scene::Throttled(wait) => self.inject(Fault::throttled(Some(&wait.as_secs().to_string()))),
            _ => return false,
        }
        true
    }

    fn source(&self) -> Box<dyn StatusSource> {
        Box::new(builder(&self.fake).timeout(Duration::from_secs(20)).build().unwrap())
    }

    fn app(&self) -> AppId {
        APP.into()
    }

    fn subject(&self) -> SubjectKey {
        SubjectKey::new(SubjectKind::Version, self.version.lock().unwrap().id())
    }

    fn first(&self) -> Status {
        Status::InReview
    }

    fn second(&self) -> Status {
        Status::PendingDeveloperRelease
    }

    fn requests(&self) -> Option<u64> {
        Some(self.fake.requests().len() as u64)
    }

    /// The key, line by line: an error may show a part.
    fn secrets(&self) -> Vec<String> {
        let key = self.fake.private_key();
        key.lines().filter(|line| !line.starts_with("---") && line.len() > 20).map(str::to_owned).collect()
    }
}

statused_core::source_tests!(Account::new().await);

#[tokio::test]
async fn everything_is_tried() {
    let report = check_all(Account::new).await;
    report.assert();
    assert_eq!(report.skipped().count(), 0, "{report}");
}
