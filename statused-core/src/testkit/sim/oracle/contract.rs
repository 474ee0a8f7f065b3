//! What an application's own workflow or sink does that its trait's contract forbids.

use super::Evidence;

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    evidence.trace.fouls.iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use crate::testkit::sim::oracle::case::Case;

    #[test]
    fn names_a_foul() {
        let mut case = Case::good();
        case.trace.fouls.insert("the sink x panicked".to_owned());
        assert!(case.wrong().ends_with("the sink x panicked"));
    }
}
