//! Stores that break a promise each.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::disk::{Data, Handle};
use crate::StateStore;
use crate::model::{AggregateKey, DeliveryId, DeliveryRecord, DeliveryState, Event, SinkId, SourceId};
use crate::source::Checkpoint;
use crate::store::{
    ClaimRequest, Claimed, Commit, CommitError, DeliveryQuery, HistoryQuery, Lease, Pruned, Retention, Settlement,
    SettlementKind, SinkState, StoreError, StoredAggregate,
};
use crate::testkit::conformance::samples::{at, number};

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Flaw {
    #[default]
    None,
    /// None; it is a place with one owner.
    HasOneHandle,
    CountsItsReads,
    IsUnavailableWhenLocked,
    ShowsItsPassword,
    ForgetsSettlementsWhenClosed,
    KeepsThreeTries,
    TrimsStates,
    SortsLikePeople,
    CapsItsPages,
    TrimsCheckpoints,
    DropsTheHistoryOfACheckpoint,
    ForgetsCheckpointsWhenClosed,
    BlamesEveryAggregate,
    KeepsTheCheckpointOfAConflict,
    ComparesBeforeItWaits,
    CommitsInTwoSteps,
    RepeatsHistory,
    RequeuesWhatWasDelivered,
    QueuesBySink,
    OverwritesCheckpoints,
    TakesNowForDueBy,
    LetsWaitingBeOvertaken,
    CutsLeasesShort,
    GivesTheSameTokenAgain,
    GivesByNumber,
    ForgetsTheNextAtTheLimit,
    TrimsMessages,
    ChoosesBeforeItWaits,
    BelievesEveryToken,
    IgnoresSlowSettlements,
    RoundsTries,
    CountsEveryTry,
    FreesTheSinkOnSilence,
    SpeaksAsciiOnly,
    AlwaysRevives,
    RedeliversInOtherWords,
    LeavesWhatIsPending,
    RedeliversToParkedSinks,
    InventsDeliveries,
    BreaksTheOpenClaim,
    GivesLeasesUpEarly,
    RefusesRenewal,
    KeepsLeasesTooLong,
    IgnoresCaseOfNames,
    LooksBeforeItLeases,
    GoesByAnnouncement,
    IncludesTheMoment,
    ShowsTheOldestFirst,
    SkipsTheSinkForANumber,
    PrunesAtTheMoment,
    PrunesWhatIsPending,
    PrunesCheckpoints,
}

impl Data {
    /// The token of the last claim of a delivery.
    fn last_token(&self, id: DeliveryId) -> u64 {
        self.given.get(&id).map_or(0, |(claim, _)| claim.token)
    }
}

#[async_trait]
impl StateStore for Handle {
    async fn load(&self, keys: &[AggregateKey]) -> Result<Vec<StoredAggregate>, StoreError> {
        let mut data = self.data();
        data.reads += u64::from(self.flaw == Flaw::CountsItsReads);
        let mut found = data.tables.load(keys);
        if self.flaw == Flaw::TrimsStates {
            found.iter_mut().for_each(|found| found.state = found.state.trim().to_owned());
        }
        Ok(found)
    }

    async fn list(&self, after: Option<&AggregateKey>, limit: usize) -> Result<Vec<StoredAggregate>, StoreError> {
        let tables = &self.data().tables;
        match self.flaw {
            Flaw::CapsItsPages => Ok(tables.list(after, limit.min(5))),
            Flaw::SortsLikePeople => {
                let text = |key: &AggregateKey| key.to_string().to_lowercase();
                let mut all = tables.list(None, usize::MAX);
                all.sort_by_key(|found| text(&found.key));
                Ok(all
                    .into_iter()
                    .filter(|found| after.is_none_or(|after| text(&found.key) > text(after)))
                    .take(limit)
                    .collect())
            }
            _ => Ok(tables.list(after, limit)),
        }
    }

    async fn checkpoint(&self, source: &SourceId) -> Result<Option<Checkpoint>, StoreError> {
        let data = self.data();
        let found = data.tables.checkpoint(source);
        Ok(match self.flaw {
            Flaw::TrimsCheckpoints => found.map(|found| Checkpoint(found.0.trim().to_owned())),
            Flaw::ForgetsCheckpointsWhenClosed if data.opened > 1 => None,
            Flaw::PrunesCheckpoints if data.pruned => None,
            _ => found,
        })
    }

