//! Handles with which a test plays a release.

use chrono::{DateTime, Utc};

use super::world::{Build, Phased, Submission, Version, World};
use super::{FakeAppStoreConnect, entities};
use crate::webhooks::EventType;

/// An app in the fake.
#[derive(Clone, Debug)]
pub struct FakeApp {
    pub(super) fake: FakeAppStoreConnect,
    pub(super) id: String,
}

/// An app version in the fake.
#[derive(Clone, Debug)]
pub struct FakeVersion {
    fake: FakeAppStoreConnect,
    id: String,
}

/// A build in the fake.
#[derive(Clone, Debug)]
pub struct FakeBuild {
    pub(super) fake: FakeAppStoreConnect,
    pub(super) id: String,
}

const ICON: &str = "{w}x{h}bb.{f}";

impl FakeApp {
    /// Apple's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Gives the app an icon of its own, under this address (`https://icons.example/acme`).
    pub fn icon(&self, base: &str) -> Self {
        self.fake.change(|world| {
            if let Some(app) = world.apps.get_mut(&self.id) {
                app.icon = Some(format!("{base}/{ICON}"));
            }
        });
        self.clone()
    }

    /// The iOS version of this number; made, in preparation, if there is none yet.
    pub fn version(&self, version: &str) -> FakeVersion {
        self.version_on("IOS", version)
    }

    /// The version of this number on a platform; made, in preparation, if there is none yet.
    pub fn version_on(&self, platform: &str, version: &str) -> FakeVersion {
        let id = self.fake.change(|world| {
            let is_it = |v: &Version| v.app == self.id && v.platform == platform && v.version == version;
            if let Some((id, _)) = world.versions.iter().find(|(_, v)| is_it(v)) {
                return id.clone();
            }
            let (id, created) = world.make();
            let new = Version {
                app: self.id.clone(),
                platform: platform.to_owned(),
                version: version.to_owned(),
                app_version_state: Some("PREPARE_FOR_SUBMISSION".to_owned()),
                app_store_state: Some("PREPARE_FOR_SUBMISSION".to_owned()),
                created,
                phased: None,
            };
            world.versions.insert(id.clone(), new);
            id
        });
        FakeVersion { fake: self.fake.clone(), id }
    }

    /// The iOS build with this marketing version and build number; made, in processing, if there is none yet.
    pub fn build(&self, version: &str, number: &str) -> FakeBuild {
        let id = self.fake.change(|world| {
            let is_it = |b: &Build| b.app == self.id && b.version == version && b.number == number;
            if let Some((id, _)) = world.builds.iter().find(|(_, b)| is_it(b)) {
                return id.clone();
            }
            let (id, uploaded) = world.make();
            let new = Build {
                app: self.id.clone(),
                version: version.to_owned(),
                number: number.to_owned(),
                platform: "IOS".to_owned(),
                uploaded,
                processing: "PROCESSING".to_owned(),
                external: Some("PROCESSING".to_owned()),
                review: None,
                expired: false,
                icon: None,
            };
            world.builds.insert(id.clone(), new);
            id
        });
        FakeBuild { fake: self.fake.clone(), id }
    }

    /// Takes the app out of the key's sight.
    pub fn remove(&self) {
        self.fake.change(|world| world.apps.remove(&self.id));
    }
}

impl FakeVersion {
    /// Apple's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Sets the state, by either of its names (`READY_FOR_SALE` or `READY_FOR_DISTRIBUTION`), in both attributes.
    pub fn state(&self, state: &str) -> Self {
        let (newer, older) = match state {
            "READY_FOR_SALE" | "READY_FOR_DISTRIBUTION" => ("READY_FOR_DISTRIBUTION", "READY_FOR_SALE"),
            "PROCESSING_FOR_APP_STORE" | "PROCESSING_FOR_DISTRIBUTION" => {
                ("PROCESSING_FOR_DISTRIBUTION", "PROCESSING_FOR_APP_STORE")
            }
            other => (other, other),
        };
        self.states(Some(newer), Some(older))
    }

    /// Sets `appVersionState` and `appStoreState` apart; `None` leaves the attribute out of answers.
    pub fn states(&self, app_version_state: Option<&str>, app_store_state: Option<&str>) -> Self {
        let before = self.fake.change(|world| {
            let version = world.versions.get_mut(&self.id)?;
            version.app_store_state = app_store_state.map(str::to_owned);
            let before = std::mem::replace(&mut version.app_version_state, app_version_state.map(str::to_owned));
            Some((version.app.clone(), before))
        });
        if let Some((app, before)) = before
            && app_version_state.is_some()
        {
            self.fake.push_state(&app, EventType::VersionState, &self.id, before.as_deref(), app_version_state);
        }
        self.clone()
    }

