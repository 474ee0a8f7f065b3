//! Promise 1: no event is announced twice, and a repeat of its delivery says the same.

use std::collections::{BTreeMap, BTreeSet};

use super::Evidence;

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let mut known = BTreeSet::new();
    let announced = evidence.trace.announced.iter().map(|announced| &announced.event);
    let again = announced.filter(|event| !known.insert(event.id));
    let mut wrong: Vec<_> = again.map(|event| format!("event {} was announced twice", event.id)).collect();
    let mut firsts = BTreeMap::new();
    for receipt in &evidence.trace.receipts {
        let first = firsts.entry(receipt.place()).or_insert(&receipt.notification);
        if **first != receipt.notification {
            wrong.push(format!("{} got event {} in two versions", receipt.sink, receipt.event()));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use crate::testkit::sim::oracle::case::{Case, receipt};

    #[test]
    fn finds_what_was_announced_twice() {
        let mut case = Case::good();
        let again = case.trace.announced[0].clone();
        case.trace.announced.push(again);
        assert!(case.judged().iter().any(|wrong| wrong.starts_with("no duplicate:")), "{:?}", case.judged());
    }

    #[test]
    fn finds_two_versions_of_a_delivery() {
        let mut case = Case::good();
        let mut other = receipt(1);
        other.notification.event.data.message = "otherwise".to_owned();
        case.trace.excuse([other.place()]);
        case.deliver(other);
        assert!(case.wrong().ends_with("in two versions"));
    }
}
