//! App Store Connect, simulated: versions, rollouts and builds, read as lists and pushed.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;

use super::calendar::Calendar;
use super::scene::{Outside, Scene, delay, rate};
use super::truth::{App, Life, Truth, Writer};
use crate::engine::Aggregate;
use crate::model::{
    Account, AggregateKey, AppId, Details, Need, Observation, Share, Sighting, Sightings, SourceId, Status, Store,
    SubjectKey, SubjectKind,
};
use crate::source::{Checkpoint, PollReport, PollRequest, Scope, SourceError, SourceErrorKind};

/// How bad the store is. Each seed draws its own rates, and some faults are absent from it.
#[derive(Clone, Copy, Debug, Default)]
struct Faults {
    poll_fails: f64,
    page_stale: f64,
    subject_missing: f64,
    push_sent: f64,
    push_doubled: f64,
    /// Pushes that carry nothing but the status.
    push_bare: f64,
    /// Polls that read the store's log of pushes.
    log_read: f64,
    /// Whether looks say what the store's clock was.
    clock_shown: bool,
    /// How far the store's API lags behind its pushes, in seconds.
    api_lag: i64,
}

impl Faults {
    fn draw(rng: &mut Rng) -> Self {
        // A source owes the store's clock if the API lags behind the pushes.
        let clock_shown = rate(rng, 1.0) > 0.2;
        Self {
            poll_fails: rate(rng, 0.3),
            page_stale: rate(rng, 0.3),
            subject_missing: rate(rng, 0.3),
            push_sent: rate(rng, 1.0),
            push_doubled: rate(rng, 0.5),
            push_bare: rate(rng, 1.0),
            log_read: rate(rng, 0.3),
            clock_shown,
            api_lag: if clock_shown { (rate(rng, 1.0) * 40.0) as i64 } else { 0 },
        }
    }
}

/// The store of a seed.
#[derive(Debug)]
pub(super) struct AppStore {
    truth: Truth,
    faults: Faults,
    /// From when to when an agreement waits for the account holder.
    pending: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Apps of which lists show, from a time on, a version that is older than the watch and was never seen.
    unearthed: BTreeMap<AggregateKey, Observation>,
    unearthed_at: DateTime<Utc>,
}

impl AppStore {
    /// Apps whose releases happen in the calendar's seasons.
    pub(super) fn draw(rng: &mut Rng, source: &SourceId, calendar: &Calendar) -> Self {
        let mut truth = Truth::default();
        for number in 0..rng.u32(1..=2) {
            let mut app = App::new(AggregateKey::App(source.clone(), AppId::from(format!("app{number}"))));
            for number in 0..rng.u32(1..=3) {
                let born = calendar.birth(rng);
                draw_version(&mut app, rng, number, born, calendar.end);
                draw_build(&mut app, rng, number, born, calendar.end);
            }
            // Children after their parents.
            app.lives.sort_by(|(a, x), (b, y)| (&x.parent, a).cmp(&(&y.parent, b)));
            truth.apps.push(app);
        }
        let pending = rng.f64() < 0.3;
        let from = calendar.birth(rng).max(calendar.start + TimeDelta::hours(1));
        let pending = pending.then(|| (from, from + TimeDelta::minutes(rng.i64(10..600))));
        truth.apps.extend(pending.map(|(from, until)| agreements(source, calendar, from, until)));
        let unearthed = truth.apps.iter().filter_map(|app| Some((app.key.clone(), old_version(app, calendar)?)));
        let unearthed = unearthed.collect();
        let unearthed_at = calendar.birth(rng) + TimeDelta::hours(7);
        Self { truth, faults: Faults::draw(rng), pending, unearthed, unearthed_at }
    }

