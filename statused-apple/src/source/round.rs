//! One poll, from the first request to the report.

use std::collections::{BTreeMap, BTreeSet};

use statused_core::model::{AggregateKey, Observation, Sighting, Status, SubjectKey, SubjectKind};
use statused_core::source::{PollReport, PollRequest, SourceError, SourceErrorKind};

use super::AppStoreConnect;
use super::builds::BuildList;
use super::checkpoint::Memory;
use super::phased::Look;
use super::review::{Asked, Reviews};
use super::troubles::Troubles;
use super::versions::AppSeen;
use crate::client::Client;

/// Runs a poll.
pub(super) async fn run(source: &AppStoreConnect, request: &PollRequest) -> Result<PollReport, SourceError> {
    let troubles = Troubles::default();
    let client = source.client.counted();
    let memory = Memory::read(request.checkpoint.as_ref());
    let mut round = Round { source, request, client, memory, troubles, sightings: BTreeMap::new() };
    round.sightings.insert(AggregateKey::Account(request.source.clone()), account(request));

    let apps = round.list_apps().await?;
    let ids = apps.as_ref().map_or_else(|| source.apps.clone(), |apps| apps.seen.keys().cloned().collect());
    let mut apps = apps.unwrap_or_default();
    round.complete_long_lists(&mut apps).await?;
    round.doubt_old_lists(&mut apps).await?;
    let lists = round.list_builds(&ids).await?;
    let looks = round.look_at_versions(&apps).await?;
    let verdicts = round.list_reviews(&apps, &looks).await?;
    let direct = round.look_at_builds(&lists).await?;
    if !round.troubles.answered {
        return Err(round.failure());
    }
    round.tell_builds(&lists, &direct, &apps);
    round.tell_versions(apps, looks, &verdicts);
    Ok(round.finish())
}

/// A poll under way.
pub(super) struct Round<'a> {
    pub(super) source: &'a AppStoreConnect,
    pub(super) request: &'a PollRequest,
    pub(super) client: Client,
    pub(super) memory: Memory,
    pub(super) troubles: Troubles,
    pub(super) sightings: BTreeMap<AggregateKey, Sighting>,
}

/// The apps of this poll.
#[derive(Default)]
pub(super) struct Apps {
    pub(super) seen: BTreeMap<String, AppSeen>,
    /// Whether every request for them was answered.
    pub(super) whole: bool,
}

/// The newest builds of some apps.
pub(super) struct Builds {
    pub(super) apps: Vec<String>,
    pub(super) list: BuildList,
}

/// Direct looks at versions, by version: the app, and what was seen unless the look failed.
pub(super) type Looks = BTreeMap<String, (String, Option<Look>)>;

/// Review submissions, by app.
#[derive(Default)]
pub(super) struct Verdicts {
    pub(super) reviews: Reviews,
    pub(super) answered: BTreeSet<String>,
    pub(super) failed: BTreeSet<String>,
}

impl Verdicts {
    pub(super) fn of(&self, app: &str) -> Asked<'_> {
        if self.answered.contains(app) {
            Asked::Yes(&self.reviews)
        } else if self.failed.contains(app) {
            Asked::Failed
        } else {
            Asked::No
        }
    }
}

/// Whoever can read anything has no agreement pending. Apple's back-ends do not all learn of it at once, hence the doubt.
fn account(request: &PollRequest) -> Sighting {
    let status = Observation::new(SubjectKey::account(), Status::AgreementAccepted, request.now);
    Sighting::new().with(status.as_initial(true).as_doubtful()).covering(SubjectKind::Account)
}

impl Round<'_> {
    /// The reason of a poll without any answer: a wish to be left alone before anything else.
    fn failure(self) -> SourceError {
        let mut troubles = self.troubles.into_list();
        troubles.sort_by_key(|trouble| trouble.kind != SourceErrorKind::Throttled);
        troubles
            .into_iter()
            .next()
            .unwrap_or_else(|| SourceError::new(SourceErrorKind::Transient, "nothing was answered"))
    }

    fn finish(self) -> PollReport {
        let mut report = PollReport::new();
        report.requests = self.client.sent();
        let pause = self.client.rate_limit().and_then(|rate| rate.pause_after(report.requests));
        report.come_back = self.troubles.hold.max(pause).filter(|wait| *wait > self.source.poll_every);
        report.checkpoint = self.memory.write(self.request.checkpoint.as_ref(), self.request.now);
        report.sightings = self.sightings;
        report.troubles = self.troubles.into_list();
        report
    }
}

/// The ids of builds of which a direct look is wanted.
pub(super) fn verified_builds(request: &PollRequest) -> BTreeSet<String> {
    let wanted = request.verify.iter().map(|(_, subject)| subject);
    wanted
        .filter(|subject| matches!(subject.kind, SubjectKind::Build | SubjectKind::TestFlight))
        .map(|subject| subject.id.clone())
        .collect()
}
