//! One poll, from the first request to the report.

use std::collections::{BTreeMap, BTreeSet};

use statused_core::model::{AggregateKey, Observation, Sighting, Status, SubjectKey, SubjectKind};
use statused_core::source::{PollReport, PollRequest, Scope, SourceError, SourceErrorKind};

use super::AppStoreConnect;
use super::builds::BuildList;
use super::checkpoint::Memory;
use super::named::Found;
use super::phased::Look;
use super::review::{Asked, Reviews};
use super::troubles::{Part, Troubles};
use super::versions::AppSeen;
use crate::client::Client;

/// Runs a poll.
pub(super) async fn run(source: &AppStoreConnect, request: &PollRequest) -> Result<PollReport, SourceError> {
    let mut round = Round {
        source,
        request,
        client: source.client.counted(),
        memory: Memory::read(request.checkpoint.as_ref()),
        troubles: Troubles::default(),
        sightings: BTreeMap::new(),
    };
    if request.scope == Scope::Named {
        return round.named().await;
    }
    round.sightings.insert(AggregateKey::Account(request.source.clone()), account(request));
    let pushes = source.pushes.as_ref();
    let light = pushes.filter(|_| !source.pace().wants_all(pushes, request.now));
    match light {
        Some(pushes) => round.light(&pushes.webhooks).await,
        None => round.full().await,
    }
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
    /// Looks at everything.
    async fn full(mut self) -> Result<PollReport, SourceError> {
        let source = self.source;
        let apps = self.list_apps().await?;
        let ids = apps.as_ref().map_or_else(|| source.apps.clone(), |apps| apps.seen.keys().cloned().collect());
        let mut apps = apps.unwrap_or_default();
        self.complete_long_lists(&mut apps).await?;
        self.doubt_old_lists(&mut apps).await?;
        let lists = self.list_builds(&ids).await?;
        let looks = self.look_at_versions(self.versions_to_look_at(&apps)).await?;
        let verdicts = self.list_reviews(&apps, &looks).await?;
        let found = self.look_at_others().await?;
        let verified = self.builds_to_verify().await?;
        let mut builds = verified.clone();
        builds.extend(found.iter().filter_map(Found::build).map(str::to_owned));
        let direct = self.look_at_builds(&lists, &builds).await?;
        if !self.troubles.answered {
            return Err(self.failure());
        }
        let missed = self.read_log(&apps).await?;
        self.ping_the_silent(&apps).await;
        let whole = apps.whole && self.troubles.lists_are_whole();
        let shown: BTreeSet<String> = apps.seen.keys().cloned().collect();
        self.tell_builds(&lists, &direct, &apps, &verified);
        self.tell_versions(apps, looks, &verdicts);
        self.tell_found(&found, &direct);
        let mut pace = source.pace();
        pace.learn(&self.sightings, source.pushes.as_ref(), whole, self.request.now);
        if whole {
            (pace.apps, pace.builds) = (shown, BTreeMap::new());
        }
        drop(pace);
        self.replay(missed);
        Ok(self.finish())
    }

    /// Looks at what is named and at nothing else.
    async fn named(mut self) -> Result<PollReport, SourceError> {
        let given = self.request.checkpoint.clone();
        let looks = self.look_at_versions(self.versions_to_verify()).await?;
        let verdicts = self.list_reviews(&Apps::default(), &looks).await?;
        let found = self.look_at_others().await?;
        let verified = self.builds_to_verify().await?;
        let mut builds = verified.clone();
        builds.extend(found.iter().filter_map(Found::build).map(str::to_owned));
        let direct = self.look_at_builds(&[], &builds).await?;
        if !self.troubles.answered && self.client.sent() > 0 {
            return Err(self.failure());
        }
        self.tell_builds(&[], &direct, &Apps::default(), &verified);
        self.tell_versions(Apps::default(), looks, &verdicts);
        self.tell_found(&found, &direct);
        let under_way = direct.into_iter().flat_map(|list| list.builds);
        let under_way = under_way.filter_map(|build| Some((build.id, build.unsettled?)));
        self.source.pace().builds.extend(under_way);
        // What a look at a few shows is no memory of all.
        let mut report = self.finish();
        report.checkpoint = given;
        Ok(report)
    }

    /// The reason of a poll without any answer: a wish to be left alone before anything else.
    pub(super) fn failure(self) -> SourceError {
        let mut troubles = self.troubles.into_list();
        troubles.sort_by_key(|trouble| trouble.kind != SourceErrorKind::Throttled);
        troubles
            .into_iter()
            .next()
            .unwrap_or_else(|| SourceError::new(SourceErrorKind::Transient, "nothing was answered"))
    }

    pub(super) fn finish(mut self) -> PollReport {
        let mut report = PollReport::new();
        report.requests = self.client.sent();
        let pause = self.client.rate_limit().and_then(|rate| rate.pause_after(report.requests));
        let pause = pause.filter(|wait| *wait > self.source.poll_every);
        if pause.is_some() {
            let message =
                "the hour's requests do not suffice for the interval that was asked for: polls are slower for a while";
            self.troubles.note(Part::Pace, SourceError::new(SourceErrorKind::Throttled, message));
        }
        report.come_back = self.troubles.hold.max(pause).filter(|wait| *wait > self.source.poll_every);
        report.checkpoint = self.memory.write(self.request.checkpoint.as_ref(), self.request.now);
        report.sightings = self.sightings;
        report.troubles = self.troubles.into_list();
        report
    }
}
