//! From two lists to one report.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use statused_core::model::{AggregateKey, AppInfo, Details, Observation, Sighting, SubjectKey, SubjectKind};
use statused_core::source::{Scope, SourceError, SourceErrorKind};

use super::memory::{AppMemory, Memory, TrackMemory, codes, newest_code};
use super::search::Session;
use super::state::State;
use super::troubles::Part;
use super::verdict::{self, Verdict, Views};
use super::{Config, ReviewStates, Round, Shown, pace, track};
use crate::client::{Lifecycle, TrackRelease};

/// Where people go; the addresses of single apps have numbers that the API does not tell.
pub(crate) const CONSOLE: &str = "https://play.google.com/console";
/// Looks that show a release nowhere until it is forgotten.
const FORGOTTEN: u8 = 3;

/// What is said of apps that the lifecycle API does not know.
const UNKNOWN_THERE: &str = "tracks.releases.list knows no release of";

/// Reads of a track that the lifecycle API does not know until that is no delay any more.
pub(super) const UNKNOWN: u8 = 5;

/// One look at one track.
struct Look<'a> {
    track: &'a str,
    shown: BTreeMap<String, &'a TrackRelease>,
    states: Option<BTreeMap<String, (State, Option<String>)>>,
    views: Views,
    /// When the developer's list and the lifecycle were answered.
    shown_at: Option<DateTime<Utc>>,
    read_at: Option<DateTime<Utc>>,
    seen_at: DateTime<Utc>,
    untold: bool,
}

impl Round<'_> {
    /// Reports what an app has shown.
    pub(super) fn tell(&mut self, package: &str, shown: &Shown, session: &Session) {
        let Some(mut app) = self.memory.apps.remove(package) else { return };
        let before = app.clone();
        let lifecycle = self.config.lifecycle && app.off.is_none() && !app.is_unknown_to_lifecycle();
        let views = Views { edits: self.config.edits, lifecycle };
        let only = self.only(package);
        let mut observations = Vec::new();
        let names: Vec<String> = app.tracks.keys().filter(|track| self.config.watches(track)).cloned().collect();
        for name in &names {
            let Some(memory) = app.tracks.get_mut(name) else { continue };
            let list = match shown {
                Shown::Edit(view) => view.tracks.tracks.iter().find(|track| track.track == *name),
                Shown::Tracks(_) => None,
            };
            let read = self.read.get(&(package.to_owned(), name.clone()));
            let look = Look {
                track: name,
                shown: list.map(track::declared).unwrap_or_default(),
                states: read.map(track::states),
                views,
                shown_at: shown.at(),
                read_at: read.and_then(|read: &Lifecycle| read.at),
                seen_at: self.request.now,
                // An app that is new is taken as it is found by the engine itself.
                untold: before.covered && !memory.known,
            };
            look.take(memory, self.config, &self.pace(), &mut observations);
        }
        let settled = names.iter().filter_map(|name| app.tracks.get(name)).all(|track| track.known);
        let mut sighting = Sighting::new().with_app(info(package, shown, session));
        match only {
            None => {
                app.covered |= settled || !lifecycle;
                if app.covered && self.request.scope == Scope::Full && self.owes_nothing(package, &app, &observations) {
                    sighting = sighting.covering(SubjectKind::Release);
                }
                sighting.observations = observations;
                self.memory.apps.insert(package.to_owned(), app);
            }
            Some(only) => {
                observations.retain(|seen: &Observation| only.contains(&seen.subject));
                sighting.observations = observations;
                let back = self.put_back(package, &app, &only);
                self.memory.apps.extend(back.map(|app| (package.to_owned(), app)));
            }
        }
        let key = AggregateKey::App(self.request.source.clone(), package.into());
        self.sightings.insert(key, sighting);
    }

    /// The subjects that may be told of in this poll; `None`: all.
    fn only(&self, package: &str) -> Option<BTreeSet<SubjectKey>> {
        if self.request.scope == Scope::Full || self.is_hinted(package) {
            return None;
        }
        let of_app = |key: &AggregateKey| key.app().is_some_and(|app| app.as_str() == package);
        Some(self.request.verify.iter().filter(|(key, _)| of_app(key)).map(|(_, subject)| subject.clone()).collect())
    }

    /// Whether every direct look at this app that was asked for has been made.
    fn owes_nothing(&self, package: &str, app: &AppMemory, observations: &[Observation]) -> bool {
        let of_app = |key: &AggregateKey| key.app().is_some_and(|app| app.as_str() == package);
        self.request.verify.iter().filter(|(key, _)| of_app(key)).all(|(_, subject)| {
            let track = subject.id.rsplit_once('/').map_or("", |(track, _)| track);
            let read = self.read.contains_key(&(package.to_owned(), track.to_owned()));
            let gone = !app.tracks.contains_key(track) || !self.config.watches(track);
            read || gone || observations.iter().any(|seen| seen.subject == *subject)
        })
    }

    /// What was seen beside the few that were asked for is not told, and so must be found again.
    fn put_back(&self, package: &str, after: &AppMemory, only: &BTreeSet<SubjectKey>) -> Option<AppMemory> {
        let mut before = Memory::read(self.request.checkpoint.as_ref())?.apps.remove(package)?;
        (before.hold, before.off) = (after.hold.clone(), after.off.clone());
        for (name, track) in &mut before.tracks {
            let Some(seen) = after.tracks.get(name) else { continue };
            let mut news = false;
            for (key, release) in &seen.releases {
                let old = track.releases.get(key).and_then(|release| release.state.as_ref());
                if only.contains(&SubjectKey::release(name, &codes(key))) {
                    track.releases.insert(key.clone(), release.clone());
                } else {
                    news |= old != release.state.as_ref();
                }
            }
            if self.read.contains_key(&(package.to_owned(), name.clone())) {
                track.read = Some(self.request.now);
                if news {
                    self.pace().hint(track);
                }
            }
        }
        Some(before)
    }

    /// Says of which apps the lifecycle cannot be read, and why.
    pub(super) fn complain_of_lifecycle(&mut self) -> ReviewStates {
        let states = self.review_states();
        for why in states.unavailable.values() {
            let kind =
                if why.starts_with(UNKNOWN_THERE) { SourceErrorKind::BadData } else { SourceErrorKind::Credentials };
            let message = format!("{why}; what the developer has declared is told instead, and marked so");
            self.troubles.note(Part::NoLifecycle, SourceError::new(kind, message));
        }
        for package in states.held.keys() {
            let message = format!(
                "Google's quota for listing releases is used up for {package}; the last states stay, and it is asked again later"
            );
            self.troubles.note(Part::Quota, SourceError::new(SourceErrorKind::Throttled, message));
        }
        states
    }

    fn review_states(&self) -> ReviewStates {
        let mut states = ReviewStates::default();
        if !self.config.lifecycle {
            return states;
        }
        let now = self.request.now;
        let everything = self.memory.hold.as_ref().filter(|hold| pace::holds(Some(hold), now));
        for (package, app) in &self.memory.apps {
            let own = app.hold.as_ref().filter(|hold| pace::holds(Some(hold), now));
            if let Some(off) = &app.off {
                states.unavailable.insert(package.clone(), off.why.clone());
            } else if app.is_unknown_to_lifecycle() {
                states.unavailable.insert(package.clone(), format!("{UNKNOWN_THERE} {package}"));
            } else if let Some(until) = own.into_iter().chain(everything).map(|hold| hold.until).max() {
                states.held.insert(package.clone(), until);
            }
        }
        states
    }
}

