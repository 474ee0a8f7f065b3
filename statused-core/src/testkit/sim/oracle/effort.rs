//! Promise 8: silence costs nothing.

use super::Evidence;

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let writes = evidence.tables.writes();
    let Some(at_rest) = evidence.writes_at_rest else { return vec!["the world never came to rest".to_owned()] };
    if writes - at_rest <= evidence.idle_writes {
        return Vec::new();
    }
    vec![format!("{} writes while nothing happened", writes - at_rest)]
}
