//! What the source remembers between polls: nothing that could stand in for a look, only where to look.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use statused_core::source::Checkpoint;

/// The format's number. A checkpoint of another one is not read, and the source begins anew.
const FORMAT: u32 = 1;
/// A build that has been processed for longer will not finish; asking for it for ever would cost a request each time.
const UNSETTLED_FOR: TimeDelta = TimeDelta::days(30);
/// What one request can ask for.
const MOST_UNSETTLED: usize = 200;

/// The content of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memory {
    v: u32,
    /// The apps, as long as the key shows them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) apps: BTreeMap<String, AppMemory>,
    /// Builds that are being processed or reviewed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) builds: BTreeMap<String, Unsettled>,
}

/// What is remembered of an app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AppMemory {
    /// Whether all of its versions were seen once: from then on what is new is news.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) known: bool,
    /// The newest version, by its date: a list without it is an old list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) newest: Option<String>,
    /// The newest version that has been live, which cannot be deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) live: Option<String>,
    /// What is known of the phased release of each version that is live.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) phased: BTreeMap<String, Phase>,
    /// Versions whose review submission had unresolved issues, with the submission.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) unresolved: BTreeMap<String, String>,
    /// The last complete look at a list of versions that is longer than the list of apps shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) long: Option<LongList>,
    /// The newest event that was read from the log of its webhooks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) log: Option<DateTime<Utc>>,
}

/// Whether a version has a phased release that must be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// It has none.
    None,
    /// It has one that is not over.
    Running,
    /// It is over.
    Complete,
    /// So many looks have shown none; it may be late.
    Unsure(u8),
}

/// Looks that it takes to believe that a version that has just gone live has no phased release.
const ENOUGH_LOOKS: u8 = 3;

impl Phase {
    /// Whether to look (again).
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Unsure(_))
    }

    /// After one more look that showed no phased release.
    pub(super) fn after_nothing(before: Option<Self>) -> Self {
        match before {
            Some(Self::Unsure(looks)) if looks < ENOUGH_LOOKS - 1 => Self::Unsure(looks + 1),
            Some(Self::Unsure(_)) => Self::None,
            Some(settled @ (Self::None | Self::Complete)) => settled,
            Some(Self::Running) | None => Self::Unsure(1),
        }
    }
}

/// How a list of versions was when all of it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LongList {
    /// How many versions there were.
    pub(super) total: usize,
    /// Those that were not replaced by a newer one, sorted.
    pub(super) current: Vec<String>,
}

/// A build under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unsettled {
    pub(super) app: String,
    pub(super) uploaded: DateTime<Utc>,
    /// Whether beta review is under way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) review: bool,
}

impl Default for Memory {
    fn default() -> Self {
        Self { v: FORMAT, apps: BTreeMap::new(), builds: BTreeMap::new() }
    }
}

impl Memory {
    /// Reads a checkpoint; one that this version does not understand is as good as none.
    pub(super) fn read(checkpoint: Option<&Checkpoint>) -> Self {
        let read = checkpoint.and_then(|text| serde_json::from_str::<Self>(&text.0).ok());
        read.filter(|memory| memory.v == FORMAT).unwrap_or_default()
    }

    /// The checkpoint to keep: the given one, to the letter, if nothing changed.
    pub(super) fn write(mut self, given: Option<&Checkpoint>, now: DateTime<Utc>) -> Option<Checkpoint> {
        self.bound(now);
        if let Some(given) = given
            && serde_json::from_str::<Self>(&given.0).is_ok_and(|before| before == self)
        {
            return Some(given.clone());
        }
        // Maps with text keys and plain values always have a JSON form.
        serde_json::to_string(&self).ok().map(Checkpoint).or_else(|| given.cloned())
    }

    fn bound(&mut self, now: DateTime<Utc>) {
        self.builds.retain(|_, build| build.uploaded > now - UNSETTLED_FOR);
        while self.builds.len() > MOST_UNSETTLED {
            let oldest = self.builds.iter().min_by_key(|(_, build)| build.uploaded).map(|(id, _)| id.clone());
            let Some(oldest) = oldest else { break };
            self.builds.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What earlier versions have written must stay readable.
    #[test]
    fn the_written_form_is_stable() {
        let mut memory = Memory::default();
        let mut app = AppMemory { known: true, ..AppMemory::default() };
        (app.newest, app.live) = (Some("v2".to_owned()), Some("v1".to_owned()));
        app.phased.extend([("v1".to_owned(), Phase::Running), ("v0".to_owned(), Phase::Unsure(2))]);
        app.unresolved.insert("v2".to_owned(), "s1".to_owned());
        app.long = Some(LongList { total: 60, current: vec!["v1".to_owned()] });
        app.log = Some(DateTime::UNIX_EPOCH);
        memory.apps.insert("1".to_owned(), app);
        let uploaded = DateTime::UNIX_EPOCH;
        memory.builds.insert("b1".to_owned(), Unsettled { app: "1".to_owned(), uploaded, review: true });
        let text = concat!(
            r#"{"v":1,"apps":{"1":{"known":true,"newest":"v2","live":"v1","phased":{"v0":{"unsure":2},"v1":"running"},"unresolved":{"v2":"s1"},"#,
            r#""long":{"total":60,"current":["v1"]},"log":"1970-01-01T00:00:00Z"}},"#,
            r#""builds":{"b1":{"app":"1","uploaded":"1970-01-01T00:00:00Z","review":true}}}"#
        );
        assert_eq!(memory.clone().write(None, uploaded), Some(Checkpoint(text.to_owned())));
        assert_eq!(Memory::read(Some(&Checkpoint(text.to_owned()))), memory);
    }

    #[test]
    fn the_unknown_begins_anew_and_no_news_is_the_same_text() {
        for text in
            ["", "null", r#"{"v":2,"apps":{}}"#, r#"{"v":1,"apps":{"1":{"known":true,"phased":{"v":"tomorrow"}}}}"#]
        {
            assert_eq!(Memory::read(Some(&Checkpoint(text.to_owned()))), Memory::default(), "{text}");
        }
        let spaced = Checkpoint(r#"{ "v": 1 }"#.to_owned());
        assert_eq!(Memory::read(Some(&spaced)).write(Some(&spaced), Utc::now()), Some(spaced));
    }

    #[test]
    fn enough_looks_without_a_phased_release_settle_it_whatever_was_written() {
        let after = |looks| Phase::after_nothing(Some(Phase::Unsure(looks)));
        assert_eq!(
            [0, 1, 2, 3, u8::MAX].map(after),
            [Phase::Unsure(1), Phase::Unsure(2), Phase::None, Phase::None, Phase::None]
        );
    }

    #[test]
    fn the_unsettled_are_bounded() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(100);
        let mut memory = Memory::default();
        for n in 0..300 {
            let uploaded = now - TimeDelta::hours(n * 3);
            memory.builds.insert(format!("b{n}"), Unsettled { app: "1".to_owned(), uploaded, review: false });
        }
        memory.bound(now);
        assert_eq!(memory.builds.len(), MOST_UNSETTLED);
        assert!(memory.builds.contains_key("b0") && !memory.builds.contains_key("b200"));
    }
}
