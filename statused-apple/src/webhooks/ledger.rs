//! What came in, by app.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use chrono::{DateTime, Utc};
use statused_core::source::PushHealth;

use super::event::EventType;
use super::received::Received;

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

/// What is known of one app's pushes.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) health: PushHealth,
    /// Something speaks against relying on them, until the next genuine one.
    pub(super) doubted: bool,
    /// Apple's id of the webhook that sends here, if somebody has told.
    pub(super) webhook: Option<String>,
}

impl Line {
    /// A genuine push that could be read.
    pub(super) fn note(&mut self, received: &Received, now: DateTime<Utc>) {
        self.doubted = false;
        self.health.received += 1;
        self.health.repeated += u64::from(received.repeated);
        self.health.unknown += u64::from(matches!(received.kind, EventType::Unknown(_)));
        match received.kind {
            EventType::Ping => self.health.last_ping = Some(now),
            _ => self.health.last_push = Some(now),
        }
    }

    /// When anything genuine last came.
    pub(super) fn last_heard(&self) -> Option<DateTime<Utc>> {
        self.health.last_push.max(self.health.last_ping)
    }
}

/// Lines by app. Apps without secrets have none of their own, so that strangers cannot fill the memory.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    apps: BTreeMap<String, Line>,
    strangers: PushHealth,
    unreadable: VecDeque<Unreadable>,
}

impl Ledger {
    /// The line of an app with secrets.
    pub(super) fn app(&mut self, app: &str) -> &mut Line {
        self.apps.entry(app.to_owned()).or_default()
    }

    pub(super) fn find(&self, app: &str) -> Option<&Line> {
        self.apps.get(app)
    }

    /// The counts of requests that belong to no app.
    pub(super) fn strangers(&mut self) -> &mut PushHealth {
        &mut self.strangers
    }

    /// All counts together.
    pub(super) fn sum(&self) -> PushHealth {
        let mut sum = self.strangers;
        for Line { health: one, .. } in self.apps.values() {
            sum.received += one.received;
            sum.refused += one.refused;
            sum.unreadable += one.unreadable;
            sum.unknown += one.unknown;
            sum.repeated += one.repeated;
            sum.last_push = sum.last_push.max(one.last_push);
            sum.last_ping = sum.last_ping.max(one.last_ping);
        }
        sum
    }

    /// Keeps a body that could not be read.
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
