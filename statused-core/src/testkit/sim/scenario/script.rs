//! A little world, written down instead of drawn.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;

use super::super::calendar::Calendar;
use super::super::destination::Answer;
use super::super::scene::{Outside, Scene};
use super::super::staging::{Act, Staging};
use super::super::truth::{App, Life, Truth};
use super::super::world::source;
use crate::model::{
    Account, AggregateKey, Need, Observation, Share, Sighting, Sightings, Status, Store, SubjectKey, SubjectKind,
};
use crate::source::{Checkpoint, PollReport, PollRequest, Scope, SourceError, SourceErrorKind};

/// Something that holds from a time until another.
type During<T> = (DateTime<Utc>, DateTime<Utc>, T);

/// What happens, in minutes since the start.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) calendar: Calendar,
    pub(super) machines: usize,
    pub(super) staging: Staging,
    truth: Truth,
    pushes: Vec<(DateTime<Utc>, Sightings)>,
    /// Lists are this many minutes old.
    stale: Vec<During<i64>>,
    failing: Vec<During<SourceErrorKind>>,
}

fn version(id: &str) -> SubjectKey {
    SubjectKey::new(SubjectKind::Version, id)
}

impl Script {
    pub(super) fn new() -> Self {
        let app = AggregateKey::App(source(), "app".into());
        Self {
            calendar: Calendar::short(90),
            machines: 1,
            staging: Staging::default(),
            truth: Truth { apps: vec![App::new(app)] },
            pushes: Vec::new(),
            stale: Vec::new(),
            failing: Vec::new(),
        }
    }

    pub(super) fn at(&self, minute: i64) -> DateTime<Utc> {
        self.calendar.start + TimeDelta::minutes(minute)
    }

    fn life(&mut self, subject: SubjectKey, parent: Option<SubjectKey>, states: Vec<(i64, Status, Option<Share>)>) {
        let states = states.into_iter().map(|(minute, status, share)| (self.at(minute), (status, share))).collect();
        self.truth.apps[0].lives.push((subject, Life { states, parent }));
    }

    pub(super) fn version(&mut self, id: &str, states: &[(i64, Status)]) {
        self.life(version(id), None, states.iter().map(|(minute, status)| (*minute, status.clone(), None)).collect());
    }

    pub(super) fn build(&mut self, id: &str, states: &[(i64, Status)]) {
        let build = SubjectKey::new(SubjectKind::Build, id);
        self.life(build, None, states.iter().map(|(minute, status)| (*minute, status.clone(), None)).collect());
    }

    /// The phased release of a version, with shares in percent.
    pub(super) fn rollout(&mut self, id: &str, states: &[(i64, Status, u32)]) {
        let rollout = SubjectKey::new(SubjectKind::PhasedRelease, id);
        let states = states.iter().map(|(at, status, percent)| (*at, status.clone(), Some(Share::percent(*percent))));
        let states = states.collect();
        self.life(rollout, Some(version(id)), states);
    }

    /// Another app, which has one version.
    pub(super) fn second_app(&mut self, states: &[(i64, Status)]) {
        let mut app = App::new(AggregateKey::App(source(), "second".into()));
        let states = states.iter().map(|(minute, status)| (self.at(*minute), (status.clone(), None))).collect();
        app.insert(version("1"), Life { states, parent: None });
        self.truth.apps.push(app);
    }

    /// The account's agreements.
    pub(super) fn account(&mut self, states: &[(i64, Status)]) {
        let mut account = App::new(AggregateKey::Account(source()));
        let states: Vec<_> = states.iter().map(|(at, status)| (self.at(*at), (status.clone(), None))).collect();
        for pair in states.windows(2).filter(|pair| pair[0].1.0 == Status::PendingAgreement) {
            self.failing.push((pair[0].0, pair[1].0, SourceErrorKind::Agreement));
        }
        account.insert(SubjectKey::account(), Life { states, parent: None });
        self.truth.apps.push(account);
    }

