//! A destination that asks to be left alone, or is gone, is left alone, as far as its process knows.

use super::Evidence;

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    // Of several machines, one may take over from the store what another has found out.
    let impatient = evidence.trace.impatient.iter().filter(|_| evidence.machines == 1);
    impatient.map(|sink| format!("deliveries for {sink} were claimed before its time")).collect()
}

#[cfg(test)]
mod tests {
    use crate::testkit::sim::oracle::case::Case;

    #[test]
    fn finds_a_sink_that_is_not_left_alone() {
        let mut case = Case::good();
        case.trace.impatient.insert("x".into());
        assert!(case.wrong().starts_with("patience:"));
    }
}
