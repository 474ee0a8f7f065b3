//! Promise 2: what the store still shows in the end is known, and if it came about under watch, it was the last thing
//! announced.

use super::Evidence;
use crate::engine::Aggregate;
use crate::model::{AggregateKey, SubjectKey};
use crate::testkit::sim::truth::Life;

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for ((key, subject), life) in &evidence.truth.lives {
        let Some((status, share)) = life.last() else { continue };
        let known = evidence.tables.load(std::slice::from_ref(key)).pop();
        let known = known.and_then(|stored| Aggregate::from_json(&stored.state).ok());
        let Some(found) = known.as_ref().and_then(|known| known.subjects.get(subject)) else {
            wrong.push(format!("{key} {subject}: not known in the end"));
            continue;
        };
        if found.status != *status || found.share != *share || found.doubt.is_some() {
            wrong.push(format!("{key} {subject}: is {status:?} {share:?}, but known as {found:?}"));
        }
        let last_told = evidence
            .tables
            .history_from(0)
            .iter()
            .rfind(|event| event.aggregate == *key && event.subject == *subject)
            .and_then(|event| event.data.status_code.clone());
        if came_under_watch(evidence, key, subject, life) && last_told.as_ref() != Some(status) {
            wrong.push(format!("{key} {subject}: became {status:?} under watch, but last told was {last_told:?}"));
        }
    }
    wrong
}

/// Whether the last change came after the subject was known, or the subject itself came after its kind's quiet start.
fn came_under_watch(evidence: &Evidence<'_>, key: &AggregateKey, subject: &SubjectKey, life: &Life) -> bool {
    let (Some((born, _)), Some((last, (status, _)))) = (life.states.first(), life.states.last()) else { return false };
    let known = evidence.first.subjects.get(&(key.clone(), subject.clone()));
    let quiet = evidence.first.kinds.get(&(key.clone(), subject.kind.clone()));
    let changed = known.is_some_and(|known| *last > *known);
    let came = life.parent.is_none() && quiet.is_some_and(|quiet| *born > *quiet) && !status.is_past();
    changed || came
}