    /// At `arrives`, a push tells what a version became at `minute`.
    pub(super) fn push(&mut self, id: &str, minute: i64, arrives: i64) {
        self.push_needing(id, minute, arrives, Need::Nothing);
    }

    /// As [`push`](Self::push), for one that lacks something.
    pub(super) fn push_needing(&mut self, id: &str, minute: i64, arrives: i64, need: Need) {
        let (at, subject) = (self.at(minute), version(id));
        let app = &self.truth.apps[0];
        let Some((_, life)) = app.lives.iter().find(|(of, _)| *of == subject) else { return };
        let Some(mut push) = life.observe(&subject, at, at) else { return };
        (push.as_of, push.from, push.need) = (Some(at), life.before(at), need);
        let sightings = Sightings::from([(app.key.clone(), Sighting::new().with(push))]);
        self.pushes.push((self.at(arrives) + TimeDelta::seconds(1), sightings));
    }

    /// Lists show what was so this many minutes ago.
    pub(super) fn stale(&mut self, from: i64, until: i64, minutes: i64) {
        self.stale.push((self.at(from), self.at(until), minutes));
    }

    pub(super) fn failing(&mut self, from: i64, until: i64, kind: SourceErrorKind) {
        self.failing.push((self.at(from), self.at(until), kind));
    }

    pub(super) fn sink(&mut self, id: &str, from: i64, until: i64, answer: Answer) {
        self.staging.answers.push((id.into(), self.at(from), self.at(until), answer));
    }

    pub(super) fn act(&mut self, minute: i64, act: Act) {
        self.staging.reverts |= matches!(act, Act::Reconfigure(_));
        self.staging.acts.push((self.at(minute), act));
    }
}

fn holds<T: Copy>(during: &[During<T>], now: DateTime<Utc>) -> Option<T> {
    during.iter().find(|(from, until, _)| *from <= now && now < *until).map(|(.., what)| *what)
}

impl Scene for Script {
    fn account(&self) -> Account {
        Account::new(Store::AppStoreConnect)
    }

    fn truth(&self) -> &Truth {
        &self.truth
    }

    fn poll(&mut self, request: &PollRequest, outside: &mut Outside<'_>) -> Result<PollReport, SourceError> {
        if let Some(kind) = holds(&self.failing, outside.now) {
            return Err(SourceError::new(kind, "scripted"));
        }
        let stale = TimeDelta::minutes(holds(&self.stale, outside.now).unwrap_or_default());
        let mut report = PollReport::new();
        for app in &self.truth.apps {
            if let AggregateKey::Account(_) = app.key {
                let good = Observation::new(SubjectKey::account(), Status::AgreementAccepted, request.now);
                report.sightings.insert(app.key.clone(), Sighting::new().with(good.as_doubtful()));
                continue;
            }
            let mut sighting = match request.scope {
                Scope::Full => app.frame([SubjectKind::Version, SubjectKind::PhasedRelease, SubjectKind::Build]),
                Scope::Named => Sighting::new(),
            };
            for (subject, life) in &app.lives {
                let asked = request.verify.iter().any(|(of, what)| *of == app.key && what == subject);
                if request.scope == Scope::Named && !asked {
                    continue;
                }
                let time = if asked { outside.now } else { outside.now - stale };
                if let Some(mut seen) = life.observe(subject, time, request.now) {
                    seen.looked_at = Some(outside.now);
                    sighting.observations.push(seen);
                }
            }
            report.sightings.insert(app.key.clone(), sighting);
        }
        report.checkpoint = Some(Checkpoint("1".to_owned()));
        Ok(report)
    }

    fn restarted(&mut self, _machine: usize) {}

    fn idle_writes(&self) -> u64 {
        0
    }

    fn pushes(&mut self, _rng: &mut Rng, _start: DateTime<Utc>) -> Vec<(DateTime<Utc>, Sightings)> {
        std::mem::take(&mut self.pushes)
    }
}
