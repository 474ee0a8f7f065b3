//! What pushes have missed, from Apple's own log.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use statused_core::model::{Observation, Passed, SubjectKey, SubjectKind};
use statused_core::source::SourceError;

use super::pace::{Pushes, is_due};
use super::round::{Apps, Round};
use super::troubles::Part;
use crate::client::{ApiError, ApiErrorKind};
use crate::registration::{Delivery, DeliveryState, Registration};
use crate::webhooks::Received;

/// What the log tells of one app.
#[derive(Debug)]
pub(super) struct Missed {
    app: String,
    /// Events that were not taken in, in the order in which they happened.
    events: Vec<Received>,
    /// From where on to read the next time.
    read_to: DateTime<Utc>,
}

impl Round<'_> {
    /// Reads the log of each app with secrets, when it is time.
    pub(super) async fn read_log(&mut self, apps: &Apps) -> Result<Vec<Missed>, SourceError> {
        let source = self.source;
        let Some(pushes) = &source.pushes else { return Ok(Vec::new()) };
        let now = self.request.now;
        if !is_due(source.pace().log_at, pushes.recover_every, now) || self.troubles.hold.is_some() {
            return Ok(Vec::new());
        }
        let covered = pushes.webhooks.apps();
        let questions = covered.iter().filter(|app| apps.seen.contains_key(*app)).map(|app| {
            let since = self.memory.apps.get(app).and_then(|memory| memory.log);
            let client = self.client.clone();
            async move { (app, source.log_of(client, app, since, pushes, now).await) }
        });
        // The log is for keys with more rights; the others poll and receive all the same.
        let questions = questions.map(|question| async {
            let (app, answer) = question.await;
            (app, forgiven(answer))
        });
        let questions = questions.collect();
        let asked = self.troubles.gather(Part::Log, questions).await?;
        if self.troubles.hold.is_none() {
            source.pace().log_at = Some(now);
        }
        Ok(asked.into_iter().filter_map(|(_, missed)| missed).collect())
    }

    /// Adds what was missed: the way that a version or an external beta came to its status, and all else as the push that
    /// it was.
    pub(super) fn replay(&mut self, missed: Vec<Missed>) {
        for missed in missed {
            if let Some(memory) = self.memory.apps.get_mut(&missed.app) {
                memory.log = Some(missed.read_to);
            }
            self.replay_app(&missed);
        }
    }

    fn replay_app(&mut self, missed: &Missed) {
        let now = self.request.now;
        let pushes: Vec<Observation> = missed.events.iter().filter_map(|event| event.observation(now)).collect();
        let sighting = self.sighting(&missed.app);
        let mut ways: BTreeMap<SubjectKey, Vec<Passed>> = BTreeMap::new();
        for push in pushes.iter().filter(|push| has_way(&push.subject)) {
            let passed = push.as_of.map(|at| Passed::new(push.from.clone(), push.status.clone(), at));
            ways.entry(push.subject.clone()).or_default().extend(passed);
        }
        // Which of the pushes stand in a trail, or before what the list has shown.
        let mut placed: BTreeMap<SubjectKey, Option<DateTime<Utc>>> = BTreeMap::new();
        let mut told = Vec::new();
        for mut seen in std::mem::take(&mut sighting.observations) {
            let way = ways.get_mut(&seen.subject).filter(|_| !seen.doubtful);
            if let Some(way) = way.filter(|way| !is_behind(&seen, way)) {
                let last = way.iter().rposition(|passed| passed.to == seen.status);
                if let Some(last) = last {
                    way.truncate(last + 1);
                    placed.insert(seen.subject.clone(), way.last().map(|passed| passed.at));
                    seen.trail = std::mem::take(way);
                } else {
                    // The log lacks the last step: what it has came before.
                    placed.insert(seen.subject.clone(), None);
                    told.extend(pushes.iter().filter(|push| push.subject == seen.subject).cloned());
                }
            }
            told.push(seen);
        }
        let beyond = |push: &Observation| match placed.get(&push.subject) {
            Some(Some(shown)) => push.as_of > Some(*shown),
            Some(None) => false,
            None => true,
        };
        told.extend(pushes.iter().filter(|push| beyond(push)).cloned());
        sighting.observations = told;
    }
}