impl AppMemory {
    /// Whether the lifecycle API has shown again and again, on every track, that it knows nothing of an app that has
    /// releases.
    fn is_unknown_to_lifecycle(&self) -> bool {
        let released = |track: &&TrackMemory| {
            track.releases.values().any(|it| !it.missing && it.declared.as_deref().is_some_and(|it| it != "draft"))
        };
        let mut with_releases = self.tracks.values().filter(released).peekable();
        with_releases.peek().is_some()
            && with_releases
                .all(|track| track.absent >= UNKNOWN && track.releases.values().all(|it| it.state.is_none()))
    }
}

impl Look<'_> {
    /// Takes in what the look has shown, and adds what there is to tell of it.
    fn take(&self, memory: &mut TrackMemory, config: &Config, pace: &pace::Pace, observations: &mut Vec<Observation>) {
        if let Some(states) = &self.states {
            let approved = |memory: &TrackMemory| memory.releases.values().any(|it| it.state == Some(State::Approved));
            let was_approved = approved(memory);
            memory.learn_states(states, pace);
            if approved(memory) && !was_approved && !config.managed_publishing {
                // Nobody has to do anything for it to go live.
                pace.expect(memory);
            }
            memory.known = true;
        }
        self.note_successors(memory);
        let mut keys: Vec<String> = memory.releases.keys().cloned().collect();
        keys.sort_by_key(|key| newest_code(key));
        for key in &keys {
            let fresh = self.states.as_ref().and_then(|states| states.get(key)).map(|(state, _)| state);
            let Some(release) = memory.releases.get_mut(key) else { continue };
            if let Some(verdict) =
                verdict::decide(release, self.shown.get(key).copied(), fresh, self.states.is_some(), self.views)
            {
                let name = release.name.clone();
                observations.push(self.observation(key, name, verdict, fresh.is_some()));
            }
        }
        self.take_gone(memory, pace, observations);
        // Where there is no lifecycle, what is declared is all there is to take as it is found.
        memory.known |= !self.views.lifecycle;
    }

    /// A rollout that stands still since a newer release is out was stopped by it.
    fn note_successors(&self, memory: &mut TrackMemory) {
        let halted = memory.releases.iter().filter(|(_, it)| it.just_halted && it.is_published());
        let halted: Vec<String> = halted.map(|(key, _)| key.clone()).collect();
        for key in halted {
            let successor = memory.successor_of(&key, &self.shown);
            if let Some(release) = memory.releases.get_mut(&key) {
                release.successor = successor;
            }
        }
    }

    /// Releases that neither list shows, where both were read.
    fn take_gone(&self, memory: &mut TrackMemory, pace: &pace::Pace, observations: &mut Vec<Observation>) {
        let Some(states) = self.states.as_ref().filter(|_| self.views.edits) else { return };
        let gone = memory.releases.keys().filter(|key| !self.shown.contains_key(*key) && !states.contains_key(*key));
        let gone: Vec<String> = gone.cloned().collect();
        for key in gone {
            let successor = memory.successor_of(&key, &self.shown);
            let Some(release) = memory.releases.get_mut(&key) else { continue };
            release.gone = release.gone.saturating_add(1);
            let forgotten = !release.is_published() || release.gone >= FORGOTTEN;
            let verdict = successor.filter(|_| release.is_published());
            let verdict = verdict.and_then(|successor| verdict::of_gone(release, &successor));
            let name = release.name.clone();
            observations.extend(verdict.map(|verdict| self.observation(&key, name, verdict, true)));
            if forgotten {
                memory.releases.remove(&key);
            } else {
                // A second look must agree.
                pace.expect(memory);
            }
        }
    }

    fn observation(&self, key: &str, name: Option<String>, verdict: Verdict, fresh: bool) -> Observation {
        let codes = codes(key);
        let mut details = Details::new();
        details.version = name.filter(|name| !name.is_empty());
        details.track = Some(self.track.to_owned());
        details.console_url = Some(CONSOLE.to_owned());
        details.reason = verdict.reason;
        details.version_codes.clone_from(&codes);
        let subject = SubjectKey::release(self.track, &codes);
        let mut seen = Observation::new(subject, verdict.status, self.seen_at).with_details(details);
        (seen.share, seen.evidence) = (verdict.share, verdict.evidence);
        (seen.doubtful, seen.untold) = (verdict.doubtful, self.untold);
        // Both were true no later than the older answer says.
        seen.looked_at = match self.read_at.filter(|_| fresh) {
            Some(read) => Some(self.shown_at.map_or(read, |shown| shown.min(read))),
            None => self.shown_at,
        };
        seen
    }
}

