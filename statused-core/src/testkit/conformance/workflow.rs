//! Whether a workflow keeps the contract of [`Workflow`].
//!
//! [`check_all`] tries everything and reports; [`workflow_tests!`](crate::workflow_tests) makes a test of each bullet. The
//! events are those of [`events`], some thousands of them.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::__private::Check;
use super::check::{Checked, holds, same, skip};
use super::corpus::events;
use super::report::Report;
use super::workflow as contract;
use crate::Workflow;
use crate::model::Event;
use crate::workflow::Route;

/// So many events are tried.
const EVENTS: usize = 2000;

#[doc(hidden)]
#[macro_export]
macro_rules! __workflow_contract {
    ($callback:ident $args:tt) => {
        $crate::$callback! { $args
            name_1_it_stays_the_same "workflow.name.1"
            sinks_1_they_stay_the_same "workflow.sinks.1"
            enabled_1_while_it_is_off_nothing_is_routed "workflow.enabled.1"
            route_1_the_event_alone_decides "workflow.route.1"
            route_2_a_sink_is_named_once "workflow.route.2"
            route_3_every_sink_is_known_before "workflow.route.3"
            route_4_no_event_makes_it_panic "workflow.route.4"
        }
    };
}

/// Tries every promise of a workflow, which is made several times, as a restart makes it.
///
/// ```
/// use statused_core::RuleWorkflow;
/// use statused_core::testkit::conformance::workflow::check_all;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let report = check_all(|| RuleWorkflow::new("All").sinks(["slack", "ci"])).await;
/// assert!(report.holds(), "{report}");
/// # }
/// ```
pub async fn check_all<W: Workflow>(make: impl Fn() -> W) -> Report {
    super::check::report(table(), async || &make).await
}

#[doc(hidden)]
#[must_use]
pub fn table<W: Workflow, F: Fn() -> W>() -> Vec<Check<F>> {
    crate::__workflow_contract!(__conformance_table[at_once])
}

#[doc(hidden)]
pub async fn test<W: Workflow, F: Fn() -> W>(id: &str, make: F) {
    super::macros::conclude(&super::macros::pick(table(), id).find(&make).await);
}

fn name_1_it_stays_the_same<W: Workflow>(make: &impl Fn() -> W) -> Checked {
    let workflow = make();
    let name = workflow.name().to_owned();
    events(1).take(10).for_each(|event| drop(workflow.route(&event)));
    same("later", workflow.name(), &*name)?;
    same("after a restart", make().name(), &*name)
}

fn sinks_1_they_stay_the_same<W: Workflow>(make: &impl Fn() -> W) -> Checked {
    let workflow = make();
    let sinks: BTreeSet<_> = workflow.sinks().into_iter().collect();
    events(1).take(10).for_each(|event| drop(workflow.route(&event)));
    same("later", workflow.sinks().into_iter().collect(), sinks.clone())?;
    same("after a restart", make().sinks().into_iter().collect(), sinks)
}

fn enabled_1_while_it_is_off_nothing_is_routed<W: Workflow>(make: &impl Fn() -> W) -> Checked {
    let workflow = make();
    if workflow.enabled() {
        return Err(skip("it is on"));
    }
    for event in events(2).take(EVENTS) {
        same("routes", workflow.route(&event), Vec::new())?;
    }
    Ok(())
}

fn route_1_the_event_alone_decides<W: Workflow>(make: &impl Fn() -> W) -> Checked {
    let workflow = make();
    let first: Vec<_> = events(3).take(EVENTS).map(|event| (workflow.route(&event), event)).collect();
    let restarted = make();
    for (routes, event) in first.iter().rev() {
        same(&told("asked again", event), &workflow.route(event), routes)?;
        same(&told("asked after a restart", event), &restarted.route(event), routes)?;
    }
    Ok(())
}

fn route_2_a_sink_is_named_once<W: Workflow>(make: &impl Fn() -> W) -> Checked {
    let workflow = make();
    for event in events(4).take(EVENTS) {
        let routes = workflow.route(&event);
        let sinks: BTreeSet<_> = routes.iter().map(|route| &route.sink).collect();
        holds(sinks.len() == routes.len(), || told(&format!("{routes:?}"), &event))?;
    }
    Ok(())
}

fn route_3_every_sink_is_known_before<W: Workflow>(make: &impl Fn() -> W) -> Checked {
    let workflow = make();
    let known: BTreeSet<_> = workflow.sinks().into_iter().collect();
    for event in events(5).take(EVENTS) {
        for Route { sink, .. } in workflow.route(&event) {
            holds(known.contains(&sink), || told(&format!("{sink}, which is not in {known:?}"), &event))?;
        }
    }
    Ok(())
}

fn route_4_no_event_makes_it_panic<W: Workflow>(make: &impl Fn() -> W) -> Checked {
    let workflow = make();
    for event in events(6).take(EVENTS) {
        let routed = catch_unwind(AssertUnwindSafe(|| workflow.route(&event)));
        holds(routed.is_ok(), || told("panicked", &event))?;
    }
    Ok(())
}

/// Which event it was: what decides most often.
fn told(what: &str, event: &Event) -> String {
    format!("{what}: {:?} event {} of {}, {:?}", event.kind, event.id, event.aggregate, event.data.status)
}
