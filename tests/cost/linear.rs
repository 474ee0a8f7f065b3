//! That something done for each of many costs the same among few and among many.

/// How much more one may cost among many than among few: vectors double, trees split.
const TOLERANCE: f64 = 0.05;

/// # Panics
///
/// When many times as many cost noticeably more than many times as much.
pub(crate) fn is_linear(what: &str, few: usize, many: usize, times: usize) {
    let growth = many as f64 / (times * few) as f64;
    assert!(
        (growth - 1.0).abs() <= TOLERANCE,
        "{what}: {growth:.3} times as much for each among {times} times as many"
    );
}
