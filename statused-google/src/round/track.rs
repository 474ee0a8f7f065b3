//! What a look at a track teaches.

use std::collections::BTreeMap;

use super::memory::{ReleaseMemory, TrackMemory, key, newest_code};
use super::pace::Pace;
use super::state::{State, agree};
use crate::client::{Lifecycle, Track, TrackRelease};

/// The releases of a track as the developer wants them, by version codes. Two that cannot be told apart are left out.
pub(super) fn declared(track: &Track) -> BTreeMap<String, &TrackRelease> {
    let mut found: BTreeMap<String, Option<&TrackRelease>> = BTreeMap::new();
    for release in &track.releases {
        let Some(key) = key(release.version_codes.iter().copied()) else { continue };
        let twice = found.get(&key).is_some_and(|other| other.is_none_or(|other| other != release));
        found.insert(key, (!twice).then_some(release));
    }
    found.into_iter().filter_map(|(key, release)| Some((key, release?))).collect()
}

/// The states of a track's releases, by version codes, with the names. Of two words on the same release, that it is
/// published is the stronger one; others that differ are left out.
pub(super) fn states(list: &Lifecycle) -> BTreeMap<String, (State, Option<String>)> {
    let mut found: BTreeMap<String, Option<(State, Option<String>)>> = BTreeMap::new();
    for release in &list.releases {
        let Some(key) = key(release.active_artifacts.iter().map(|artifact| artifact.version_code)) else { continue };
        let state = State::from(release.release_lifecycle_state.clone());
        let name = release.release_name.clone();
        let merged = match found.get(&key) {
            None => Some((state, name)),
            Some(Some((other, _))) if *other == state => Some((state, name)),
            Some(other) => {
                let published = state == State::Published || matches!(other, Some((State::Published, _)));
                published.then_some((State::Published, name))
            }
        };
        found.insert(key, merged);
    }
    found.into_iter().filter_map(|(key, state)| Some((key, state?))).collect()
}

impl TrackMemory {
    /// Compares what is declared with what was; a change whose effect is not known yet makes the track be read.
    pub(super) fn learn_declared(&mut self, shown: &BTreeMap<String, &TrackRelease>, pace: &Pace) {
        let mut hint = false;
        for (key, release) in shown {
            let is_new = !self.releases.contains_key(key);
            let memory = self.releases.entry(key.clone()).or_default();
            let changed = memory.declared.as_ref() != Some(&release.status);
            hint |= match &memory.state {
                None => is_new,
                Some(State::Published) => changed && release.status == "draft",
                Some(_) => changed,
            };
            memory.just_halted = memory.declared.as_deref() == Some("inProgress") && release.status == "halted";
            if changed && release.status != "halted" {
                memory.successor = None;
            }
            memory.declared = Some(release.status.clone());
            memory.name = release.name.clone().or(memory.name.take());
            (memory.missing, memory.gone) = (false, 0);
        }
        for (_, memory) in self.releases.iter_mut().filter(|(key, _)| !shown.contains_key(*key)) {
            hint |= memory.declared.is_some() && !memory.missing;
            memory.missing = true;
        }
        if hint && self.known {
            pace.hint(self);
        }
        if self.releases.is_empty() {
            // There is no past to be quiet about.
            self.known = true;
        }
    }

    /// Takes in what was read of the lifecycle. Returns whether anything was new.
    pub(super) fn learn_states(&mut self, states: &BTreeMap<String, (State, Option<String>)>, pace: &Pace) -> bool {
        let mut news = false;
        for (key, (state, name)) in states {
            let memory = self.releases.entry(key.clone()).or_insert_with(|| ReleaseMemory {
                // The developer's list has not shown it.
                missing: pace.edits,
                ..ReleaseMemory::default()
            });
            news |= memory.state.as_ref() != Some(state);
            memory.state = Some(state.clone());
            memory.name = memory.name.take().or_else(|| name.clone());
            memory.gone = 0;
        }
        let fits = self.releases.iter().all(|(key, memory)| match (&memory.declared, states.get(key)) {
            (Some(declared), Some((state, _))) if !memory.missing => agree(declared, state),
            (Some(_), None) => memory.missing || memory.is_published(),
            _ => true,
        });
        pace.was_read(self, news && fits);
        news
    }

    /// The name of the newest release that is being given out, if it is newer than this one.
    pub(super) fn successor_of(&self, key: &str, shown: &BTreeMap<String, &TrackRelease>) -> Option<String> {
        let given_out = |(key, memory): &(&String, &ReleaseMemory)| {
            let declared = shown.get(*key).is_some_and(|it| matches!(it.status.as_str(), "inProgress" | "completed"));
            declared && memory.is_published()
        };
        let (newest, memory) = self.releases.iter().filter(given_out).max_by_key(|(key, _)| newest_code(key))?;
        (newest_code(newest) > newest_code(key)).then(|| memory.name.clone().unwrap_or_else(|| newest.clone()))
    }
}
