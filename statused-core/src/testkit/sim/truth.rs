//! What really happens at the store.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;

use crate::model::{
    AggregateKey, AppInfo, Details, Observation, Passed, Share, Sighting, Status, SubjectKey, SubjectKind,
};

/// A state of a subject, as the store would tell it.
pub type State = (Status, Option<Share>);

/// The life of a subject: when it entered which state.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// Its states, each with when it began, the oldest first.
    pub states: Vec<(DateTime<Utc>, State)>,
    pub(super) parent: Option<SubjectKey>,
}

impl Life {
    /// A life of these states.
    pub fn new(states: Vec<(DateTime<Utc>, State)>) -> Self {
        Self { states, parent: None }
    }

    /// The state at a time; `None` before birth.
    pub fn state_at(&self, time: DateTime<Utc>) -> Option<&State> {
        Some(&self.states[self.index_at(time)?].1)
    }

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
        let (status, share) = self.state_at(time)?;
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
pub struct App {
    /// Its name.
    pub key: AggregateKey,
    /// The lives of its subjects.
    pub lives: Vec<(SubjectKey, Life)>,
}

/// All apps of an account.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    /// The apps.
    pub apps: Vec<App>,
}

impl App {
    /// An app without lives.
    pub fn new(key: AggregateKey) -> Self {
        Self { key, lives: Vec::new() }
    }

    /// A sighting of it that covers these kinds and shows nothing of them yet.
    pub fn frame(&self, kinds: impl IntoIterator<Item = SubjectKind>) -> Sighting {
        let name = self.key.app().map(ToString::to_string).unwrap_or_default();
        kinds.into_iter().fold(Sighting::new().with_app(AppInfo::new().with_name(name)), Sighting::covering)
    }

    /// Adds a life, if it has begun at all.
    pub fn insert(&mut self, subject: SubjectKey, life: Life) {
        if !life.states.is_empty() {
            self.lives.push((subject, life));
        }
    }
}

impl Truth {
    /// Every subject's life.
    pub fn lives(&self) -> impl Iterator<Item = (&AggregateKey, &SubjectKey, &Life)> {
        self.apps.iter().flat_map(|app| app.lives.iter().map(|(subject, life)| (&app.key, subject, life)))
    }
}

/// Writes a life state by state, up to an end.
#[derive(Debug)]
pub struct Writer {
    /// When the next state begins.
    pub at: DateTime<Utc>,
    end: DateTime<Utc>,
    /// What is written.
    pub life: Life,
}

impl Writer {
    /// Begins a life.
    pub fn new(born: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        Self { at: born, end, life: Life::default() }
    }

    /// Writes a state that lasts for a while, from states that a poll misses to states that last for hours.
    pub fn enter(&mut self, status: Status, rng: &mut Rng) {
        self.push((status, None), rng);
    }

    /// Writes a state with a share of users.
    pub fn enter_with(&mut self, status: Status, share: Share, rng: &mut Rng) {
        self.push((status, Some(share)), rng);
    }

    fn push(&mut self, state: State, rng: &mut Rng) {
        if self.at < self.end {
            self.life.states.push((self.at, state));
        }
        let most = if rng.bool() { 10 } else { 180 };
        self.wait(rng, most);
    }

    /// Lets at most this many minutes pass.
    pub fn wait(&mut self, rng: &mut Rng, most_minutes: i64) {
        self.at += TimeDelta::seconds(rng.i64(20..most_minutes * 60));
    }

    /// When a status first began.
    pub fn at_of(&self, status: &Status) -> Option<DateTime<Utc>> {
        self.life.states.iter().find(|(_, (known, _))| known == status).map(|(at, _)| *at)
    }
}
