//! Uploads of builds, and what testers send.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::entities::{self, moment};
use super::render::{Entity, Relation};
use super::world::World;
use super::{FakeApp, FakeAppStoreConnect, FakeBuild};
use crate::webhooks::EventType;

#[derive(Clone, Debug)]
pub(super) struct Upload {
    pub(super) version: String,
    pub(super) number: String,
    pub(super) state: String,
    pub(super) errors: Vec<(String, String)>,
    pub(super) created: DateTime<Utc>,
    pub(super) build: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Feedback {
    pub(super) build: String,
    pub(super) crash: bool,
    pub(super) comment: String,
    pub(super) created: DateTime<Utc>,
}

/// The upload of a build in the fake.
#[derive(Clone, Debug)]
pub struct FakeUpload {
    fake: FakeAppStoreConnect,
    app: FakeApp,
    id: String,
}

impl FakeApp {
    /// Begins to upload an iOS build with this marketing version and build number; it awaits its upload.
    pub fn upload(&self, version: &str, number: &str) -> FakeUpload {
        let id = self.fake.change(|world| {
            let (id, created) = world.make();
            let new = Upload {
                version: version.to_owned(),
                number: number.to_owned(),
                state: "AWAITING_UPLOAD".to_owned(),
                errors: Vec::new(),
                created,
                build: None,
            };
            world.uploads.insert(id.clone(), new);
            id
        });
        FakeUpload { fake: self.fake.clone(), app: self.clone(), id }
    }
}

impl FakeUpload {
    /// Apple's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The upload has arrived and is being processed.
    pub fn process(&self) -> Self {
        self.become_state("PROCESSING", |_| {});
        self.clone()
    }

    /// Ends it with an error of this code and description.
    pub fn fail(&self, code: &str, description: &str) {
        self.become_state("FAILED", |upload| upload.errors.push((code.to_owned(), description.to_owned())));
    }

    /// Ends it well: the build is there, and being processed.
    pub fn complete(&self) -> FakeBuild {
        let upload = self.fake.change(|world| world.uploads.get(&self.id).cloned());
        let (version, number) = upload.map(|upload| (upload.version, upload.number)).unwrap_or_default();
        let build = self.app.build(&version, &number);
        self.become_state("COMPLETE", |upload| upload.build = Some(build.id().to_owned()));
        build
    }

    fn become_state(&self, state: &str, change: impl FnOnce(&mut Upload)) {
        let before = self.fake.change(|world| {
            let upload = world.uploads.get_mut(&self.id)?;
            change(upload);
            Some(std::mem::replace(&mut upload.state, state.to_owned()))
        });
        self.fake.push_state(self.app.id(), EventType::BuildUploadState, &self.id, before.as_deref(), Some(state));
    }
}

impl FakeBuild {
    /// A tester sends a crash report with this comment. Returns its id.
    pub fn crash(&self, comment: &str) -> String {
        self.feedback(true, comment)
    }

    /// A tester sends a screenshot with this comment. Returns its id.
    pub fn screenshot(&self, comment: &str) -> String {
        self.feedback(false, comment)
    }

    fn feedback(&self, crash: bool, comment: &str) -> String {
        let (id, app) = self.fake.change(|world| {
            let (id, created) = world.make();
            // Apple's ids of feedback are no UUIDs.
            let id = format!("AK7UjG-{}", id.replace('-', ""));
            let app = world.builds.get(&self.id).map(|build| build.app.clone()).unwrap_or_default();
            let new = Feedback { build: self.id.clone(), crash, comment: comment.to_owned(), created };
            world.feedback.insert(id.clone(), new);
            (id, app)
        });
        let kind = if crash { EventType::CrashFeedback } else { EventType::ScreenshotFeedback };
        self.fake.push_created(&app, kind, &id);
        id
    }
}

pub(super) fn upload(world: &World, id: &str, upload: &Upload) -> Entity {
    let errors: Vec<_> = upload.errors.iter().map(|(code, text)| json!({"code": code, "description": text})).collect();
    let attributes = json!({
        "cfBundleShortVersionString": upload.version,
        "cfBundleVersion": upload.number,
        "createdDate": moment(upload.created),
        "uploadedDate": moment(upload.created),
        "platform": "IOS",
        "state": {"errors": errors, "warnings": [], "infos": [], "state": upload.state},
    });
    let build = upload.build.as_ref().and_then(|id| Some(entities::build(world, id, world.builds.get(id)?)));
    Entity::new("buildUploads", id, attributes).with("build", Relation::One(build))
}

pub(super) fn feedback(world: &World, id: &str, feedback: &Feedback) -> Entity {
    let kind = if feedback.crash { "betaFeedbackCrashSubmissions" } else { "betaFeedbackScreenshotSubmissions" };
    let attributes = json!({
        "createdDate": moment(feedback.created),
        "comment": feedback.comment,
        "email": "tester@example.com",
        "deviceModel": "iPhone17_1",
        "osVersion": "26.1",
        "locale": "de-DE",
        "timeZone": "Europe/Berlin",
        "appPlatform": "IOS",
        "devicePlatform": "IOS",
    });
    let build = world.builds.get(&feedback.build).map(|build| entities::build(world, &feedback.build, build));
    Entity::new(kind, id, attributes).with("build", Relation::One(build))
}
