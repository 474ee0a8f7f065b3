//! What came in, by app.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;

/// How the pushes are doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PushHealth {
    /// Genuine pushes, repeats and pings among them.
    pub received: u64,
    /// Requests that were refused before they were read: a wrong signature, too large, too many, of an unknown app.
    pub refused: u64,
    /// Genuine pushes that could not be read.
    pub unreadable: u64,
    /// Genuine pushes of a type that is not known.
    pub unknown: u64,
    /// Genuine pushes of an event that was taken in before.
    pub repeated: u64,
    /// When a genuine push last came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_push: Option<DateTime<Utc>>,
    /// When a ping last came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ping: Option<DateTime<Utc>>,
}

/// Bodies that are kept.
const MOST_KEPT: usize = 8;
/// How much of each.
const LONGEST_KEPT: usize = 4096;

/// The body of a genuine push that could not be read, for whoever wants to know why.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unreadable {
    /// The app.
    pub app: String,
    /// When it came.
    pub at: DateTime<Utc>,
    /// The body, cut to 4 KiB. `Debug` does not show it.
    pub body: Vec<u8>,
    /// How long it was.
    pub length: usize,
}

impl fmt::Debug for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unreadable")
            .field("app", &self.app)
            .field("at", &self.at)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// Counts by app. Apps without secrets have none of their own, so that strangers cannot fill the memory.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    apps: BTreeMap<String, PushHealth>,
    strangers: PushHealth,
    unreadable: VecDeque<Unreadable>,
}

impl Ledger {
    /// The counts of an app with secrets.
    pub(super) fn app(&mut self, app: &str) -> &mut PushHealth {
        if !self.apps.contains_key(app) {
            self.apps.insert(app.to_owned(), PushHealth::default());
        }
        self.apps.get_mut(app).unwrap_or(&mut self.strangers)
    }

    /// The counts of requests that belong to no app.
    pub(super) fn strangers(&mut self) -> &mut PushHealth {
        &mut self.strangers
    }

    pub(super) fn of(&self, app: &str) -> PushHealth {
        self.apps.get(app).copied().unwrap_or_default()
    }

    /// All counts together.
    pub(super) fn sum(&self) -> PushHealth {
        self.apps.values().fold(self.strangers, |sum, one| PushHealth {
            received: sum.received + one.received,
            refused: sum.refused + one.refused,
            unreadable: sum.unreadable + one.unreadable,
            unknown: sum.unknown + one.unknown,
            repeated: sum.repeated + one.repeated,
            last_push: sum.last_push.max(one.last_push),
            last_ping: sum.last_ping.max(one.last_ping),
        })
    }

    pub(super) fn keep(&mut self, app: &str, at: DateTime<Utc>, body: &[u8]) {
        if self.unreadable.len() == MOST_KEPT {
            self.unreadable.pop_front();
        }
        let kept = body.get(..LONGEST_KEPT).unwrap_or(body).to_vec();
        self.unreadable.push_back(Unreadable { app: app.to_owned(), at, body: kept, length: body.len() });
    }

    pub(super) fn kept(&self) -> impl Iterator<Item = &Unreadable> {
        self.unreadable.iter()
    }
}
