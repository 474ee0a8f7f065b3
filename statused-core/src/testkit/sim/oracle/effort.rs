//! What it costs to watch an account in which nothing happens is bounded, and so is everything else.

use std::time::Duration;

use super::Evidence;

/// What is cached is read again every ten minutes.
const LOADS_AN_HOUR: u64 = 6;

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let Some(at_rest) = evidence.trace.at_rest else { return vec!["the world never came to rest".to_owned()] };
    let spent = evidence.trace.effort;
    // The watch of an hour that has begun counts.
    let hours = (evidence.calendar.over - evidence.calendar.rest).num_hours().unsigned_abs() + 1;
    let most = |each: u64, of: u64| each * of * hours * evidence.machines;
    let an_hour = |every: Duration| 3600_u64.div_ceil(every.as_secs().max(1));
    let config = evidence.config;
    [
        ("polls", spent.polls - at_rest.polls, most(an_hour(config.interval), 1)),
        ("claims", spent.claims - at_rest.claims, most(an_hour(config.settings.sweep), evidence.sinks)),
        ("reads", spent.loads - at_rest.loads, most(LOADS_AN_HOUR + an_hour(config.settings.sweep / 2), 1)),
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
