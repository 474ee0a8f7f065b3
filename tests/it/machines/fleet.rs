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
/// So many tries of one machine may be on their way to a sink at once.
pub(super) const CONCURRENCY: usize = 16;

/// Three monitors and what they share.
pub(super) struct Fleet {
    pub(super) site: Site,
    pub(super) truth: Truth,
    database: Database,
    /// Each machine's way to the database.
    pub(super) ways: Vec<Proxy>,
    pub(super) machines: Vec<Process>,
}

impl Fleet {
    /// Starts all three, and waits until every app has been taken as it was found. `None`: there is no server.
    pub(super) async fn start() -> Option<Self> {
        let database = Database::new().await?;
        let site = Site::new().await;
        let mut ways = Vec::new();
        for number in 0..MACHINES {
            let way = Proxy::to(database.server()).await;
            let text = site.text("").replace("sqlite:statused.db", &database.url_through(way.port()));
            let text = text.replace("retries = 9", "retries = 9\ntimeout = \"5s\"").replace("30ms", "200ms");
            std::fs::write(site.path(&file(number)), text).unwrap();
            ways.push(way);
        }
        let truth = Truth::new(&site.apple);
        let machines = (0..MACHINES).map(|number| site.start_file(&file(number))).collect();
        let fleet = Self { site, truth, database, ways, machines };
        let (store, end) = (fleet.store().await, Instant::now() + PATIENCE);
        while status(&store).await.unwrap().len() < APPS {
            assert!(Instant::now() < end, "the apps are not found: {}", fleet.logs());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Some(fleet)
    }

    /// Kills one, and starts it again.
    pub(super) fn kill(&mut self, number: usize) {
        let again = self.site.start_file(&file(number));
        std::mem::replace(&mut self.machines[number], again).kill();
    }

    /// Lets the apps go on for so long, or until so many changes have been told, whichever is later.
    pub(super) async fn live(&mut self, time: Duration, changes: usize) {
        let (begin, wanted) = (Instant::now(), self.truth.changes() + changes);
        let end = begin + PATIENCE;
        loop {
            self.truth.take_in(&self.site.ci);
            if begin.elapsed() >= time && self.truth.changes() >= wanted {
                return;
            }
            assert!(Instant::now() < end, "{}: {}", self.truth.waiting(), self.logs());
            self.truth.goes_on();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until everything has been told, stops all, and compares what they have written down with the truth. Tells
    /// how many requests repeated an event.
    pub(super) async fn settle(mut self) -> usize {
        let end = Instant::now() + PATIENCE;
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
        for machine in std::mem::take(&mut self.machines) {
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
        self.truth.repeats
    }

    async fn store(&self) -> PostgresStore {
        let mut store = None;
        let end = Instant::now() + PATIENCE;
        while store.is_none() {
            // The monitors make the tables.
            match PostgresStore::builder(self.database.url()).pool_size(3).create(false).connect().await {
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
        self.machines.iter().map(last).collect::<Vec<_>>().join("\n---\n")
    }
}

fn file(number: usize) -> String {
    format!("machine-{number}.toml")
}
