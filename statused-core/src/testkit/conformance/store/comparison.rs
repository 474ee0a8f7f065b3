//! The store does what core's plain tables do, whatever comes.

mod looks;

use std::collections::BTreeMap;
use std::fmt::Debug;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;

use super::{Place, at};
use crate::StateStore as _;
use crate::model::{AggregateKey, Attempt, DeliveryId, DeliveryRecord, DeliveryState, Event, SourceId};
use crate::sink::Outcome;
use crate::source::Checkpoint;
use crate::store::{
    AggregateWrite, CheckpointWrite, Claim, ClaimRequest, Commit, CommitError, DeliveryQuery, Lease, Retention,
    Settlement, SettlementKind, SinkState, Tables,
};
use crate::testkit::conformance::samples::{app, delivery, event};

const STEPS: usize = 300;
const APPS: [&str; 3] = ["one", "two", "three"];
const SINKS: [&str; 3] = ["hook", "chat", "pager"];
const STATES: [DeliveryState; 4] =
    [DeliveryState::Pending, DeliveryState::Delivered, DeliveryState::Dead, DeliveryState::Unknown];

/// Does what comes to mind, by a seed, to the store of an empty place and to [`Tables`], and compares all results.
///
/// The same seed does the same. The store may number deliveries as it likes, as long as the numbers grow.
///
/// # Errors
///
/// The first difference, with the seed and the operations before it.
pub async fn compare<P: Place>(place: &P, seed: u64) -> Result<(), String> {
    let mut pair = Pair::new(place, seed);
    pair.open().await?;
    for _ in 0..STEPS {
        pair.step().await?;
    }
    pair.compare_all().await
}

type Same = Result<(), String>;

/// The store and its model.
struct Pair<'p, P: Place> {
    place: &'p P,
    store: Option<P::Store>,
    plain: Tables,
    now: DateTime<Utc>,
    held: Vec<Held>,
    /// The store's numbers of deliveries by the model's.
    numbers: BTreeMap<DeliveryId, DeliveryId>,
    openings: u32,
    random: Rng,
    seed: u64,
    trace: Vec<String>,
}

/// A claim that both gave.
struct Held {
    claim: Claim,
    plain: Claim,
    until: DateTime<Utc>,
}

impl<'p, P: Place> Pair<'p, P> {
    fn new(place: &'p P, seed: u64) -> Self {
        Self {
            place,
            store: None,
            plain: Tables::new(),
            now: at(0),
            held: Vec::new(),
            numbers: BTreeMap::new(),
            openings: 0,
            random: Rng::with_seed(seed),
            seed,
            trace: Vec::new(),
        }
    }

    async fn open(&mut self) -> Same {
        self.store = Some(self.place.open().await.map_err(|error| format!("it cannot be opened: {error}"))?);
        self.openings += 1;
        Ok(())
    }

    fn store(&self) -> Result<&P::Store, String> {
        self.store.as_ref().ok_or_else(|| "it is closed".to_owned())
    }

    /// Compares what came of the last operation.
    #[expect(clippy::needless_pass_by_value, reason = "most of what is compared is made on the spot")]
    fn same<T: PartialEq + Debug, E: Debug + PartialEq>(&self, real: Result<T, E>, plain: T) -> Same {
        let plain = Ok(plain);
        if real == plain {
            return Ok(());
        }
        let tail = self.trace[self.trace.len().saturating_sub(8)..].join("\n");
        let (seed, step) = (self.seed, self.trace.len());
        Err(format!("seed {seed}, step {step}: {real:?}\ninstead of: {plain:?}\nafter, at last,\n{tail}"))
    }

