//! The store does what core's plain tables do, whatever comes.

use std::fmt::Debug;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use statused_core::StateStore as _;
use statused_core::model::{AggregateKey, Attempt, DeliveryId, DeliveryState, Event};
use statused_core::sink::Outcome;
use statused_core::source::Checkpoint;
use statused_core::store::{
    AggregateWrite, Claim, ClaimRequest, Claimed, Commit, CommitError, DeliveryQuery, HistoryQuery, Lease, Retention,
    Settlement, SettlementKind, SinkState, Tables,
};

use crate::common::support::{Place, app, at, delivery, event};

const STEPS: usize = 300;
const APPS: [&str; 3] = ["one", "two", "three"];
const SINKS: [&str; 3] = ["hook", "chat", "pager"];
const STATES: [DeliveryState; 4] =
    [DeliveryState::Pending, DeliveryState::Delivered, DeliveryState::Dead, DeliveryState::Unknown];

/// Does what comes to mind, by a seed, to a new store and to its model.
pub(crate) async fn any_sequence_of_operations_has_the_same_results(place: &impl Place, seed: u64) {
    let mut pair = Pair::new(place, seed).await;
    for _ in 0..STEPS {
        pair.step().await;
    }
    pair.compare_all().await;
}

/// The store and its model.
struct Pair<'p, P: Place> {
    place: &'p P,
    store: Option<P::Store>,
    plain: Tables,
    now: DateTime<Utc>,
    held: Vec<Held>,
    openings: u32,
    random: Rng,
    seed: u64,
    trace: Vec<String>,
}

/// A claim that both gave.
struct Held {
    claim: Claim,
    plain_token: u64,
    until: DateTime<Utc>,
}

impl<'p, P: Place> Pair<'p, P> {
    async fn new(place: &'p P, seed: u64) -> Self {
        let mut pair = Self {
            place,
            store: None,
            plain: Tables::new(),
            now: at(0),
            held: Vec::new(),
            openings: 0,
            random: Rng::with_seed(seed),
            seed,
            trace: Vec::new(),
        };
        pair.open().await;
        pair
    }

    async fn open(&mut self) {
        self.store = None;
        self.store = Some(self.place.open().await);
        self.openings += 1;
    }

    fn store(&self) -> &P::Store {
        self.store.as_ref().unwrap()
    }

    fn same<T: PartialEq + Debug>(&self, real: &T, plain: &T) {
        let tail = self.trace[self.trace.len().saturating_sub(8)..].join("\n");
        assert_eq!(real, plain, "seed {}, step {}, at last\n{tail}", self.seed, self.trace.len());
    }

    async fn step(&mut self) {
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

    async fn commit(&mut self) {
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
            commit.checkpoint = Some(("acme".into(), Checkpoint(self.random.u64(..).to_string())));
        }
        self.trace.push(format!("{commit:?}"));
        let real = self.store().commit(commit.clone()).await;
        let plain = self.plain.commit(commit).map_err(CommitError::Conflict);
        self.same(&real, &plain);
    }

    async fn claim(&mut self) {
        let sink = self.one_of(&SINKS);
        let until = self.now + TimeDelta::seconds(self.random.i64(0..30));
        let mut request = ClaimRequest::new(sink.into(), self.now, self.random.usize(0..4), until);
        request.due_by += TimeDelta::seconds(self.random.i64(-5..5));
        self.trace.push(format!("{request:?}"));
        let real = self.store().claim(request.clone()).await.unwrap();
        let plain = self.plain.claim(&request);
        let without_tokens = |claimed: &Claimed| {
            let mut claimed = claimed.clone();
            claimed.claims.iter_mut().for_each(|claim| claim.token = 0);
            claimed
        };
        self.same(&without_tokens(&real), &without_tokens(&plain));
        for (claim, plain) in real.claims.into_iter().zip(plain.claims) {
            self.held.push(Held { claim, plain_token: plain.token, until });
        }
    }

