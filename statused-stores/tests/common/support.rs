//! Events and times for tests.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use statused_core::StateStore;
use statused_core::model::{AggregateKey, Attempt, Event, NewDelivery, Notification};
use statused_core::sink::Outcome;
use statused_core::store::{AggregateWrite, Claim, ClaimRequest, Commit, Settlement, SettlementKind};

/// Where a store keeps its data. It can be opened as often as a test likes.
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

/// Seconds after an arbitrary moment.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 123_456_789).unwrap() + TimeDelta::seconds(seconds)
}

pub(crate) fn app(name: &str) -> AggregateKey {
    AggregateKey::App("acme".into(), name.into())
}

/// The event with a number.
pub(crate) fn event(number: u64, aggregate: &AggregateKey, time: DateTime<Utc>, message: &str) -> Event {
    serde_json::from_value(json!({
        "id": format!("00000000-0000-5000-8000-{number:012x}"),
        "kind": "app",
        "aggregate": aggregate,
        "subject": "version/1",
        "time": time,
        "data": {
            "message": message,
            "status": "In Review",
            "store_name": "App Store Connect",
            "status_color": "#1eb6fc",
            "timestamp": "2026-09-21T14:13:20Z",
            "status_code": "IN_REVIEW",
        },
    }))
    .unwrap()
}

pub(crate) fn delivery(sink: &str, event: Event) -> NewDelivery {
    NewDelivery::new(sink.into(), Notification::new(event, "workflow".into()))
}

/// A commit of one event of an app, which goes to `sinks`. The app's state goes from version `expected` to the next.
pub(crate) fn announcement(number: u64, name: &str, expected: u64, sinks: &[&str]) -> Commit {
    let event = event(number, &app(name), at(0), "It is so.");
    let mut commit = Commit::new(at(0));
    commit.aggregates.push(AggregateWrite::new(app(name), expected, format!("{{\"last\":{number}}}")));
    commit.deliveries.extend(sinks.iter().map(|sink| delivery(sink, event.clone())));
    commit.history.push(event);
    commit
}

pub(crate) async fn claim(store: &impl StateStore, sink: &str, now: i64) -> Vec<Claim> {
    store.claim(ClaimRequest::new(sink.into(), at(now), 10, at(now + 60))).await.unwrap().claims
}

pub(crate) fn settlement(claim: &Claim, now: i64, kind: SettlementKind) -> Settlement {
    Settlement::new(claim.id, claim.token, at(now), kind, Attempt::new(at(now), 12, &Outcome::delivered()))
}

pub(crate) fn ids(claims: &[Claim]) -> Vec<u64> {
    claims.iter().map(|claim| claim.id.0).collect()
}
