//! Places and claims for tests. The commits are those of the conformance kit.

use statused_core::StateStore;
use statused_core::store::{Claim, ClaimRequest};

pub(crate) use statused_core::testkit::conformance::samples::*;

/// Where a store of ours keeps its data, for tests that also reach past the store. The kit's `Place` is for those that do
/// not.
pub(crate) trait Place {
    type Store: StateStore;

    /// Opens it for a monitor.
    async fn open(&self) -> Self::Store;

    /// What [`StateStore`] has no method for.
    async fn close(&self, store: &Self::Store);

    /// A statement past the store.
    async fn execute(&self, statement: &str);

    /// How many events, deliveries and tries there are.
    async fn counts(&self) -> [i64; 3];
}

pub(crate) async fn claim(store: &impl StateStore, sink: &str, now: i64) -> Vec<Claim> {
    store.claim(ClaimRequest::new(sink.into(), at(now), 10, at(now + 60))).await.unwrap().claims
}

pub(crate) fn ids(claims: &[Claim]) -> Vec<u64> {
    claims.iter().map(|claim| claim.id.0).collect()
}