/// Whether a list shows the status from which the way begins: it is older than the log.
fn is_behind(seen: &Observation, way: &[Passed]) -> bool {
    let arrived = way.iter().any(|passed| passed.to == seen.status);
    !arrived && way.first().is_some_and(|first| first.from.as_ref() == Some(&seen.status))
}

fn has_way(subject: &SubjectKey) -> bool {
    matches!(subject.kind, SubjectKind::Version | SubjectKind::TestFlight)
}

fn forgiven(answer: Result<Missed, ApiError>) -> Result<Option<Missed>, ApiError> {
    match answer {
        Err(error) if matches!(error.kind, ApiErrorKind::Forbidden | ApiErrorKind::NotFound) => Ok(None),
        other => other.map(Some),
    }
}

impl super::AppStoreConnect {
    /// Reads the log of one app's webhooks. The first time ever, nothing is missed yet.
    async fn log_of(
        &self,
        client: crate::client::Client,
        app: &str,
        since: Option<DateTime<Utc>>,
        pushes: &Pushes,
        now: DateTime<Utc>,
    ) -> Result<Missed, ApiError> {
        let registration = Registration::new(client);
        let listed = registration.list_dated(app).await?;
        let hooks = &listed.answer;
        let only = if let [only] = hooks.as_slice() { Some(only.id.clone()) } else { None };
        match &only {
            Some(only) => self.pace().only.insert(app.to_owned(), only.clone()),
            None => self.pace().only.remove(app),
        };
        let Some(since) = since else {
            let read_to = listed.at.unwrap_or(now);
            return Ok(Missed { app: app.to_owned(), events: Vec::new(), read_to });
        };
        let ours = pushes.webhooks.registered(app).or(only);
        let mut deliveries = Vec::new();
        for hook in hooks {
            let sent = registration.deliveries(&hook.id, since).await?;
            if ours.as_ref().is_none_or(|ours| *ours == hook.id) && has_failed(&sent, since, pushes, app) {
                pushes.webhooks.doubt(app);
            }
            deliveries.extend(sent);
        }
        let read_to = deliveries.iter().filter_map(logged_at).max().map_or(since, |newest| newest.max(since));
        Ok(Missed { app: app.to_owned(), events: not_taken(&deliveries, since, pushes, app), read_to })
    }
}

/// When the event of a delivery happened.
fn logged_at(delivery: &Delivery) -> Option<DateTime<Utc>> {
    delivery.event.as_ref().and_then(|event| event.created)
}

/// Whether a push has failed that nothing genuine has followed.
fn has_failed(sent: &[Delivery], since: DateTime<Utc>, pushes: &Pushes, app: &str) -> bool {
    let heard = pushes.webhooks.last_heard(app);
    sent.iter().any(|delivery| {
        let new = logged_at(delivery).is_some_and(|at| at > since) && delivery.created > heard;
        delivery.state == DeliveryState::Failed && new
    })
}

/// Each event once, the oldest first.
fn not_taken(deliveries: &[Delivery], since: DateTime<Utc>, pushes: &Pushes, app: &str) -> Vec<Received> {
    let mut known = BTreeSet::new();
    let mut events = Vec::new();
    for event in deliveries.iter().filter_map(|delivery| delivery.event.as_ref()) {
        let Ok(mut received) = Received::read(app, event.payload.as_bytes()) else { continue };
        received.at = received.at.or(event.created);
        let new = event.created >= Some(since) && known.insert(received.id.clone());
        if new && !pushes.webhooks.has_taken(app, &received.id) {
            events.push(received);
        }
    }
    events.sort_by_key(|received| received.at);
    events
}
