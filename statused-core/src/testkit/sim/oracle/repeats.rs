//! At least once means once, and once more for each crash, stand-still or lost answer that met a delivery on its way.

use std::collections::BTreeMap;

use super::Evidence;

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let mut arrivals: BTreeMap<_, u64> = BTreeMap::new();
    for receipt in &evidence.trace.receipts {
        *arrivals.entry(receipt.place()).or_default() += 1;
    }
    let most = |place| 1 + evidence.trace.excuses.get(place).copied().unwrap_or_default();
    arrivals
        .iter()
        .filter(|(place, count)| **count > most(place))
        .map(|(place, count)| {
            let (sink, event) = place;
            format!("event {event} arrived {count} times at {sink}, {} would have been excusable", most(place))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::testkit::sim::oracle::case::{Case, receipt};

    #[test]
    fn finds_a_repeat_without_a_reason() {
        let mut case = Case::good();
        case.deliver(receipt(1));
        assert!(case.wrong().starts_with("no more repeats than crashes:"));
        case.trace.excuse([receipt(1).place()]);
        assert!(case.judged().is_empty());
        case.deliver(receipt(1));
        assert!(case.wrong().contains("arrived 3 times"));
    }
}
