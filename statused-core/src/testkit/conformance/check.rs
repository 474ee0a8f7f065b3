//! How a check is written and run.

use std::any::Any;
use std::fmt::{self, Debug};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::report::{Finding, Report, Verdict};

/// A check that takes longer has failed: something hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// Why a check does not pass.
#[derive(Debug)]
#[doc(hidden)]
pub enum Stop {
    Failed(String),
    Skipped(String),
}

/// What a check returns.
pub(super) type Checked = Result<(), Stop>;

/// An error where none belongs is a failure.
impl<E: std::error::Error> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(format!("failed where it should not: {error}"))
    }
}

pub(super) fn fail(why: impl Into<String>) -> Stop {
    Stop::Failed(why.into())
}

pub(super) fn skip(why: impl Into<String>) -> Stop {
    Stop::Skipped(why.into())
}

/// Asks for a condition, and says otherwise what is wrong.
pub(super) fn holds(condition: bool, otherwise: impl FnOnce() -> String) -> Checked {
    if condition { Ok(()) } else { Err(Stop::Failed(otherwise())) }
}

/// Asks for what was wanted.
#[expect(clippy::needless_pass_by_value, reason = "most of what is compared is made on the spot")]
pub(super) fn same<T: PartialEq + Debug>(what: &str, got: T, wanted: T) -> Checked {
    holds(got == wanted, || format!("{what}: {got:?}\ninstead of: {wanted:?}"))
}

/// A bullet of the contract, and how to try it on a subject.
#[doc(hidden)]
pub struct Check<S> {
    pub id: &'static str,
    pub name: &'static str,
    pub run: for<'a> fn(&'a S) -> LocalBoxFuture<'a, Result<(), Stop>>,
}

impl<S> Debug for Check<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("id", &self.id).finish_non_exhaustive()
    }
}

impl<S> Check<S> {
    /// Tries it. A panic or a hang of the subject is its failure.
    #[expect(clippy::disallowed_methods, reason = "what hangs must not hang the report")]
    pub(super) async fn find(&self, subject: &S) -> Finding {
        // A check that awaits nothing is done when it is called: within the guard as well.
        let run = AssertUnwindSafe(async { (self.run)(subject).await }).catch_unwind();
        let verdict = match tokio::time::timeout(LIMIT, run).await {
            Ok(Ok(Ok(()))) => Verdict::Passed,
            Ok(Ok(Err(Stop::Failed(why)))) => Verdict::Failed(why),
            Ok(Ok(Err(Stop::Skipped(why)))) => Verdict::Skipped(why),
            Ok(Err(panic)) => Verdict::Failed(format!("panicked: {}", words(panic.as_ref()))),
            Err(_) => Verdict::Failed(format!("not done after {} s", LIMIT.as_secs())),
        };
        self.finding(verdict)
    }

    pub(super) fn finding(&self, verdict: Verdict) -> Finding {
        Finding { id: self.id, name: self.name, verdict }
    }
}

/// Tries every check, each on a subject of its own.
pub(super) async fn report<S>(checks: Vec<Check<S>>, make: impl AsyncFn() -> S) -> Report {
    let mut findings = Vec::with_capacity(checks.len());
    for check in checks {
        findings.push(check.find(&make().await).await);
    }
    Report { findings }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}
