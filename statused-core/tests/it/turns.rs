//! Several monitors on one store: whose turn it is to poll.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use statused_core::model::{Account, AggregateKey, DeliveryId, DeliveryRecord, Event, SinkId, SourceId, Store as Shop};
use statused_core::monitor::Clock as _;
use statused_core::source::{CheckLine, Checkpoint, PollReport, PollRequest, SourceError, SourceErrorKind, Vitals};
use statused_core::store::{
    ClaimRequest, Claimed, Commit, CommitError, DeliveryQuery, HistoryQuery, Lease, Pruned, Retention, Settlement,
    SinkState, StoreError, StoredAggregate,
};
use statused_core::{MemoryStore, Monitor, StateStore, StatusSource};
use tokio::sync::{oneshot, watch};

use crate::fakes::TokioClock;

const INTERVAL: TimeDelta = TimeDelta::seconds(30);
/// How late a holder may be, and how often the others ask.
const REPLACED: TimeDelta = TimeDelta::seconds(10 + 5);

/// What all monitors watch.
#[derive(Debug)]
struct Shared {
    store: Arc<MemoryStore>,
    clock: Arc<TokioClock>,
    polls: Mutex<Vec<Poll>>,
    /// How long a poll takes.
    takes: Mutex<Duration>,
    fails: Mutex<Option<SourceError>>,
}

/// A poll that began.
#[derive(Clone, Debug)]
struct Poll {
    by: &'static str,
    at: DateTime<Utc>,
    checkpoint: Option<Checkpoint>,
}

/// A machine: its source, and its way to the store.
#[derive(Debug)]
struct Machine {
    name: &'static str,
    shared: Arc<Shared>,
    asleep: watch::Sender<bool>,
}

impl Shared {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            store: Arc::new(MemoryStore::new()),
            clock: TokioClock::new(),
            polls: Mutex::default(),
            takes: Mutex::default(),
            fails: Mutex::default(),
        })
    }

    fn machine(self: &Arc<Self>, name: &'static str) -> (Arc<Machine>, Monitor) {
        let machine = Arc::new(Machine { name, shared: Arc::clone(self), asleep: watch::channel(false).0 });
        let builder = Monitor::builder(Arc::clone(&machine) as _).clock(self.clock.clone());
        (Arc::clone(&machine), builder.source("acme", machine).build().unwrap())
    }

    fn polls(&self) -> Vec<Poll> {
        self.polls.lock().unwrap().clone()
    }

    fn count(&self) -> usize {
        self.polls.lock().unwrap().len()
    }
}

impl Machine {
    /// Nothing goes on while it is asleep.
    async fn awake(&self) {
        self.asleep.subscribe().wait_for(|asleep| !asleep).await.unwrap();
    }
}

#[async_trait]
impl StatusSource for Machine {
    fn account(&self) -> Account {
        Account::new(Shop::AppStoreConnect)
    }

    fn interval(&self) -> Duration {
        INTERVAL.to_std().unwrap()
    }

    async fn poll(&self, request: PollRequest) -> Result<PollReport, SourceError> {
        let number = {
            let mut polls = self.shared.polls.lock().unwrap();
            polls.push(Poll { by: self.name, at: self.shared.clock.now(), checkpoint: request.checkpoint });
            polls.len()
        };
        let takes = *self.shared.takes.lock().unwrap();
        pass(takes).await;
        self.awake().await;
        if let Some(error) = self.shared.fails.lock().unwrap().clone() {
            return Err(error);
        }
        let mut report = PollReport::new();
        report.checkpoint = Some(Checkpoint(number.to_string()));
        Ok(report)
    }

    fn vitals(&self) -> Vitals {
        Vitals::new()
    }

    async fn check(&self) -> Vec<CheckLine> {
        Vec::new()
    }
}

#[async_trait]
impl StateStore for Machine {
    async fn load(&self, keys: &[AggregateKey]) -> Result<Vec<StoredAggregate>, StoreError> {
        self.shared.store.load(keys).await
    }

