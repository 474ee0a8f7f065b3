//! What a simulated life came to.

use std::fmt;

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
    /// What happened that matters, oldest first.
    pub story: Vec<String>,
}

/// Counts over one or more seeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// Worlds.
    pub seeds: u64,
    /// Simulated hours.
    pub hours: u64,
    /// Things that happened.
    pub steps: u64,
    /// Changes in the ground truth.
    pub changes: u64,
    /// Changes announced.
    pub announced: u64,
    /// Notifications that reached a sink, repeats included.
    pub received: u64,
    /// Repeats among them.
    pub repeats: u64,
    /// Crashes.
    pub crashes: u64,
    /// Faults of source, store and sinks.
    pub faults: u64,
}

impl Totals {
    pub(super) fn add(&mut self, report: &Report) {
        let other = report.totals;
        self.seeds += 1;
        self.hours += other.hours;
        self.steps += other.steps;
        self.changes += other.changes;
        self.announced += other.announced;
        self.received += other.received;
        self.repeats += other.repeats;
        self.crashes += other.crashes;
        self.faults += other.faults;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {} ({} steps)", self.seed, self.totals.steps)?;
        for line in &self.story {
            writeln!(f, "  {line}")?;
        }
        for violation in &self.violations {
            writeln!(f, "BROKEN: {violation}")?;
        }
        write!(
            f,
            "replay it with statused_core::testkit::sim::run({0}), or run_scene({0}, …) for a store of your own",
            self.seed
        )
    }
}
