//! Promise 4: per app and sink, events first arrive in the order of their announcement. What is left of a try whose machine
//! stood still, and whose delivery another has brought to its end, may come at any time.

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
        let left_over = receipt.ended && evidence.trace.excuses.contains_key(&receipt.place());
        if left_over || !seen.insert(number) {
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

    #[test]
    fn forgives_what_is_left_of_a_try_that_another_has_replaced() {
        let mut case = Case::good();
        case.trace.receipts.clear();
        case.announce(2);
        let mut late = receipt(1);
        late.ended = true;
        case.deliver(receipt(2));
        case.deliver(late);
        let blamed = |case: &Case| case.judged().iter().any(|wrong| wrong.starts_with("in order:"));
        assert!(blamed(&case), "nobody stood still");
        case.trace.excuse([receipt(1).place()]);
        assert!(!blamed(&case));
    }
}
