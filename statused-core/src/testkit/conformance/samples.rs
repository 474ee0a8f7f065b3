//! Small things to fill a store with, always the same. The checks are made of them; tests of one's own may be, too.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::model::{
    AggregateKey, Attempt, Event, EventData, EventKind, NewDelivery, Notification, Status, SubjectKey, SubjectKind,
};
use crate::sink::Outcome;
use crate::store::{AggregateWrite, Claim, Commit, Settlement, SettlementKind};

/// So many seconds after an arbitrary moment, which is no whole second.
#[must_use]
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(1_790_000_000_123_456_789) + TimeDelta::seconds(seconds)
}

/// The app of this name in the account `acme`.
#[must_use]
pub fn app(name: &str) -> AggregateKey {
    AggregateKey::App("acme".into(), name.into())
}

/// The event with this number, which is in the last digits of its id (at most 48 bits).
#[must_use]
pub fn event(number: u64, aggregate: &AggregateKey, time: DateTime<Utc>, message: &str) -> Event {
    let id = Uuid::from_u128((0x5000 << 64) | (0x8000 << 48) | u128::from(number));
    let data = EventData {
        message: message.to_owned(),
        status: "In Review".to_owned(),
        status_code: Some(Status::InReview),
        store_name: "App Store Connect".to_owned(),
        status_color: "#1eb6fc".to_owned(),
        timestamp: "2026-09-21T14:13:20Z".to_owned(),
        ..EventData::default()
    };
    Event::new(id, EventKind::App, aggregate.clone(), SubjectKey::new(SubjectKind::Version, "1"), time, data)
}

/// The number of an [`event`].
#[must_use]
pub fn number(event: &Event) -> u64 {
    // The lower half of the id, without the digits that say what kind of id it is.
    event.id.as_u64_pair().1 & 0xffff_ffff_ffff
}

/// A delivery of an event to a sink.
#[must_use]
pub fn delivery(sink: &str, event: Event) -> NewDelivery {
    NewDelivery::new(sink.into(), Notification::new(event, "workflow".into()))
}

/// A commit of the [`event`] with this number, about an [`app`], to `sinks`. The app goes from version `expected` to the
/// next.
#[must_use]
pub fn announcement(number: u64, name: &str, expected: u64, sinks: &[&str]) -> Commit {
    let event = event(number, &app(name), at(0), "It is so.");
    let mut commit = Commit::new(at(0));
    commit.aggregates.push(AggregateWrite::new(app(name), expected, format!("{{\"last\":{number}}}")));
    commit.deliveries.extend(sinks.iter().map(|sink| delivery(sink, event.clone())));
    commit.history.push(event);
    commit
}

/// A settlement of a claim, so many seconds after the beginning, which leaves the sink as it is.
#[must_use]
pub fn settlement(claim: &Claim, now: i64, kind: SettlementKind) -> Settlement {
    Settlement::new(claim.id, claim.token, at(now), kind, Attempt::new(at(now), 12, &Outcome::delivered()))
}
