//! What a scenario wants to happen, and when.

use chrono::{DateTime, TimeDelta, Utc};

use super::destination::Answer;
use super::parts::Config;
use crate::model::SinkId;

/// Something that a scenario does to the processes.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// The machine's process dies.
    Crash(usize),
    /// The machine's process stands still for so long.
    Pause(usize, TimeDelta),
    /// The machine's clock is off by this much from now on.
    Jump(usize, TimeDelta),
    /// The machines get another configuration.
    Reconfigure(Config),
}

/// A scenario's wishes. Without any, chance decides.
#[derive(Clone, Debug, Default)]
pub(super) struct Staging {
    pub(super) acts: Vec<(DateTime<Utc>, Act)>,
    /// What a destination answers from a time on, until another.
    pub(super) answers: Vec<(SinkId, DateTime<Utc>, DateTime<Utc>, Answer)>,
    /// Whether the configuration of the start comes back in the end.
    pub(super) reverts: bool,
}

impl Staging {
    /// What a destination answers now, if a scenario says so.
    pub(super) fn answer(&self, sink: &SinkId, now: DateTime<Utc>) -> Option<Answer> {
        let now_and_here = |(of, from, until, _): &&(SinkId, DateTime<Utc>, DateTime<Utc>, Answer)| {
            of == sink && *from <= now && now < *until
        };
        self.answers.iter().find(now_and_here).map(|(.., answer)| *answer)
    }
}
