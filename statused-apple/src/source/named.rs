//! Direct looks at what pushes tell of, beside versions and builds.

use std::collections::BTreeSet;

use statused_core::model::{FeedbackKind, SubjectKey, SubjectKind};
use statused_core::source::SourceError;

use super::ask::absent;
use super::plan;
use super::round::Round;
use super::troubles::Part;
use crate::client::{ApiError, Client, Dated};
use crate::wire::Single;

/// What a direct look has found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) app: String,
    pub(super) subject: SubjectKey,
    pub(super) what: What,
    pub(super) answer: Dated<Single>,
}

/// Which kind of thing it is.
#[derive(Debug)]
pub(super) enum What {
    Upload,
    Feedback(FeedbackKind),
    Asset,
    /// Where it is released, and the version that is.
    Release(&'static str, Option<Single>),
}

impl Round<'_> {
    /// The builds of which a direct look is wanted, those of beta details among them.
    pub(super) async fn builds_to_verify(&mut self) -> Result<BTreeSet<String>, SourceError> {
        let of_kind = |kind| {
            let subjects = self.request.verify.iter().map(|(_, subject)| subject);
            subjects.filter(move |subject| subject.kind == kind).map(|subject| subject.id.clone())
        };
        let mut builds: BTreeSet<String> = of_kind(SubjectKind::Build).collect();
        let details: Vec<String> = of_kind(SubjectKind::TestFlight).take(plan::PAGE).collect();
        if !details.is_empty() && self.troubles.hold.is_none() {
            let answer = self.client.list(plan::BETA_DETAILS, &plan::beta_details(&details)).await;
            let found = self.troubles.settle(Part::Builds, answer)?.unwrap_or_default();
            builds.extend(found.data.iter().filter_map(|detail| detail.linked_id("build")).map(str::to_owned));
            // A build without a beta detail goes by its own id.
            let known: BTreeSet<&str> = found.data.iter().map(|detail| detail.id.as_str()).collect();
            builds.extend(details.iter().filter(|id| !known.contains(id.as_str())).cloned());
        }
        Ok(builds)
    }

    /// Looks at uploads, feedback and asset packs. What the API does not know is not found.
    pub(super) async fn look_at_others(&mut self) -> Result<Vec<Found>, SourceError> {
        let (client, comments) = (&self.client, self.source.feedback_comments);
        let wanted = self.request.verify.iter().filter_map(|(aggregate, subject)| Some((aggregate.app()?, subject)));
        let wanted = wanted.filter(|(_, subject)| {
            matches!(
                subject.kind,
                SubjectKind::BuildUpload
                    | SubjectKind::Feedback
                    | SubjectKind::BackgroundAsset
                    | SubjectKind::BackgroundAssetRelease
            )
        });
        let questions = wanted.map(|(app, subject)| async move {
            let found = find(client, subject, comments).await;
            ((app, subject), found)
        });
        let questions = questions.collect();
        let mut all = Vec::new();
        for ((app, subject), found) in self.troubles.gather(Part::Named, questions).await? {
            let (app, subject) = (app.as_str().to_owned(), subject.clone());
            all.extend(found.map(|(what, answer)| Found { app, subject, what, answer }));
        }
        Ok(all)
    }
}

type Answer = Result<Option<(What, Dated<Single>)>, ApiError>;

async fn find(client: &Client, subject: &SubjectKey, comments: bool) -> Answer {
    let id = &subject.id;
    match subject.kind {
        SubjectKind::BuildUpload => look(client, What::Upload, plan::upload(id)).await,
        SubjectKind::BackgroundAsset => look(client, What::Asset, plan::asset_version(id)).await,
        SubjectKind::Feedback => {
            // The id does not say which it is.
            for kind in [FeedbackKind::Crash, FeedbackKind::Screenshot] {
                let found = look(client, What::Feedback(kind), plan::feedback(kind, id, comments)).await?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            Ok(None)
        }
        _ => find_release(client, id).await,
    }
}

async fn find_release(client: &Client, id: &str) -> Answer {
    for (track, resource) in plan::ASSET_RELEASES {
        let (path, query) = plan::asset_release(resource, id);
        let Some(release) = absent(client.look::<Single>(&path, &query).await)? else { continue };
        // The pack's name stands with its version only.
        let version = match release.answer.data.linked_id("backgroundAssetVersion") {
            Some(version) => {
                let (path, query) = plan::asset_version(version);
                absent(client.look::<Single>(&path, &query).await)?.map(|version| version.answer)
            }
            None => None,
        };
        return Ok(Some((What::Release(track, version), release)));
    }
    Ok(None)
}

async fn look(client: &Client, what: What, (path, query): (String, plan::Query)) -> Answer {
    Ok(absent(client.look::<Single>(&path, &query).await)?.map(|answer| (what, answer)))
}
