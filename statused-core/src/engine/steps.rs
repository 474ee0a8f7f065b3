//! What each input leads to: what is started, what is written down, and who is told.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::input::{Command, Ticket};
use super::job::{Cause, Done, Job};
use super::mark::mark;
use super::notice::Notice;
use super::watch::Remembered;

use super::{Engine, STORE_PAUSE};
use crate::model::{AggregateKey, Observation, Sighting, Sightings, SourceId, Status, SubjectKey};
use crate::source::{Checkpoint, PollReport, PollRequest, Scope, SourceError, SourceErrorKind};
use crate::store::{Retention, StoreError, StoreErrorKind};

/// How often retention runs.
const PRUNE_EVERY: TimeDelta = TimeDelta::hours(1);

impl Engine {
    /// Starts everything that can be started.
    pub(super) fn pump(&mut self, now: DateTime<Utc>) {
        let due: Vec<_> = self.welcomes.iter().filter(|(_, at)| **at <= now).map(|(id, _)| id.clone()).collect();
        for id in due {
            self.welcomes.remove(&id);
            self.works.push(Job::Welcome(id));
        }
        while let Some(key) = self.works.take_overdue(now) {
            let Some((source, watch)) = key.source().and_then(|id| self.watches.get_key_value(id)) else { continue };
            mark!(WaitedLongEnough);
            // A look that brings nothing: what has waited long enough is told.
            let sightings = BTreeMap::from([(key.clone(), Sighting::new())]);
            let (source, account) = (source.clone(), watch.account.clone());
            self.works.push(Job::Look { source, account, sightings, cause: Cause::Due });
        }
        while let Some(done) = self.works.begin(now, &self.workflows, &mut self.commands) {
            self.finish(Some(done), now);
        }
        for (id, watch) in &mut self.watches {
            let Some(scope) = watch.scope_due(self.by_the_clock, now).filter(|_| !watch.polling) else { continue };
            if self.works.holds_checkpoint(id) {
                continue;
            }
            if watch.checkpoint.is_old(now) {
                mark!(CheckpointReadAgain);
                watch.checkpoint = Remembered::Unknown;
            }
            match &watch.checkpoint {
                Remembered::Asked(_) => {}
                Remembered::Unknown => {
                    watch.checkpoint = Remembered::Asked(now);
                    watch.polling = true;
                    self.commands.push_back(Command::Restore { source: id.clone() });
                }
                Remembered::Known(checkpoint, _) => {
                    watch.polling = true;
                    watch.wanted &= scope == Scope::Named;
                    (watch.scope, watch.look_due) = (scope, None);
                    // The account is seen by any answer at all.
                    let asked = |((key, _), _): &((AggregateKey, _), _)| scope == Scope::Full || key.app().is_some();
                    watch.asked = self.works.doubts(id).filter(asked).collect();
                    let mut request = PollRequest::new(id.clone(), now);
                    request.checkpoint.clone_from(checkpoint);
                    watch.given.clone_from(checkpoint);
                    request.verify = watch.asked.keys().cloned().collect();
                    watch.hinted = std::mem::take(&mut watch.hints);
                    request.hints.clone_from(&watch.hinted);
                    request.scope = scope;
                    self.commands.push_back(Command::Poll { request });
                }
            }
        }
        self.outbox.offer_again(now, &mut self.commands);
        if self.may_deliver() {
            self.outbox.claim(now, &mut self.commands);
        }
        if self.sinks_at.is_some_and(|at| at <= now) && self.minds_sinks() {
            self.sinks_at = None;
            self.outbox.records_are_read();
            self.commands.push_back(Command::LoadSinks);
        }
        if self.by_the_clock && self.prune_at.is_some_and(|at| at <= now) {
            self.prune_at = Some(now + PRUNE_EVERY);
            let retention = Retention::new(now - self.settings.keep_history, now - self.settings.keep_deliveries);
            self.commands.push_back(Command::Prune(retention));
        }
    }

    pub(super) fn restored(
        &mut self,
        source: &SourceId,
        result: Result<Option<Checkpoint>, StoreError>,
        now: DateTime<Utc>,
    ) {
        if let Some(watch) = self.watches.get_mut(source) {
            watch.polling = false;
            match (&result, &watch.checkpoint) {
                (Ok(checkpoint), Remembered::Asked(at)) if !watch.checkpoint.is_old(now) => {
                    watch.checkpoint = Remembered::Known(checkpoint.clone(), *at);
                }
                (Ok(_), _) => {
                    mark!(CheckpointReadAgain);
                    watch.checkpoint = Remembered::Unknown;
                }
                (Err(_), _) => {
                    mark!(CheckpointUnread);
                    watch.checkpoint = Remembered::Unknown;
                    watch.wanted = false;
                    watch.due = now + STORE_PAUSE;
                    // What is in doubt waits as well: nobody asks a store that is down again and again.
                    watch.look_due = watch.look_due.map(|at| at.max(watch.due));
                }
            }
        }
        self.store_answered(result.map(|_| ()));
    }

