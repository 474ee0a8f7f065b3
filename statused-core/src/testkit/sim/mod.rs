//! A deterministic simulator: one seed makes a world, and the promises are judged against its ground truth.
//!
//! The world has apps whose versions, builds and rollouts live through reviews, rejections and resubmissions; a source
//! that fails, serves stale pages, leaves things out, and pushes that are late, doubled, reordered or lost; a store that
//! fails, or commits without answering; sinks that refuse, take without answering, throttle or die; crashes at any
//! effect; and a clock that jumps. After the faults everything heals and must converge.
//!
//! Nothing here awaits or reads a clock: a seed is replayed exactly, alone, by [`run`].
//!
//! ```
//! use statused_core::testkit::sim;
//!
//! let report = sim::run(7);
//! assert!(report.violations.is_empty(), "{report}");
//! ```

mod apple;
mod faults;
mod oracle;
mod report;
mod scene;
mod store;
mod truth;
mod world;

use chrono::{DateTime, Utc};
use fastrand::Rng;

use crate::model::SourceId;

pub use report::{Report, Totals};
pub use scene::{Outside, Scene, delay, rate};
pub use truth::{App, Life, State, Truth, Writer};

/// Simulates one seed and tells its story.
pub fn run(seed: u64) -> Report {
    live(seed, &app_store, true)
}

fn app_store(rng: &mut Rng, source: &SourceId, start: DateTime<Utc>, end: DateTime<Utc>) -> Box<dyn Scene> {
    Box::new(apple::AppStore::draw(rng, source, start, end))
}

fn live(seed: u64, draw: &world::Draw<'_>, told: bool) -> Report {
    let mut world = world::World::new(seed, draw, told);
    world.live();
    world.report()
}

/// Simulates seeds `0..count` and adds up. Stops at the first seed that breaks a promise.
///
/// # Errors
///
/// The report of that seed; [`run`] replays it.
pub fn check(count: u64) -> Result<Totals, Box<Report>> {
    check_scene(count, app_store)
}

/// As [`check`], with a store of one's own: `draw` makes it for each seed, for an account that is watched under a name,
/// and lives from the first time to the second.
///
/// # Errors
///
/// The report of the first seed that breaks a promise; [`run_scene`] replays it.
pub fn check_scene(
    count: u64,
    draw: impl Fn(&mut Rng, &SourceId, DateTime<Utc>, DateTime<Utc>) -> Box<dyn Scene>,
) -> Result<Totals, Box<Report>> {
    let mut totals = Totals::default();
    for seed in 0..count {
        let report = live(seed, &draw, false);
        if !report.violations.is_empty() {
            return Err(Box::new(live(seed, &draw, true)));
        }
        totals.add(&report);
    }
    Ok(totals)
}

/// As [`run`], with a store of one's own.
pub fn run_scene(
    seed: u64,
    draw: impl Fn(&mut Rng, &SourceId, DateTime<Utc>, DateTime<Utc>) -> Box<dyn Scene>,
) -> Report {
    live(seed, &draw, true)
}
