//! Promises 2 and 5: every event is settled at every sink in the end, and each of its deliveries says the same.

use std::collections::BTreeMap;

use super::{Evidence, Receipt};
use crate::model::DeliveryState;
use crate::store::DeliveryQuery;

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let records = evidence.tables.deliveries(&DeliveryQuery::default().with_limit(usize::MAX));
    for event in evidence.tables.history_from(0) {
        for sink in &evidence.sinks {
            match records.iter().find(|record| record.event_id == event.id && record.sink == *sink) {
                None => wrong.push(format!("event {} was never queued for {sink}", event.id)),
                Some(record) if record.state == DeliveryState::Pending => {
                    wrong.push(format!("event {} still waits for {sink}: {record:?}", event.id));
                }
                Some(record) if record.state == DeliveryState::Delivered => {
                    let arrived = evidence.receipts.iter().any(|r| r.event() == event.id && r.sink == *sink);
                    if !arrived {
                        wrong.push(format!("event {} counts as delivered to {sink}, which never got it", event.id));
                    }
                }
                Some(_) => {}
            }
        }
    }
    wrong.extend(two_versions(evidence.receipts));
    wrong
}

/// A repeat must say the same.
fn two_versions(receipts: &[Receipt]) -> Vec<String> {
    let mut firsts = BTreeMap::new();
    let mut wrong = Vec::new();
    for receipt in receipts {
        let first = firsts.entry((&receipt.sink, receipt.event())).or_insert(&receipt.notification);
        if **first != receipt.notification {
            wrong.push(format!("{} got event {} in two versions", receipt.sink, receipt.event()));
        }
    }
    wrong
}