    async fn commit(&self, mut commit: Commit) -> Result<(), CommitError> {
        match self.flaw {
            Flaw::ComparesBeforeItWaits => {
                self.data().tables.clone().commit(commit.clone()).map_err(CommitError::Conflict)?;
                tokio::task::yield_now().await;
                let mut data = self.data();
                for write in &mut commit.aggregates {
                    write.expected =
                        data.tables.load(std::slice::from_ref(&write.key)).first().map_or(0, |a| a.version);
                }
                return data.tables.commit(commit).map_err(CommitError::Conflict);
            }
            Flaw::CommitsInTwoSteps => {
                let rest = Commit { aggregates: Vec::new(), ..commit.clone() };
                let first = Commit { aggregates: commit.aggregates, ..Commit::new(commit.at) };
                self.data().tables.commit(first).map_err(CommitError::Conflict)?;
                tokio::task::yield_now().await;
                return self.data().tables.commit(rest).map_err(CommitError::Conflict);
            }
            Flaw::OverwritesCheckpoints => {
                if let Some(write) = &mut commit.checkpoint {
                    write.expected = self.data().tables.checkpoint(&write.source);
                }
            }
            Flaw::DropsTheHistoryOfACheckpoint if commit.checkpoint.is_some() => commit.history.clear(),
            Flaw::QueuesBySink => commit.deliveries.sort_by(|a, b| a.sink.cmp(&b.sink)),
            Flaw::LetsWaitingBeOvertaken if commit.at >= at(20) => {
                for delivery in &mut commit.deliveries {
                    let event = &mut delivery.notification.event;
                    let lane = AggregateKey::App("lane".into(), event.id.to_string().into());
                    self.data().moved.insert(event.id, std::mem::replace(&mut event.aggregate, lane));
                }
            }
            _ => {}
        }
        let mut data = self.data();
        if self.flaw == Flaw::RepeatsHistory {
            let known = data.tables.history(&HistoryQuery::default().with_limit(1000));
            let again = commit.history.iter().filter(|event| known.iter().any(|known| known.id == event.id));
            data.repeated.extend(again.cloned());
        }
        if self.flaw == Flaw::RequeuesWhatWasDelivered {
            let done = DeliveryQuery::default().with_state(DeliveryState::Delivered);
            for record in data.tables.deliveries(&done) {
                if commit.deliveries.iter().any(|new| new.notification.event.id == record.event_id) {
                    data.tables.redeliver(record.id, commit.at);
                }
            }
        }
        let (at, all) = (commit.at, commit.aggregates.iter().map(|write| write.key.clone()).collect());
        let checkpoint = commit.checkpoint.clone();
        let result = data.tables.commit(commit);
        if result.is_err() && self.flaw == Flaw::KeepsTheCheckpointOfAConflict {
            data.tables.commit(Commit { checkpoint, ..Commit::new(at) }).map_err(CommitError::Conflict)?;
        }
        data.committed = data.tables.clone();
        let blame = |named| if self.flaw == Flaw::BlamesEveryAggregate { all } else { named };
        result.map_err(|named| CommitError::Conflict(blame(named)))
    }

    async fn claim(&self, mut request: ClaimRequest) -> Result<Claimed, StoreError> {
        match self.flaw {
            Flaw::TakesNowForDueBy => request.due_by = request.now,
            Flaw::CutsLeasesShort => {
                request.lease_until = request.lease_until.min(request.now + TimeDelta::seconds(20));
            }
            _ => {}
        }
        let chosen = self.data().tables.clone().claim(&request);
        if self.flaw == Flaw::ChoosesBeforeItWaits {
            tokio::task::yield_now().await;
        }
        let mut data = self.data();
        let mut claimed = data.tables.claim(&request);
        data.given.extend(claimed.claims.iter().map(|claim| (claim.id, (claim.clone(), request.lease_until))));
        match self.flaw {
            Flaw::ChoosesBeforeItWaits => return Ok(chosen),
            Flaw::GivesByNumber => claimed.claims.sort_by_key(|claim| claim.id),
            Flaw::ForgetsTheNextAtTheLimit if claimed.claims.len() == request.limit => claimed.next_due = None,
            _ => {}
        }
        for claim in &mut claimed.claims {
            let event = &mut claim.notification.event;
            if let Some(lane) = data.moved.get(&event.id) {
                event.aggregate = lane.clone();
            }
            match self.flaw {
                Flaw::GivesTheSameTokenAgain => claim.token = claim.id.0,
                Flaw::TrimsMessages => event.data.message = event.data.message.trim().to_owned(),
                Flaw::RedeliversInOtherWords if data.redelivered.contains(&claim.id) => {
                    event.data.message.insert_str(0, "Again: ");
                }
                _ => {}
            }
        }
        Ok(claimed)
    }

    async fn settle(&self, mut settlement: Settlement) -> Result<(), StoreError> {
        let mut data = self.data();
        let given = data.given.get(&settlement.id).cloned();
        match (self.flaw, &mut settlement.kind) {
            (Flaw::BelievesEveryToken, _) => settlement.token = data.last_token(settlement.id),
            (Flaw::GivesTheSameTokenAgain, _) if settlement.token == settlement.id.0 => {
                settlement.token = data.last_token(settlement.id);
            }
            (Flaw::IgnoresSlowSettlements, _) if given.as_ref().is_some_and(|(_, until)| *until <= settlement.at) => {
                return Ok(());
            }
            (Flaw::RoundsTries, SettlementKind::Final(_)) => settlement.attempt.millis = 0,
            (Flaw::CountsEveryTry, SettlementKind::Again { counted, .. }) => *counted = true,
            (Flaw::FreesTheSinkOnSilence, _) if settlement.sink.is_none() => {
                let sink = given.map(|(claim, _)| claim.id);
                let record = data.tables.deliveries(&DeliveryQuery { id: sink, ..DeliveryQuery::default() });
                data.tables.revive(&record[0].sink);
            }
            _ => {}
        }
        data.tables.settle(settlement);
        Ok(())
    }

