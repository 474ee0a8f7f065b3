//! What it costs to watch an account in which nothing happens is bounded, and so is everything else.

use super::Evidence;

/// The pace of the simulated configuration: a poll every five minutes, a look for deliveries every minute.
const POLLS_AN_HOUR: u64 = 12;
const CLAIMS_AN_HOUR: u64 = 60;
/// What is cached is read again every ten minutes, and a parked sink every thirty seconds.
const LOADS_AN_HOUR: u64 = 6 + 120;

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let Some(at_rest) = evidence.trace.at_rest else { return vec!["the world never came to rest".to_owned()] };
    let spent = evidence.trace.effort;
    // The watch of an hour that has begun counts.
    let hours = (evidence.calendar.over - evidence.calendar.rest).num_hours().unsigned_abs() + 1;
    let most = |each: u64, of: u64| each * of * hours * evidence.machines;
    [
        ("polls", spent.polls - at_rest.polls, most(POLLS_AN_HOUR, 1)),
        ("claims", spent.claims - at_rest.claims, most(CLAIMS_AN_HOUR, evidence.sinks)),
        ("reads", spent.loads - at_rest.loads, most(LOADS_AN_HOUR, 1)),
    ]
    .into_iter()
    .filter(|(_, spent, most)| spent > most)
    .map(|(what, spent, most)| format!("{spent} {what} while nothing happened, {most} would have done"))
    .collect()
}

#[cfg(test)]
mod tests {
    use crate::testkit::sim::oracle::case::Case;

    #[test]
    fn finds_idle_running_and_a_world_without_rest() {
        let mut case = Case::good();
        case.trace.effort.claims += 1000;
        assert!(case.wrong().starts_with("bounded effort: 1000 claims"));
        let mut case = Case::good();
        case.trace.effort.polls += 100;
        assert!(case.wrong().starts_with("bounded effort: 100 polls"));
        case.trace.at_rest = None;
        assert!(case.wrong().ends_with("never came to rest"));
    }
}
