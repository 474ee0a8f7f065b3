//! Three monitors, as processes, on one database.

use std::time::{Duration, Instant};

use statused::StateStore as _;
use statused::model::DeliveryState;
use statused::monitor::status;
use statused::store::{DeliveryQuery, HistoryQuery};
use statused::stores::PostgresStore;

use super::database::Database;
use super::proxy::Proxy;
use super::truth::{APPS, Truth};
use crate::process::{Process, Site};
use crate::support::PATIENCE;

/// How many machines there are.
pub(super) const MACHINES: usize = 3;
/// So many tries of one machine may be on their way at once: 16 calls of the sink, and as many outcomes that the store has
/// not taken yet.
pub(super) const IN_FLIGHT: usize = 2 * 16;

/// What befalls a machine for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It stands still.
    Pause,
    /// Its connections to the database are closed, and new ones as well.
    Cut,
    /// Its connections to the database stand, and nothing comes through.
    Silence,
}

/// A claim as the database has it: its lane, and until when it is.
pub(super) type Claims = Vec<(i64, i64)>;

/// Three monitors and what they share.
pub(super) struct Fleet {
    site: Site,
    pub(super) truth: Truth,
    database: Database,
    /// Each machine's way to the database.
    ways: Vec<Proxy>,
    /// Each machine's way to what is watched.
    eyes: Vec<Proxy>,
    /// `None`: dead for good.
    machines: Vec<Option<Process>>,
}

