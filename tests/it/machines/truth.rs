//! Two hundred apps that go on all the time, and what is told of them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use statused::apple::testkit::{FakeAppStoreConnect, FakeVersion};

use crate::process::LIFE;
use crate::receiver::Receiver;

pub(super) const APPS: usize = 200;

/// What is so, and what has been told.
pub(super) struct Truth {
    apps: BTreeMap<String, App>,
    /// Requests that have been looked at.
    read: usize,
    /// When each event came, by its id.
    arrivals: BTreeMap<String, Vec<Instant>>,
    /// From when to when something befell a machine.
    faults: Vec<(Instant, Option<Instant>)>,
}

/// What was sent before a fault may be read a little after it.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

struct App {
    version: FakeVersion,
    /// Every state that it has come to, in order, as it is told.
    came_to: Vec<&'static str>,
    /// So many of them have been told.
    told: usize,
}

impl Truth {
    pub(super) fn new(apple: &FakeAppStoreConnect) -> Self {
        let app = |number: usize| {
            let id = number.to_string();
            let version = apple.app(&id, &format!("App {id}"), &format!("com.acme.{id}")).version("1.0");
            (id, App { version, came_to: Vec::new(), told: 0 })
        };
        Self { apps: (1..=APPS).map(app).collect(), read: 0, arrivals: BTreeMap::new(), faults: Vec::new() }
    }

    /// Every app whose last change has been told goes on: so each change can be seen, and has to be told.
    pub(super) fn goes_on(&mut self) {
        for app in self.apps.values_mut().filter(|app| app.told == app.came_to.len()) {
            let (state, label) = LIFE[app.came_to.len() % LIFE.len()];
            app.version.state(state);
            app.came_to.push(label);
        }
    }

    /// Reads what has arrived since. The first arrival of every event has to be the next change of its app.
    pub(super) fn take_in(&mut self, receiver: &Receiver) {
        let hits = receiver.hits_from(self.read);
        self.read += hits.len();
        for hit in hits {
            assert!(hit.signed_with.is_some(), "a signature did not fit");
            let arrivals = self.arrivals.entry(hit.id.clone()).or_default();
            arrivals.push(hit.at);
            if arrivals.len() > 1 {
                continue;
            }
            let Some(app) = hit.data("app_id").and_then(|id| self.apps.get_mut(&id)) else { continue };
            let status = hit.data("status").unwrap_or_default();
            let next = app.came_to.get(app.told).copied().unwrap_or("nothing more");
            assert_eq!(status, next, "app {}: after {:?}", hit.data("app_id").unwrap(), &app.came_to[..app.told]);
            app.told += 1;
        }
    }

    pub(super) fn fault_begins(&mut self) {
        self.faults.push((Instant::now(), None));
    }

    pub(super) fn fault_ends(&mut self) {
        self.faults.last_mut().unwrap().1 = Some(Instant::now());
    }

    /// Requests so far.
    pub(super) fn heard(&self) -> usize {
        self.read
    }

    /// Requests with an event that had come before.
    pub(super) fn repeats(&self) -> usize {
        self.arrivals.values().map(|arrivals| arrivals.len() - 1).sum()
    }

    /// How often the event came that came most often.
    pub(super) fn most(&self) -> usize {
        self.arrivals.values().map(Vec::len).max().unwrap_or_default()
    }

    /// Each event may have come once, and once more for each fault between its first time and its last; and between any two
    /// times there was one.
    pub(super) fn assert_no_needless_repeat(&self) {
        for (id, arrivals) in &self.arrivals {
            let met = |from: Instant, to: Instant| {
                let between = |(begin, end): &&(Instant, Option<Instant>)| {
                    *begin <= to && end.is_none_or(|end| end + ON_ITS_WAY >= from)
                };
                self.faults.iter().filter(between).count()
            };
            let (first, last) = (arrivals[0], arrivals[arrivals.len() - 1]);
            let explained = arrivals.windows(2).all(|pair| met(pair[0], pair[1]) > 0);
            let ago: Vec<_> = arrivals.iter().map(Instant::elapsed).collect();
            assert!(explained && arrivals.len() <= 1 + met(first, last), "{id} came {ago:?} ago: {:?}", self.faults);
        }
    }

    pub(super) fn all_told(&self) -> bool {
        self.apps.values().all(|app| app.told == app.came_to.len())
    }

    /// Changes that have been told.
    pub(super) fn told(&self) -> usize {
        self.apps.values().map(|app| app.told).sum()
    }

    /// Changes so far.
    pub(super) fn changes(&self) -> usize {
        self.apps.values().map(|app| app.came_to.len()).sum()
    }

    /// The last state of each app.
    pub(super) fn states(&self) -> BTreeMap<String, &'static str> {
        self.apps.iter().map(|(id, app)| (id.clone(), *app.came_to.last().unwrap())).collect()
    }

    /// Those who wait, for a failing test.
    pub(super) fn waiting(&self) -> String {
        let waiting: Vec<_> = self.apps.iter().filter(|(_, app)| app.told < app.came_to.len()).collect();
        let some: Vec<_> = waiting.iter().take(5).map(|(id, app)| (id, &app.came_to[app.told..])).collect();
        format!("{} apps wait, like {some:?}", waiting.len())
    }
}
