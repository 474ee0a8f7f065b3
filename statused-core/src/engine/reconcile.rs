//! What a look means: news, nothing new, or a reason to look again.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::aggregate::{Aggregate, Doubt, Subject};
use crate::model::{Details, Evidence, Observation, Share, Sighting, Status, SubjectKey, SubjectKind, Transition};

/// New subjects can take this long to become visible (apple.md §4.2, 4), so only what was born longer than this before
/// the quiet start's newest is old.
const SLOW_TO_APPEAR: TimeDelta = TimeDelta::hours(1);

/// More subjects of a kind are not remembered; the oldest go first.
const REMEMBERED: usize = 256;

/// What a sighting changes.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) aggregate: Aggregate,
    /// What to announce, in order, with what is known of each subject.
    pub(crate) transitions: Vec<(Transition, Details)>,
}

/// Compares a sighting with what is known. `None`: nothing to write.
///
/// `verified` are the subjects of which this look was asked as the second, direct one.
pub(crate) fn reconcile(
    known: Option<&Aggregate>,
    sighting: &Sighting,
    verified: &BTreeSet<SubjectKey>,
    now: DateTime<Utc>,
) -> Option<News> {
    let mut look = Look {
        aggregate: known.map_or_else(|| Cow::Owned(Aggregate::new(now)), Cow::Borrowed),
        transitions: Vec::new(),
        verified,
    };
    look.learn(sighting);
    for observation in &sighting.observations {
        look.observe(observation);
    }
    look.drop_unanswered(sighting);
    look.baseline(sighting);
    match look.aggregate {
        Cow::Borrowed(_) => None,
        Cow::Owned(aggregate) => Some(News { aggregate, transitions: look.transitions }),
    }
}

/// One look at one aggregate. The aggregate is copied at the first change, so that no news costs nothing.
struct Look<'a> {
    aggregate: Cow<'a, Aggregate>,
    transitions: Vec<(Transition, Details)>,
    verified: &'a BTreeSet<SubjectKey>,
}

impl Look<'_> {
    fn learn(&mut self, sighting: &Sighting) {
        if self.aggregate.app.lacks(&sighting.app) {
            self.aggregate.to_mut().app.learn(&sighting.app);
        }
    }

    fn observe(&mut self, seen: &Observation) {
        // The developer's word never makes a release live.
        if seen.evidence == Evidence::Declared && seen.status.is_live() {
            return;
        }
        match self.aggregate.subjects.get(&seen.subject) {
            Some(subject) => {
                let step = step(subject, seen, self.verified.contains(&seen.subject));
                self.take(seen, step);
            }
            None => self.first_sight(seen),
        }
    }

    fn first_sight(&mut self, seen: &Observation) {
        let watermark = self.aggregate.baselined.get(&seen.subject.kind);
        if watermark.is_some_and(|watermark| is_old(seen.details.born_at, *watermark)) {
            return;
        }
        let quiet = match &seen.parent {
            // A child begins as loudly as its parent did: a rollout of a release that went live under watch is news.
            Some(parent) => !self.aggregate.subjects.get(parent).is_some_and(Subject::bears_news),
            // The account's quiet start is good standing: an agreement that is pending now is no past.
            None => watermark.is_none() && seen.subject.kind != SubjectKind::Account,
        };
        let silent = quiet || seen.initial || seen.status.is_past();
        let mut subject = Subject {
            status: seen.status.clone(),
            share: seen.share,
            found: silent.then(|| seen.status.clone()),
            sequence: 0,
            at: seen.as_of.unwrap_or(seen.seen_at),
            store_time: seen.as_of,
            details: seen.details.clone(),
            left: BTreeSet::new(),
            doubt: None,
        };
        if !silent && seen.subject.kind == SubjectKind::Account && seen.doubtful {
            // Good standing is what was true until now; the doubt is resolved like any other.
            let standing = Status::AgreementAccepted;
            subject.doubt = (seen.status != standing).then(|| doubt(seen));
            (subject.status, subject.found) = (standing.clone(), Some(standing));
        } else if !silent && seen.doubtful {
            subject.doubt = Some(doubt(seen));
        } else if !silent {
            self.announce(&mut subject, None, None, &seen.subject);
        }
        self.aggregate.to_mut().subjects.insert(seen.subject.clone(), subject);
    }

    fn take(&mut self, seen: &Observation, step: Step) {
        match step {
            Step::Nothing => {}
            Step::Same => self.refresh(seen),
            Step::Doubt => {
                if let Some(subject) = self.aggregate.to_mut().subjects.get_mut(&seen.subject) {
                    subject.doubt = Some(doubt(seen));
                }
            }
            Step::Change => {
                let Some(mut subject) = self.aggregate.subjects.get(&seen.subject).cloned() else { return };
                let from = (!subject.is_unproven()).then(|| subject.status.clone());
                let share_before = from.as_ref().and(subject.share);
                subject.left.extend(from.clone().filter(|from| *from != seen.status));
                subject.status = seen.status.clone();
                subject.share = seen.share.or(subject.share);
                // A look that confirms a push takes over the time that the push named.
                let doubt = subject.doubt.take();
                let told = doubt.filter(|doubt| (&doubt.status, doubt.share) == (&seen.status, seen.share));
                let as_of = seen.as_of.or_else(|| told.and_then(|doubt| doubt.as_of));
                subject.at = as_of.unwrap_or(seen.seen_at);
                subject.store_time = as_of.or(subject.store_time);
                subject.details = subject.details.merged(&seen.details);
                self.announce(&mut subject, from, share_before, &seen.subject);
                self.aggregate.to_mut().subjects.insert(seen.subject.clone(), subject);
            }
        }
    }

    /// The status is as it was: the rest may still be news worth keeping, and a doubt is over.
    fn refresh(&mut self, seen: &Observation) {
        let Some(subject) = self.aggregate.subjects.get(&seen.subject) else { return };
        if subject.doubt.is_none() && !subject.details.lacks(&seen.details) {
            return;
        }
        let details = subject.details.merged(&seen.details);
        if let Some(subject) = self.aggregate.to_mut().subjects.get_mut(&seen.subject) {
            subject.details = details;
            subject.doubt = None;
        }
    }

    /// A subject that neither the list nor the direct look shows any more is gone, and its doubt with it.
    fn drop_unanswered(&mut self, sighting: &Sighting) {
        for key in self.verified.iter().filter(|key| sighting.covered.contains_key(&key.kind)) {
            let doubted = self.aggregate.subjects.get(key).is_some_and(|subject| subject.doubt.is_some());
            if doubted
                && !sighting.observations.iter().any(|seen| seen.subject == *key)
                && let Some(subject) = self.aggregate.to_mut().subjects.get_mut(key)
            {
                subject.doubt = None;
            }
        }
    }

    fn announce(&mut self, subject: &mut Subject, from: Option<Status>, share_before: Option<Share>, key: &SubjectKey) {
        subject.sequence += 1;
        let transition = Transition {
            subject: key.clone(),
            sequence: subject.sequence,
            from,
            to: subject.status.clone(),
            share_before,
            share: subject.share,
            at: subject.at,
        };
        self.transitions.push((transition, subject.details.clone()));
    }

    /// The first full cover of a kind is its quiet start; the memory of each kind is bounded.
    fn baseline(&mut self, sighting: &Sighting) {
        for (kind, horizon) in &sighting.covered {
            if *kind == SubjectKind::Account || self.aggregate.baselined.contains_key(kind) {
                continue;
            }
            let newest = sighting
                .observations
                .iter()
                .filter(|seen| seen.subject.kind == *kind)
                .filter_map(|seen| seen.details.born_at)
                .max();
            self.aggregate.to_mut().baselined.insert(kind.clone(), newest.max(*horizon));
        }
        if let Cow::Owned(aggregate) = &mut self.aggregate {
            forget(aggregate);
        }
    }
}

