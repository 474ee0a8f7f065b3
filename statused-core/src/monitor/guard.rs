//! Other people's code: a panic or a hang of it stays its own.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use futures_util::FutureExt;

use crate::model::{Event, SinkId};
use crate::workflow::{Route, Workflow};

/// Why guarded code gave no answer.
#[derive(Debug)]
pub(super) enum Mishap {
    TimedOut,
    Panicked(String),
}

/// Runs a future that may hang or panic.
#[expect(clippy::disallowed_methods, reason = "the shell measures time; the engine never sees it")]
pub(super) async fn guarded<T>(limit: Duration, future: impl Future<Output = T>) -> Result<T, Mishap> {
    match tokio::time::timeout(limit, AssertUnwindSafe(future).catch_unwind()).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(panic)) => Err(Mishap::Panicked(words(panic.as_ref()))),
        Err(_) => Err(Mishap::TimedOut),
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}

/// A workflow whose panics route nothing instead of taking the others down.
#[derive(Debug)]
pub(super) struct GuardedWorkflow(pub(super) std::sync::Arc<dyn Workflow>);

impl Workflow for GuardedWorkflow {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn sinks(&self) -> Vec<SinkId> {
        self.0.sinks()
    }

    fn enabled(&self) -> bool {
        self.0.enabled()
    }

    fn route(&self, event: &Event) -> Vec<Route> {
        catch_unwind(AssertUnwindSafe(|| self.0.route(event))).unwrap_or_else(|panic| {
            let why = words(panic.as_ref());
            tracing::error!(workflow = self.0.name(), event = %event.id, "the workflow panicked: {why}");
            Vec::new()
        })
    }
}
