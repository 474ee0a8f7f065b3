//! What the developer's declaration says, beside what is known to be so.

use std::borrow::Cow;

use super::aggregate::Subject;
use crate::model::{Evidence, Observation, Share, Status};

/// How an observation is to be read. `None`: it says nothing.
pub(super) fn read<'a>(known: Option<&Subject>, seen: &'a Observation) -> Option<Cow<'a, Observation>> {
    if seen.evidence == Evidence::Effective {
        return Some(Cow::Borrowed(seen));
    }
    match known {
        None => (!seen.status.is_live()).then_some(Cow::Borrowed(seen)),
        Some(known) if known.declared => (!seen.status.is_live()).then_some(Cow::Borrowed(seen)),
        Some(known) => {
            let (status, share) = published(known, &seen.status, seen.share)?;
            let mut seen = seen.clone();
            (seen.status, seen.share, seen.evidence) = (status, share, Evidence::Effective);
            Some(Cow::Owned(seen))
        }
    }
}

/// What a declaration means of a release that is out: there, what the developer wants is what happens.
fn published(known: &Subject, declared: &Status, share: Option<Share>) -> Option<(Status, Option<Share>)> {
    if !known.status.is_published() && known.status != Status::Halted {
        // Under review, or refused: the declaration is the same, whatever comes of it.
        return None;
    }
    let phased = known.share.filter(|share| *share < Share::FULL);
    match declared {
        Status::InProgress => Some((Status::RolloutInProgress, share)),
        Status::Halted => {
            let share = share.or(phased);
            Some(if share.is_some() { (Status::RolloutHalted, share) } else { (Status::Halted, None) })
        }
        Status::Completed if phased.is_some() => Some((Status::RolloutFinished, Some(Share::FULL))),
        Status::Completed if known.status == Status::Halted => Some((full(known), known.share)),
        Status::Completed => Some((known.status.clone(), known.share)),
        _ => None,
    }
}

/// A release for everybody: the end of its rollout, if it had one.
fn full(known: &Subject) -> Status {
    if known.share.is_some() { Status::RolloutFinished } else { Status::Live }
}

/// What a declared release becomes when a letter proves that it is out.
pub(super) fn proved(known: &Subject) -> (Status, Option<Share>) {
    match (&known.status, known.share) {
        (Status::Halted, Some(_)) => (Status::RolloutHalted, known.share),
        (Status::Halted, None) => (Status::Halted, None),
        (_, Some(_)) => (Status::RolloutInProgress, known.share),
        (_, None) => (Status::Live, None),
    }
}
