//! An application's own workflow, watched for what its contract forbids.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::{Event, SinkId};
use crate::workflow::{Route, Workflow};

/// What was found, in words.
pub(super) type Fouls = Arc<Mutex<BTreeSet<String>>>;

/// A workflow, asked twice each time.
#[derive(Debug)]
pub(super) struct Guest {
    workflow: Arc<dyn Workflow>,
    fouls: Fouls,
}

impl Guest {
    pub(super) fn new(workflow: Arc<dyn Workflow>, fouls: Fouls) -> Self {
        Self { workflow, fouls }
    }

    fn blame(&self, foul: &str) {
        let mut fouls = self.fouls.lock().unwrap_or_else(PoisonError::into_inner);
        fouls.insert(format!("the workflow {} {foul}", self.workflow.name()));
    }
}

impl Workflow for Guest {
    fn name(&self) -> &str {
        self.workflow.name()
    }

    fn sinks(&self) -> Vec<SinkId> {
        self.workflow.sinks()
    }

    fn enabled(&self) -> bool {
        self.workflow.enabled()
    }

    fn route(&self, event: &Event) -> Vec<Route> {
        let ask = || catch_unwind(AssertUnwindSafe(|| self.workflow.route(event)));
        let (Ok(routes), Ok(again)) = (ask(), ask()) else {
            self.blame("panicked");
            return Vec::new();
        };
        if routes != again {
            self.blame("routes the same event in two ways");
        }
        let known = self.workflow.sinks();
        let named: BTreeSet<_> = routes.iter().map(|route| &route.sink).collect();
        if named.len() < routes.len() {
            self.blame("names a sink twice for one event");
        }
        if named.iter().any(|sink| !known.contains(sink)) {
            self.blame("names a sink that is not among its sinks");
        }
        routes
    }
}
