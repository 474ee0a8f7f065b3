//! A test of one's own for each bullet of a contract.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::__private::Check;
use super::report::{Finding, Verdict};

/// Makes a test of each bullet of [`StateStore`](crate::StateStore)'s contract.
///
/// The expression gives a [`Place`](crate::testkit::conformance::store::Place), or a `Result` whose error says why there is
/// none; it is evaluated anew for each test, and may await. For several stores, put each call into a module of its own.
///
/// ```
/// # use statused_core::MemoryStore;
/// # use statused_core::store::StoreError;
/// # use statused_core::testkit::conformance::store::{Abilities, Place};
/// # struct Memory;
/// # impl Place for Memory {
/// #     type Store = MemoryStore;
/// #     async fn open(&self) -> Result<MemoryStore, StoreError> {
/// #         Ok(MemoryStore::new())
/// #     }
/// #     fn abilities(&self) -> Abilities {
/// #         Abilities::none()
/// #     }
/// # }
/// #[cfg(test)]
/// mod conformance {
///     statused_core::store_tests!(super::Memory);
/// }
/// ```
#[macro_export]
macro_rules! store_tests {
    ($place:expr) => {
        $crate::__store_contract! { __conformance_tests [store, $place] }
    };
}

/// Makes a test of each bullet of [`Sink`](crate::Sink)'s contract.
///
/// The expression gives a [`Destination`](crate::testkit::conformance::sink::Destination); it is evaluated anew for each
/// test, and may await. For several sinks, put each call into a module of its own.
#[macro_export]
macro_rules! sink_tests {
    ($destination:expr) => {
        $crate::__sink_contract! { __conformance_tests [sink, $destination] }
    };
}

/// Makes a test of each bullet of [`StatusSource`](crate::StatusSource)'s contract.
///
/// The expression gives a [`Stage`](crate::testkit::conformance::source::Stage); it is evaluated anew for each test, and
/// may await. For several sources, put each call into a module of its own.
#[macro_export]
macro_rules! source_tests {
    ($stage:expr) => {
        $crate::__source_contract! { __conformance_tests [source, $stage] }
    };
}

/// Makes a test of each bullet of [`Workflow`](crate::Workflow)'s contract.
///
/// The expression gives the workflow; it is evaluated several times for each test, as after a restart.
///
/// ```
/// #[cfg(test)]
/// mod conformance {
///     statused_core::workflow_tests!(statused_core::RuleWorkflow::new("All").sinks(["slack"]));
/// }
/// ```
#[macro_export]
macro_rules! workflow_tests {
    ($workflow:expr) => {
        $crate::__workflow_contract! { __conformance_tests [workflow, || $workflow] }
    };
}

/// What a contract's list is made into: tests.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ([$kind:ident, $subject:expr] $($name:ident $id:literal)*) => {
        $(
            #[test]
            fn $name() {
                $crate::testkit::conformance::__private::run(async {
                    $crate::testkit::conformance::$kind::test($id, $subject).await;
                });
            }
        )*
    };
}

/// What a contract's list is made into: a table of checks, of the functions that are called so where it is used.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_table {
    ([] $($name:ident $id:literal)*) => {
        vec![$(Check { id: $id, name: stringify!($name), run: |subject| Box::pin(contract::$name(subject)) }),*]
    };
    ([at_once] $($name:ident $id:literal)*) => {
        vec![$(Check {
            id: $id,
            name: stringify!($name),
            run: |subject| Box::pin(std::future::ready(contract::$name(subject))),
        }),*]
    };
}

/// Runs a test on a runtime of its own, so that its crate needs none.
#[doc(hidden)]
pub fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be had").block_on(test);
}

/// The check of a bullet.
pub(super) fn pick<S>(checks: Vec<Check<S>>, id: &str) -> Check<S> {
    let check = checks.into_iter().find(|check| check.id == id);
    check.unwrap_or_else(|| panic!("there is no bullet {id}"))
}

/// How many tests of bullets have been skipped in this process.
static SKIPPED: AtomicUsize = AtomicUsize::new(0);

/// Ends a test by what was found. A skip goes past the test harness, which would swallow it, with its number: the last one
/// that is printed says how many there are.
pub(super) fn conclude(finding: &Finding) {
    match &finding.verdict {
        Verdict::Passed => {}
        Verdict::Failed(_) => panic!("\n{finding}"),
        Verdict::Skipped(why) => {
            let count = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
            let mut console = std::io::stderr().lock();
            // Where even that is closed, the test cannot say it.
            writeln!(console, "!! SKIPPED {}: {why} ({count} so far)", finding.id).ok();
        }
    }
}
