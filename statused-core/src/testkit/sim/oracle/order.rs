//! Promise 4: per app and sink, events first arrive in the order of their announcement.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{Evidence, Receipt};

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let order: Vec<_> = evidence.tables.history_from(0).iter().map(|event| event.id).collect();
    out_of_order(&order, evidence.receipts)
}

fn out_of_order(announced: &[Uuid], receipts: &[Receipt]) -> Vec<String> {
    let place: BTreeMap<_, _> = announced.iter().enumerate().map(|(n, id)| (*id, n)).collect();
    let mut last = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for receipt in receipts {
        let Some(place) = place.get(&receipt.event()) else { continue };
        if !seen.insert((&receipt.sink, receipt.event())) {
            continue;
        }
        let before = last.insert((&receipt.sink, &receipt.notification.event.aggregate), *place);
        if before.is_some_and(|before| before > *place) {
            wrong.push(format!(
                "{} got {} of {} too late",
                receipt.sink,
                receipt.event(),
                receipt.notification.event.aggregate
            ));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::sim::oracle::tests::receipt;

    #[test]
    fn finds_a_swap_and_forgives_a_repeat() {
        let id = Uuid::from_u128;
        let announced = [id(1), id(2), id(3)];
        let judge = |order: &[u128]| out_of_order(&announced, &order.iter().map(|n| receipt(*n)).collect::<Vec<_>>());
        assert!(judge(&[1, 2, 1, 3]).is_empty());
        assert!(judge(&[1, 3]).is_empty());
        assert_eq!(judge(&[2, 1, 3]).len(), 1);
    }
}
