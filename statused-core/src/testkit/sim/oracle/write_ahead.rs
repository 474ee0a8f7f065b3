//! Promise 5: nothing reaches a sink before it is durable.

use super::Evidence;

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let early = evidence.trace.receipts.iter().filter(|receipt| !receipt.durable);
    early.map(|receipt| format!("event {} reached {} before it was durable", receipt.event(), receipt.sink)).collect()
}

#[cfg(test)]
mod tests {
    use crate::testkit::sim::oracle::case::Case;

    #[test]
    fn finds_what_was_delivered_too_early() {
        let mut case = Case::good();
        case.trace.receipts[0].durable = false;
        assert!(case.wrong().starts_with("write-ahead:"));
    }
}
