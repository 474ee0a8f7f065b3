//! The kit on workflows: the one that is provided, and one for each promise that is broken.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::broken;
use crate::model::{Event, SinkId};
use crate::testkit::conformance::workflow::check_all;
use crate::workflow::Route;
use crate::{RuleWorkflow, Workflow};

/// What is wrong with a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    Flawless,
    CountsInItsName,
    ForgetsASink,
    RoutesWhileOff,
    RoutesEverySecond,
    RoutesTwice,
    RoutesElsewhere,
    CutsBytes,
}

use Flaw::*;

#[derive(Debug)]
struct Flawed {
    flaw: Flaw,
    name: String,
    asked: AtomicUsize,
}

static MADE: AtomicUsize = AtomicUsize::new(0);

fn flawed(flaw: Flaw) -> Flawed {
    let number = if flaw == CountsInItsName { MADE.fetch_add(1, Ordering::Relaxed) } else { 0 };
    Flawed { flaw, name: format!("flawed {number}"), asked: AtomicUsize::new(0) }
}

impl Workflow for Flawed {
    fn name(&self) -> &str {
        &self.name
    }

    fn sinks(&self) -> Vec<SinkId> {
        let forgets = self.flaw == ForgetsASink && self.asked.fetch_add(1, Ordering::Relaxed) > 5;
        if forgets { vec!["hook".into()] } else { vec!["hook".into(), "chat".into()] }
    }

    fn enabled(&self) -> bool {
        self.flaw != RoutesWhileOff
    }

    fn route(&self, event: &Event) -> Vec<Route> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        match self.flaw {
            RoutesEverySecond if asked % 2 == 1 => vec![],
            RoutesTwice => vec![Route::to("hook"), Route::to("hook").saying("Again.")],
            RoutesElsewhere if event.data.track.is_some() => vec![Route::to("pager")],
            CutsBytes => vec![Route::to("hook").saying(&event.data.message[..event.data.message.len().min(34)])],
            _ => vec![Route::to("hook")],
        }
    }
}

mod provided {
    crate::workflow_tests!(crate::RuleWorkflow::new("All").sinks(["hook", "chat"]));
}

mod provided_with_conditions {
    crate::workflow_tests!(
        crate::RuleWorkflow::new("Some")
            .apps(["com.acme.app"])
            .statuses(["Ready for Sale", "REJECTED"])
            .tracks(["production"])
            .testflight(false)
            .sinks(["hook"])
    );
}

mod provided_and_off {
    crate::workflow_tests!(crate::RuleWorkflow::new("Off").enabled(false).sinks(["hook"]));
}

#[tokio::test]
async fn one_that_is_off_is_tried_in_full_and_one_that_is_on_is_not() {
    let rule = |on| RuleWorkflow::new("All").enabled(on).sinks(["hook"]);
    assert_eq!(check_all(|| rule(false)).await.skipped().count(), 0);
    let report = check_all(|| rule(true)).await;
    assert_eq!(report.skipped().map(|finding| finding.id).collect::<Vec<_>>(), ["workflow.enabled.1"]);
}

#[tokio::test]
async fn each_flaw_is_found_by_just_its_check() {
    for (flaw, id) in [
        (CountsInItsName, "workflow.name.1"),
        (ForgetsASink, "workflow.sinks.1"),
        (RoutesWhileOff, "workflow.enabled.1"),
        (RoutesEverySecond, "workflow.route.1"),
        (RoutesTwice, "workflow.route.2"),
        (RoutesElsewhere, "workflow.route.3"),
    ] {
        let report = check_all(|| flawed(flaw)).await;
        assert_eq!(broken(&report), [id], "{flaw:?}\n{report}");
    }
    assert!(check_all(|| flawed(Flawless)).await.holds());
}

/// A panic spoils every check that asks for routes.
#[tokio::test]
async fn a_panic_is_found_and_does_not_end_the_report() {
    let report = check_all(|| flawed(CutsBytes)).await;
    let found = broken(&report);
    assert!(found.contains(&"workflow.route.4"), "{report}");
    assert_eq!(report.findings.len(), 7);
}
