//! What cannot be tried on this machine.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Says aloud that a test is skipped, past the test harness, which would swallow it, and how many that makes. It is a
/// failure if the variable `required_by` is set.
pub(crate) fn skip(why: &str, required_by: &str) {
    static SKIPPED: AtomicUsize = AtomicUsize::new(0);
    assert!(std::env::var_os(required_by).is_none(), "{required_by} is set: {why}");
    let count = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
    writeln!(std::io::stderr().lock(), "!! SKIPPED: {why} ({count} so far)").unwrap();
}
