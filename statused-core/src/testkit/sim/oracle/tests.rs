//! Each oracle must find the trace that breaks its promise, and nothing in one that keeps it.

use chrono::TimeDelta;

use super::*;
use crate::engine::Aggregate;
use crate::model::{Event, EventData, EventKind, NewDelivery, Share, Status};
use crate::store::{AggregateWrite, ClaimRequest, Commit, Settlement, SettlementKind};
use crate::testkit::sim::truth::{App, Life};

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::minutes(minute)
}

fn app() -> AggregateKey {
    AggregateKey::App("s".into(), "a".into())
}

fn version() -> SubjectKey {
    SubjectKey::new(SubjectKind::Version, "v")
}

/// The event that says that the version is in review.
fn event(id: u128) -> Event {
    let data = EventData { status_code: Some(Status::InReview), ..EventData::default() };
    Event::new(Uuid::from_u128(id), EventKind::App, app(), version(), at(60), data)
}

/// A notification of it at the sink `x`.
pub(super) fn receipt(id: u128) -> Receipt {
    Receipt { sink: "x".into(), notification: Notification::new(event(id), "w".into()) }
}

/// A life that kept every promise: found waiting, announced in review, delivered.
struct Case {
    truth: Truth,
    tables: Tables,
    first: FirstTimes,
    announced_at: BTreeMap<Uuid, DateTime<Utc>>,
    receipts: Vec<Receipt>,
    unwritten: Vec<Uuid>,
    writes_at_rest: Option<u64>,
}

impl Case {
    fn good() -> Self {
        let states = vec![(at(0), (Status::WaitingForReview, None)), (at(60), (Status::InReview, None))];
        let life = Life { states, parent: None };
        let truth = Truth { apps: vec![App { key: app(), lives: vec![(version(), life)] }] };
        let known = |status: &str| {
            let text = format!(
                r#"{{"format":1,"since":"1970-01-01T00:30:00Z","baselined":{{"version":null}},
                "subjects":{{"version/v":{{"status":"{status}","at":"1970-01-01T00:30:00Z"}}}}}}"#
            );
            Aggregate::from_json(&text).unwrap()
        };
        let mut first = FirstTimes::default();
        first.note(&app(), &known("WAITING_FOR_REVIEW").to_json(), at(30));
        let mut tables = Tables::new();
        let mut commit = Commit::new(at(61));
        commit.aggregates.push(AggregateWrite::new(app(), 0, known("IN_REVIEW").to_json()));
        commit.history.push(event(1));
        commit.deliveries.push(NewDelivery::new("x".into(), receipt(1).notification));
        tables.commit(commit).unwrap();
        let mut case = Self {
            truth,
            tables,
            first,
            announced_at: BTreeMap::from([(Uuid::from_u128(1), at(61))]),
            receipts: vec![receipt(1)],
            unwritten: Vec::new(),
            writes_at_rest: None,
        };
        case.settle();
        case.writes_at_rest = Some(case.tables.writes());
        case
    }

    fn settle(&mut self) {
        let claimed = self.tables.claim(&ClaimRequest::new("x".into(), at(62), 9, at(70)));
        let claim = &claimed.claims[0];
        let attempt = crate::model::Attempt::new(at(62), 1, &crate::sink::Outcome::delivered());
        let kind = SettlementKind::Final(crate::model::DeliveryState::Delivered);
        self.tables.settle(Settlement::new(claim.id, claim.token, at(62), kind, attempt));
    }

    /// What the oracles say.
    fn judged(&self) -> Vec<String> {
        judge(&Evidence {
            truth: &self.truth,
            tables: &self.tables,
            first: &self.first,
            announced_at: &self.announced_at,
            receipts: &self.receipts,
            unwritten: &self.unwritten,
            writes_at_rest: self.writes_at_rest,
            idle_writes: 0,
            sinks: BTreeSet::from([SinkId::from("x")]),
        })
    }

    /// The one thing that is wrong.
    fn wrong(&self) -> String {
        let mut wrong = self.judged();
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        wrong.remove(0)
    }

    fn life(&mut self) -> &mut Life {
        &mut self.truth.apps[0].lives[0].1
    }
}

#[test]
fn a_good_life_is_not_blamed() {
    assert_eq!(Case::good().judged(), [""; 0]);
}

#[test]
fn convergence_finds_what_is_known_wrongly_and_what_was_never_told() {
    let mut case = Case::good();
    case.life().states[1].1.1 = Some(Share::FULL);
    case.announced_at.clear();
    assert!(case.judged().iter().any(|wrong| wrong.contains("but known as")), "{:?}", case.judged());

    let mut case = Case::good();
    case.life().states.push((at(90), (Status::Rejected, None)));
    let wrong = case.judged();
    assert!(wrong.iter().any(|wrong| wrong.contains("last told was Some(InReview)")), "{wrong:?}");

    let mut case = Case::good();
    case.truth.apps[0].lives[0].0 = SubjectKey::new(SubjectKind::Version, "other");
    assert!(case.wrong().ends_with("not known in the end"));
}

#[test]
fn write_ahead_finds_what_was_delivered_too_early() {
    let mut case = Case::good();
    case.unwritten.push(Uuid::from_u128(1));
    assert!(case.wrong().contains("before it was durable"));
}

#[test]
fn delivery_finds_what_was_not_queued_not_sent_not_settled_and_not_the_same() {
    let mut case = Case::good();
    case.receipts.clear();
    assert!(case.wrong().ends_with("which never got it"));

    let mut case = Case::good();
    let mut other = receipt(1);
    other.notification.event.data.message = "otherwise".to_owned();
    case.receipts.push(other);
    assert!(case.wrong().ends_with("in two versions"));

    let mut case = Case::good();
    let mut commit = Commit::new(at(80));
    commit.history.push(event(2));
    case.tables.commit(commit.clone()).unwrap();
    assert!(case.judged().iter().any(|wrong| wrong.contains("never queued for x")));
    commit.deliveries.push(NewDelivery::new("x".into(), receipt(2).notification));
    case.tables.commit(commit).unwrap();
    assert!(case.judged().iter().any(|wrong| wrong.contains("still waits for x")));
}

#[test]
fn effort_finds_writes_while_nothing_happens_and_a_world_without_rest() {
    let mut case = Case::good();
    case.writes_at_rest = case.writes_at_rest.map(|writes| writes - 1);
    assert_eq!(case.wrong(), "1 writes while nothing happened");
    case.writes_at_rest = None;
    assert!(case.wrong().contains("never came to rest"));
}
