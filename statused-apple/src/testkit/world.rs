//! What the fake App Store Connect knows.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};

use super::asset::AssetVersion;
use super::beta::{Feedback, Upload};

/// Everything that a snapshot keeps.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    pub(super) apps: BTreeMap<String, App>,
    pub(super) versions: BTreeMap<String, Version>,
    pub(super) builds: BTreeMap<String, Build>,
    pub(super) submissions: BTreeMap<String, Submission>,
    pub(super) uploads: BTreeMap<String, Upload>,
    pub(super) feedback: BTreeMap<String, Feedback>,
    pub(super) assets: BTreeMap<String, AssetVersion>,
    made: u64,
}

#[derive(Clone, Debug)]
pub(super) struct App {
    pub(super) name: String,
    pub(super) bundle_id: String,
    pub(super) icon: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) app: String,
    pub(super) platform: String,
    pub(super) version: String,
    pub(super) app_version_state: Option<String>,
    pub(super) app_store_state: Option<String>,
    pub(super) created: DateTime<Utc>,
    pub(super) phased: Option<Phased>,
}

#[derive(Clone, Debug)]
pub(super) struct Phased {
    pub(super) state: String,
    pub(super) day: Option<i64>,
}

#[derive(Clone, Debug)]
pub(super) struct Build {
    pub(super) app: String,
    pub(super) version: String,
    pub(super) number: String,
    pub(super) platform: String,
    pub(super) uploaded: DateTime<Utc>,
    pub(super) processing: String,
    /// `None`: the build has no beta detail.
    pub(super) external: Option<String>,
    pub(super) review: Option<String>,
    pub(super) expired: bool,
    pub(super) icon: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Submission {
    pub(super) app: String,
    pub(super) platform: String,
    pub(super) state: String,
    pub(super) version: Option<String>,
    pub(super) submitted: DateTime<Utc>,
}

impl World {
    /// A new id and the moment that goes with it: each a minute after the one before, from 2026 on.
    pub(super) fn make(&mut self) -> (String, DateTime<Utc>) {
        self.made += 1;
        let id = format!("00000000-0000-4000-8000-{:012x}", self.made);
        let minutes = TimeDelta::minutes(i64::try_from(self.made).unwrap_or(i64::MAX / 120_000));
        (id, Utc.timestamp_opt(1_767_225_600, 0).single().unwrap_or_default() + minutes)
    }
}
