//! The source without its requests: what a poll asks, and what the answers come to. No I/O, no clock, no awaiting.
//!
//! A poll goes in three steps. [`Round::packages`] says which apps to look at; [`Round::take_tracks`] takes what each shows;
//! [`Round::asks`] then says which tracks' lifecycle to read, [`Round::take_lifecycle`] takes it, and [`Round::finish`]
//! reports.

mod app;
mod config;
mod memory;
mod merge;
mod pace;
mod search;
mod shortage;
mod state;
mod track;
mod troubles;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use statused_core::model::{AggregateKey, Sightings, SubjectKind};
use statused_core::source::{PollReport, PollRequest, Scope, SourceError, SourceErrorKind};

use crate::client::{ApiError, ApiErrorKind, EditView, Lifecycle};
pub(crate) use config::Config;
use memory::{AppMemory, Memory, Off};
pub(crate) use merge::CONSOLE;
use pace::{Ask, Pace};
pub(crate) use search::{Session, is_package};
pub use shortage::ReviewStates;
use troubles::{Part, Troubles};

/// Icons are asked for this often.
const ICON_EVERY: TimeDelta = TimeDelta::hours(24);

/// What an app shows without its lifecycle being read.
#[derive(Debug)]
pub(crate) enum Shown {
    /// What the developer has declared.
    Edit(EditView),
    /// The tracks alone.
    Tracks(Vec<String>),
}

/// A poll under way.
pub(crate) struct Round<'a> {
    config: &'a Config,
    request: &'a PollRequest,
    memory: Memory,
    troubles: Troubles,
    sightings: Sightings,
    /// What the apps have shown so far.
    shown: BTreeMap<String, Shown>,
    /// What was read of their tracks' lifecycle.
    read: BTreeMap<(String, String), Lifecycle>,
    /// Apps that were refused for want of quota.
    refused: BTreeSet<String>,
    asked: bool,
    answered: bool,
}

impl<'a> Round<'a> {
    pub(crate) fn new(config: &'a Config, request: &'a PollRequest) -> Self {
        let mut troubles = Troubles::default();
        let memory = Memory::read(request.checkpoint.as_ref()).unwrap_or_else(|| {
            let message = "what it had remembered could not be read; it begins anew";
            troubles.note(Part::Memory, SourceError::new(SourceErrorKind::BadData, message));
            Memory::default()
        });
        Self {
            config,
            request,
            memory,
            troubles,
            sightings: BTreeMap::new(),
            shown: BTreeMap::new(),
            read: BTreeMap::new(),
            refused: BTreeSet::new(),
            asked: false,
            answered: false,
        }
    }

    /// The apps to look at.
    ///
    /// # Errors
    ///
    /// When there are none because it cannot be found out which there are.
    pub(crate) fn packages(&mut self, session: &Session) -> Result<Vec<String>, SourceError> {
        let named = self.request.scope == Scope::Named;
        let packages = if named {
            self.named().into_iter().collect()
        } else {
            search::packages(self.config, &mut self.memory, session)
        };
        session.complain(self.config, &mut self.troubles);
        match &session.trouble {
            Some(trouble) if packages.is_empty() && !named => Err(trouble.clone()),
            _ => Ok(packages),
        }
    }

    /// Whether to ask for an app's icon, too.
    pub(crate) fn wants_icon(&self, package: &str) -> bool {
        let asked = self.memory.apps.get(package).and_then(|app| app.icon);
        let due = asked.is_none_or(|at| memory::between(self.request.now, at) >= ICON_EVERY);
        self.config.icons && self.config.edits && self.request.scope != Scope::Named && due
    }

    /// Takes what an app has shown, or why it has not.
    pub(crate) fn take_tracks(&mut self, package: &str, answer: Result<Shown, ApiError>) {
        self.asked = true;
        let shown = match answer {
            // No app has no tracks: this is an answer that says nothing.
            Ok(Shown::Edit(view)) if view.tracks.tracks.is_empty() => {
                let error =
                    ApiError::new(ApiErrorKind::BadData, format!("edits.tracks.list of {package}"), "no tracks came");
                return self.troubles.note(Part::Tracks, error.into());
            }
            Ok(shown) => shown,
            Err(error) => return self.troubles.take(Part::Tracks, error),
        };
        self.answered = true;
        let icon = self.wants_icon(package);
        let (pace, hinted, config) = (self.pace(), self.is_hinted(package), self.config);
        let is_new = !self.memory.apps.contains_key(package);
        let app = self.memory.apps.entry(package.to_owned()).or_default();
        match &shown {
            Shown::Edit(view) => {
                if icon {
                    app.icon = Some(self.request.now);
                }
                app.learn_tracks(&view.tracks, is_new, config, &pace);
            }
            Shown::Tracks(tracks) => app.learn_names(tracks, is_new, config),
        }
        if hinted {
            app.hint(config, &pace);
        }
        self.shown.insert(package.to_owned(), shown);
    }

