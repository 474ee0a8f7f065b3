//! Promise 2: what the store still shows in the end is known, and if it came about under watch, it was the last thing
//! announced. What is announced reaches each of its sinks.

use super::Evidence;
use super::truth::{agrees, tells_of};
use crate::engine::Aggregate;
use crate::model::{AggregateKey, DeliveryState, SubjectKey, SubjectKind};
use crate::testkit::sim::truth::Life;

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for app in evidence.truth.apps.iter().filter(|app| Some(&app.key) != evidence.spoilt) {
        let stored = evidence.tables.load(std::slice::from_ref(&app.key)).pop();
        let known = stored.and_then(|stored| Aggregate::from_json(&stored.state).ok());
        for (subject, life) in &app.lives {
            wrong.extend(unfinished(evidence, &app.key, known.as_ref(), subject, life));
        }
    }
    wrong.extend(undelivered(evidence));
    if evidence.trace.pruned_pending > 0 {
        wrong.push(format!("retention removed {} deliveries that waited", evidence.trace.pruned_pending));
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
    let told = evidence.trace.announced.iter().map(|announced| &announced.event);
    let last_told = told
        .rev()
        .find(|event| event.aggregate == *key && tells_of(event, subject))
        .and_then(|event| event.data.status_code.as_ref());
    // An agreement may come and go between two looks.
    let unseen = subject.kind == SubjectKind::Account && last_told.is_none();
    if !unseen
        && came_under_watch(evidence, key, subject, life)
        && !last_told.is_some_and(|told| agrees(&(told.clone(), *share), &(status.clone(), *share)))
    {
        wrong.push(format!("{key} {subject}: became {status:?} under watch, but last told was {last_told:?}"));
    }
    wrong
}

/// Whether the last change came after the subject was known, or the subject itself came after its kind's quiet start. That it
/// was back where it was found may be all that was ever seen.
fn came_under_watch(evidence: &Evidence<'_>, key: &AggregateKey, subject: &SubjectKey, life: &Life) -> bool {
    let (Some((born, _)), Some((last, (status, _)))) = (life.states.first(), life.states.last()) else { return false };
    let Some(first) = evidence.trace.first.apps.get(key) else { return false };
    let changed = first.subjects.get(subject).is_some_and(|known| last > known && life.state_at(*known) != life.last());
    let quiet = first.kinds.get(&subject.kind);
    let came = life.parent.is_none() && quiet.is_some_and(|quiet| born > quiet) && !status.is_past();
    changed || came
}

/// What is announced is queued for each sink that it is for, and what is queued ends.
fn undelivered(evidence: &Evidence<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for announced in &evidence.trace.announced {
        let id = announced.event.id;
        for sink in &announced.expected {
            if !evidence.trace.is_durable(&(sink.clone(), id)) {
                wrong.push(format!("event {id} was never queued for {sink}"));
            }
        }
    }
    let waits = |sink| evidence.is_healthy(sink);
    for queued in &evidence.trace.queued {
        let (sink, id) = &queued.place;
        match evidence.trace.settled.get(&queued.place) {
            None if waits(sink) => wrong.push(format!("event {id} still waits for {sink}")),
            Some(DeliveryState::Delivered) if evidence.trace.receipts.iter().all(|r| r.place() != queued.place) => {
                wrong.push(format!("event {id} counts as delivered to {sink}, which never got it"));
            }
            _ => {}
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use crate::model::{Share, Status, SubjectKey, SubjectKind};
    use crate::testkit::sim::oracle::case::{Case, at, receipt};

    #[test]
    fn finds_what_is_known_wrongly_and_what_was_never_told() {
        let mut case = Case::good();
        case.life().states[1].1.1 = Some(Share::FULL);
        assert!(case.judged().iter().any(|wrong| wrong.contains("but known as")), "{:?}", case.judged());

        let mut case = Case::good();
        case.life().states.push((at(140), (Status::Rejected, None)));
        let wrong = case.judged();
        assert!(wrong.iter().any(|wrong| wrong.contains("last told was Some(InReview)")), "{wrong:?}");

        let mut case = Case::good();
        case.truth.apps[0].lives[0].0 = SubjectKey::new(SubjectKind::Version, "other");
        let wrong = case.judged();
        assert!(wrong.iter().any(|wrong| wrong.ends_with("version/other: not known in the end")), "{wrong:?}");
        assert!(wrong.iter().any(|wrong| wrong.starts_with("no false word: version/v")), "of nobody: {wrong:?}");
    }

    #[test]
    fn finds_what_was_not_queued_not_sent_and_not_settled() {
        let mut case = Case::good();
        case.trace.queued.clear();
        assert_eq!(case.judged().len(), 1, "{:?}", case.judged());
        assert!(case.wrong().ends_with("was never queued for x"));

        let mut case = Case::good();
        case.trace.receipts.clear();
        assert!(case.judged().iter().any(|wrong| wrong.ends_with("which never got it")), "{:?}", case.judged());

        let mut case = Case::good();
        case.trace.settled.remove(&receipt(1).place());
        assert!(case.wrong().ends_with("still waits for x"));

        let mut case = Case::good();
        case.trace.pruned_pending = 1;
        assert!(case.wrong().starts_with("no miss: retention removed 1"));
    }
}
