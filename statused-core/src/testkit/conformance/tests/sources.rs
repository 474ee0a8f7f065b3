//! The kit on sources: a shop of its own, and a source for each promise that is broken.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::broken;
use crate::StatusSource;
use crate::model::{
    Account, AggregateKey, AppId, Observation, Sighting, SourceId, Status, Store, SubjectKey, SubjectKind,
};
use crate::source::{CheckLine, Checkpoint, PollReport, PollRequest, Scope, SourceError, SourceErrorKind, Vitals};
use crate::testkit::conformance::source::{Scene, Stage, check_all};

const SECRET: &str = "hunter2";

/// What is wrong with a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Flaw {
    #[default]
    Flawless,
    ShowsItsKey,
    MovesItsAccount,
    NeverRests,
    RemembersItsFirstLook,
    LooksInThePast,
    ForgetsWhoseItIs,
    CoversNothing,
    GuessesWhatItMisses,
    VerifiesByTheList,
    TellsAllWhenNamed,
    IsAlwaysTransient,
    ShortensWaits,
    NumbersItsCheckpoints,
    CountsRestarts,
    DiesOfBadCheckpoints,
    MarksBeforeItReads,
    AsksForItsVitals,
    DoubtsEverything,
    SaysAllIsWell,
}

use Flaw::*;

/// An account in memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Shop(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    flaw: Flaw,
    scene: Mutex<Option<Scene>>,
    requests: AtomicU64,
    made: AtomicU64,
    /// What a source that remembers has seen first, and whether one that marks has seen the second.
    first: Mutex<Option<Status>>,
    marked: Mutex<Option<Status>>,
}

impl Shop {
    fn with(flaw: Flaw) -> Self {
        Self(Arc::new(Shared { flaw, ..Shared::default() }))
    }
}

impl Stage for Shop {
    async fn play(&self, scene: Scene) -> bool {
        *self.0.scene.lock().unwrap() = Some(scene);
        true
    }

    fn source(&self) -> Box<dyn StatusSource> {
        let made = self.0.made.fetch_add(1, Ordering::Relaxed);
        Box::new(Watcher { shop: self.clone(), made, key: (self.0.flaw == ShowsItsKey).then_some(SECRET) })
    }

    fn app(&self) -> AppId {
        "MyApp".into()
    }

    fn subject(&self) -> SubjectKey {
        SubjectKey::new(SubjectKind::Version, "1.0")
    }

    fn first(&self) -> Status {
        Status::InReview
    }

    fn second(&self) -> Status {
        Status::ReadyForSale
    }

    fn requests(&self) -> Option<u64> {
        Some(self.0.requests.load(Ordering::Relaxed))
    }

    fn secrets(&self) -> Vec<String> {
        vec![SECRET.to_owned()]
    }
}

/// The source.
#[derive(Debug)]
struct Watcher {
    shop: Shop,
    made: u64,
    #[expect(dead_code, reason = "shown by Debug")]
    key: Option<&'static str>,
}

impl Watcher {
    fn flaw(&self) -> Flaw {
        self.shop.0.flaw
    }

    /// What the shop shows, by the list or by a direct look; `None` if that part cannot be read.
    fn ask(&self, direct: bool) -> Result<Option<Status>, SourceError> {
        self.shop.0.requests.fetch_add(1, Ordering::Relaxed);
        let fail = |kind| Err(SourceError::new(kind, "no"));
        let scene = *self.shop.0.scene.lock().unwrap();
        match scene.unwrap_or(Scene::First) {
            Scene::Empty | Scene::Partial => Ok(None),
            Scene::First => Ok(Some(self.shop.first())),
            Scene::Second => Ok(Some(self.shop.second())),
            Scene::Stale => Ok(Some(if direct { self.shop.second() } else { self.shop.first() })),
            Scene::Failing(_) if self.flaw() == IsAlwaysTransient => fail(SourceErrorKind::Transient),
            Scene::Failing(kind) => fail(kind),
            Scene::Throttled(wait) => {
                let wait = if self.flaw() == ShortensWaits { wait / 2 } else { wait };
                fail(SourceErrorKind::Throttled).map_err(|error: SourceError| error.with_retry_after(wait))
            }
        }
    }

    fn sees(&self, status: Option<Status>) -> Option<Status> {
        let mut first = self.shop.0.first.lock().unwrap();
        match self.flaw() {
            RemembersItsFirstLook if status.is_some() => Some(first.get_or_insert(status?).clone()),
            _ => status,
        }
    }

    fn checkpoint(&self, request: &PollRequest, status: Option<&Status>) -> String {
        let known = format!("{{\"status\":{:?}}}", status.map(Status::code));
        match self.flaw() {
            NumbersItsCheckpoints => format!("{known} {}", request.now),
            CountsRestarts => format!("{known} {}", self.made),
            _ => known,
        }
    }
}

#[async_trait]
impl StatusSource for Watcher {
    fn account(&self) -> Account {
        let moved = if self.flaw() == MovesItsAccount { self.made } else { 0 };
        Account::new(Store::Other(format!("Shop {moved}")))
    }

    fn interval(&self) -> Duration {
        Duration::from_secs(if self.flaw() == NeverRests { 0 } else { 60 })
    }

