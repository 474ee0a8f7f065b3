//! What is true at the store, and what each API makes of it.

use std::collections::BTreeMap;

/// Everything.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    pub(super) apps: BTreeMap<String, App>,
}

#[derive(Clone, Debug)]
pub(super) struct App {
    pub(super) name: String,
    pub(super) icon: Option<String>,
    /// Whether the search does not show it.
    pub(super) hidden: bool,
    pub(super) tracks: BTreeMap<String, Vec<Release>>,
}

#[derive(Clone, Debug)]
pub(super) struct Release {
    pub(super) name: String,
    pub(super) codes: Vec<u64>,
    /// How far it has come, without the common prefix.
    pub(super) state: String,
    /// What the developer has declared.
    pub(super) status: String,
    pub(super) fraction: Option<f64>,
    /// Whether it waits for the developer when it has passed review.
    pub(super) managed: bool,
    /// Whether it is shown although a newer one has taken its place.
    pub(super) kept: bool,
}

impl App {
    pub(super) fn new(name: &str) -> Self {
        let tracks = ["production", "beta", "alpha", "internal"];
        let tracks = tracks.into_iter().map(|track| (track.to_owned(), Vec::new())).collect();
        Self { name: name.to_owned(), icon: None, hidden: false, tracks }
    }
}

impl Release {
    fn newest(&self) -> u64 {
        self.codes.iter().copied().max().unwrap_or_default()
    }

    pub(super) fn is_published(&self) -> bool {
        self.state == "PUBLISHED"
    }

    fn is_declared(&self) -> bool {
        self.status != "draft"
    }

    fn is_full(&self) -> bool {
        self.status == "completed"
    }
}

/// What the developer's list shows: what has been declared in place of something else takes its place there at once.
pub(super) fn declared(releases: &[Release]) -> impl Iterator<Item = &Release> {
    let replaced = |release: &Release| {
        releases.iter().any(|newer| {
            newer.newest() > release.newest() && newer.is_declared() && (newer.is_full() || !release.is_full())
        })
    };
    releases.iter().filter(move |release| release.kept || !release.is_declared() || !replaced(release))
}

/// What the lifecycle shows: what is published takes the place of what was.
pub(super) fn current(releases: &[Release]) -> impl Iterator<Item = &Release> {
    let replaced = |release: &Release| {
        releases.iter().any(|newer| {
            newer.newest() > release.newest() && newer.is_published() && (newer.is_full() || !release.is_full())
        })
    };
    releases.iter().filter(move |release| release.kept || !release.is_published() || !replaced(release))
}