impl Shown {
    fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Edit(view) => view.tracks.at,
            Self::Tracks(_) => None,
        }
    }
}

fn info(package: &str, shown: &Shown, session: &Session) -> AppInfo {
    let mut info = AppInfo::new().with_bundle_id(package);
    info.name = session.name(package).map(str::to_owned);
    if let Shown::Edit(view) = shown {
        info.icon_url.clone_from(&view.icon);
    }
    info
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use statused_core::source::{Checkpoint, PollRequest};

    use crate::client::{ApiError, AppFound, Lifecycle, TrackList};
    use crate::testkit::{Answers, PureSource};

    /// Its tracks are empty.
    struct Empty;

    impl Answers for Empty {
        fn search(&mut self) -> Result<Vec<AppFound>, ApiError> {
            Ok(vec![AppFound::new("com.acme.app", "")])
        }

        fn tracks(&mut self, _: &str) -> Result<TrackList, ApiError> {
            Ok(TrackList::new().with("production", []))
        }

        fn lifecycle(&mut self, _: &str, _: &str) -> Result<Lifecycle, ApiError> {
            Ok(Lifecycle::new())
        }
    }

    /// One look more than a byte can count.
    #[test]
    fn a_release_is_forgotten_however_often_it_was_missed() {
        let app = r#"{"production":{"known":true,"releases":{"7":{"state":"PUBLISHED","gone":255}}}}"#;
        let mut request = PollRequest::new("acme".into(), DateTime::UNIX_EPOCH);
        request.checkpoint = Some(Checkpoint(format!(r#"{{"v":1,"apps":{{"com.acme.app":{{"tracks":{app}}}}}}}"#)));
        let report = PureSource::new(["com.acme.app"]).poll(&request, &mut Empty).unwrap();
        assert!(!report.checkpoint.unwrap().0.contains("gone"));
    }
}
