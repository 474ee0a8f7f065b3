//! How bad the world around the processes is. Each seed draws its own rates, and some faults are absent from it.

use chrono::TimeDelta;
use fastrand::Rng;

use super::scene::rate;
use crate::model::SinkId;

/// The rates of a world's faults, each a probability per occasion.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    pub(super) read_fails: f64,
    pub(super) commit_fails: f64,
    pub(super) commit_ambiguous: f64,
    pub(super) settle_fails: f64,
    /// Claims that take effect and do not say so.
    pub(super) claim_silent: f64,
    pub(super) sink_refuses: f64,
    pub(super) sink_ambiguous: f64,
    pub(super) sink_throttles: f64,
    pub(super) sink_dies: f64,
    pub(super) poll_slow: f64,
    /// How often a process is told of something more before it gets to what the last thing allows.
    pub(super) together: f64,
    pub(super) crash: f64,
    pub(super) pause: f64,
    pub(super) clock_jumps: f64,
    /// How far the clocks of two machines are apart at the start, at most.
    pub(super) skew: TimeDelta,
    /// How often the configuration changes.
    pub(super) reconfigured: u32,
    pub(super) broken: Option<Broken>,
}

/// What is broken and stays so, even when everything else heals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// A destination that refuses everything.
    Refuses(SinkId),
    /// A destination that is gone.
    Gone(SinkId),
    /// A second source that always fails.
    Source,
    /// An app whose stored state cannot be read any more.
    App,
}

impl Broken {
    fn draw(rng: &mut Rng, foreign: bool) -> Option<Self> {
        let sink = SinkId::from("b");
        match rng.u32(0..10) {
            0 if !foreign => Some(Self::Refuses(sink)),
            1 if !foreign => Some(Self::Gone(sink)),
            2 => Some(Self::Source),
            3 => Some(Self::App),
            _ => None,
        }
    }
}

impl Faults {
    pub(super) fn draw(rng: &mut Rng, foreign: bool) -> Self {
        let skew = match rng.u32(0..10) {
            0..5 => TimeDelta::zero(),
            5..9 => TimeDelta::seconds(rng.i64(0..300)),
            _ => TimeDelta::hours(rng.i64(1..10)),
        };
        Self {
            read_fails: rate(rng, 0.2),
            commit_fails: rate(rng, 0.3),
            commit_ambiguous: rate(rng, 0.3),
            settle_fails: rate(rng, 0.3),
            claim_silent: rate(rng, 0.1),
            sink_refuses: rate(rng, 0.5),
            sink_ambiguous: rate(rng, 0.3),
            sink_throttles: rate(rng, 0.2),
            sink_dies: rate(rng, 0.02),
            poll_slow: rate(rng, 0.3),
            together: rate(rng, 0.5),
            crash: rate(rng, 0.01),
            pause: rate(rng, 0.005),
            clock_jumps: rate(rng, 0.001),
            skew,
            reconfigured: if rng.bool() { 0 } else { rng.u32(1..4) },
            broken: Broken::draw(rng, foreign),
        }
    }
}