    fn look(&self, app: &App, request: &PollRequest, stale: i64, logged: bool, outside: &mut Outside<'_>) -> Sighting {
        let known = if stale > 0 { outside.known(&app.key) } else { None };
        let mut sighting = app.frame([SubjectKind::Version, SubjectKind::PhasedRelease, SubjectKind::Build]);
        for (subject, life) in &app.lives {
            let asked = request.verify.iter().any(|(of, what)| *of == app.key && what == subject);
            let known = known.as_ref().filter(|_| !asked);
            let old = known.and_then(|known| seen_before(known, subject, life, stale, request, outside.now));
            if outside.chance(self.faults.subject_missing) {
                sighting.covered.remove(&subject.kind);
            } else if let Some(mut seen) = old.or_else(|| self.answer(subject, life, request, outside.now)) {
                if logged && life.parent.is_none() {
                    seen.trail = life.log(&seen.status, outside.now);
                }
                sighting.observations.push(seen);
            }
        }
        let old = self.unearthed.get(&app.key).filter(|_| outside.now >= self.unearthed_at);
        sighting.observations.extend(old.cloned());
        sighting
    }

    fn look_directly(&self, app: &App, request: &PollRequest, outside: &mut Outside<'_>) -> Sighting {
        let mut sighting = Sighting::new();
        for (subject, life) in &app.lives {
            let asked = request.verify.iter().any(|(of, what)| *of == app.key && what == subject);
            if asked && !outside.chance(self.faults.subject_missing) {
                sighting.observations.extend(self.answer(subject, life, request, outside.now));
            }
        }
        sighting
    }

    /// What the API says of a subject: a little less than what the pushes do.
    fn answer(
        &self,
        subject: &SubjectKey,
        life: &Life,
        request: &PollRequest,
        now: DateTime<Utc>,
    ) -> Option<Observation> {
        let seen = life.observe(subject, now - TimeDelta::seconds(self.faults.api_lag), request.now)?;
        Some(self.dated(seen, now))
    }

    fn dated(&self, mut seen: Observation, now: DateTime<Utc>) -> Observation {
        seen.looked_at = self.faults.clock_shown.then_some(now);
        seen
    }
}

/// A stale page is one that was served before: it shows only what has been seen.
fn seen_before(
    known: &Aggregate,
    subject: &SubjectKey,
    life: &Life,
    stale: i64,
    request: &PollRequest,
    now: DateTime<Utc>,
) -> Option<Observation> {
    let known = known.subjects.get(subject)?;
    let old = life.observe(subject, now - TimeDelta::minutes(stale), request.now)?;
    (known.status == old.status || known.left.contains(&old.status)).then_some(old)
}

impl Scene for AppStore {
    fn account(&self) -> Account {
        Account::new(Store::AppStoreConnect)
    }

    fn truth(&self) -> &Truth {
        &self.truth
    }

    fn poll(&mut self, request: &PollRequest, outside: &mut Outside<'_>) -> Result<PollReport, SourceError> {
        if outside.chance(self.faults.poll_fails) {
            return Err(SourceError::new(SourceErrorKind::Transient, "simulated"));
        }
        if self.pending.is_some_and(|(from, until)| from <= outside.now && outside.now < until) {
            return Err(SourceError::new(SourceErrorKind::Agreement, "simulated"));
        }
        let stale = if outside.chance(self.faults.page_stale) { outside.rng.i64(1..600) } else { 0 };
        if stale > 0 || !request.verify.is_empty() {
            let scope = request.scope;
            outside.tale(|| format!("{scope:?} poll, pages {stale} min old, direct looks at {:?}", request.verify));
        }
        let logged = request.scope == Scope::Full && (outside.healed || outside.chance(self.faults.log_read));
        let mut report = PollReport::new();
        for app in &self.truth.apps {
            let sighting = match request.scope {
                _ if app.key.app().is_none() => {
                    let good = Observation::new(SubjectKey::account(), Status::AgreementAccepted, request.now);
                    Sighting::new().with(good.as_doubtful())
                }
                Scope::Full => self.look(app, request, stale, logged, outside),
                Scope::Named => self.look_directly(app, request, outside),
            };
            report.sightings.insert(app.key.clone(), sighting);
        }
        report.checkpoint = Some(request.checkpoint.clone().unwrap_or_else(|| Checkpoint("1".to_owned())));
        Ok(report)
    }

    fn restarted(&mut self, _machine: usize) {}

    fn idle_writes(&self) -> u64 {
        0
    }