    pub(super) fn polled(
        &mut self,
        source: SourceId,
        seen_at: DateTime<Utc>,
        result: Result<PollReport, SourceError>,
        now: DateTime<Utc>,
    ) {
        let Some(watch) = self.watches.get_mut(&source) else { return };
        watch.polling = false;
        let owed = watch.owes_looks();
        let (given, asked) = (watch.given.take(), std::mem::take(&mut watch.asked));
        let mut hinted = std::mem::take(&mut watch.hinted);
        let (sightings, checkpoint) = match result {
            Ok(report) => {
                let (recovered, troubles) = watch.succeeded(&report, now);
                if recovered {
                    self.commands.push_back(Command::Tell(Notice::SourceRecovered(source.clone())));
                }
                for trouble in troubles {
                    self.commands.push_back(Command::Tell(Notice::SourceTroubled(source.clone(), trouble)));
                }
                (report.sightings, report.checkpoint.filter(|new| given.as_ref() != Some(new)))
            }
            Err(error) => {
                watch.hints.extend(std::mem::take(&mut hinted));
                if watch.failed(&error, owed, now) {
                    self.commands.push_back(Command::Tell(Notice::SourceFails(source.clone(), error.clone())));
                }
                if error.kind != SourceErrorKind::Agreement {
                    mark!(PollFailed);
                    return;
                }
                // The one failure that says something about the account; all else stays as it was.
                let pending = Observation::new(SubjectKey::account(), Status::PendingAgreement, seen_at).as_doubtful();
                let sighting = Sighting::new().with(pending);
                (BTreeMap::from([(AggregateKey::Account(source.clone()), sighting)]), None)
            }
        };
        let account = watch.account.clone();
        let cause = Cause::Poll { seen_at, asked, hinted, given, checkpoint };
        self.works.push(Job::Look { source, account, sightings, cause });
    }

    pub(super) fn pushed(&mut self, ticket: Ticket, source: SourceId, sightings: Sightings) {
        let Some(watch) = self.watches.get(&source) else {
            let error = StoreError::new(StoreErrorKind::Other, format!("there is no source {source}"));
            self.commands.push_back(Command::Answer { ticket, result: Err(error) });
            return;
        };
        let account = watch.account.clone();
        self.works.push(Job::Look { source, account, sightings, cause: Cause::Push(ticket) });
    }

    pub(super) fn finish(&mut self, done: Option<Done>, now: DateTime<Utc>) {
        let Some(done) = done else { return };
        let failed = done.result.is_err();
        self.store_answered(done.result.clone());
        self.announced += done.announced.len() as u64;
        for event in done.announced {
            self.commands.push_back(Command::Tell(Notice::Announced(Box::new(event))));
        }
        if done.uncertain {
            self.outbox.wake_all(now);
        }
        done.sinks.iter().for_each(|sink| self.outbox.wake(sink, now));
        match done.job {
            Job::Welcome(id) if failed => {
                mark!(WelcomeNotWritten);
                self.welcomes.insert(id, now + STORE_PAUSE);
            }
            Job::Welcome(_) => {}
            Job::Look { source, sightings, cause, .. } => {
                let pushed = matches!(cause, Cause::Push(_));
                if let Cause::Push(ticket) = cause {
                    self.commands.push_back(Command::Answer { ticket, result: done.result });
                }
                let Some(watch) = self.watches.get_mut(&source) else { return };
                if let Cause::Poll { seen_at, hinted, checkpoint, .. } = cause {
                    if done.uncertain || done.too_old {
                        watch.checkpoint = Remembered::Unknown;
                    }
                    if failed || done.too_old {
                        watch.hints.extend(hinted);
                    }
                    if done.too_old {
                        watch.due = now;
                        // Who polls by rounds gets no other one soon.
                        watch.wanted |= !self.by_the_clock && !self.draining;
                        return;
                    }
                    if let (Some(checkpoint), false) = (checkpoint, failed) {
                        watch.checkpoint = Remembered::Known(Some(checkpoint), seen_at);
                    }
                }
                if failed {
                    mark!(LookNotWritten);
                    watch.mind_store(now);
                    return;
                }
                // An account's doubt keeps the usual pace: Apple's back ends disagree for minutes.
                let mut doubted = self.works.doubts(&source).map(|((key, _), _)| key).filter(|key| key.app().is_some());
                let told = sightings.iter().filter(|(_, sighting)| !sighting.letters.is_empty());
                let hints: Vec<_> = told.map(|(key, _)| key).filter(|key| self.works.knows(key)).cloned().collect();
                let hinted = !hints.is_empty();
                watch.hints.extend(hints);
                if !pushed {
                    watch.mind_doubts(doubted.next().is_some(), now);
                } else if hinted || doubted.any(|key| sightings.contains_key(&key)) {
                    watch.look_at_once(now);
                }
            }
        }
    }

    pub(super) fn store_answered(&mut self, result: Result<(), StoreError>) {
        match result {
            Ok(()) => {
                if self.store_error.take().is_some() {
                    self.commands.push_back(Command::Tell(Notice::StoreRecovered));
                }
            }
            Err(error) => {
                if self.store_error.as_ref() != Some(&error.message) {
                    self.commands.push_back(Command::Tell(Notice::StoreFails(error.message.clone())));
                    self.store_error = Some(error.message);
                }
            }
        }
    }
}
