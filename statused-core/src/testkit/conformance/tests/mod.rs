//! The kit itself: every bullet has a check and every check a bullet, and what breaks a promise fails just its check.

mod bullets;
mod disk;
mod flaws;
mod sinks;
mod sources;
mod stores;
mod workflows;

use super::Report;

/// The bullets that a report finds broken.
fn broken(report: &Report) -> Vec<&'static str> {
    report.failed().map(|finding| finding.id).collect()
}
