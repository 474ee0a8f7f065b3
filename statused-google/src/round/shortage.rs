//! Of which apps the review states cannot be read.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

/// Of which apps the review states (the lifecycle) could not be read as of the last poll, by package name. Apps in neither
/// list are read as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReviewStates {
    /// Google's quota for listing releases is used up: the last states stay, and are stale until then, when it is asked
    /// again.
    pub held: BTreeMap<String, DateTime<Utc>>,
    /// They cannot be had, and why; what the developer has declared is told instead, marked as declared.
    pub unavailable: BTreeMap<String, String>,
}
