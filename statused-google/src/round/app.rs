//! What a look at an app teaches.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::memory::{AppMemory, MOST_TRACKS, ReleaseMemory, TrackMemory};
use super::pace::Pace;
use super::{Config, pace, track};
use crate::client::TrackList;

impl AppMemory {
    pub(super) fn is_off(&self, now: DateTime<Utc>) -> bool {
        self.off.as_ref().is_some_and(|off| now < off.until && off.until - now <= pace::OFF_FOR)
    }

    /// Whether the next read shows if there is lifecycle again.
    pub(super) fn is_probing(&self) -> bool {
        self.hold.is_some() || self.off.is_some()
    }

    pub(super) fn learn_tracks(&mut self, list: &TrackList, is_new: bool, config: &Config, pace: &Pace) {
        let mut tracks: Vec<_> = list.tracks.iter().filter(|track| !track.track.is_empty()).collect();
        // If there is no room for all, those that carry nothing can wait.
        tracks.sort_by_key(|track| track.releases.is_empty());
        for track in tracks {
            if self.tracks.len() >= MOST_TRACKS && !self.tracks.contains_key(&track.track) {
                continue;
            }
            let memory = self.meet(&track.track, is_new);
            if config.watches(&track.track) {
                memory.learn_declared(&track::declared(track), pace);
            } else {
                // It is taken as it is found when it is watched some day.
                *memory = TrackMemory::default();
            }
        }
        let listed: BTreeSet<&str> = list.tracks.iter().map(|track| track.track.as_str()).collect();
        self.tracks.retain(|track, memory| listed.contains(track.as_str()) || !memory.releases.is_empty());
        for (_, memory) in self.tracks.iter_mut().filter(|(track, _)| !listed.contains(track.as_str())) {
            memory.learn_declared(&BTreeMap::new(), pace);
        }
    }

    /// Without edits: what is being served, what is asked for, and what users have.
    pub(super) fn learn_names(&mut self, served: &[String], is_new: bool, config: &Config) {
        for track in served.iter().take(MOST_TRACKS) {
            if config.watches(track) {
                self.meet(track, is_new);
            } else {
                self.tracks.insert(track.clone(), TrackMemory::default());
            }
        }
        // Of a track that nobody is served on, this is no news.
        for track in config.tracks.iter().map(String::as_str).chain(["production"]) {
            self.tracks.entry(track.to_owned()).or_default();
        }
    }

    /// A track that appears at an app that is known has no past that was not watched.
    fn meet(&mut self, track: &str, is_new: bool) -> &mut TrackMemory {
        let fresh = TrackMemory { known: !is_new, ..TrackMemory::default() };
        self.tracks.entry(track.to_owned()).or_insert(fresh)
    }

    /// The store has told something of the app: where anything is under way, or else everywhere, it is looked at.
    pub(super) fn hint(&mut self, config: &Config, pace: &Pace) {
        let watched = |track: &str, memory: &TrackMemory| config.watches(track) && !memory.releases.is_empty();
        let under_way = |memory: &TrackMemory| memory.releases.values().any(ReleaseMemory::is_awaited);
        let any = self.tracks.iter().any(|(track, memory)| watched(track, memory) && under_way(memory));
        for (track, memory) in &mut self.tracks {
            if watched(track, memory) && (!any || under_way(memory)) {
                pace.hint(memory);
            }
        }
    }
}
