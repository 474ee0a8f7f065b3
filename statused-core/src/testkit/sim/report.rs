//! What a simulated life came to.

use std::fmt;

use crate::engine::mark::Marks;

/// One seed's outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// Promises that were broken, in words. Empty: none.
    pub violations: Vec<String>,
    /// A digest of every input, command and effect: the same seed always has the same.
    pub digest: u64,
    /// What happened, counted.
    pub totals: Totals,
    /// What happened that matters, oldest first. Empty if nobody asked for it.
    pub story: Vec<String>,
    /// What replays it.
    pub replay: String,
}

/// Counts over one or more seeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// Worlds.
    pub seeds: u64,
    /// Simulated hours.
    pub hours: u64,
    /// Hours among them in which nothing happened and the first machine slept.
    pub slept_hours: u64,
    /// Things that happened.
    pub steps: u64,
    /// Changes in the ground truth.
    pub changes: u64,
    /// Changes announced.
    pub announced: u64,
    /// Notifications that reached a destination, repeats included.
    pub received: u64,
    /// Repeats among them.
    pub repeats: u64,
    /// Processes that died.
    pub crashes: u64,
    /// Processes that stood still for a while.
    pub pauses: u64,
    /// Polls that were left to another machine.
    pub polls_left: u64,
    /// Faults of all kinds.
    pub faults: u64,
    /// Branches of the engine that were taken.
    pub(crate) marks: Marks,
}

impl Totals {
    /// Adds the worlds of another count.
    pub fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.hours += other.hours;
        self.slept_hours += other.slept_hours;
        self.steps += other.steps;
        self.changes += other.changes;
        self.announced += other.announced;
        self.received += other.received;
        self.repeats += other.repeats;
        self.crashes += other.crashes;
        self.pauses += other.pauses;
        self.polls_left += other.polls_left;
        self.faults += other.faults;
        self.marks = self.marks.and(other.marks);
    }

    /// How many of the marks at the engine's branches were hit, and how many there are.
    pub fn marks(&self) -> (usize, usize) {
        (Marks::count() - self.marks.missed().count(), Marks::count())
    }

    /// The marks at the engine's branches that were not hit.
    pub fn missed_marks(&self) -> Vec<String> {
        self.marks.missed().map(|mark| format!("{mark:?}")).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {} ({} steps)", self.seed, self.totals.steps)?;
        for line in &self.story {
            writeln!(f, "  {line}")?;
        }
        for violation in &self.violations {
            writeln!(f, "BROKEN PROMISE: {violation}")?;
        }
        write!(f, "replay it: {}", self.replay)
    }
}
