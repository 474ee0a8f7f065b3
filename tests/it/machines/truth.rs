//! Two hundred apps that go on all the time, and what is told of them.

use std::collections::{BTreeMap, BTreeSet};

use statused::apple::testkit::{FakeAppStoreConnect, FakeVersion};

use crate::process::LIFE;
use crate::receiver::Receiver;

pub(super) const APPS: usize = 200;

/// What is so, and what has been told.
pub(super) struct Truth {
    apps: BTreeMap<String, App>,
    /// Requests that have been looked at.
    read: usize,
    seen: BTreeSet<String>,
    /// Requests with an event that had come before.
    pub(super) repeats: usize,
    /// How often the event came that came most often.
    pub(super) most: usize,
    times: BTreeMap<String, usize>,
}

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
        Self {
            apps: (1..=APPS).map(app).collect(),
            read: 0,
            seen: BTreeSet::new(),
            repeats: 0,
            most: 0,
            times: BTreeMap::new(),
        }
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
            let times = self.times.entry(hit.id.clone()).or_default();
            *times += 1;
            self.most = self.most.max(*times);
            if !self.seen.insert(hit.id.clone()) {
                self.repeats += 1;
                continue;
            }
            let Some(app) = hit.data("app_id").and_then(|id| self.apps.get_mut(&id)) else { continue };
            let status = hit.data("status").unwrap_or_default();
            let next = app.came_to.get(app.told).copied().unwrap_or("nothing more");
            assert_eq!(status, next, "app {}: after {:?}", hit.data("app_id").unwrap(), &app.came_to[..app.told]);
            app.told += 1;
        }
    }

    pub(super) fn all_told(&self) -> bool {
        self.apps.values().all(|app| app.told == app.came_to.len())
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
