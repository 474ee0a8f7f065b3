//! Promise 4: per app and sink, events first arrive in the order of their announcement.

use std::collections::{BTreeMap, BTreeSet};

use super::Evidence;

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let queued = evidence.trace.queued.iter().enumerate();
    let places: BTreeMap<_, _> = queued.map(|(number, queued)| (&queued.place, number)).collect();
    let mut last = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for receipt in &evidence.trace.receipts {
        let Some(number) = places.get(&receipt.place()) else { continue };
        if !seen.insert(number) {
            continue;
        }
        let aggregate = &receipt.notification.event.aggregate;
        let before = last.insert((&receipt.sink, aggregate), number);
        if before.is_some_and(|before| before > number) {
            wrong.push(format!("{} got {} of {aggregate} too late", receipt.sink, receipt.event()));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use crate::testkit::sim::oracle::case::{Case, receipt};

    /// What is wrong when three announcements arrive in this order.
    fn judge(order: &[u128]) -> Vec<String> {
        let mut case = Case::good();
        case.trace.queued.clear();
        case.trace.receipts.clear();
        (1..=3).for_each(|id| case.announce(id));
        order.iter().for_each(|id| case.deliver(receipt(*id)));
        case.judged().into_iter().filter(|wrong| wrong.starts_with("in order:")).collect()
    }

    #[test]
    fn finds_a_swap_and_forgives_a_repeat() {
        assert!(judge(&[1, 2, 1, 3]).is_empty());
        assert!(judge(&[1, 3]).is_empty());
        assert_eq!(judge(&[2, 1, 3]).len(), 1);
    }
}
