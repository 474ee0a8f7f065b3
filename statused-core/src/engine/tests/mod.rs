//! Tests of what is private to the engine.

mod aggregate;
mod agreement;
mod announce;
mod checkpoints;
mod clock;
mod forget;
mod kinds;
mod letters;
mod looks;
mod machines;
mod mailbox;
mod process;
mod pushes;
mod reconcile;
mod releases;
mod slots;
mod way;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::aggregate::Aggregate;
use super::reconcile::{News, reconcile};
use crate::model::{
    AppInfo, Details, Evidence, Letter, Need, Observation, Passed, Share, Sighting, Status, SubjectKey, SubjectKind,
};

/// An aggregate under watch, a minute between two looks.
struct Watch {
    known: Option<Aggregate>,
    minute: i64,
    /// Whether the last look wrote.
    wrote: bool,
    last: Option<News>,
}

impl Watch {
    fn new() -> Self {
        Self { known: None, minute: 0, wrote: false, last: None }
    }

    /// A watch that has had its quiet start with these.
    fn of(found: Vec<Observation>) -> Self {
        let mut watch = Self::new();
        assert_eq!(watch.look(found), [""; 0], "the quiet start is quiet");
        watch
    }

    /// A poll that covers every kind. Returns what it announces.
    fn look(&mut self, seen: Vec<Observation>) -> Vec<String> {
        self.see(seen, true, false)
    }

    /// A poll that was asked for a second look at everything in doubt.
    fn second_look(&mut self, seen: Vec<Observation>) -> Vec<String> {
        self.see(seen, true, true)
    }

    /// A letter about the app: nobody looks.
    fn letter(&mut self, letter: Letter) -> Vec<String> {
        self.minute += 1;
        self.take(&Sighting::new().with_letter(letter), &BTreeSet::new())
    }

    /// What was known is written down and read again.
    fn restart(&mut self) {
        let written = self.known.take().unwrap().to_json();
        self.known = Some(Aggregate::from_json(&written).unwrap());
    }

    /// A push: it covers nothing.
    fn push(&mut self, seen: Observation) -> Vec<String> {
        self.see(vec![seen], false, false)
    }

    fn see(&mut self, seen: Vec<Observation>, covers: bool, verified: bool) -> Vec<String> {
        self.minute += 1;
        let mut sighting = Sighting::new().with_app(AppInfo::new().with_name("MyApp"));
        for mut observation in seen {
            observation.seen_at = at(self.minute);
            sighting.observations.push(observation);
        }
        if covers {
            use SubjectKind::{Build, PhasedRelease, Release, TestFlight, Version};
            for kind in [Version, PhasedRelease, Build, TestFlight, Release] {
                sighting = sighting.covering(kind);
            }
        }
        let doubts: BTreeSet<SubjectKey> = match &self.known {
            Some(known) if verified => known.doubts().map(|(key, _)| key.clone()).collect(),
            _ => BTreeSet::new(),
        };
        self.take(&sighting, &doubts)
    }

    fn take(&mut self, sighting: &Sighting, verified: &BTreeSet<SubjectKey>) -> Vec<String> {
        let news = reconcile(self.known.as_ref(), sighting, verified, at(self.minute));
        self.wrote = news.is_some();
        let Some(news) = news else { return Vec::new() };
        self.known = Some(news.aggregate.clone());
        let told = news
            .transitions
            .iter()
            .map(|(t, _)| {
                let share = t.share.map(|share| format!(" {share}")).unwrap_or_default();
                let explains = t.explains.map(|sequence| format!(" explains {sequence}")).unwrap_or_default();
                format!("{} {}{share}{explains}", t.subject.id, t.to.code())
            })
            .collect();
        self.last = Some(news);
        told
    }

    fn doubts(&self) -> usize {
        self.known.as_ref().map_or(0, |known| known.doubts().count())
    }

    fn details(&self, subject: &SubjectKey) -> &Details {
        &self.known.as_ref().unwrap().subjects[subject].details
    }
}

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minute)
}

fn version(id: &str, status: Status) -> Observation {
    Observation::new(SubjectKey::new(SubjectKind::Version, id), status, at(0))
}

fn build(id: &str, status: Status) -> Observation {
    Observation::new(SubjectKey::new(SubjectKind::Build, id), status, at(0))
}

/// A release on the production track.
fn release(code: u64, status: Status) -> Observation {
    let mut details = Details::new();
    (details.version_codes, details.track) = (vec![code], Some("production".to_owned()));
    Observation::new(SubjectKey::release("production", &[code]), status, at(0)).with_details(details)
}

/// The same, by the developer's word alone.
fn declared(code: u64, status: Status) -> Observation {
    let mut seen = release(code, status);
    seen.evidence = Evidence::Declared;
    seen
}

/// The phased release of version `id`.
fn rollout(id: &str, status: Status, percent: u32) -> Observation {
    Observation::new(SubjectKey::new(SubjectKind::PhasedRelease, id), status, at(0))
        .with_share(Share::percent(percent))
        .with_parent(SubjectKey::new(SubjectKind::Version, id))
}

/// The external beta of build `id`.
fn beta(id: &str, status: Status) -> Observation {
    Observation::new(SubjectKey::new(SubjectKind::TestFlight, id), status, at(0))
        .with_parent(SubjectKey::new(SubjectKind::Build, id))
}

fn born(mut observation: Observation, minute: i64) -> Observation {
    observation.details.born_at = Some(at(minute));
    observation
}
