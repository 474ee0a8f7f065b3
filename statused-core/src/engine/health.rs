//! How things are.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::model::{SinkId, SourceId};
use crate::source::{SourceErrorKind, Vitals};

/// How the monitor is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// The sources.
    pub sources: BTreeMap<SourceId, SourceHealth>,
    /// The sinks.
    pub sinks: BTreeMap<SinkId, SinkHealth>,
    /// Why the store failed last, while it fails.
    pub store_error: Option<String>,
    /// Changes announced since the start.
    pub announced: u64,
}

impl Health {
    /// Whether every source was seen and nothing fails or is parked.
    pub fn is_well(&self) -> bool {
        self.store_error.is_none()
            && self.sources.values().all(|s| s.last_success.is_some() && s.error.is_none())
            && self.sinks.values().all(|s| s.parked.is_none())
    }
}

/// How a source is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SourceHealth {
    /// When it was last seen whole or in part.
    pub last_success: Option<DateTime<Utc>>,
    /// When it last failed.
    pub last_failure: Option<DateTime<Utc>>,
    /// Failures since the last success.
    pub failures_in_a_row: u32,
    /// What kind of failure it is in.
    pub kind: Option<SourceErrorKind>,
    /// Why it fails, while it fails.
    pub error: Option<String>,
    /// Parts that failed in the last poll that went well otherwise.
    pub troubles: Vec<String>,
    /// Polls since the start.
    pub polls: u64,
    /// Polls that failed since the start.
    pub failed_polls: u64,
    /// Requests since the start.
    pub requests: u64,
    /// How the store's API and its pushes are doing.
    #[serde(flatten)]
    pub vitals: Vitals,
    /// When it is polled next, if it is polled by the clock.
    pub next_poll: Option<DateTime<Utc>>,
}

/// How a sink is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SinkHealth {
    /// Why it is parked, if it is.
    pub parked: Option<String>,
    /// The destination asked to be left alone until then.
    pub held_until: Option<DateTime<Utc>>,
    /// Deliveries on their way.
    pub in_flight: usize,
    /// Tries that succeeded since the start.
    pub delivered: u64,
    /// Tries that failed since the start.
    pub failed: u64,
    /// Deliveries that failed for good since the start.
    pub dead: u64,
    /// When a try last succeeded.
    pub last_success: Option<DateTime<Utc>>,
    /// Why the last try failed, if it did.
    pub last_error: Option<String>,
}