    async fn step(&mut self) -> Same {
        self.now += TimeDelta::nanoseconds(self.random.i64(0..4_000_000_001));
        match self.random.u32(0..100) {
            0..25 => self.commit().await,
            25..50 => self.claim().await,
            50..75 => self.settle().await,
            75..80 => self.redeliver().await,
            80..83 => self.revive().await,
            83..86 => self.lease().await,
            86..89 => self.prune().await,
            89..91 => self.reopen().await,
            _ => self.compare_some().await,
        }
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.random.usize(0..choices.len())]
    }

    fn event(&mut self) -> Event {
        let number = self.random.u64(0..60);
        // Mostly the same event for the same number; now and then with another time and other words.
        let age = if self.random.u32(0..8) == 0 { self.random.i64(0..9) } else { number.cast_signed() % 9 };
        let words = if self.random.u32(0..4) == 0 { "In other words." } else { "It is so." };
        let name = APPS[(number % 3) as usize];
        let aggregate = if number == 7 { AggregateKey::Workflow("workflow".into()) } else { app(name) };
        event(number, &aggregate, at(100 * age), words)
    }

    async fn commit(&mut self) -> Same {
        let mut commit = Commit::new(self.now);
        for name in APPS {
            if self.random.bool() {
                let known = self.plain.load(&[app(name)]).first().map_or(0, |aggregate| aggregate.version);
                let expected = if self.random.u32(0..10) == 0 { self.random.u64(0..4) } else { known };
                let state = format!("{}", self.random.u64(..));
                commit.aggregates.push(AggregateWrite::new(app(name), expected, state));
            }
        }
        for _ in 0..self.random.u32(0..4) {
            let event = self.event();
            for sink in SINKS {
                if self.random.bool() {
                    let mut event = event.clone();
                    if self.random.bool() {
                        event.data.message = format!("To {sink}.");
                    }
                    commit.deliveries.push(delivery(sink, event));
                }
            }
            if self.random.u32(0..4) > 0 {
                commit.history.push(event);
            }
        }
        if self.random.bool() {
            let source = SourceId::from("acme");
            let known = self.plain.checkpoint(&source);
            let expected = if self.random.u32(0..10) == 0 { Some(Checkpoint("another".to_owned())) } else { known };
            let new = Checkpoint(self.random.u64(..).to_string());
            commit.checkpoint = Some(CheckpointWrite::new(source, expected, new));
        }
        self.trace.push(format!("{commit:?}"));
        let sorted = |error| match error {
            CommitError::Conflict(mut keys) => {
                keys.sort();
                CommitError::Conflict(keys)
            }
            error => error,
        };
        let real = self.store()?.commit(commit.clone()).await.map_err(sorted);
        let plain = self.plain.commit(commit).map_err(CommitError::Conflict).map_err(sorted);
        self.same(Ok::<_, CommitError>(real), plain)?;
        self.learn().await
    }

    /// Takes up the numbers of new deliveries: both have them in the same order.
    async fn learn(&mut self) -> Same {
        let all = DeliveryQuery::default().with_limit(1000);
        let plain = self.plain.deliveries(&all);
        let real = self.store()?.deliveries(all).await.unwrap_or_default();
        self.numbers.extend(plain.iter().zip(&real).map(|(plain, real)| (plain.id, real.id)));
        self.same_records(Ok::<_, CommitError>(real), plain)
    }

    /// The store's number of a delivery of the model; one that nobody has if the model has none.
    fn number(&self, plain: DeliveryId) -> DeliveryId {
        self.numbers.get(&plain).copied().unwrap_or(DeliveryId(u64::MAX / 2 + plain.0))
    }

    fn same_records<E: Debug + PartialEq>(
        &self,
        real: Result<Vec<DeliveryRecord>, E>,
        mut plain: Vec<DeliveryRecord>,
    ) -> Same {
        plain.iter_mut().for_each(|record| record.id = self.number(record.id));
        self.same(real, plain)
    }

    async fn claim(&mut self) -> Same {
        let sink = self.one_of(&SINKS);
        let until = self.now + TimeDelta::seconds(self.random.i64(0..30));
        let mut request = ClaimRequest::new(sink.into(), self.now, self.random.usize(0..4), until);
        request.due_by += TimeDelta::seconds(self.random.i64(-5..5));
        self.trace.push(format!("{request:?}"));
        let real = self.store()?.claim(request.clone()).await;
        let plain = self.plain.claim(&request);
        let given = real.as_ref().map(|real| real.claims.clone()).unwrap_or_default();
        let mut expected = plain.clone();
        for (claim, real) in expected.claims.iter_mut().zip(&given) {
            (claim.id, claim.token) = (self.number(claim.id), real.token);
        }
        self.same(real, expected)?;
        let both = given.into_iter().zip(plain.claims);
        self.held.extend(both.map(|(claim, plain)| Held { claim, plain, until }));
        Ok(())
    }

    async fn settle(&mut self) -> Same {
        if self.held.is_empty() {
            return Ok(());
        }
        let index = self.random.usize(0..self.held.len());
        // One that is kept is settled once more later, or after it was lost.
        let keep = self.random.u32(0..4) == 0;
        let kind = match self.random.u32(0..5) {
            0 | 1 => SettlementKind::Final(DeliveryState::Delivered),
            2 => SettlementKind::Final(self.one_of(&STATES[2..])),
            _ => {
                let due_at = self.now + TimeDelta::milliseconds(self.random.i64(-2000..20_000));
                SettlementKind::Again { due_at, counted: self.random.bool() }
            }
        };
        let outcome = Outcome::retry(self.random.u64(..).to_string()).with_status(503);
        let attempt = Attempt::new(self.now, self.random.u64(0..999), &outcome);
        let state = match self.random.u32(0..6) {
            0 => Some(SinkState::parked("410")),
            1 => Some(SinkState::held(self.now)),
            _ => None,
        };
        let sink = self.one_of(&SINKS);
        let Held { claim, plain, .. } = &self.held[index];
        let mut real = Settlement::new(claim.id, claim.token, self.now, kind, attempt);
        real.sink = state.map(|state| (sink.into(), state));
        let plain = Settlement { id: plain.id, token: plain.token, ..real.clone() };
        if !keep {
            self.held.swap_remove(index);
        }
        self.trace.push(format!("{real:?}"));
        self.plain.settle(plain);
        self.same(self.store()?.settle(real).await, ())
    }

    async fn redeliver(&mut self) -> Same {
        let id = DeliveryId(self.random.u64(0..40));
        self.trace.push(format!("redeliver {id}, as the tables number it"));
        let real = self.store()?.redeliver(self.number(id), self.now).await;
        let plain = self.plain.redeliver(id, self.now);
        self.same(real, plain)
    }

    async fn revive(&mut self) -> Same {
        let sink = self.one_of(&SINKS).into();
        self.trace.push(format!("revive {sink}"));
        let real = self.store()?.revive(&sink).await;
        let plain = self.plain.revive(&sink);
        self.same(real, plain)
    }

    async fn lease(&mut self) -> Same {
        // A store may forget its leases when it is opened anew; the plain tables keep them.
        let name = format!("poll {}", self.openings);
        let until = self.now + TimeDelta::seconds(self.random.i64(0..60));
        let lease = Lease::new(name, self.one_of(&["a", "b"]), self.now, until);
        self.trace.push(format!("{lease:?}"));
        let real = self.store()?.lease(lease.clone()).await;
        let plain = self.plain.lease(lease);
        self.same(real, plain)
    }

    async fn prune(&mut self) -> Same {
        let history = at(100 * self.random.i64(0..9));
        let retention = Retention::new(history, self.now - TimeDelta::seconds(self.random.i64(0..120)));
        self.trace.push(format!("{retention:?}"));
        let real = self.store()?.prune(retention).await;
        let plain = self.plain.prune(retention);
        self.same(real, plain)
    }
}
