//! What a world is made of.

use std::time::Duration;

use fastrand::Rng;

use super::crash::Moment;
use crate::testkit::sim::calendar::Calendar;
use crate::testkit::sim::faults::Faults;
use crate::testkit::sim::guest::Fouls;
use crate::testkit::sim::parts::Parts;
use crate::testkit::sim::scene::Scene;
use crate::testkit::sim::staging::Staging;

/// What a world is made of.
pub(in crate::testkit::sim) struct Setting<'a> {
    pub(in crate::testkit::sim) seed: u64,
    pub(in crate::testkit::sim) rng: Rng,
    pub(in crate::testkit::sim) calendar: Calendar,
    pub(in crate::testkit::sim) scene: Box<dyn Scene>,
    pub(in crate::testkit::sim) faults: Faults,
    pub(in crate::testkit::sim) machines: usize,
    pub(in crate::testkit::sim) parts: &'a Parts,
    /// The time between two polls.
    pub(in crate::testkit::sim) interval: Duration,
    /// How often to look for what another process has left behind.
    pub(in crate::testkit::sim) sweep: Duration,
    pub(in crate::testkit::sim) staging: Staging,
    /// Crashes at the nth effect, in this order.
    pub(in crate::testkit::sim) plan: Vec<(u64, Moment)>,
    /// The longest time until a process that has crashed is started again, in milliseconds.
    pub(in crate::testkit::sim) longest_absence: i64,
    /// What an application's workflows are blamed for.
    pub(in crate::testkit::sim) fouls: Fouls,
    /// Whether its story is told: the telling takes longer than the living.
    pub(in crate::testkit::sim) told: bool,
}

impl<'a> Setting<'a> {
    /// One machine in a world without faults.
    pub(in crate::testkit::sim) fn new(
        seed: u64,
        rng: Rng,
        calendar: Calendar,
        scene: Box<dyn Scene>,
        parts: &'a Parts,
    ) -> Self {
        Self {
            seed,
            rng,
            calendar,
            scene,
            faults: Faults::default(),
            machines: 1,
            parts,
            interval: Duration::from_secs(300),
            sweep: Duration::from_secs(60),
            staging: Staging::default(),
            plan: Vec::new(),
            longest_absence: 3_600_000,
            fouls: Fouls::default(),
            told: false,
        }
    }
}
