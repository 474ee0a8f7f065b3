//! Promise 8: a time without news writes nothing.

use super::Evidence;

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    // A world without a rest is the effort oracle's business.
    let Some(at_rest) = evidence.trace.at_rest else { return Vec::new() };
    let writes = evidence.trace.effort.writes - at_rest.writes;
    if writes <= evidence.idle_writes {
        return Vec::new();
    }
    vec![format!("{writes} writes while nothing happened")]
}

#[cfg(test)]
mod tests {
    use crate::testkit::sim::oracle::case::Case;

    #[test]
    fn finds_writes_while_nothing_happens() {
        let mut case = Case::good();
        case.trace.effort.writes += 1;
        assert_eq!(case.wrong(), "silence costs nothing: 1 writes while nothing happened");
    }
}
