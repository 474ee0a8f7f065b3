//! What one observation of a known subject means.

use chrono::TimeDelta;

use super::aggregate::{Doubt, Subject};
use super::mark::mark;
use super::trail;
use crate::model::{Need, Observation, Passed, SubjectKind};

/// A look may lag behind the push by this much; a look that is later and shows nothing of it settles it.
pub(super) fn propagation(kind: &SubjectKind) -> TimeDelta {
    match kind {
        // Google's mail has been seen minutes before its API (the hosted product's v4.9.1).
        SubjectKind::Release => TimeDelta::minutes(15),
        _ => TimeDelta::seconds(60),
    }
}

/// What is to be made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It says nothing that counts.
    Nothing,
    /// The status is as it was.
    Same,
    /// A change that needs a second look.
    Doubt,
    /// A push that waits for a direct look; it is told without, after a while, if it is `sure`.
    Hold {
        /// Whether nothing is missing but details.
        sure: bool,
    },
    /// The first look at a subject that pushes alone have told of.
    Meet,
    /// A change.
    Change,
}

impl Step {
    /// `verified`: a direct look, which was asked for.
    pub(super) fn of(known: &Subject, seen: &Observation, verified: bool) -> Self {
        if seen.is_push() { of_push(known, seen) } else { of_look(known, seen, verified) }
    }
}

fn of_push(known: &Subject, seen: &Observation) -> Step {
    let held = known.held();
    let repeats = |push: &Passed| Some(push.at) == seen.as_of && push.arrives_at(&seen.status, seen.share);
    let repeated = held.is_some_and(|held| held.pushes.iter().any(repeats));
    if (seen.as_of.is_some() && seen.as_of <= known.store_time) || repeated {
        mark!(PushOldOrRepeated);
        return Step::Nothing;
    }
    if is_same(known, seen) && held.is_none() {
        mark!(PushSaysWhatIsKnown);
        return Step::Nothing;
    }
    let lacks = match seen.need {
        Need::Nothing => false,
        Need::Identity => known.details.version.is_none(),
        Need::Look => true,
    };
    // The store itself has put both in order. A push without a time is no older than what is known: it says so itself.
    let ordered = seen.as_of.is_none_or(|as_of| known.begun_by.is_some_and(|by| as_of > by));
    if known.is_unproven() {
        mark!(PushOfTheUnproven);
        return Step::Hold { sure: false };
    }
    match ordered && !seen.doubtful {
        true if lacks => {
            mark!(PushLacksDetails);
            Step::Hold { sure: true }
        }
        true => {
            mark!(PushIsNews);
            Step::Change
        }
        // It may be older than the look that brought what is known, and clocks cannot tell.
        false => {
            mark!(PushOutOfOrder);
            Step::Hold { sure: false }
        }
    }
}

fn of_look(known: &Subject, seen: &Observation, verified: bool) -> Step {
    if known.is_unproven() && known.held().is_some() {
        mark!(LookMeetsThePushed);
        return Step::Meet;
    }
    if is_same(known, seen) {
        if trail::is_newer(known, seen) {
            mark!(LogTellsARoundTrip);
            return Step::Change;
        }
        return match &known.doubt {
            Some(doubt) if doubt.held.is_some() => {
                if verified && is_settled(doubt, seen) {
                    mark!(HeldPushRefuted);
                    Step::Same
                } else {
                    Step::Nothing
                }
            }
            // The word of a list does not resolve a doubt that a list has raised.
            Some(_) if !verified && !seen.doubtful => {
                mark!(ListDoesNotSettle);
                Step::Nothing
            }
            _ => Step::Same,
        };
    }
    let backwards = is_backwards(known, seen);
    if is_young(known, seen) && !trail::is_newer(known, seen) {
        // The API may still show what was before the push, which may never have been known.
        mark!(ApiLagsBehindPush);
        return if known.doubt.is_none() { Step::Doubt } else { Step::Nothing };
    }
    match &known.doubt {
        // Two looks agree that it is no longer what it was; the later one says what it is.
        Some(_) if verified => {
            mark!(DoubtConfirmed);
            Step::Change
        }
        Some(doubt) if doubt.held.is_some() && !seen.doubtful && !backwards => {
            mark!(ListConfirmsPush);
            Step::Change
        }
        Some(doubt) if seen.doubtful && doubt.seen_at != seen.seen_at => {
            mark!(SecondDoubtfulLook);
            Step::Change
        }
        Some(_) => Step::Nothing,
        None if seen.doubtful || backwards => {
            mark!(StepBackDoubted);
            Step::Doubt
        }
        None => Step::Change,
    }
}

fn is_same(known: &Subject, seen: &Observation) -> bool {
    seen.status == known.status && seen.share.or(known.share) == known.share && !known.is_unproven()
}

/// Whether a direct look that shows nothing of what pushes have told was late enough to have shown it.
fn is_settled(doubt: &Doubt, seen: &Observation) -> bool {
    let told = doubt.held.iter().flat_map(|held| &held.pushes).map(|push| push.at).max();
    match (told, seen.looked_at) {
        (Some(told), Some(looked_at)) => looked_at >= told + propagation(&seen.subject.kind),
        // A clock that was set back does not prolong it.
        _ => (seen.seen_at - doubt.seen_at).abs() >= propagation(&seen.subject.kind),
    }
}

/// Whether a push has told the status so shortly before the look that the look may not show it yet.
fn is_young(known: &Subject, seen: &Observation) -> bool {
    let pushed = known.store_time.filter(|at| *at == known.at);
    pushed.zip(seen.looked_at).is_some_and(|(pushed, looked_at)| looked_at < pushed + propagation(&seen.subject.kind))
}

/// A step that a stale page could have made: to an earlier place of the life, or to a status that was left before.
fn is_backwards(known: &Subject, seen: &Observation) -> bool {
    if known.status == seen.status {
        return seen.share < known.share;
    }
    let lower = match (known.status.rank(), seen.status.rank()) {
        (Some(before), Some(after)) => after < before,
        _ => false,
    };
    lower || known.left.contains(&seen.status)
}
