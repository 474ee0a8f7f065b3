//! The kit on stores: the one in memory, a place that can do everything, and one for each promise that is broken.

use super::broken;
use super::disk::Disk;
use super::flaws::Flaw::{self, *};
use crate::MemoryStore;
use crate::store::StoreError;
use crate::testkit::conformance::store::{Abilities, Place, check_all, compare};

/// What the first bullet of each flaw's list names, the flaw is about; the others cannot hold either then.
const FLAWS: &[(Flaw, &[&str])] = &[
    (CountsItsReads, &["store.always.1"]),
    (IsUnavailableWhenLocked, &["store.always.2"]),
    (ShowsItsPassword, &["store.always.3"]),
    (ForgetsSettlementsWhenClosed, &["store.always.4"]),
    (KeepsThreeTries, &["store.always.5"]),
    (TrimsStates, &["store.load.1"]),
    (SortsLikePeople, &["store.list.1"]),
    (CapsItsPages, &["store.list.2"]),
    (TrimsCheckpoints, &["store.checkpoint.1"]),
    (DropsTheHistoryOfACheckpoint, &["store.commit.1", "store.commit.2", "store.commit.6"]),
    (ForgetsCheckpointsWhenClosed, &["store.commit.2", "store.commit.10"]),
    (BlamesEveryAggregate, &["store.commit.3"]),
    (KeepsTheCheckpointOfAConflict, &["store.commit.4"]),
    (ComparesBeforeItWaits, &["store.commit.5"]),
    (CommitsInTwoSteps, &["store.commit.6"]),
    (RepeatsHistory, &["store.commit.7"]),
    (RequeuesWhatWasDelivered, &["store.commit.8"]),
    (QueuesBySink, &["store.commit.9"]),
    (OverwritesCheckpoints, &["store.commit.10"]),
    (TakesNowForDueBy, &["store.claim.1"]),
    (LetsWaitingBeOvertaken, &["store.claim.2"]),
    (CutsLeasesShort, &["store.claim.3", "store.claim.6"]),
    (GivesTheSameTokenAgain, &["store.claim.4", "store.settle.1"]),
    (GivesByNumber, &["store.claim.5"]),
    (ForgetsTheNextAtTheLimit, &["store.claim.6"]),
    (TrimsMessages, &["store.claim.7"]),
    (ChoosesBeforeItWaits, &["store.claim.8"]),
    (BelievesEveryToken, &["store.settle.1"]),
    (IgnoresSlowSettlements, &["store.settle.2"]),
    (RoundsTries, &["store.settle.3"]),
    (CountsEveryTry, &["store.settle.4"]),
    (FreesTheSinkOnSilence, &["store.settle.5"]),
    (SpeaksAsciiOnly, &["store.sink_states.1"]),
    (AlwaysRevives, &["store.revive.1"]),
    (RedeliversInOtherWords, &["store.redeliver.1"]),
    (LeavesWhatIsPending, &["store.redeliver.2"]),
    (RedeliversToParkedSinks, &["store.redeliver.3"]),
    (InventsDeliveries, &["store.redeliver.4"]),
    (BreaksTheOpenClaim, &["store.redeliver.5"]),
    (GivesLeasesUpEarly, &["store.lease.1", "store.lease.2"]),
    (RefusesRenewal, &["store.lease.2"]),
    (KeepsLeasesTooLong, &["store.lease.3"]),
    (IgnoresCaseOfNames, &["store.lease.4"]),
    (LooksBeforeItLeases, &["store.lease.5"]),
    (GoesByAnnouncement, &["store.history.1"]),
    (IncludesTheMoment, &["store.history.2"]),
    (ShowsTheOldestFirst, &["store.deliveries.1"]),
    (SkipsTheSinkForANumber, &["store.deliveries.2"]),
    (PrunesAtTheMoment, &["store.prune.1"]),
    (PrunesWhatIsPending, &["store.prune.2", "store.claim.7"]),
    (PrunesCheckpoints, &["store.prune.3"]),
];

pub(super) struct Memory;

impl Place for Memory {
    type Store = MemoryStore;

    async fn open(&self) -> Result<MemoryStore, StoreError> {
        Ok(MemoryStore::new())
    }

    fn abilities(&self) -> Abilities {
        Abilities::none()
    }

    async fn fingerprint(&self, store: &MemoryStore) -> Option<Vec<u8>> {
        Some(store.writes().to_be_bytes().to_vec())
    }
}

mod memory {
    crate::store_tests!(super::Memory);
}

mod one_owner {
    crate::store_tests!(super::Disk::with(super::HasOneHandle));
}

#[tokio::test]
async fn a_place_without_a_flaw_keeps_every_promise() {
    let report = check_all(async || Disk::default()).await;
    report.assert();
    assert_eq!(report.skipped().count(), 0, "{report}");
    for seed in 0..100 {
        compare(&Disk::default(), seed).await.unwrap();
    }
}

#[tokio::test]
async fn what_a_memory_cannot_show_is_skipped_and_counted() {
    let report = check_all(async || Memory).await;
    report.assert();
    let skipped: Vec<_> = report.skipped().map(|finding| finding.id).collect();
    assert_eq!(skipped, ["store.always.2", "store.always.3", "store.always.4", "store.commit.2"]);
}

/// The comparison with the tables may see it as well, and is asked by itself.
#[tokio::test]
async fn each_flaw_is_found_by_just_its_check() {
    let mut compared = 0;
    for (flaw, ids) in FLAWS {
        let report = check_all(async || Disk::with(*flaw)).await;
        let mut found = broken(&report);
        if *ids != ["store.always.5"] {
            compared += found.extract_if(.., |id| *id == "store.always.5").count();
        }
        let mut wanted = ids.to_vec();
        wanted.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, wanted, "{flaw:?}\n{report}");
    }
    assert!(compared > 20, "the comparison has seen {compared} flaws");
}

#[tokio::test]
async fn every_promise_is_broken_by_a_flaw() {
    let report = check_all(async || Disk::default()).await;
    let tried: Vec<_> = report.findings.iter().map(|finding| finding.id).collect();
    let flawed: Vec<_> = FLAWS.iter().map(|(_, ids)| ids[0]).collect();
    assert_eq!(flawed, tried);
}
