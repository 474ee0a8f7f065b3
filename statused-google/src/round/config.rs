//! How a source was set up.

use std::time::Duration;

use chrono::TimeDelta;

/// How a source was set up.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Package names; empty: every app that the search shows.
    pub(crate) packages: Vec<String>,
    /// Track ids; empty: every track.
    pub(crate) tracks: Vec<String>,
    pub(crate) poll_every: Duration,
    pub(crate) lifecycle_every: TimeDelta,
    pub(crate) lifecycle: bool,
    pub(crate) edits: bool,
    pub(crate) icons: bool,
    pub(crate) managed_publishing: bool,
}

impl Config {
    pub(crate) fn new() -> Self {
        Self {
            packages: Vec::new(),
            tracks: Vec::new(),
            poll_every: Duration::from_secs(60),
            lifecycle_every: TimeDelta::minutes(15),
            lifecycle: true,
            edits: true,
            icons: true,
            managed_publishing: false,
        }
    }

    pub(crate) fn watches(&self, track: &str) -> bool {
        self.tracks.is_empty() || self.tracks.iter().any(|watched| watched == track)
    }
}
