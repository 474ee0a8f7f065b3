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

mod faults;
mod oracle;
mod report;
mod store;
mod truth;
mod world;

pub use report::{Report, Totals};

/// Simulates one seed and tells its story.
pub fn run(seed: u64) -> Report {
    live(seed, true)
}

fn live(seed: u64, told: bool) -> Report {
    let mut world = world::World::new(seed, told);
    world.live();
    world.report()
}

/// Simulates seeds `0..count` and adds up. Stops at the first seed that breaks a promise.
///
/// # Errors
///
/// The report of that seed; [`run`] replays it.
pub fn check(count: u64) -> Result<Totals, Box<Report>> {
    let mut totals = Totals::default();
    for seed in 0..count {
        let report = live(seed, false);
        if !report.violations.is_empty() {
            return Err(Box::new(run(seed)));
        }
        totals.add(&report);
    }
    Ok(totals)
}
