//! An application's own workflow and sink in simulated worlds: those that are right pass, and each fault is found.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use statused_core::model::{Event, Notification, SinkId, Status};
use statused_core::sink::{Outcome, SinkProfile};
use statused_core::testkit::sim::{Answer, Destination, Simulation};
use statused_core::workflow::{Route, Workflow};
use statused_core::{RuleWorkflow, Sink};

/// A sink that makes of each answer what this function does.
#[derive(Debug)]
struct Mapped(Destination, fn(&Destination, &Notification) -> Outcome);

#[async_trait]
impl Sink for Mapped {
    fn profile(&self) -> SinkProfile {
        SinkProfile::default()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        self.1(&self.0, notification)
    }
}

/// What is wrong with a sink, if anything is.
fn broken_by(deliver: fn(&Destination, &Notification) -> Outcome) -> Option<String> {
    let simulation = Simulation::new().sink("mine", move |destination| Arc::new(Mapped(destination, deliver)));
    simulation.seeds(0..40).check().err().map(|report| report.violations.join("\n"))
}

#[test]
fn a_sink_that_is_right_passes() {
    assert_eq!(broken_by(|destination, notification| destination.take(notification).into()), None);
}

#[test]
fn a_sink_that_claims_what_it_has_not_done_is_found() {
    let wrong = broken_by(|_, _| Outcome::delivered()).unwrap();
    assert!(wrong.contains("counts as delivered to mine, which never got it"), "{wrong}");
}

#[test]
fn a_sink_that_takes_silence_for_success_is_found() {
    let wrong = broken_by(|destination, notification| match destination.take(notification) {
        Answer::Silent => Outcome::delivered(),
        answer => answer.into(),
    });
    assert!(wrong.unwrap().contains("which never got it"));
}

#[test]
fn a_sink_that_delivers_twice_is_found() {
    let wrong = broken_by(|destination, notification| {
        destination.take(notification);
        destination.take(notification).into()
    });
    assert!(wrong.unwrap().contains("no more repeats than crashes"));
}

#[test]
fn a_sink_that_panics_or_waits_is_found() {
    let wrong = broken_by(|destination, notification| match destination.take(notification) {
        Answer::Refused => panic!("a sink must not"),
        answer => answer.into(),
    });
    assert!(wrong.unwrap().contains("the sink mine panicked"));

    #[derive(Debug)]
    struct Waits;
    #[async_trait]
    impl Sink for Waits {
        fn profile(&self) -> SinkProfile {
            SinkProfile::default()
        }
        async fn deliver(&self, _: &Notification) -> Outcome {
            std::future::pending().await
        }
    }
    let report = Simulation::new().sink("mine", |_| Arc::new(Waits)).seeds(0..1).check().unwrap_err();
    assert!(report.to_string().contains("the sink mine waits for what is not simulated"), "{report}");
}

/// A workflow that routes as this function does.
struct Routed(Box<Routing>);

type Routing = dyn Fn(&Event) -> Vec<Route> + Send + Sync;

impl std::fmt::Debug for Routed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Routed")
    }
}

impl Workflow for Routed {
    fn name(&self) -> &str {
        "mine"
    }

    fn sinks(&self) -> Vec<SinkId> {
        vec!["x".into()]
    }

    fn enabled(&self) -> bool {
        true
    }

    fn route(&self, event: &Event) -> Vec<Route> {
        self.0(event)
    }
}

/// What is wrong with a workflow, if anything is.
fn misrouted_by(route: impl Fn(&Event) -> Vec<Route> + Send + Sync + 'static) -> Option<String> {
    let simulation = Simulation::new().workflow("mine", Arc::new(Routed(Box::new(route))));
    simulation.seeds(0..20).check().err().map(|report| report.violations.join("\n"))
}

#[test]
fn a_workflow_that_is_right_passes_beside_others() {
    let mine = Routed(Box::new(|event| {
        let rejected = event.data.status_code == Some(Status::Rejected);
        if rejected { vec![Route::to("x").saying("oh")] } else { Vec::new() }
    }));
    let simulation = Simulation::new()
        .workflow("mine", Arc::new(mine))
        .workflow("all", Arc::new(RuleWorkflow::new("all").sinks(["x", "y"])));
    let totals = simulation.seeds(0..40).check().unwrap_or_else(|report| panic!("{report}"));
    assert!(totals.received > 100, "{totals:?}");
}

#[test]
fn a_workflow_that_breaks_its_contract_is_found() {
    let flips = AtomicBool::new(false);
    let wrong =
        misrouted_by(move |_| if flips.fetch_xor(true, Ordering::Relaxed) { vec![Route::to("x")] } else { Vec::new() });
    assert!(wrong.unwrap().contains("the workflow mine routes the same event in two ways"));
    let wrong = misrouted_by(|_| vec![Route::to("x"), Route::to("x")]);
    assert!(wrong.unwrap().contains("the workflow mine names a sink twice"));
    let wrong = misrouted_by(|_| vec![Route::to("elsewhere")]);
    assert!(wrong.unwrap().contains("the workflow mine names a sink that is not among its sinks"));
    let wrong = misrouted_by(|event| panic!("{}", event.id));
    assert!(wrong.unwrap().contains("the workflow mine panicked"));
}
