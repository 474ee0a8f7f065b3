//! A deterministic simulator: one seed makes a world, and the promises are judged against its ground truth.
//!
//! The world has apps whose versions, builds and rollouts live through reviews, rejections and resubmissions; a source
//! that fails, is slow, serves stale pages, leaves things out, and pushes that are late, doubled, reordered or lost; up to
//! three machines on one store, each with a clock of its own that is wrong and jumps, whose processes crash at any effect,
//! stand still and go on later, and are restarted with another configuration; a store that fails, or takes effect without
//! answering; leases that run out; retention; destinations that refuse, take without answering, throttle or die. Each seed
//! draws how often each of these happens, and some never do. After the faults everything heals and must converge, but for
//! what a seed has broken for good, which must not matter to the rest.
//!
//! Nothing here awaits or reads a clock: a seed is replayed exactly, alone, by [`Simulation::run`].
//!
//! ```
//! use statused_core::testkit::sim::Simulation;
//!
//! let report = Simulation::new().run(7);
//! assert!(report.violations.is_empty(), "{report}");
//! ```

mod apple;
mod calendar;
mod destination;
mod faults;
mod guest;
mod oracle;
mod parts;
mod report;
mod scenario;
mod scene;
mod simulation;
mod staging;
mod store;
mod trace;
mod truth;
mod world;

pub use calendar::Calendar;
pub use destination::{Answer, Destination};
pub use report::{Report, Totals};
pub use scenario::Scenario;
pub use scene::{Outside, Scene, delay, rate};
pub use simulation::Simulation;
pub use truth::{App, Life, State, Truth, Writer};
pub use world::crash::Moment;
