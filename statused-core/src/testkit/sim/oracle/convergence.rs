//! Promise 2: what the store still shows in the end is known, and if it came about under watch, it was the last thing
//! announced.

use super::Evidence;
use super::truth_order::{agrees, tells_of};
use crate::engine::Aggregate;
use crate::model::{AggregateKey, SubjectKey, SubjectKind};
use crate::testkit::sim::truth::Life;

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for app in &evidence.truth.apps {
        let stored = evidence.tables.load(std::slice::from_ref(&app.key)).pop();
        let known = stored.and_then(|stored| Aggregate::from_json(&stored.state).ok());
        for (subject, life) in &app.lives {
            wrong.extend(unfinished(evidence, &app.key, known.as_ref(), subject, life));
        }
    }
    wrong
}

fn unfinished(
    evidence: &Evidence<'_>,
    key: &AggregateKey,
    known: Option<&Aggregate>,
    subject: &SubjectKey,
    life: &Life,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let Some((status, share)) = life.last() else { return wrong };
    if subject.kind == SubjectKind::Release && status.is_past() {
        // Google's lists do not show it any more: what a source did not see before, it never learns.
        return wrong;
    }
    let Some(found) = known.and_then(|known| known.subjects.get(subject)) else {
        return vec![format!("{key} {subject}: not known in the end")];
    };
    let same = agrees(&(found.status.clone(), found.share), &(status.clone(), *share));
    if !same || found.doubt.is_some() {
        wrong.push(format!("{key} {subject}: is {status:?} {share:?}, but known as {found:?}"));
    }
    let last_told = evidence
        .tables
        .history_from(0)
        .iter()
        .rfind(|event| event.aggregate == *key && tells_of(event, subject))
        .and_then(|event| event.data.status_code.as_ref());
    if came_under_watch(evidence, key, subject, life)
        && !last_told.is_some_and(|told| agrees(&(told.clone(), *share), &(status.clone(), *share)))
    {
        wrong.push(format!("{key} {subject}: became {status:?} under watch, but last told was {last_told:?}"));
    }
    wrong
}

/// Whether the last change came after the subject was known, or the subject itself came after its kind's quiet start.
fn came_under_watch(evidence: &Evidence<'_>, key: &AggregateKey, subject: &SubjectKey, life: &Life) -> bool {
    let (Some((born, _)), Some((last, (status, _)))) = (life.states.first(), life.states.last()) else { return false };
    let Some(first) = evidence.first.apps.get(key) else { return false };
    let changed = first.subjects.get(subject).is_some_and(|known| last > known);
    let quiet = first.kinds.get(&subject.kind);
    let came = life.parent.is_none() && quiet.is_some_and(|quiet| born > quiet) && !status.is_past();
    changed || came
}
