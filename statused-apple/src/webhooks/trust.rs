//! What the source asks of the receiver: whether silence means that nothing has happened.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use statused_core::model::{Status, SubjectKey, SubjectKind};

use super::ledger::Line;
use super::received::{Content, Received};
use super::{EventType, Webhooks};

/// More changes than an account has between two full rounds.
const MOST: usize = 4096;

/// Changes of versions and external betas that pushes have told of since the last full round.
#[derive(Debug, Default)]
pub(super) struct Told(BTreeSet<Change>);

/// An app, a subject of it, and a status that it came to.
pub(crate) type Change = (String, SubjectKey, Status);

impl Told {
    pub(super) fn note(&mut self, received: &Received) {
        let kind = match received.kind {
            EventType::VersionState => SubjectKind::Version,
            EventType::ExternalBetaState => SubjectKind::TestFlight,
            _ => return,
        };
        if let Content::State { id, to, .. } = &received.content
            && self.0.len() < MOST
        {
            self.0.insert((received.app.clone(), SubjectKey::new(kind, id), to.clone()));
        }
    }
}

impl Webhooks {
    /// Whether the pushes of an app can be relied on: a genuine one came lately, and nothing speaks against it.
    pub(crate) fn is_trusted(&self, app: &str, trust_for: TimeDelta) -> bool {
        let state = self.lock();
        let line = state.ledger.find(app).filter(|line| state.keyring.knows(app) && !line.doubted);
        let heard = line.and_then(Line::last_heard);
        // A clock that was set back proves nothing.
        heard.is_some_and(|heard| (self.now() - heard).abs() < trust_for)
    }

    /// Something speaks against the pushes of an app, until the next genuine one.
    pub(crate) fn doubt(&self, app: &str) {
        self.lock().ledger.app(app).doubted = true;
    }

    /// When anything genuine last came for an app.
    pub(crate) fn last_heard(&self, app: &str) -> Option<DateTime<Utc>> {
        self.lock().ledger.find(app)?.last_heard()
    }

    /// Which of Apple's webhooks sends here for an app, if somebody has told.
    pub(crate) fn registered(&self, app: &str) -> Option<String> {
        self.lock().ledger.find(app)?.webhook.clone()
    }

    /// Whether an event was taken in.
    pub(crate) fn has_taken(&self, app: &str, id: &str) -> bool {
        self.lock().replays.knows(app, id)
    }

    /// What pushes have told since the last full round.
    pub(crate) fn told(&self) -> BTreeSet<Change> {
        self.lock().told.0.clone()
    }

    /// Forgets what a full round has seen itself.
    pub(crate) fn forget_told(&self, seen: &BTreeSet<Change>) {
        self.lock().told.0.retain(|change| !seen.contains(change));
    }
}