    async fn list(&self, after: Option<&AggregateKey>, limit: usize) -> Result<Vec<StoredAggregate>, StoreError> {
        self.shared.store.list(after, limit).await
    }

    async fn checkpoint(&self, source: &SourceId) -> Result<Option<Checkpoint>, StoreError> {
        self.shared.store.checkpoint(source).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.shared.store.commit(commit).await
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Claimed, StoreError> {
        self.shared.store.claim(request).await
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), StoreError> {
        self.shared.store.settle(settlement).await
    }

    async fn sink_states(&self) -> Result<BTreeMap<SinkId, SinkState>, StoreError> {
        self.shared.store.sink_states().await
    }

    async fn revive(&self, sink: &SinkId) -> Result<bool, StoreError> {
        self.shared.store.revive(sink).await
    }

    async fn redeliver(&self, id: DeliveryId, now: DateTime<Utc>) -> Result<Option<SinkId>, StoreError> {
        self.shared.store.redeliver(id, now).await
    }

    async fn lease(&self, lease: Lease) -> Result<bool, StoreError> {
        self.awake().await;
        self.shared.store.lease(lease).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<Vec<Event>, StoreError> {
        self.shared.store.history(query).await
    }

    async fn deliveries(&self, query: DeliveryQuery) -> Result<Vec<DeliveryRecord>, StoreError> {
        self.shared.store.deliveries(query).await
    }

    async fn prune(&self, retention: Retention) -> Result<Pruned, StoreError> {
        self.shared.store.prune(retention).await
    }
}

/// The time of a test is tokio's, which goes on when nothing else does.
#[expect(clippy::disallowed_methods, reason = "the time of a test is tokio's, which stands still")]
async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

async fn pass_seconds(seconds: u64) {
    pass(Duration::from_secs(seconds)).await;
}

/// Runs for so many seconds, and is then dropped as a crash drops it.
async fn run_for(seconds: u64, monitors: &[Monitor]) {
    let run = futures_util::future::join_all(monitors.iter().map(|monitor| monitor.run(std::future::pending())));
    tokio::select! {
        _ = run => unreachable!("nobody has stopped them"),
        () = pass_seconds(seconds) => {}
    }
}

#[tokio::test(start_paused = true)]
async fn three_monitors_poll_no_more_often_than_one() {
    let shared = Shared::new();
    let monitors = ["a", "b", "c"].map(|name| shared.machine(name).1);
    run_for(3600, &monitors).await;
    let polls = shared.polls();
    assert!((119..=121).contains(&polls.len()), "{} polls in an hour", polls.len());
    assert!(polls.windows(2).all(|pair| pair[1].at - pair[0].at >= INTERVAL), "{polls:#?}");
}

#[tokio::test(start_paused = true)]
async fn one_that_dies_is_replaced_soon_after_its_next_poll_was_due() {
    // Between two polls, and in the middle of one.
    for takes in [0, 20] {
        let shared = Shared::new();
        *shared.takes.lock().unwrap() = Duration::from_secs(takes);
        let (mortal, other) = (shared.machine("mortal").1, shared.machine("other").1);
        run_for(10, std::slice::from_ref(&mortal)).await;
        drop(mortal);
        run_for(60, &[other]).await;
        let polls = shared.polls();
        let last = polls.iter().rfind(|poll| poll.by == "mortal").unwrap().at;
        let next = polls.iter().find(|poll| poll.by == "other").expect("it is replaced").at;
        // The last renewal may be younger than the poll.
        let late = next - last - INTERVAL - TimeDelta::seconds(if takes == 0 { 0 } else { 10 });
        assert!(late <= REPLACED, "{late} late, {polls:#?}");
        assert!(next - last >= INTERVAL, "its turn was taken before it ended: {polls:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_stops_hands_over() {
    let shared = Shared::new();
    let (first, second) = (shared.machine("first").1, [shared.machine("second").1]);
    let (stop, stopped) = oneshot::channel::<()>();
    let end = async {
        pass_seconds(12).await;
        stop.send(()).unwrap();
    };
    tokio::join!(first.run(async { drop(stopped.await) }), run_for(60, &second), end);
    let polls = shared.polls();
    let next = polls.iter().find(|poll| poll.by == "second").unwrap().at;
    assert!(next - polls[0].at <= TimeDelta::seconds(12 + 5), "{polls:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_takes_long_is_left_to_the_one_that_has_begun_it() {
    let shared = Shared::new();
    *shared.takes.lock().unwrap() = Duration::from_secs(200);
    let monitors = ["a", "b", "c"].map(|name| shared.machine(name).1);
    run_for(1000, &monitors).await;
    let polls = shared.polls();
    assert!(polls.len() >= 4);
    assert!(polls.windows(2).all(|pair| pair[1].at - pair[0].at >= TimeDelta::seconds(200)), "{polls:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_throttles_is_left_alone_by_all() {
    let shared = Shared::new();
    let wait = Duration::from_secs(777);
    let throttled = SourceError::new(SourceErrorKind::Throttled, "429").with_retry_after(wait);
    *shared.fails.lock().unwrap() = Some(throttled);
    let monitors = ["a", "b"].map(|name| shared.machine(name).1);
    run_for(770, &monitors).await;
    assert_eq!(shared.count(), 1, "{:#?}", shared.polls());
    run_for(30, &monitors).await;
    assert_eq!(shared.count(), 2, "{:#?}", shared.polls());
}

#[tokio::test(start_paused = true)]
async fn what_a_machine_had_seen_before_it_slept_is_dropped() {
    let shared = Shared::new();
    *shared.takes.lock().unwrap() = Duration::from_secs(3);
    let ((sleeper, sleeping), (_, other)) = (shared.machine("sleeper"), shared.machine("other"));
    let story = async {
        // In the middle of its first poll.
        pass_seconds(1).await;
        assert_eq!(shared.count(), 1);
        sleeper.asleep.send_replace(true);
        run_for(100, std::slice::from_ref(&other)).await;
        let kept = shared.store.checkpoint(&"acme".into()).await.unwrap();
        assert_ne!(kept, None, "the other has gone on");
        sleeper.asleep.send_replace(false);
        pass_seconds(1).await;
        assert_eq!(shared.store.checkpoint(&"acme".into()).await.unwrap(), kept, "and is not set back");
    };
    tokio::select! {
        () = sleeping.run(std::future::pending()) => unreachable!("nobody has stopped it"),
        () = story => {}
    }
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_between_two_polls_reads_again_what_others_wrote() {
    let shared = Shared::new();
    let (sleeper, other) = (shared.machine("sleeper").1, shared.machine("other").1);
    let mut sleeping = Box::pin(sleeper.run(std::future::pending()));
    tokio::select! {
        () = &mut sleeping => unreachable!("nobody has stopped it"),
        () = pass_seconds(40) => {}
    }
    // Nobody drives it now. The other comes and goes.
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::join!(other.run(async { drop(stopped.await) }), async {
        pass_seconds(100).await;
        stop.send(()).unwrap();
    });
    let before = shared.polls();
    assert!(before.iter().any(|poll| poll.by == "other"), "{before:#?}");
    tokio::select! {
        () = &mut sleeping => unreachable!("nobody has stopped it"),
        () = pass_seconds(40) => {}
    }
    let after = shared.polls();
    let woken = &after[before.len()];
    assert_eq!(woken.checkpoint, Some(Checkpoint(before.len().to_string())), "{woken:?}");
}

#[tokio::test(start_paused = true)]
async fn a_round_leaves_no_turn_behind() {
    let shared = Shared::new();
    // As cron starts them: each is a process of its own.
    for _ in 0..3 {
        shared.machine("cron").1.tick().await;
    }
    assert_eq!(shared.count(), 3, "a round polls every source");
}