    async fn settle(&mut self) {
        if self.held.is_empty() {
            return;
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
        let sink_state = match self.random.u32(0..6) {
            0 => Some(SinkState::parked("410")),
            1 => Some(SinkState::held(self.now)),
            _ => None,
        };
        let sink = self.one_of(&SINKS);
        let Held { claim, plain_token, .. } = &self.held[index];
        let mut real = Settlement::new(claim.id, claim.token, self.now, kind, attempt);
        real.sink = sink_state.map(|state| (sink.into(), state));
        let mut plain = real.clone();
        plain.token = *plain_token;
        if !keep {
            self.held.swap_remove(index);
        }
        self.trace.push(format!("{real:?}"));
        self.store().settle(real).await.unwrap();
        self.plain.settle(plain);
    }

    async fn redeliver(&mut self) {
        let id = DeliveryId(self.random.u64(0..40));
        self.trace.push(format!("redeliver {id}"));
        let real = self.store().redeliver(id, self.now).await.unwrap();
        let plain = self.plain.redeliver(id, self.now);
        self.same(&real, &plain);
    }

    async fn revive(&mut self) {
        let sink = self.one_of(&SINKS).into();
        self.trace.push(format!("revive {sink}"));
        let real = self.store().revive(&sink).await.unwrap();
        let plain = self.plain.revive(&sink);
        self.same(&real, &plain);
    }

    async fn lease(&mut self) {
        // A store may forget its leases when it is opened anew; the plain tables keep them.
        let name = format!("poll {}", self.openings);
        let until = self.now + TimeDelta::seconds(self.random.i64(0..60));
        let lease = Lease::new(name, self.one_of(&["a", "b"]), self.now, until);
        self.trace.push(format!("{lease:?}"));
        let real = self.store().lease(lease.clone()).await.unwrap();
        let plain = self.plain.lease(lease);
        self.same(&real, &plain);
    }

    async fn prune(&mut self) {
        let history = at(100 * self.random.i64(0..9));
        let retention = Retention::new(history, self.now - TimeDelta::seconds(self.random.i64(0..120)));
        self.trace.push(format!("{retention:?}"));
        let real = self.store().prune(retention).await.unwrap();
        let plain = self.plain.prune(retention);
        self.same(&real, &plain);
    }

    /// Only when no claim is open: a store may forget those, and the plain tables keep them.
    async fn reopen(&mut self) {
        self.now = self.held.iter().map(|held| held.until).fold(self.now, DateTime::max);
        self.held.clear();
        self.trace.push("reopen".to_owned());
        self.open().await;
    }

    async fn compare_some(&mut self) {
        let of_app = self.random.bool().then(|| self.one_of(&APPS).to_owned());
        let before = self.random.bool().then(|| at(100 * self.random.i64(0..9)));
        let limit = self.random.usize(0..6);
        self.compare_history(of_app, before, limit).await;
        let mut query = DeliveryQuery::default().with_limit(self.random.usize(0..6));
        query.id = (self.random.u32(0..4) == 0).then(|| DeliveryId(self.random.u64(0..40)));
        query.sink = self.random.bool().then(|| self.one_of(&SINKS).into());
        query.state = self.random.bool().then(|| self.one_of(&STATES));
        self.compare_deliveries(query).await;
        let after = self.random.bool().then(|| app(self.one_of(&APPS)));
        let limit = self.random.usize(0..4);
        let real = self.store().list(after.as_ref(), limit).await.unwrap();
        self.same(&real, &self.plain.list(after.as_ref(), limit));
    }

    async fn compare_all(&mut self) {
        self.compare_history(None, None, 1000).await;
        self.compare_deliveries(DeliveryQuery::default().with_limit(1000)).await;
        self.same(&self.store().list(None, 1000).await.unwrap(), &self.plain.list(None, 1000));
        self.same(&self.store().sink_states().await.unwrap(), &self.plain.sink_states());
        let keys = APPS.map(app);
        self.same(&self.store().load(&keys).await.unwrap(), &self.plain.load(&keys));
        let source = "acme".into();
        self.same(&self.store().checkpoint(&source).await.unwrap(), &self.plain.checkpoint(&source));
    }

    async fn compare_history(&self, app: Option<String>, before: Option<DateTime<Utc>>, limit: usize) {
        let mut query = HistoryQuery::default().with_limit(1000);
        (query.app, query.before) = (app, before);
        // The plain tables go by the order of announcement; at the same time of happening, so does the store.
        let mut plain = self.plain.history(&query);
        plain.sort_by_key(|event| std::cmp::Reverse(event.time));
        query.limit = limit;
        plain.truncate(query.effective_limit());
        self.same(&self.store().history(query).await.unwrap(), &plain);
    }

    async fn compare_deliveries(&self, query: DeliveryQuery) {
        let plain = self.plain.deliveries(&query);
        self.same(&self.store().deliveries(query).await.unwrap(), &plain);
    }
}