    /// The tracks whose lifecycle is to be read now, app and track.
    pub(crate) fn asks(&self) -> Vec<(String, String)> {
        let (now, pace) = (self.request.now, self.pace());
        if !self.config.lifecycle || pace::holds(self.memory.hold.as_ref(), now) {
            return Vec::new();
        }
        let mut asks = Vec::new();
        for package in self.shown.keys() {
            let Some(app) = self.memory.apps.get(package) else { continue };
            if pace::holds(app.hold.as_ref(), now) || app.is_off(now) {
                continue;
            }
            for (track, memory) in app.tracks.iter().filter(|(track, _)| self.config.watches(track)) {
                let verify = self.is_verified(package, track);
                let mut why = pace.why(memory, verify);
                if self.request.scope == Scope::Named && !self.is_hinted(package) {
                    // A look at a few must not take what it finds beside them as told.
                    why = why.filter(|why| *why == pace::Why::Verify && memory.known);
                }
                asks.extend(why.map(|why| Ask::new(why, package, track, memory)));
            }
        }
        let probing = |ask: &Ask| self.memory.apps.get(&ask.package).is_some_and(AppMemory::is_probing);
        let recent = pace::recent(self.memory.apps.values(), &pace);
        let chosen = pace::choose(asks, recent, probing, self.memory.hold.is_some());
        chosen.into_iter().map(|ask| (ask.package, ask.track)).collect()
    }

    /// Takes what was read of a track's lifecycle, or why it was not.
    pub(crate) fn take_lifecycle(&mut self, package: &str, track: &str, answer: Result<Lifecycle, ApiError>) {
        let Some(app) = self.memory.apps.get_mut(package) else { return };
        let memory = app.tracks.entry(track.to_owned()).or_default();
        let read = match answer {
            Ok(lifecycle) => {
                memory.absent = 0;
                lifecycle
            }
            // A track that never carried anything is not known there.
            Err(error) if matches!(error.kind, ApiErrorKind::NotFound | ApiErrorKind::Request) => {
                memory.absent = memory.absent.saturating_add(1).min(merge::UNKNOWN);
                if error.kind == ApiErrorKind::Request {
                    self.troubles.take(Part::Lifecycle, error);
                }
                Lifecycle::default()
            }
            Err(error) if error.kind == ApiErrorKind::Quota => {
                // Several refusals of one poll are one.
                if self.refused.insert(package.to_owned()) {
                    app.hold = Some(pace::hold(app.hold.as_ref(), package, self.request.now));
                }
                return;
            }
            Err(error) if matches!(error.kind, ApiErrorKind::Forbidden | ApiErrorKind::NoSuchMethod) => {
                app.off = Some(Off { until: self.request.now + pace::OFF_FOR, why: error.to_string() });
                return;
            }
            Err(error) => return self.troubles.take(Part::Lifecycle, error),
        };
        (app.hold, app.off, self.memory.hold) = (None, None, None);
        self.read.insert((package.to_owned(), track.to_owned()), read);
    }

    /// Whether nothing more should be asked in this poll: the key is refused, or Google wants to be left alone.
    pub(crate) fn is_stopped(&self) -> bool {
        self.troubles.stopped
    }

    /// What the poll brought, and of which apps the lifecycle cannot be read.
    ///
    /// # Errors
    ///
    /// When no app could be looked at.
    pub(crate) fn finish(
        mut self,
        session: &Session,
        requests: u32,
    ) -> Result<(PollReport, ReviewStates), SourceError> {
        self.hold_everything();
        let shown = std::mem::take(&mut self.shown);
        for (package, shown) in &shown {
            self.tell(package, shown, session);
        }
        let states = self.complain_of_lifecycle();
        // Nothing was asked when nothing was named.
        let asked = self.asked || self.request.scope != Scope::Named;
        if asked
            && !self.answered
            && let Some(failure) = self.troubles.failure()
        {
            return Err(failure);
        }
        let mut report = PollReport::new();
        report.requests = requests;
        report.come_back = self.troubles.come_back.filter(|wait| *wait > self.config.poll_every);
        report.checkpoint = self.memory.write(self.request.checkpoint.as_ref());
        report.sightings = self.sightings;
        report.troubles = self.troubles.into_list();
        Ok((report, states))
    }

    /// When several apps are refused and none is answered, it is the account's quota, and all of them wait.
    fn hold_everything(&mut self) {
        if self.read.is_empty() && (self.refused.len() > 1 || (self.memory.hold.is_some() && !self.refused.is_empty()))
        {
            self.memory.hold = Some(pace::hold(self.memory.hold.as_ref(), "", self.request.now));
        }
    }

    fn pace(&self) -> Pace {
        Pace { now: self.request.now, every: self.config.lifecycle_every, edits: self.config.edits }
    }

    /// The apps of which a direct look is wanted.
    fn named(&self) -> BTreeSet<String> {
        let verify = self.request.verify.iter().filter(|(_, subject)| subject.kind == SubjectKind::Release);
        let keys = verify.map(|(aggregate, _)| aggregate).chain(&self.request.hints);
        let apps = keys.filter_map(AggregateKey::app).map(|app| app.as_str().to_owned());
        // Nobody looks at an app that is not watched any more.
        apps.filter(|app| self.config.packages.contains(app) || self.memory.apps.contains_key(app)).collect()
    }

    fn is_hinted(&self, package: &str) -> bool {
        self.request.hints.iter().filter_map(AggregateKey::app).any(|app| app.as_str() == package)
    }

    /// Whether a direct look at a release on this track was asked for.
    fn is_verified(&self, package: &str, track: &str) -> bool {
        let on_track = |id: &str| id.rsplit_once('/').is_some_and(|(on, _)| on == track);
        let mut verify = self.request.verify.iter().filter(|(_, subject)| subject.kind == SubjectKind::Release);
        verify.any(|(key, subject)| key.app().is_some_and(|app| app.as_str() == package) && on_track(&subject.id))
    }
}