impl Fleet {
    /// Starts all three, and waits until every app has been taken as it was found. `None`: there is no server.
    pub(super) async fn start() -> Option<Self> {
        let database = Database::new().await?;
        let site = Site::new().await;
        let (mut ways, mut eyes) = (Vec::new(), Vec::new());
        let watched = site.apple.base_url().to_owned();
        for number in 0..MACHINES {
            let way = Proxy::to(database.address().place()).await;
            let eye = Proxy::to(watched.trim_start_matches("http://").trim_end_matches('/')).await;
            let url = database.address().through(&way.place()).url();
            let text = site.text("").replace("sqlite:statused.db", &url).replace("30ms", "200ms");
            let text = text.replace("retries = 9", "retries = 9\ntimeout = \"5s\"");
            let text = text.replace(&watched, &format!("http://{}", eye.place()));
            std::fs::write(site.path(&file(number)), text).unwrap();
            ways.push(way);
            eyes.push(eye);
        }
        let truth = Truth::new(&site.apple);
        let machines = (0..MACHINES).map(|number| Some(site.start_file(&file(number)))).collect();
        let fleet = Self { site, truth, database, ways, eyes, machines };
        let (store, end) = (fleet.store().await, Instant::now() + PATIENCE);
        while status(&store).await.unwrap().len() < APPS {
            assert!(Instant::now() < end, "the apps are not found: {}", fleet.logs());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Some(fleet)
    }

    /// Kills one.
    pub(super) fn kill(&mut self, number: usize) {
        self.truth.fault_begins();
        self.machines[number].take().unwrap().kill();
        self.truth.fault_ends();
    }

    /// Starts one again that was killed.
    pub(super) fn start_again(&mut self, number: usize) {
        self.machines[number] = Some(self.site.start_file(&file(number)));
    }

    fn begin(&mut self, fault: Fault, number: usize) {
        self.truth.fault_begins();
        match fault {
            Fault::Pause => self.machines[number].as_ref().unwrap().signal("STOP"),
            Fault::Cut => self.ways[number].close(),
            Fault::Silence => self.ways[number].silence(),
        }
    }

    /// Ends what has befallen one.
    pub(super) fn end(&mut self, fault: Fault, number: usize) {
        match fault {
            Fault::Pause => self.machines[number].as_ref().unwrap().signal("CONT"),
            Fault::Cut | Fault::Silence => self.ways[number].open(),
        }
        self.truth.fault_ends();
    }

    /// Strikes the one that polls, in the middle of its work: says which, and what it had claimed then.
    pub(super) async fn strike(&mut self, fault: Fault) -> (usize, Claims) {
        let end = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < end, "nothing is ever on its way: {}", self.logs());
            let number = self.poller(None).await;
            let heard = self.truth.heard();
            self.live_until("something is told", |fleet| fleet.truth.heard() > heard).await;
            self.begin(fault, number);
            // What had been sent when it was struck is done by then.
            self.live(Duration::from_secs(1), 0).await;
            let claims = self.claims().await;
            if !claims.is_empty() {
                return (number, claims);
            }
            self.end(fault, number);
        }
    }

    async fn claims(&self) -> Claims {
        let select = "SELECT id, lease_until FROM statused.lanes WHERE lease_until IS NOT NULL";
        let rows = self.database.connect().await.query(select, &[]).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// Waits until none of these claims is there any more: each has lapsed, and its lane was given to another.
    pub(super) async fn taken_over(&mut self, claims: &Claims) {
        let end = Instant::now() + PATIENCE;
        while self.claims().await.iter().any(|claim| claims.contains(claim)) {
            assert!(Instant::now() < end, "claims are never given up: {}", self.logs());
            self.live(Duration::from_millis(200), 0).await;
        }
    }

    /// Waits until one polls, other than `besides`, and says which.
    pub(super) async fn poller(&mut self, besides: Option<usize>) -> usize {
        let before: Vec<_> = self.eyes.iter().map(Proxy::asked).collect();
        let mut found = None;
        self.live_until("one polls", |fleet| {
            let mut others = (0..MACHINES).filter(|number| besides != Some(*number));
            found = others.find(|number| fleet.eyes[*number].asked() > before[*number]);
            found.is_some()
        })
        .await;
        found.unwrap()
    }

    /// Lets the apps go on for so long, or until so many changes have been made, whichever is later.
    pub(super) async fn live(&mut self, time: Duration, changes: usize) {
        let (begin, wanted) = (Instant::now(), self.truth.changes() + changes);
        self.live_until("changes are told", |fleet| begin.elapsed() >= time && fleet.truth.changes() >= wanted).await;
    }

    /// Lets the apps go on until something is so.
    pub(super) async fn live_until(&mut self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            self.truth.take_in(&self.site.ci);
            if holds(self) {
                return;
            }
            assert!(Instant::now() < end, "not seen that {what}: {}: {}", self.truth.waiting(), self.logs());
            self.truth.goes_on();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// What one has said since it was first started.
    pub(super) fn log(&self, number: usize) -> String {
        self.machines[number].as_ref().map(Process::log).unwrap_or_default()
    }

    /// Waits until everything has been told, stops all, and compares what they have written down with the truth. Tells
    /// how many requests repeated an event.
    pub(super) async fn settle(mut self) -> usize {
        // What a dead machine has left behind is looked for once a minute.
        let end = Instant::now() + 2 * PATIENCE;
        while !self.truth.all_told() {
            assert!(Instant::now() < end, "{}: {}", self.truth.waiting(), self.logs());
            tokio::time::sleep(Duration::from_millis(20)).await;
            self.truth.take_in(&self.site.ci);
        }
        let store = self.store().await;
        let pending = DeliveryQuery::default().with_state(DeliveryState::Pending);
        while !store.deliveries(pending.clone()).await.unwrap().is_empty() {
            assert!(Instant::now() < end, "not settled: {}", self.logs());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for machine in std::mem::take(&mut self.machines).into_iter().flatten() {
            assert_eq!(machine.terminate().await.code(), Some(0), "{}", self.logs());
        }
        self.truth.take_in(&self.site.ci);

        let mut known = status(&store).await.unwrap();
        known.retain(|app| app.app_id.is_some());
        let known =
            known.iter().map(|app| (app.app_id.as_ref().unwrap().to_string(), &*app.subjects[0].status)).collect();
        assert_eq!(self.truth.states(), known, "what is written down is what is so");
        let history = store.history(HistoryQuery::default().with_limit(100_000)).await.unwrap();
        let told = history.iter().filter(|event| event.aggregate.app().is_some()).count();
        assert_eq!(told, self.truth.changes(), "each change is announced once");
        self.truth.assert_no_needless_repeat();
        self.truth.repeats()
    }

    async fn store(&self) -> PostgresStore {
        let mut store = None;
        let end = Instant::now() + PATIENCE;
        while store.is_none() {
            // The monitors make the tables.
            match PostgresStore::builder(self.database.address().url()).pool_size(3).create(false).connect().await {
                Ok(opened) => store = Some(opened),
                Err(error) => assert!(Instant::now() < end, "{error}: {}", self.logs()),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        store.unwrap()
    }

    pub(super) fn logs(&self) -> String {
        let last = |machine: &Process| {
            let log = machine.log();
            let lines: Vec<_> = log.lines().filter(|line| !line.contains("delivery tried")).collect();
            lines[lines.len().saturating_sub(15)..].join("\n")
        };
        self.machines.iter().flatten().map(last).collect::<Vec<_>>().join("\n---\n")
    }
}

fn file(number: usize) -> String {
    format!("machine-{number}.toml")
}
