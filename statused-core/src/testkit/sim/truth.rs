//! What really happens at the store.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;

use crate::model::{
    AggregateKey, AppId, AppInfo, Details, Observation, Passed, Share, Sighting, SourceId, Status, SubjectKey,
    SubjectKind,
};

/// A state of a subject, as the store would tell it.
pub(super) type State = (Status, Option<Share>);

/// The life of a subject: when it entered which state.
#[derive(Clone, Debug, Default)]
pub(super) struct Life {
    pub(super) states: Vec<(DateTime<Utc>, State)>,
    pub(super) parent: Option<SubjectKey>,
}

impl Life {
    /// The place of the state at a time; `None` before birth.
    pub(super) fn index_at(&self, time: DateTime<Utc>) -> Option<usize> {
        self.states.partition_point(|(at, _)| *at <= time).checked_sub(1)
    }

    pub(super) fn last(&self) -> Option<&State> {
        self.states.last().map(|(_, state)| state)
    }

    /// The status before the one that began at `at`.
    pub(super) fn before(&self, at: DateTime<Utc>) -> Option<Status> {
        let index = self.index_at(at)?.checked_sub(1)?;
        Some(self.states[index].1.0.clone())
    }

    /// What the store's log knows of the way to a status that it shows at `now`.
    pub(super) fn log(&self, status: &Status, now: DateTime<Utc>) -> Vec<Passed> {
        let happened = self.states.iter().filter(|(at, _)| *at <= now);
        let mut log: Vec<_> =
            happened.map(|(at, (status, _))| Passed::new(self.before(*at), status.clone(), *at)).collect();
        while log.last().is_some_and(|passed| passed.to != *status) {
            log.pop();
        }
        log
    }

    /// What a look at the subject shows when the store is at `time`.
    pub(super) fn observe(
        &self,
        subject: &SubjectKey,
        time: DateTime<Utc>,
        seen_at: DateTime<Utc>,
    ) -> Option<Observation> {
        let (_, (status, share)) = self.states.get(self.index_at(time)?)?;
        let mut details = Details::new();
        details.build = (subject.kind == SubjectKind::Build).then(|| subject.id.clone());
        details.version = Some(subject.id.clone());
        details.born_at = self.states.first().map(|(at, _)| *at);
        let mut observation = Observation::new(subject.clone(), status.clone(), seen_at).with_details(details);
        observation.share = *share;
        observation.parent.clone_from(&self.parent);
        Some(observation)
    }
}

/// An app and the lives of its subjects, children after their parents.
#[derive(Clone, Debug)]
pub(super) struct App {
    pub(super) key: AggregateKey,
    /// An empty sighting of it that covers everything.
    pub(super) frame: Sighting,
    pub(super) lives: Vec<(SubjectKey, Life)>,
}

/// All apps of an account.
#[derive(Clone, Debug, Default)]
pub(super) struct Truth {
    pub(super) apps: Vec<App>,
}

impl Truth {
    /// Apps whose releases happen between `start` and `end`.
    pub(super) fn draw(rng: &mut Rng, source: &SourceId, start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        let mut apps = Vec::new();
        for number in 0..rng.u32(1..=2) {
            let mut app = App::new(AggregateKey::App(source.clone(), AppId::from(format!("app{number}"))));
            for number in 0..rng.u32(1..=3) {
                let born = start - TimeDelta::hours(6) + TimeDelta::minutes(rng.i64(0..18 * 60));
                app.draw_version(rng, number, born, end);
                app.draw_build(rng, number, born, end);
            }
            app.lives.sort_by(|(a, x), (b, y)| (&x.parent, a).cmp(&(&y.parent, b)));
            apps.push(app);
        }
        Self { apps }
    }

    /// Every subject's life.
    pub(super) fn lives(&self) -> impl Iterator<Item = (&AggregateKey, &SubjectKey, &Life)> {
        self.apps.iter().flat_map(|app| app.lives.iter().map(|(subject, life)| (&app.key, subject, life)))
    }
}

impl App {
    fn new(key: AggregateKey) -> Self {
        let name = key.app().map(ToString::to_string).unwrap_or_default();
        let frame = Sighting::new()
            .with_app(AppInfo::new().with_name(name))
            .covering(SubjectKind::Version)
            .covering(SubjectKind::PhasedRelease)
            .covering(SubjectKind::Build);
        Self { key, frame, lives: Vec::new() }
    }

    fn draw_version(&mut self, rng: &mut Rng, number: u32, born: DateTime<Utc>, end: DateTime<Utc>) {
        let id = format!("v{number}");
        let mut life = Writer { at: born, end, life: Life::default() };
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
            let mut rollout = Writer { at, end, life: Life::default() };
            rollout.life.parent = Some(version.clone());
            for percent in [1, 2, 5, 10, 20, 50, 100] {
                rollout.enter_with(Status::RolloutInProgress, Share::percent(percent), rng);
                if rng.f64() < 0.2 {
                    rollout.enter_with(Status::RolloutPaused, Share::percent(percent), rng);
                    rollout.enter_with(Status::RolloutInProgress, Share::percent(percent), rng);
                }
            }
            rollout.enter_with(Status::RolloutFinished, Share::FULL, rng);
            self.insert(SubjectKey::new(SubjectKind::PhasedRelease, &id), rollout.life);
        }
        self.insert(version, life.life);
    }

    fn draw_build(&mut self, rng: &mut Rng, number: u32, born: DateTime<Utc>, end: DateTime<Utc>) {
        let mut life = Writer { at: born, end, life: Life::default() };
        life.enter(Status::Processing, rng);
        life.enter(if rng.f64() < 0.8 { Status::Valid } else { Status::Invalid }, rng);
        self.insert(SubjectKey::new(SubjectKind::Build, format!("b{number}")), life.life);
    }

    fn insert(&mut self, subject: SubjectKey, life: Life) {
        if !life.states.is_empty() {
            self.lives.push((subject, life));
        }
    }
}

/// Writes a life state by state.
struct Writer {
    at: DateTime<Utc>,
    end: DateTime<Utc>,
    life: Life,
}

impl Writer {
    fn enter(&mut self, status: Status, rng: &mut Rng) {
        self.push((status, None), rng);
    }

    fn enter_with(&mut self, status: Status, share: Share, rng: &mut Rng) {
        self.push((status, Some(share)), rng);
    }

    fn push(&mut self, state: State, rng: &mut Rng) {
        if self.at < self.end {
            self.life.states.push((self.at, state));
        }
        // From states that a poll misses to states that last.
        let most = if rng.bool() { 10 } else { 180 };
        self.wait(rng, most);
    }

    fn wait(&mut self, rng: &mut Rng, most_minutes: i64) {
        self.at += TimeDelta::seconds(rng.i64(20..most_minutes * 60));
    }

    fn at_of(&self, status: &Status) -> Option<DateTime<Utc>> {
        self.life.states.iter().find(|(_, (known, _))| known == status).map(|(at, _)| *at)
    }
}
