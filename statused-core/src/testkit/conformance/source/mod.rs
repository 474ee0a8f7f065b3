//! Whether a source keeps the contract of [`StatusSource`].
//!
//! A [`Stage`] is a store's account in which the source under test sees one app: a fake of the store, over the real
//! protocol. It plays [`Scene`]s; what it cannot play is skipped, with the reason. [`check_all`] tries everything and
//! reports; [`source_tests!`](crate::source_tests) makes a test of each bullet.

mod contract;
mod failing;
mod looks;
mod steady;

use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::__private::Check;
use super::check::{Checked, Stop, fail, holds, same, skip};
use super::report::Report;
use super::samples::at;
use crate::StatusSource;
use crate::model::{AggregateKey, AppId, Observation, Status, SubjectKey};
use crate::source::{Checkpoint, PollReport, PollRequest, SourceError, SourceErrorKind};

/// What the source under test finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scene {
    /// The app, without a subject.
    Empty,
    /// The subject in its [first](Stage::first) status. A source that cannot be shown this cannot be checked.
    First,
    /// The subject has come to its [second](Stage::second) status.
    Second,
    /// The same; but lists still show the first one, and only a direct look shows the second.
    Stale,
    /// The app can be read, what it has cannot.
    Partial,
    /// Every request fails in this way.
    Failing(SourceErrorKind),
    /// The store asks to be left alone for a while.
    Throttled(Duration),
}

/// An account with one app, which has one subject.
pub trait Stage {
    /// Plays this from now on, and ends what was played before. Returns whether it can.
    fn play(&self, scene: Scene) -> impl Future<Output = bool>;

    /// A source that watches the account, made anew, as after a restart.
    fn source(&self) -> Box<dyn StatusSource>;

    /// The app.
    fn app(&self) -> AppId;

    /// Its subject.
    fn subject(&self) -> SubjectKey;

    /// The subject's status in [`Scene::First`].
    fn first(&self) -> Status;

    /// Its status in [`Scene::Second`].
    fn second(&self) -> Status;

    /// Sets the clock of the store, and the source's if it has one.
    fn set_clock(&self, _now: DateTime<Utc>) {}

    /// How many requests have come so far. `None`: it does not count.
    fn requests(&self) -> Option<u64> {
        None
    }

    /// How many polls it may take until a change shows: more than one where a store's own parts learn of it apart.
    fn patience(&self) -> u32 {
        1
    }

    /// What the source was given and must never show.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Tries every promise of a source, each on a stage of its own.
pub async fn check_all<S: Stage>(stage: impl AsyncFn() -> S) -> Report {
    super::check::report(table(), stage).await
}

#[doc(hidden)]
#[must_use]
pub fn table<S: Stage>() -> Vec<Check<S>> {
    crate::__source_contract!(__conformance_table [])
}

#[doc(hidden)]
pub async fn test(id: &str, stage: impl Stage) {
    super::macros::conclude(&super::macros::pick(table(), id).find(&stage).await);
}

/// Plays a scene, or skips the check.
async fn plays<S: Stage>(stage: &S, scene: Scene) -> Checked {
    if stage.play(scene).await { Ok(()) } else { Err(skip(format!("the stage cannot play {scene:?}"))) }
}

/// The name under which the source is watched.
const SOURCE: &str = "conformance";

/// A source that is polled every minute.
struct Watch<'s, S> {
    stage: &'s S,
    source: Box<dyn StatusSource>,
    now: DateTime<Utc>,
    checkpoint: Option<Checkpoint>,
}

impl<'s, S: Stage> Watch<'s, S> {
    /// A source that plays a scene.
    async fn of(stage: &'s S, scene: Scene) -> Result<Self, Stop> {
        plays(stage, scene).await?;
        stage.set_clock(at(0));
        Ok(Self { stage, source: stage.source(), now: at(0), checkpoint: None })
    }

    /// One that has seen the first scene, and has settled.
    async fn settled(stage: &'s S) -> Result<Self, Stop> {
        let mut watch = Self::of(stage, Scene::First).await?;
        watch.until(&stage.first()).await?;
        // A hint may be followed up for some minutes.
        for _ in 0..10 {
            let mut request = watch.request();
            request.hints.clear();
            watch.ask(request).await?;
        }
        Ok(watch)
    }

    /// What the next poll is asked; the app is hinted at, as if the store had told of it.
    fn request(&mut self) -> PollRequest {
        self.now += TimeDelta::minutes(1);
        self.stage.set_clock(self.now);
        let mut request = PollRequest::new(SOURCE.into(), self.now);
        request.checkpoint.clone_from(&self.checkpoint);
        request.hints.insert(self.app());
        request
    }

    async fn ask(&mut self, request: PollRequest) -> Result<PollReport, SourceError> {
        let report = self.source.poll(request).await?;
        if report.checkpoint.is_some() {
            self.checkpoint.clone_from(&report.checkpoint);
        }
        Ok(report)
    }

    async fn poll(&mut self) -> Result<PollReport, SourceError> {
        let request = self.request();
        self.ask(request).await
    }

    /// Polls until the subject is seen in a status.
    async fn until(&mut self, status: &Status) -> Result<PollReport, Stop> {
        let mut seen = Vec::new();
        for _ in 0..self.stage.patience() {
            let report = self.poll().await?;
            match self.found(&report) {
                Some(found) if found.status == *status => return Ok(report),
                found => seen.push(format!("{:?}, troubles {:?}", found.map(|found| &found.status), report.troubles)),
            }
        }
        Err(fail(format!("{status:?} is not seen, but {}", seen.join("; "))))
    }

    fn app(&self) -> AggregateKey {
        AggregateKey::App(SOURCE.into(), self.stage.app())
    }

    /// What was seen of the subject.
    fn found<'r>(&self, report: &'r PollReport) -> Option<&'r Observation> {
        let subject = self.stage.subject();
        report.sightings.get(&self.app())?.observations.iter().find(|seen| seen.subject == subject)
    }
}
