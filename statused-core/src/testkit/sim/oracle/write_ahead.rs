//! Promise 5: nothing reaches a sink before it is durable.

use super::Evidence;

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    evidence.unwritten.iter().map(|event| format!("event {event} reached a sink before it was durable")).collect()
}
