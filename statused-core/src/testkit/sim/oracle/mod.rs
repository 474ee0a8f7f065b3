//! The promises, judged against the ground truth. One file each.

#[cfg(test)]
mod case;
mod contract;
mod duplicate;
mod effort;
mod isolation;
mod miss;
mod order;
mod patience;
mod quiet_start;
mod repeats;
mod silence;
mod truth;
mod write_ahead;

use super::calendar::Calendar;
use super::faults::Broken;
use super::parts::Config;
use super::trace::Trace;
use super::truth::Truth;
use crate::model::{AggregateKey, SinkId};
use crate::store::Tables;

/// All that is known of a life when it is over.
pub(super) struct Evidence<'a> {
    pub(super) truth: &'a Truth,
    pub(super) tables: &'a Tables,
    pub(super) trace: &'a Trace,
    pub(super) calendar: &'a Calendar,
    /// What the processes run in the end.
    pub(super) config: &'a Config,
    /// What was broken and stayed so.
    pub(super) broken: Option<&'a Broken>,
    /// The app whose stored state was damaged.
    pub(super) spoilt: Option<&'a AggregateKey>,
    pub(super) machines: u64,
    pub(super) sinks: u64,
    /// Writes that a source owes even when nothing happens.
    pub(super) idle_writes: u64,
}

impl Evidence<'_> {
    /// Whether a destination works in the end.
    fn is_healthy(&self, sink: &SinkId) -> bool {
        !matches!(self.broken, Some(Broken::Gone(broken) | Broken::Refuses(broken)) if broken == sink)
    }
}

type Oracle = fn(&Evidence<'_>) -> Vec<String>;

const ORACLES: [(&str, Oracle); 12] = [
    ("no duplicate", duplicate::judge),
    ("no miss", miss::judge),
    ("no false word", truth::judge),
    ("in order", order::judge),
    ("write-ahead", write_ahead::judge),
    ("isolation", isolation::judge),
    ("patience", patience::judge),
    ("quiet start", quiet_start::judge),
    ("silence costs nothing", silence::judge),
    ("bounded effort", effort::judge),
    ("no more repeats than crashes", repeats::judge),
    ("an application's part keeps its contract", contract::judge),
];

/// Everything that is wrong with a life, each with the promise that it breaks.
pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    ORACLES
        .iter()
        .flat_map(|(promise, oracle)| oracle(evidence).into_iter().map(move |wrong| format!("{promise}: {wrong}")))
        .collect()
}
