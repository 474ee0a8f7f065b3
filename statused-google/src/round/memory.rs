//! What the source remembers between polls: where to look, when it may, and what a later look is compared with.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use statused_core::model::Share;
use statused_core::source::Checkpoint;

use super::state::State;

/// The format's number. A checkpoint of another one is not read, and the source begins anew.
const FORMAT: u32 = 1;
/// More than any app has; a store that goes on and on must not fill ours.
const MOST_TRACKS: usize = 100;
const MOST_RELEASES: usize = 40;

/// The content of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Memory {
    v: u32,
    /// The apps that have been looked at.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) apps: BTreeMap<String, AppMemory>,
    /// Several apps in a row were refused for want of quota.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hold: Option<Hold>,
}

/// What is remembered of an app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AppMemory {
    /// Its tracks; those that are not watched by name only.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) tracks: BTreeMap<String, TrackMemory>,
    /// Whether all of its tracks have been taken as they were found: what comes later is news.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) covered: bool,
    /// Looks for apps in a row that have not shown it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) missed: u8,
    /// Its lifecycle is not asked for until then: the quota was used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hold: Option<Hold>,
    /// Its lifecycle cannot be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) off: Option<Off>,
    /// When its icon was last asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) icon: Option<DateTime<Utc>>,
}

/// A wait for quota.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hold {
    pub(super) until: DateTime<Utc>,
    /// How long it was meant to be; the next one is twice as long.
    pub(super) minutes: u32,
}

/// A lasting refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Off {
    /// When to try again.
    pub(super) until: DateTime<Utc>,
    /// What is missing, and what to do.
    pub(super) why: String,
}

/// What is remembered of a track.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TrackMemory {
    /// Whether it has been taken as it was found.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) known: bool,
    /// When its lifecycle was last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) read: Option<DateTime<Utc>>,
    /// When to read it whatever the pace: something hints at news.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) again: Vec<DateTime<Utc>>,
    /// Looks in a row to which the lifecycle API knew no such track.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) absent: u8,
    /// Its releases, by version codes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) releases: BTreeMap<String, ReleaseMemory>,
}

/// What is remembered of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReleaseMemory {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// Its state when its lifecycle was last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<State>,
    /// What the developer had last declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) declared: Option<String>,
    /// Whether the last list of what is declared did not show it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) missing: bool,
    /// How far it was rolled out, once it was published.
    #[serde(default, skip_serializing_if = "Rollout::is_unseen")]
    pub(super) rollout: Rollout,
    /// The newer release that has stopped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) successor: Option<String>,
    /// Looks in a row that showed it nowhere.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) gone: u8,
    /// Whether this poll was the first to find its rollout halted.
    #[serde(skip)]
    pub(super) just_halted: bool,
}

/// What was seen of a release's rollout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Rollout {
    /// None.
    #[default]
    Unseen,
    /// It reached this share.
    Running(Share),
    /// It reached everybody.
    Finished,
}

impl Rollout {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_unseen(&self) -> bool {
        *self == Self::Unseen
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(count: &u8) -> bool {
    *count == 0
}

impl ReleaseMemory {
    pub(super) fn is_published(&self) -> bool {
        self.state == Some(State::Published)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self { v: FORMAT, apps: BTreeMap::new(), hold: None }
    }
}

impl Memory {
    /// Reads a checkpoint. `None`: this version does not understand it.
    pub(super) fn read(checkpoint: Option<&Checkpoint>) -> Option<Self> {
        let Some(checkpoint) = checkpoint else { return Some(Self::default()) };
        serde_json::from_str::<Self>(&checkpoint.0).ok().filter(|memory| memory.v == FORMAT)
    }

    /// The checkpoint to keep: the given one, to the letter, if nothing changed.
    pub(super) fn write(mut self, given: Option<&Checkpoint>) -> Option<Checkpoint> {
        self.bound();
        if let Some(given) = given
            && serde_json::from_str::<Self>(&given.0).is_ok_and(|before| before == self)
        {
            return Some(given.clone());
        }
        // Maps with text keys and plain values always have a JSON form.
        serde_json::to_string(&self).ok().map(Checkpoint).or_else(|| given.cloned())
    }

    fn bound(&mut self) {
        for app in self.apps.values_mut() {
            while app.tracks.len() > MOST_TRACKS {
                app.tracks.pop_last();
            }
            for track in app.tracks.values_mut() {
                track.releases.values_mut().for_each(|release| release.just_halted = false);
                while track.releases.len() > MOST_RELEASES {
                    let oldest = track.releases.keys().min_by_key(|key| newest_code(key)).cloned();
                    let Some(oldest) = oldest else { break };
                    track.releases.remove(&oldest);
                }
            }
        }
    }
}

/// The highest of the version codes that a release goes by.
pub(super) fn newest_code(key: &str) -> u64 {
    codes(key).into_iter().max().unwrap_or_default()
}

/// The version codes that a release goes by.
pub(super) fn codes(key: &str) -> Vec<u64> {
    key.split('+').filter_map(|code| code.parse().ok()).collect()
}

/// What a release goes by: its version codes, ascending. `None`: it has none.
pub(super) fn key(codes: impl IntoIterator<Item = u64>) -> Option<String> {
    let mut codes: Vec<u64> = codes.into_iter().collect();
    codes.sort_unstable();
    codes.dedup();
    let texts: Vec<String> = codes.iter().map(ToString::to_string).collect();
    (!texts.is_empty()).then(|| texts.join("+"))
}

/// The time between two moments, whichever is later: clocks are set back, too.
pub(super) fn between(a: DateTime<Utc>, b: DateTime<Utc>) -> TimeDelta {
    (a - b).abs()
}
