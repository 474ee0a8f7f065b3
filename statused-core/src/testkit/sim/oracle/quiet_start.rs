//! Promise 7: what was so before the watch began is not announced, and each workflow's welcome comes once.

use std::collections::{BTreeMap, BTreeSet};

use super::Evidence;
use super::truth::{POLL_LASTS, agrees, tells_of};
use crate::model::{AggregateKey, Status};

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let mut wrong = past(evidence);
    wrong.extend(welcomes(evidence));
    wrong
}

/// Announcements of the state that a subject was found in, or of an earlier one that never came back, nor another that it
/// may stand for.
fn past(evidence: &Evidence<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (key, subject, life) in evidence.truth.lives() {
        let Some(found) = life.index_at(evidence.calendar.start - POLL_LASTS) else { continue };
        let later = &life.states[found + 1..];
        let comes = |told: &Status| later.iter().any(|(_, (so, _))| agrees(&(told.clone(), None), &(so.clone(), None)));
        let old: BTreeSet<&Status> = life.states[..=found].iter().map(|(_, (status, _))| status).collect();
        for announced in &evidence.trace.announced {
            let event = &announced.event;
            let told = event.data.status_code.as_ref().filter(|_| event.aggregate == *key && tells_of(event, subject));
            if let Some(status) = told.filter(|status| old.contains(status) && !comes(status)) {
                wrong.push(format!("{key} {subject}: {status:?} was so before the watch began, and was announced"));
            }
        }
    }
    wrong
}

fn welcomes(evidence: &Evidence<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut welcomes: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for queued in &evidence.trace.queued {
        if let AggregateKey::Workflow(id) = &queued.aggregate {
            welcomes.entry(id).or_default().insert(queued.place.1);
        }
    }
    for (id, events) in welcomes.iter().filter(|(_, events)| events.len() > 1) {
        wrong.push(format!("{id} was welcomed {} times", events.len()));
    }
    let unwelcome = evidence.trace.welcomed.keys().filter(|id| !welcomes.contains_key(id));
    wrong.extend(unwelcome.map(|id| format!("{id} was never welcomed")));
    wrong
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use crate::model::{AggregateKey, DeliveryState, Status};
    use crate::testkit::sim::oracle::case::{Case, at, event};
    use crate::testkit::sim::trace::{Announced, Queued};

    #[test]
    fn finds_the_past_announced() {
        let mut case = Case::good();
        let mut past = event(7);
        past.data.status_code = Some(Status::WaitingForReview);
        case.trace.announced.insert(0, Announced { event: past, at: at(31), expected: [].into() });
        assert!(case.judged().iter().any(|wrong| wrong.starts_with("quiet start:")), "{:?}", case.judged());
    }

    /// Nobody has seen the end of the rollout: that it was halted is all that is known of a release that is gone.
    #[test]
    fn what_stands_for_a_later_state_is_not_the_past() {
        for (end, blamed) in [(Status::ReplacedWithNewVersion, false), (Status::RolloutFinished, true)] {
            let mut case = Case::good();
            let life = [(-120, Status::RolloutHalted), (-60, Status::RolloutInProgress), (130, end)];
            case.life().states = life.map(|(minute, status)| (at(minute), (status, None))).to_vec();
            case.trace.announced[0].event.data.status_code = Some(Status::RolloutHalted);
            let is_blamed = case.judged().iter().any(|wrong| wrong.starts_with("quiet start:"));
            assert_eq!(is_blamed, blamed, "{:?}", case.judged());
        }
    }

    #[test]
    fn finds_a_second_welcome_and_a_missing_one() {
        let mut case = Case::good();
        case.trace.welcomed.insert("w".into(), vec!["x".into()]);
        assert!(case.wrong().ends_with("w was never welcomed"));
        for id in [8, 9] {
            let place = ("x".into(), Uuid::from_u128(id));
            case.trace.settled.insert(place.clone(), DeliveryState::Dead);
            case.trace.queued.push(Queued { place, aggregate: AggregateKey::Workflow("w".into()) });
            assert_eq!(case.judged().len(), usize::from(id == 9));
        }
        assert_eq!(case.wrong(), "quiet start: w was welcomed 2 times");
    }
}
