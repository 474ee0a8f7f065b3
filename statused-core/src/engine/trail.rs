//! How a subject came to a status, by the store's own word: from pushes that waited and from its log.

use super::aggregate::Subject;
use super::mark::mark;
use super::step::propagation;
use crate::model::{Observation, Passed, SubjectKind};

/// The changes between what is known and what is seen.
#[derive(Debug, Default)]
pub(super) struct Trail {
    /// From what is known to what is seen, the last one included.
    pub(super) passed: Vec<Passed>,
    /// What happened after what is seen: the look was slower than the push.
    pub(super) ahead: Vec<Passed>,
}

impl Trail {
    /// Everything that the store has told of the way, in its own order. `known` is `None` for a subject that is new:
    /// then all of it counts.
    pub(super) fn between(known: Option<&Subject>, held: &[Passed], seen: &Observation) -> Self {
        let mut all: Vec<Passed> = held.iter().chain(&seen.trail).cloned().collect();
        all.extend(passed(seen));
        all.sort_by_key(|passed| passed.at);
        all.dedup_by(|a, b| a.at == b.at && a.arrives_at(&b.to, b.share));
        if let Some(known) = known {
            drop_past(&mut all, known, &seen.subject.kind);
        }
        let Some(last) = all.iter().rposition(|passed| passed.arrives_at(&seen.status, seen.share)) else {
            return Self { passed: Vec::new(), ahead: all };
        };
        let ahead = all.split_off(last + 1);
        let start = known.map_or(0, |known| start(known, &all));
        all.drain(..start.min(last));
        Self { passed: all, ahead }
    }
}

/// Drops what happened before what is known came about: the same status may have been there before.
fn drop_past(all: &mut Vec<Passed>, known: &Subject, kind: &SubjectKind) {
    if let Some(told) = known.store_time {
        all.retain(|passed| passed.at > told);
    }
    match known.begun_by {
        // The look that brought what is known would have shown it instead.
        Some(by) => all.retain(|passed| passed.at > by - propagation(kind)),
        // Without the store's clock: shares grow, and what came before the look by this machine's clock may have been told. To
        // leave out a step is no false word.
        None => all.retain(|passed| passed.at > known.at && (passed.share.is_none() || passed.share >= known.share)),
    }
    let begun = |passed: &Passed| known.begun_by.is_none_or(|by| passed.at <= by);
    let own = all.iter().rposition(|passed| begun(passed) && passed.arrives_at(&known.status, known.share));
    if let Some(own) = own {
        mark!(PushesOfThePast);
        all.drain(..=own);
    }
}

/// A push as a step of the way.
pub(super) fn passed(push: &Observation) -> Option<Passed> {
    let mut passed = Passed::new(push.from.clone(), push.status.clone(), push.as_of?);
    passed.share = push.share;
    Some(passed)
}

/// Where the way begins: with what is certainly newer than what is known, or with the last step that leads away from it
/// without a gap. Without either, only the last step counts.
fn start(known: &Subject, all: &[Passed]) -> usize {
    let newer = known.begun_by.and_then(|by| all.iter().position(|passed| passed.at > by));
    let away = all.iter().rposition(|passed| passed.from.as_ref() == Some(&known.status));
    let joined = |from: &usize| all[*from..].windows(2).all(|pair| pair[1].from.as_ref() == Some(&pair[0].to));
    [newer, away.filter(joined)].into_iter().flatten().min().unwrap_or(usize::MAX)
}

/// Whether the store's log tells that a subject has left its status and come back to it.
pub(super) fn is_newer(known: &Subject, seen: &Observation) -> bool {
    let newer =
        |passed: &&Passed| known.begun_by.is_some_and(|by| passed.at > by) && Some(passed.at) > known.store_time;
    seen.trail.iter().filter(newer).any(|passed| !passed.arrives_at(&known.status, known.share))
        && seen.trail.last().is_some_and(|passed| passed.arrives_at(&seen.status, seen.share))
}
