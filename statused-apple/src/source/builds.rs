//! Builds and what TestFlight says of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use statused_core::model::{Details, Observation, Status, SubjectKey, SubjectKind};

use super::checkpoint::Unsettled;
use super::{console, status};
use crate::client::Dated;
use crate::wire::{Included, Linked, List, Resource};

/// One build, as one look showed it.
#[derive(Debug)]
pub(super) struct BuildSeen {
    pub(super) id: String,
    pub(super) app: String,
    pub(super) uploaded: Option<DateTime<Utc>>,
    pub(super) icon: Option<String>,
    /// When Apple said so, by its own clock.
    looked_at: Option<DateTime<Utc>>,
    /// The id of its beta detail. A build that has none yet is its own.
    detail: String,
    /// What to remember of a build that is under way.
    pub(super) unsettled: Option<Unsettled>,
    version: String,
    number: Option<String>,
    platform: Option<String>,
    processing: Status,
    beta: Option<Beta>,
}

#[derive(Debug)]
struct Beta {
    status: Status,
    /// From the beta review alone, which says less than the build's beta detail.
    second_hand: bool,
}

impl BuildSeen {
    /// `None` when something that belongs to the build is missing from the answer.
    fn read(
        build: &Resource,
        included: &Included<'_>,
        looked_at: Option<DateTime<Utc>>,
        before: Option<&Unsettled>,
    ) -> Option<Self> {
        // The marketing version of a build is its own; that of the newest store version is another release's.
        let release = build.linked("preReleaseVersion", included).found()?;
        let processing = Status::from_code(build.text("processingState")?);
        let review = build.linked("betaAppReviewSubmission", included).found();
        let review = review.and_then(|review| review.text("betaReviewState")).and_then(status::beta_review);
        let beta = match build.linked("buildBetaDetail", included) {
            Linked::Found(detail) => detail
                .text("externalBuildState")
                .map(|state| Beta { status: Status::from_code(state), second_hand: false }),
            // Named but absent: the API has a bad day (as in September 2022), and says nothing.
            Linked::Missing => None,
            Linked::Nothing if build.is("expired") => None,
            Linked::Nothing => second_hand(review.as_ref(), before),
        };
        let mut seen = Self {
            id: build.id.clone(),
            app: build.linked_id("app")?.to_owned(),
            uploaded: build.date("uploadedDate"),
            icon: build.image("iconAssetToken"),
            looked_at,
            detail: build.linked_id("buildBetaDetail").unwrap_or(&build.id).to_owned(),
            unsettled: None,
            version: release.text("version")?.to_owned(),
            number: build.text("version").map(str::to_owned),
            platform: release.text("platform").map(str::to_owned),
            processing,
            beta,
        };
        seen.unsettled = seen.under_way(review.as_ref(), build.is("expired"));
        Some(seen)
    }

    /// Tells of the build, then of its state for testers.
    pub(super) fn observations(&self, now: DateTime<Utc>) -> impl Iterator<Item = Observation> {
        let subject = SubjectKey::new(SubjectKind::Build, &*self.id);
        let mut build = Observation::new(subject.clone(), self.processing.clone(), now).with_details(self.details());
        build.looked_at = self.looked_at;
        let beta = self.beta.as_ref().map(|beta| {
            let initial = matches!(beta.status, Status::Processing | Status::NotApplicable);
            let detail = SubjectKey::new(SubjectKind::TestFlight, &*self.detail);
            let mut seen = Observation::new(detail, beta.status.clone(), now)
                .with_details(self.details())
                .with_parent(subject)
                .as_initial(initial);
            seen.looked_at = self.looked_at;
            if beta.second_hand { seen.as_doubtful() } else { seen }
        });
        std::iter::once(build).chain(beta)
    }

    pub(super) fn details(&self) -> Details {
        let mut details = Details::new();
        details.version = Some(self.version.clone());
        details.build.clone_from(&self.number);
        details.platform.clone_from(&self.platform);
        details.born_at = self.uploaded;
        details.console_url = Some(console::testflight(&self.app, self.platform.as_deref()));
        details
    }

    fn under_way(&self, review: Option<&Status>, expired: bool) -> Option<Unsettled> {
        let external = self.beta.as_ref().map(|beta| &beta.status);
        let reviewed = [review, external].into_iter().flatten().any(|status| {
            matches!(status, Status::WaitingForBetaReview | Status::InBetaReview | Status::InExportComplianceReview)
        });
        let processing = self.processing == Status::Processing;
        let uploaded = self.uploaded.filter(|_| !expired && (processing || reviewed))?;
        Some(Unsettled { app: self.app.clone(), uploaded, review: reviewed })
    }
}

/// What the beta review alone tells. An approval says nothing new of a build that testers have had for weeks, so it
/// counts only for a build that was under review at the last look.
fn second_hand(review: Option<&Status>, before: Option<&Unsettled>) -> Option<Beta> {
    let status = review.filter(|&status| *status != Status::BetaApproved || before.is_some_and(|b| b.review))?;
    Some(Beta { status: status.clone(), second_hand: true })
}

/// The builds of one answer.
#[derive(Debug)]
pub(super) struct BuildList {
    pub(super) builds: Vec<BuildSeen>,
    /// The ids of all builds of the answer, readable or not.
    pub(super) ids: Vec<String>,
    /// The oldest upload on a list that goes on, `None` for one that ends; no horizon at all for a list that goes on
    /// without saying from where.
    pub(super) horizon: Option<Option<DateTime<Utc>>>,
}

impl BuildList {
    pub(super) fn read(Dated { answer: list, at }: &Dated<List>, before: &BTreeMap<String, Unsettled>) -> Self {
        let included = Included::new(&list.included);
        let read = |build: &Resource| BuildSeen::read(build, &included, *at, before.get(&build.id));
        let cut = list.next.is_some() || list.total.is_some_and(|total| total > list.data.len() + list.broken);
        let oldest = list.data.iter().filter_map(|build| build.date("uploadedDate")).min();
        Self {
            builds: list.data.iter().filter_map(read).collect(),
            ids: list.data.iter().map(|build| build.id.clone()).collect(),
            horizon: if cut { oldest.map(Some) } else { Some(None) },
        }
    }
}