    fn pushes(&mut self, rng: &mut Rng, start: DateTime<Utc>) -> Vec<(DateTime<Utc>, Sightings)> {
        let mut pushes = Vec::new();
        for (key, subject, life) in self.truth.lives().filter(|(key, ..)| key.app().is_some()) {
            for (at, _) in life.states.iter().filter(|(at, _)| *at > start) {
                if rng.f64() >= self.faults.push_sent {
                    continue;
                }
                let Some(observation) = life.observe(subject, *at, *at) else { continue };
                let mut push = observation.with_as_of(*at);
                if rng.f64() < self.faults.push_bare {
                    push.details = Details::new();
                    push.from = life.before(*at);
                    push.need = if rng.bool() { Need::Identity } else { Need::Look };
                }
                let push = Sightings::from([(key.clone(), Sighting::new().with(push))]);
                let copies = if rng.f64() < self.faults.push_doubled { 2 } else { 1 };
                pushes.extend((0..copies).map(|_| (*at + delay(rng), push.clone())));
            }
        }
        pushes
    }
}

/// The account's agreements: good, waiting for somebody, good.
fn agreements(source: &SourceId, calendar: &Calendar, from: DateTime<Utc>, until: DateTime<Utc>) -> App {
    let born = calendar.start - TimeDelta::days(1);
    let states =
        [(born, Status::AgreementAccepted), (from, Status::PendingAgreement), (until, Status::AgreementAccepted)];
    let states = states.map(|(at, status)| (at, (status, None))).to_vec();
    let mut account = App::new(AggregateKey::Account(source.clone()));
    account.insert(SubjectKey::account(), Life::new(states));
    account
}

/// A version from long before the watch. There is one only where the quiet start sees a younger one.
fn old_version(app: &App, calendar: &Calendar) -> Option<Observation> {
    // The API may lag by less than a minute.
    let begun = calendar.start - TimeDelta::minutes(1);
    let seen = |life: &Life| life.states.first().is_some_and(|(born, _)| *born <= begun);
    app.lives.iter().find(|(subject, life)| subject.kind == SubjectKind::Version && seen(life))?;
    let mut details = Details::new();
    details.born_at = Some(calendar.start - TimeDelta::days(5));
    let old = SubjectKey::new(SubjectKind::Version, "old");
    Some(Observation::new(old, Status::Rejected, calendar.start).with_details(details))
}

fn draw_version(app: &mut App, rng: &mut Rng, number: u32, born: DateTime<Utc>, end: DateTime<Utc>) {
    let id = format!("v{number}");
    let mut life = Writer::new(born, end);
    life.enter(Status::PrepareForSubmission, rng);
    loop {
        life.enter(Status::WaitingForReview, rng);
        life.enter(Status::InReview, rng);
        if rng.f64() < 0.6 {
            break;
        }
        life.enter(if rng.bool() { Status::Rejected } else { Status::DeveloperRejected }, rng);
    }
    life.enter(Status::PendingDeveloperRelease, rng);
    life.enter(Status::ReadyForSale, rng);
    let live_at = life.at_of(&Status::ReadyForSale);
    if rng.bool() {
        life.wait(rng, 600);
        life.enter(Status::ReplacedWithNewVersion, rng);
    }
    let version = SubjectKey::new(SubjectKind::Version, &id);
    if let (Some(at), true) = (live_at, rng.f64() < 0.7) {
        let mut rollout = Writer::new(at, end);
        rollout.life.parent = Some(version.clone());
        for percent in [1, 2, 5, 10, 20, 50, 100] {
            rollout.enter_with(Status::RolloutInProgress, Share::percent(percent), rng);
            if rng.f64() < 0.2 {
                rollout.enter_with(Status::RolloutPaused, Share::percent(percent), rng);
                rollout.enter_with(Status::RolloutInProgress, Share::percent(percent), rng);
            }
        }
        rollout.enter_with(Status::RolloutFinished, Share::FULL, rng);
        app.insert(SubjectKey::new(SubjectKind::PhasedRelease, &id), rollout.life);
    }
    app.insert(version, life.life);
}

fn draw_build(app: &mut App, rng: &mut Rng, number: u32, born: DateTime<Utc>, end: DateTime<Utc>) {
    let mut life = Writer::new(born, end);
    life.enter(Status::Processing, rng);
    life.enter(if rng.f64() < 0.8 { Status::Valid } else { Status::Invalid }, rng);
    app.insert(SubjectKey::new(SubjectKind::Build, format!("b{number}")), life.life);
}
