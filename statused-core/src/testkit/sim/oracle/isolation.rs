//! Promise 6: when everything has healed but what is broken for good, the rest does not wait for it.

use chrono::TimeDelta;

use super::Evidence;

/// So long after the healing, what had piled up is gone.
const SETTLED: TimeDelta = TimeDelta::minutes(70);
/// A sink that works has what was announced by then: a round that another process has queued is found within a minute.
const PROMPT: TimeDelta = TimeDelta::minutes(3);

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let since = evidence.calendar.heal + SETTLED;
    for announced in evidence.trace.announced.iter().filter(|announced| announced.at >= since) {
        let id = announced.event.id;
        for sink in announced.expected.iter().filter(|sink| evidence.is_healthy(sink)) {
            let arrived = evidence.trace.receipts.iter().find(|receipt| receipt.event() == id && receipt.sink == *sink);
            let late = arrived.map(|receipt| receipt.at - announced.at).filter(|late| *late > PROMPT);
            wrong.extend(late.map(|late| format!("event {id} waited {} s for {sink}", late.num_seconds())));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use crate::testkit::sim::faults::Broken;
    use crate::testkit::sim::oracle::case::{Case, at};

    #[test]
    fn finds_a_sink_that_waits_and_not_one_that_is_broken() {
        let mut case = Case::good();
        case.trace.receipts[0].at = at(140);
        assert!(case.wrong().starts_with("isolation:"));
        case.broken = Some(Broken::Refuses("x".into()));
        assert!(case.judged().is_empty());
    }
}