/// What one observation of a known subject means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It says nothing that counts.
    Nothing,
    /// The status is as it was.
    Same,
    /// A change that needs a second look.
    Doubt,
    /// A change.
    Change,
}

fn step(known: &Subject, seen: &Observation, verified: bool) -> Step {
    if seen.as_of.is_some() && seen.as_of <= known.store_time {
        // An old push, or a repeat.
        return Step::Nothing;
    }
    let share = seen.share.or(known.share);
    if seen.status == known.status && share == known.share && !known.is_unproven() {
        // The word of a list does not resolve a doubt that a list has raised.
        return if known.doubt.is_some() && !verified && !seen.doubtful { Step::Nothing } else { Step::Same };
    }
    let ordered = known.store_time == Some(known.at);
    if seen.as_of.is_some() && ordered && !seen.doubtful {
        // The store itself has put both in order.
        return Step::Change;
    }
    // A push may be older than the look that brought what is known, and clocks cannot tell.
    let unordered = seen.as_of.is_some() && !ordered;
    match &known.doubt {
        // Two looks agree that it is no longer what it was; the later one says what it is.
        Some(_) if verified => Step::Change,
        Some(doubt) if seen.doubtful && doubt.seen_at != seen.seen_at => Step::Change,
        Some(_) => Step::Nothing,
        None if seen.doubtful || unordered || is_backwards(known, seen) => Step::Doubt,
        None => Step::Change,
    }
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

fn is_old(born_at: Option<DateTime<Utc>>, watermark: Option<DateTime<Utc>>) -> bool {
    match (born_at, watermark) {
        (Some(born), Some(mark)) => born < mark - SLOW_TO_APPEAR,
        _ => false,
    }
}

fn doubt(seen: &Observation) -> Doubt {
    Doubt { status: seen.status.clone(), share: seen.share, seen_at: seen.seen_at, as_of: seen.as_of }
}

/// Forgets the oldest subjects of each kind beyond what is remembered, and remembers that what is as old as they are
/// is old.
fn forget(aggregate: &mut Aggregate) {
    if aggregate.subjects.len() <= REMEMBERED {
        return;
    }
    let kinds: BTreeSet<_> = aggregate.subjects.keys().map(|key| key.kind.clone()).collect();
    for kind in kinds {
        let of_kind = aggregate.subjects.iter().filter(|(key, _)| key.kind == kind);
        let mut subjects: Vec<_> = of_kind.map(|(key, subject)| (subject.details.born_at, key.clone())).collect();
        let Some(surplus) = subjects.len().checked_sub(REMEMBERED) else { continue };
        subjects.sort_unstable();
        for (born_at, key) in subjects.drain(..surplus) {
            aggregate.subjects.remove(&key);
            if let Some(born) = born_at {
                let mark = aggregate.baselined.entry(kind.clone()).or_default();
                *mark = (*mark).max(Some(born + SLOW_TO_APPEAR + TimeDelta::milliseconds(1)));
            }
        }
    }
}
