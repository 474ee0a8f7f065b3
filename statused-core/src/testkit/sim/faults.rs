//! How bad the world around the process is. Each seed draws its own rates, and some faults are absent from it.

use fastrand::Rng;

use super::scene::rate;

/// The rates of a world's faults, each a probability per occasion.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faults {
    pub(super) read_fails: f64,
    pub(super) commit_fails: f64,
    pub(super) commit_ambiguous: f64,
    pub(super) settle_fails: f64,
    pub(super) sink_refuses: f64,
    pub(super) sink_ambiguous: f64,
    pub(super) sink_throttles: f64,
    pub(super) sink_dies: f64,
    pub(super) crash: f64,
    pub(super) clock_jumps: f64,
}

impl Faults {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        Self {
            read_fails: rate(rng, 0.2),
            commit_fails: rate(rng, 0.3),
            commit_ambiguous: rate(rng, 0.3),
            settle_fails: rate(rng, 0.3),
            sink_refuses: rate(rng, 0.5),
            sink_ambiguous: rate(rng, 0.3),
            sink_throttles: rate(rng, 0.2),
            sink_dies: rate(rng, 0.02),
            crash: rate(rng, 0.02),
            clock_jumps: rate(rng, 0.002),
        }
    }
}
