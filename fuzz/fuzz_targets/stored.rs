//! Whatever a store gives back: the state of an app or an account, an event, a mail that was kept aside.

#![no_main]

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;
use statused_core::model::{
    Account, AggregateKey, Event, Observation, Sighting, Status, Store, SubjectKey, SubjectKind,
};
use statused_core::source::{CheckLine, PollReport, PollRequest, SourceError, Vitals};
use statused_core::store::{AggregateWrite, Commit};
use statused_core::{MemoryStore, StateStore as _, StatusSource};
use statused_email::intake::quarantine::KeptHead;
use statused_fuzz::{SOURCE, now, run, watch};

/// Shows one version, the only one and in review.
#[derive(Debug)]
struct Shop;

#[async_trait]
impl StatusSource for Shop {
    fn account(&self) -> Account {
        Account::new(Store::AppStoreConnect)
    }

    fn interval(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn poll(&self, request: PollRequest) -> Result<PollReport, SourceError> {
        let mut report = PollReport::new();
        let mut seen = Observation::new(SubjectKey::new(SubjectKind::Version, "v1"), Status::InReview, request.now);
        seen.looked_at = Some(request.now);
        report.sightings.insert(app(), Sighting::new().with(seen).covering(SubjectKind::Version));
        let seen = Observation::new(SubjectKey::account(), Status::AgreementAccepted, request.now);
        let account = Sighting::new().with(seen).covering(SubjectKind::Account);
        report.sightings.insert(AggregateKey::Account(request.source), account);
        Ok(report)
    }

    fn vitals(&self) -> Vitals {
        Vitals::new()
    }

    async fn check(&self) -> Vec<CheckLine> {
        Vec::new()
    }
}

fn app() -> AggregateKey {
    AggregateKey::App(SOURCE.into(), "1".into())
}

/// What can be read can be written, and is the same then.
fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) {
    if let Ok(value) = serde_json::from_str::<T>(text) {
        let written = serde_json::to_string(&value).unwrap();
        assert_eq!(serde_json::from_str::<T>(&written).unwrap(), value);
    }
}

fuzz_target!(|text: &str| {
    comes_back::<Event>(text);
    comes_back::<KeptHead>(text);
    if !text.starts_with('{') || !text.ends_with('}') {
        return;
    }
    run(async {
        let store = Arc::new(MemoryStore::new());
        let mut commit = Commit::new(now());
        for key in [app(), AggregateKey::Account(SOURCE.into())] {
            commit.aggregates.push(AggregateWrite::new(key, 0, text.to_owned()));
        }
        store.commit(commit).await.unwrap();
        watch(Arc::new(Shop), store, None).await;
    });
});
