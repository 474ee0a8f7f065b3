//! What direct looks at uploads, feedback and asset packs tell.

use statused_core::model::{Details, Feedback, FeedbackKind, Observation, Status};

use super::builds::BuildList;
use super::console;
use super::named::{Found, What};
use super::round::Round;
use crate::webhooks::sightings::is_untold;
use crate::wire::{Included, Resource, Single};

impl Found {
    /// The build that it belongs to.
    pub(super) fn build(&self) -> Option<&str> {
        match self.what {
            What::Upload | What::Feedback(_) => self.answer.answer.data.linked_id("build"),
            What::Asset | What::Release(..) => None,
        }
    }
}

impl Round<'_> {
    pub(super) fn tell_found(&mut self, found: &[Found], builds: &Option<BuildList>) {
        let now = self.request.now;
        for one in found {
            let Some((status, mut details)) = read(one) else { continue };
            let build = builds.iter().flat_map(|list| &list.builds).find(|build| one.build() == Some(&build.id));
            if let (What::Feedback(_), Some(build)) = (&one.what, build) {
                let of = build.details();
                (details.version, details.build, details.platform) = (of.version, of.build, of.platform);
            }
            let untold = matches!(one.what, What::Upload) && is_untold(&status);
            let mut seen = Observation::new(one.subject.clone(), status, now).with_details(details);
            (seen.looked_at, seen.untold) = (one.answer.at, untold);
            self.sighting(&one.app).observations.push(seen);
        }
    }
}

/// `None` when the answer does not say the state.
fn read(found: &Found) -> Option<(Status, Details)> {
    let answer = &found.answer.answer;
    let resource = &answer.data;
    Some(match &found.what {
        What::Upload => upload(&found.app, resource)?,
        What::Feedback(kind) => (Status::Received, feedback(&found.app, *kind, resource)),
        What::Asset => (Status::from_code(resource.text("state")?), asset(answer)),
        What::Release(track, version) => {
            let mut details = version.as_ref().map(asset).unwrap_or_default();
            details.track = Some((*track).to_owned());
            (Status::from_code(resource.text("state")?), details)
        }
    })
}

fn upload(app: &str, upload: &Resource) -> Option<(Status, Details)> {
    let state = upload.object("state")?.get("state")?.as_str()?;
    let mut details = Details::new();
    details.version = upload.text("cfBundleShortVersionString").map(str::to_owned);
    details.build = upload.text("cfBundleVersion").map(str::to_owned);
    details.platform = upload.text("platform").map(str::to_owned);
    details.console_url = Some(console::testflight(app, upload.text("platform")));
    details.errors = upload.problems("state");
    details.born_at = upload.date("createdDate");
    Some((Status::from_code(state), details))
}

fn feedback(app: &str, kind: FeedbackKind, resource: &Resource) -> Details {
    let text = |name| resource.text(name).map(str::to_owned);
    let mut feedback = Feedback::new(kind);
    feedback.device = text("deviceModel");
    feedback.os_version = text("osVersion");
    feedback.locale = text("locale");
    feedback.comment = text("comment");
    let mut details = Details::new();
    details.feedback = Some(Box::new(feedback));
    details.console_url = Some(console::feedback(app, kind, &resource.id));
    details.born_at = resource.date("createdDate");
    details
}

fn asset(answer: &Single) -> Details {
    let included = Included::new(&answer.included);
    let pack = answer.data.linked("backgroundAsset", &included).found();
    let mut details = Details::new();
    details.name = pack.and_then(|pack| pack.text("assetPackIdentifier")).map(str::to_owned);
    details.version = answer.data.text("version").map(str::to_owned);
    details.platform = answer.data.texts("platforms").next().map(str::to_owned);
    details.errors = answer.data.problems("stateDetails");
    details.born_at = answer.data.date("createdDate");
    details
}
