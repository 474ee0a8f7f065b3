//! What is outside of the process: a store, the account in it, and what it sends.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;

use super::truth::Truth;
use crate::engine::Aggregate;
use crate::model::{Account, AggregateKey, Sightings};
use crate::source::{PollReport, PollRequest, SourceError};
use crate::store::Tables;

/// The store of a simulated world, as a source and its pushes show it.
///
/// It says truly what happens ([`truth`](Self::truth)), and answers polls as badly as the faults that it drew for itself
/// make it; once [`Outside::healed`], [`Outside::chance`] lets nothing go wrong any more.
pub trait Scene: fmt::Debug {
    /// The account.
    fn account(&self) -> Account;

    /// What really happens.
    fn truth(&self) -> &Truth;

    /// Answers a poll.
    ///
    /// # Errors
    ///
    /// When nothing could be seen.
    fn poll(&mut self, request: &PollRequest, outside: &mut Outside<'_>) -> Result<PollReport, SourceError>;

    /// The process on this machine has started again: what its source kept in memory is gone.
    fn restarted(&mut self, machine: usize);

    /// Writes that a source may make within two hours in which nothing happens: a quota may oblige it to remember when it
    /// asked last.
    fn idle_writes(&self) -> u64;

    /// What comes by itself after `start`, and when: pushes and letters, late, doubled or lost.
    fn pushes(&mut self, rng: &mut Rng, start: DateTime<Utc>) -> Vec<(DateTime<Utc>, Sightings)>;
}

/// What a scene has to do with.
pub struct Outside<'a> {
    /// The seed's randomness.
    pub rng: &'a mut Rng,
    /// True time; the process may believe another.
    pub now: DateTime<Utc>,
    /// The machine that asks.
    pub machine: usize,
    /// Whether the faults are over.
    pub healed: bool,
    pub(super) tables: &'a Tables,
    pub(super) faults: u64,
    pub(super) tales: Option<Vec<String>>,
}

impl fmt::Debug for Outside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside").field("now", &self.now).field("healed", &self.healed).finish_non_exhaustive()
    }
}

impl Outside<'_> {
    /// Whether a fault of this rate strikes; never after the healing.
    pub fn chance(&mut self, rate: f64) -> bool {
        let hit = !self.healed && self.rng.f64() < rate;
        self.faults += u64::from(hit);
        hit
    }

    /// Adds a line to the story that a broken promise is told with.
    pub fn tale(&mut self, text: impl FnOnce() -> String) {
        if let Some(tales) = &mut self.tales {
            tales.push(text());
        }
    }

    /// What the process has made durable of an app.
    pub(super) fn known(&self, key: &AggregateKey) -> Option<Aggregate> {
        let stored = self.tables.load(std::slice::from_ref(key)).pop()?;
        Aggregate::from_json(&stored.state).ok()
    }
}

/// Draws a rate up to `most`. Swarm testing: a fault that is always there hides what only happens in its absence, so that
/// some are absent.
pub fn rate(rng: &mut Rng, most: f64) -> f64 {
    if rng.f64() < 0.4 { 0.0 } else { rng.f64() * most }
}

/// Draws how late something comes: most things at once, some after hours.
pub fn delay(rng: &mut Rng) -> TimeDelta {
    let most = if rng.f64() < 0.8 { 2 } else { 4 * 3600 };
    TimeDelta::milliseconds(rng.i64(50..most * 1000))
}
