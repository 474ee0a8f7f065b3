//! A life that kept every promise, for the tests that break one.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Evidence, judge};
use crate::engine::Aggregate;
use crate::model::{
    AggregateKey, DeliveryState, Event, EventData, EventKind, Notification, SinkId, Status, SubjectKey, SubjectKind,
};
use crate::store::{AggregateWrite, Commit, Tables};
use crate::testkit::sim::calendar::Calendar;
use crate::testkit::sim::faults::Broken;
use crate::testkit::sim::parts::{Config, Parts};
use crate::testkit::sim::trace::{Announced, Effort, Queued, Receipt, Trace};
use crate::testkit::sim::truth::{App, Life, Truth};

/// A version is found waiting, announced in review when the faults are over, and delivered.
pub(super) struct Case {
    pub(super) truth: Truth,
    pub(super) tables: Tables,
    pub(super) trace: Trace,
    pub(super) calendar: Calendar,
    pub(super) broken: Option<Broken>,
}

/// A minute of the life.
pub(super) fn at(minute: i64) -> DateTime<Utc> {
    Calendar::short(60).start + TimeDelta::minutes(minute)
}

pub(super) fn app() -> AggregateKey {
    AggregateKey::App("s".into(), "a".into())
}

pub(super) fn version() -> SubjectKey {
    SubjectKey::new(SubjectKind::Version, "v")
}

/// An event that says that the version is in review.
pub(super) fn event(id: u128) -> Event {
    let data = EventData { status_code: Some(Status::InReview), ..EventData::default() };
    Event::new(Uuid::from_u128(id), EventKind::App, app(), version(), at(130), data)
}

/// Its arrival at the sink `x`, a minute after its announcement.
pub(super) fn receipt(id: u128) -> Receipt {
    let notification = Notification::new(event(id), "w".into());
    Receipt { sink: "x".into(), notification, at: at(132), durable: true, ended: false }
}

impl Case {
    pub(super) fn good() -> Self {
        let states = vec![(at(-60), (Status::WaitingForReview, None)), (at(130), (Status::InReview, None))];
        let life = Life { states, parent: None };
        let truth = Truth { apps: vec![App { key: app(), lives: vec![(version(), life)] }] };
        let known = |status: &str| {
            let text = format!(
                r#"{{"format":1,"since":"1970-01-01T00:30:00Z","baselined":{{"version":null}},
                "subjects":{{"version/v":{{"status":"{status}","found":"{status}","at":"1970-01-01T00:30:00Z"}}}}}}"#
            );
            Aggregate::from_json(&text).unwrap().to_json()
        };
        let mut trace = Trace::default();
        trace.first.note(&app(), &known("WAITING_FOR_REVIEW"), at(30));
        let mut tables = Tables::new();
        let mut commit = Commit::new(at(131));
        commit.aggregates.push(AggregateWrite::new(app(), 0, known("IN_REVIEW")));
        tables.commit(commit).unwrap();
        let mut case = Self { truth, tables, trace, calendar: Calendar::short(60), broken: None };
        case.announce(1);
        case.deliver(receipt(1));
        case.trace.effort.writes = 3;
        case.trace.at_rest = Some(Effort { writes: 3, ..Effort::default() });
        case
    }

    /// An event is announced and queued for the sink `x`.
    pub(super) fn announce(&mut self, id: u128) {
        let event = event(id);
        let sink = SinkId::from("x");
        self.trace.queued.push(Queued { place: (sink.clone(), event.id), aggregate: app() });
        self.trace.announced.push(Announced { event, at: at(131), expected: [sink].into() });
    }

    /// A notification arrives and its delivery ends well.
    pub(super) fn deliver(&mut self, receipt: Receipt) {
        self.trace.settled.insert(receipt.place(), DeliveryState::Delivered);
        self.trace.receipts.push(receipt);
    }

    pub(super) fn life(&mut self) -> &mut Life {
        &mut self.truth.apps[0].lives[0].1
    }

    /// What the oracles say.
    pub(super) fn judged(&self) -> Vec<String> {
        judge(&Evidence {
            truth: &self.truth,
            tables: &self.tables,
            trace: &self.trace,
            calendar: &self.calendar,
            config: &Config::new(&Parts::default()),
            broken: self.broken.as_ref(),
            spoilt: None,
            machines: 1,
            sinks: 1,
            idle_writes: 0,
        })
    }

    /// The one thing that is wrong.
    pub(super) fn wrong(&self) -> String {
        let mut wrong = self.judged();
        assert_eq!(wrong.len(), 1, "{wrong:#?}");
        wrong.remove(0)
    }
}

#[test]
fn a_good_life_is_not_blamed() {
    assert_eq!(Case::good().judged(), [""; 0]);
}