    async fn sink_states(&self) -> Result<BTreeMap<SinkId, SinkState>, StoreError> {
        let data = self.data();
        let mut states = data.tables.sink_states();
        states.extend(data.freed.clone());
        if self.flaw == Flaw::SpeaksAsciiOnly {
            for reason in states.values_mut().filter_map(|state| state.parked.as_mut()) {
                reason.retain(|c| c.is_ascii());
            }
        }
        Ok(states)
    }

    async fn revive(&self, sink: &SinkId) -> Result<bool, StoreError> {
        Ok(self.data().tables.revive(sink) || self.flaw == Flaw::AlwaysRevives)
    }

    async fn redeliver(&self, id: DeliveryId, now: DateTime<Utc>) -> Result<Option<SinkId>, StoreError> {
        let mut data = self.data();
        data.redelivered.insert(id);
        let record = data.tables.deliveries(&DeliveryQuery::default().with_id(id)).pop();
        match (self.flaw, &record) {
            (Flaw::InventsDeliveries, None) => return Ok(Some("hook".into())),
            (Flaw::LeavesWhatIsPending, Some(record)) if record.state == DeliveryState::Pending => {
                data.tables.revive(&record.sink);
                return Ok(Some(record.sink.clone()));
            }
            (Flaw::RedeliversToParkedSinks, Some(record)) => {
                let mut states = data.tables.sink_states();
                states.retain(|sink, _| *sink == record.sink);
                data.freed.extend(states);
            }
            (Flaw::BreaksTheOpenClaim, Some(_)) => {
                let open: Vec<_> = data.given.values().map(|(claim, _)| claim.clone()).collect();
                for claim in open {
                    let kind = SettlementKind::Again { due_at: now + TimeDelta::hours(1), counted: false };
                    let settled = super::super::samples::settlement(&claim, 0, kind);
                    data.tables.settle(settled);
                }
            }
            _ => {}
        }
        Ok(data.tables.redeliver(id, now))
    }

    async fn lease(&self, mut lease: Lease) -> Result<bool, StoreError> {
        let second = TimeDelta::seconds(1);
        match self.flaw {
            Flaw::GivesLeasesUpEarly => lease.until -= second,
            Flaw::KeepsLeasesTooLong => lease.until += second,
            Flaw::IgnoresCaseOfNames => lease.name = lease.name.to_lowercase(),
            Flaw::RefusesRenewal => {
                let other = Lease { holder: format!("not {}", lease.holder), ..lease.clone() };
                return Ok(self.data().tables.clone().lease(other) && self.data().tables.lease(lease));
            }
            Flaw::LooksBeforeItLeases => {
                let free = self.data().tables.clone().lease(lease.clone());
                tokio::task::yield_now().await;
                self.data().tables.lease(lease);
                return Ok(free);
            }
            _ => {}
        }
        Ok(self.data().tables.lease(lease))
    }

    async fn history(&self, query: HistoryQuery) -> Result<Vec<Event>, StoreError> {
        let data = self.data();
        let mut found = match (self.flaw, query.before) {
            (Flaw::IncludesTheMoment, Some(before)) => {
                data.tables.history(&HistoryQuery { before: Some(before + TimeDelta::nanoseconds(1)), ..query })
            }
            _ => data.tables.history(&query),
        };
        found.extend(data.repeated.clone());
        if self.flaw == Flaw::GoesByAnnouncement {
            found.sort_by_key(|event| std::cmp::Reverse(number(event)));
        }
        Ok(found)
    }

    async fn deliveries(&self, mut query: DeliveryQuery) -> Result<Vec<DeliveryRecord>, StoreError> {
        if self.flaw == Flaw::SkipsTheSinkForANumber && query.id.is_some() {
            query.sink = None;
        }
        let mut found = self.data().tables.deliveries(&query);
        match self.flaw {
            Flaw::ShowsTheOldestFirst => found.reverse(),
            Flaw::KeepsThreeTries => found.iter_mut().for_each(|record| {
                record.log.drain(..record.log.len().saturating_sub(3));
            }),
            _ => {}
        }
        Ok(found)
    }

    async fn prune(&self, mut retention: Retention) -> Result<Pruned, StoreError> {
        let mut data = self.data();
        data.pruned = true;
        match self.flaw {
            Flaw::PrunesAtTheMoment => retention.deliveries_before += TimeDelta::nanoseconds(1),
            Flaw::PrunesWhatIsPending => {
                let old = retention.deliveries_before;
                for record in data.tables.deliveries(&DeliveryQuery::default().with_state(DeliveryState::Pending)) {
                    let request = ClaimRequest::new(record.sink, old, 10, old);
                    for claim in data.tables.claim(&request).claims {
                        let dead = SettlementKind::Final(DeliveryState::Dead);
                        data.tables.settle(super::super::samples::settlement(&claim, -1, dead));
                    }
                }
            }
            _ => {}
        }
        Ok(data.tables.prune(retention))
    }
}