    async fn poll(&self, request: PollRequest) -> Result<PollReport, SourceError> {
        let unread = request.checkpoint.as_ref().is_some_and(|given| !given.0.contains("status"));
        if self.flaw() == DiesOfBadCheckpoints && unread {
            return Err(SourceError::new(SourceErrorKind::BadData, "the checkpoint cannot be read"));
        }
        let mut report = PollReport::new();
        let verify = request.verify.iter().any(|(_, subject)| *subject == self.shop.subject());
        let named = verify || !request.hints.is_empty() || self.flaw() == TellsAllWhenNamed;
        if request.scope == Scope::Named && !named {
            return Ok(report);
        }
        let partial = *self.shop.0.scene.lock().unwrap() == Some(Scene::Partial);
        let mut status = self.sees(self.ask(verify && self.flaw() != VerifiesByTheList)?);
        if self.flaw() == MarksBeforeItReads {
            let before = std::mem::replace(&mut *self.shop.0.marked.lock().unwrap(), status.clone());
            tokio::task::yield_now().await;
            // What a poll has seen that did not come back is thought to be told.
            let second = self.shop.second();
            let untold = request.checkpoint.as_ref().is_some_and(|given| !given.0.contains(second.code()));
            if untold && before == status && status == Some(second) {
                status = None;
            }
        }
        if partial && self.flaw() == GuessesWhatItMisses {
            status = Some(self.shop.first());
        }
        report.checkpoint = Some(Checkpoint(self.checkpoint(&request, status.as_ref())));
        let source: SourceId = if self.flaw() == ForgetsWhoseItIs { "shop".into() } else { request.source };
        let mut sighting = Sighting::new();
        if !partial && self.flaw() != CoversNothing {
            sighting = sighting.covering(SubjectKind::Version);
        }
        if partial {
            report.troubles.push(SourceError::new(SourceErrorKind::Transient, "a page"));
        }
        if let Some(status) = status {
            let seen_at = if self.flaw() == LooksInThePast { chrono::DateTime::UNIX_EPOCH } else { request.now };
            sighting = sighting.with(Observation::new(self.shop.subject(), status, seen_at));
        }
        if self.flaw() == ForgetsWhoseItIs {
            let stray = AggregateKey::Account(source);
            report.sightings.insert(stray, Sighting::new());
        }
        report.sightings.insert(AggregateKey::App("conformance".into(), self.shop.app()), sighting);
        Ok(report)
    }

    fn vitals(&self) -> Vitals {
        if self.flaw() == AsksForItsVitals {
            self.ask(false).ok();
        }
        Vitals::new()
    }

    async fn check(&self) -> Vec<CheckLine> {
        match self.ask(false) {
            _ if self.flaw() == DoubtsEverything => vec![CheckLine::bad("the shop", "who knows")],
            Err(error) if self.flaw() != SaysAllIsWell => vec![CheckLine::bad("the shop", error.message)],
            _ => vec![CheckLine::ok("the shop", "is open")],
        }
    }
}

mod shop {
    crate::source_tests!(super::Shop::default());
}

#[tokio::test]
async fn each_flaw_is_found_by_just_its_check() {
    let flaws = [
        (ShowsItsKey, "source.always.1"),
        (MovesItsAccount, "source.account.1"),
        (NeverRests, "source.interval.1"),
        (RemembersItsFirstLook, "source.poll.1"),
        (LooksInThePast, "source.poll.2"),
        (ForgetsWhoseItIs, "source.poll.3"),
        (CoversNothing, "source.poll.4"),
        (GuessesWhatItMisses, "source.poll.5"),
        (VerifiesByTheList, "source.poll.6"),
        (TellsAllWhenNamed, "source.poll.7"),
        (IsAlwaysTransient, "source.poll.8"),
        (ShortensWaits, "source.poll.9"),
        (NumbersItsCheckpoints, "source.poll.10"),
        (CountsRestarts, "source.poll.11"),
        (DiesOfBadCheckpoints, "source.poll.12"),
        (MarksBeforeItReads, "source.poll.13"),
        (AsksForItsVitals, "source.vitals.1"),
        (DoubtsEverything, "source.check.1"),
        (SaysAllIsWell, "source.check.2"),
    ];
    for (flaw, id) in flaws {
        let report = check_all(async || Shop::with(flaw)).await;
        let mut found = broken(&report);
        // Who keeps to what was seen first sees no second, and who numbers does so after a restart, too.
        found.retain(|also| *also == id || !follows(flaw).contains(also));
        assert_eq!(found, [id], "{flaw:?}\n{report}");
    }
    let report = check_all(async || Shop::default()).await;
    assert!(report.holds() && report.skipped().count() == 0, "{report}");
    let tried: Vec<_> = report.findings.iter().map(|finding| finding.id).collect();
    assert_eq!(flaws.map(|(_, id)| id).as_slice(), tried);
}

/// What cannot hold either with a flaw.
fn follows(flaw: Flaw) -> &'static [&'static str] {
    match flaw {
        RemembersItsFirstLook => &["source.poll.6", "source.poll.11", "source.poll.13"],
        NumbersItsCheckpoints => &["source.poll.11"],
        _ => &[],
    }
}