    /// Sets when it was created.
    pub fn created(&self, at: DateTime<Utc>) -> Self {
        self.with(|version| version.created = at)
    }

    /// Sets its phased release (`INACTIVE`, `ACTIVE`, `PAUSED`, `COMPLETE`) and the day of it.
    pub fn phased(&self, state: &str, day: Option<i64>) -> Self {
        self.with(|version| version.phased = Some(Phased { state: state.to_owned(), day }))
    }

    /// Takes its phased release away.
    pub fn not_phased(&self) -> Self {
        self.with(|version| version.phased = None)
    }

    /// Sets the state of its review submission, which is made if there is none. Returns the submission's id.
    pub fn submission(&self, state: &str) -> String {
        self.fake.change(|world| {
            if let Some((id, submission)) =
                world.submissions.iter_mut().find(|(_, s)| s.version.as_deref() == Some(&*self.id))
            {
                state.clone_into(&mut submission.state);
                return id.clone();
            }
            let (id, submitted) = world.make();
            let version = world.versions.get(&self.id);
            let new = Submission {
                app: version.map(|version| version.app.clone()).unwrap_or_default(),
                platform: version.map(|version| version.platform.clone()).unwrap_or_default(),
                state: state.to_owned(),
                version: Some(self.id.clone()),
                submitted,
            };
            world.submissions.insert(id.clone(), new);
            id
        })
    }

    /// Makes its review submission forget of which version it is.
    pub fn unlink_submission(&self) -> Self {
        self.fake.change(|world| {
            for submission in world.submissions.values_mut().filter(|s| s.version.as_deref() == Some(&*self.id)) {
                submission.version = None;
            }
        });
        self.clone()
    }

    /// Deletes it.
    pub fn remove(&self) {
        self.fake.change(|world| world.versions.remove(&self.id));
    }

    fn with(&self, change: impl FnOnce(&mut Version)) -> Self {
        self.fake.change(|world: &mut World| world.versions.get_mut(&self.id).map(change));
        self.clone()
    }
}

impl FakeBuild {
    /// Apple's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Apple's id of its beta detail.
    pub fn detail_id(&self) -> String {
        entities::detail_id(&self.id)
    }

    /// Sets `processingState` (`PROCESSING`, `FAILED`, `INVALID`, `VALID`).
    pub fn processing(&self, state: &str) -> Self {
        self.with(|build| state.clone_into(&mut build.processing))
    }

    /// Sets `externalBuildState` (`READY_FOR_BETA_SUBMISSION`, `IN_BETA_TESTING`, …).
    pub fn external(&self, state: &str) -> Self {
        let before = self.fake.change(|world| {
            let build = world.builds.get_mut(&self.id)?;
            Some((build.app.clone(), build.external.replace(state.to_owned())))
        });
        if let Some((app, before)) = before {
            let detail = self.detail_id();
            self.fake.push_state(&app, EventType::ExternalBetaState, &detail, before.as_deref(), Some(state));
        }
        self.clone()
    }

    /// Takes its beta detail away.
    pub fn no_beta_detail(&self) -> Self {
        self.with(|build| build.external = None)
    }

    /// Sets the state of its beta review (`WAITING_FOR_REVIEW`, `IN_REVIEW`, `REJECTED`, `APPROVED`).
    pub fn beta_review(&self, state: &str) -> Self {
        self.with(|build| build.review = Some(state.to_owned()))
    }

    /// Sets the platform.
    pub fn platform(&self, platform: &str) -> Self {
        self.with(|build| platform.clone_into(&mut build.platform))
    }

    /// Sets when it was uploaded.
    pub fn uploaded(&self, at: DateTime<Utc>) -> Self {
        self.with(|build| build.uploaded = at)
    }

    /// Gives it an icon under this address.
    pub fn icon(&self, base: &str) -> Self {
        self.with(|build| build.icon = Some(format!("{base}/{ICON}")))
    }

    /// Makes it too old for testers.
    pub fn expire(&self) -> Self {
        self.with(|build| build.expired = true)
    }

    /// Deletes it.
    pub fn remove(&self) {
        self.fake.change(|world| world.builds.remove(&self.id));
    }

    fn with(&self, change: impl FnOnce(&mut Build)) -> Self {
        self.fake.change(|world: &mut World| world.builds.get_mut(&self.id).map(change));
        self.clone()
    }
}
