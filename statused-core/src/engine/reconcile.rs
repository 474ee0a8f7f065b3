//! What a look means: news, nothing new, or a reason to look again.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::aggregate::{Aggregate, Doubt, Held, SLOW_TO_APPEAR, Subject};
use super::evidence;
use super::held::{PATIENCE, hold, is_overdue};
use super::mark::mark;
use super::step::{Step, propagation};
use super::trail::Trail;
use crate::model::{Details, Need, Observation, Passed, Sighting, Status, SubjectKey, SubjectKind, Transition};

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
    if known.is_none() && !sighting.letters.is_empty() {
        // Nobody has ever seen this app in the account that the letter came to.
        return None;
    }
    let mut look = Look {
        aggregate: known.map_or_else(|| Cow::Owned(Aggregate::new(now)), Cow::Borrowed),
        transitions: Vec::new(),
        verified,
        patience: PATIENCE,
        now,
    };
    look.learn(sighting);
    for observation in &sighting.observations {
        look.observe(observation);
    }
    look.read_letters(&sighting.letters);
    look.drop_unanswered(sighting);
    look.tell_overdue();
    look.read_waiting_letters();
    look.baseline(sighting);
    match look.aggregate {
        Cow::Borrowed(_) => None,
        Cow::Owned(aggregate) => Some(News { aggregate, transitions: look.transitions }),
    }
}

/// One look at one aggregate. The aggregate is copied at the first change, so that no news costs nothing.
pub(super) struct Look<'a> {
    pub(super) aggregate: Cow<'a, Aggregate>,
    pub(super) transitions: Vec<(Transition, Details)>,
    verified: &'a BTreeSet<SubjectKey>,
    /// How long what is surely so waits for a direct look.
    pub(super) patience: TimeDelta,
    pub(super) now: DateTime<Utc>,
}

impl Look<'_> {
    fn learn(&mut self, sighting: &Sighting) {
        if self.aggregate.app.lacks(&sighting.app) {
            self.aggregate.to_mut().app.learn(&sighting.app);
        }
    }

    pub(super) fn observe(&mut self, seen: &Observation) {
        let known = self.aggregate.subject(&seen.subject);
        let Some(seen) = evidence::read(known, seen) else { return };
        match known {
            Some(subject) => {
                let step = Step::of(subject, &seen, self.verified.contains(&seen.subject));
                self.take(&seen, step);
            }
            None => self.first_sight(&seen, None),
        }
    }

    /// `held` are the pushes that have told of it before this look.
    fn first_sight(&mut self, seen: &Observation, held: Option<&Held>) {
        let watermark = self.aggregate.baselined.get(&seen.subject.kind).copied();
        let news = seen.news || held.is_some_and(|held| held.news);
        if !news && watermark.is_some_and(|watermark| is_old(seen.details.born_at, watermark)) {
            mark!(FirstSightOfTheOld);
            self.drop_unmet(&seen.subject);
            return;
        }
        let quiet = match &seen.parent {
            // A child begins as loudly as its parent did: a rollout of a release that went live under watch is news.
            Some(parent) => !self.aggregate.subject(parent).is_some_and(Subject::bears_news),
            // The account's quiet start is good standing: an agreement that is pending now is no past.
            None => watermark.is_none() && !news && seen.subject.kind != SubjectKind::Account,
        };
        if seen.need != Need::Nothing && watermark.is_none() && !news {
            // The first look will find it as it is.
            mark!(PushBeforeTheFirstLook);
            return;
        }
        let mut subject = Subject::met(seen);
        let silent = quiet || seen.initial || seen.untold || seen.status.is_past() || self.was_told(seen);
        if seen.need != Need::Nothing {
            mark!(FirstSightByPush);
            subject.doubt = Some(doubt(seen));
            hold(&mut subject, seen, news.then_some(self.patience), self.now);
        } else if silent {
            mark!(FirstSightIsQuiet);
            subject.found = Some(seen.status.clone());
        } else if seen.subject.kind == SubjectKind::Account && seen.doubtful {
            // Good standing is what was true until now; the doubt is resolved like any other.
            let standing = Status::AgreementAccepted;
            subject.doubt = (seen.status != standing).then(|| doubt(seen));
            (subject.status, subject.found) = (standing.clone(), Some(standing));
        } else if seen.doubtful {
            subject.doubt = Some(doubt(seen));
        } else {
            mark!(FirstSightIsNews);
            let pushes = held.map_or(&[][..], |held| &held.pushes);
            let trail = Trail::between(None, pushes, seen);
            self.announce_all(&mut subject, seen, None, &trail);
            self.aggregate.to_mut().subjects.insert(seen.subject.clone(), subject);
            self.go_on(seen, trail.ahead);
            return;
        }
        self.aggregate.to_mut().subjects.insert(seen.subject.clone(), subject);
    }

    fn take(&mut self, seen: &Observation, step: Step) {
        match step {
            Step::Nothing => {}
            Step::Same => self.refresh(seen),
            Step::Doubt => self.with(seen, |subject| subject.doubt = Some(doubt(seen))),
            Step::Hold { sure } => {
                let (now, patience) = (self.now, (sure || seen.news).then_some(self.patience));
                self.with(seen, |subject| hold(subject, seen, patience, now));
            }
            Step::Meet => {
                let held = self.aggregate.subjects.get(&seen.subject).and_then(|subject| subject.held().cloned());
                let mut met = seen.clone();
                if let Some(held) = &held {
                    met.details = held.details.merged(&seen.details);
                }
                self.first_sight(&met, held.as_ref());
            }
            Step::Change => self.change(seen),
        }
    }

    pub(super) fn change(&mut self, seen: &Observation) {
        let Some(mut subject) = self.aggregate.subjects.get(&seen.subject).cloned() else { return };
        let held = subject.doubt.take().and_then(|doubt| doubt.held).unwrap_or_default();
        let known = (!subject.is_unproven()).then_some(&*subject);
        let trail = Trail::between(known, &held.pushes, seen);
        let from = known.map(|subject| (subject.status.clone(), subject.share));
        let mut details = subject.details.outliving_the_status().merged(&held.details);
        if trail.passed.iter().chain(&held.pushes).all(|passed| passed.to != seen.status) {
            details = details.outliving_the_status();
        }
        subject.details = details.merged(&seen.details);
        if seen.untold || self.was_told(seen) {
            subject.enter(seen, seen.as_of.unwrap_or(seen.seen_at));
            subject.found = Some(seen.status.clone());
        } else {
            self.announce_all(&mut subject, seen, from, &trail);
        }
        self.aggregate.to_mut().subjects.insert(seen.subject.clone(), subject);
        self.go_on(seen, trail.ahead);
    }

    /// What the store has told beyond what the look has seen is newer by its own word.
    fn go_on(&mut self, seen: &Observation, ahead: Vec<Passed>) {
        for passed in ahead {
            mark!(PushAheadOfTheLook);
            let mut push = Observation::new(seen.subject.clone(), passed.to, seen.seen_at).with_as_of(passed.at);
            (push.from, push.share, push.parent) = (passed.from, passed.share, seen.parent.clone());
            self.observe(&push);
        }
    }

    /// Whether a letter has told it before the store has shown the release, or the store still shows what was before.
    fn was_told(&self, seen: &Observation) -> bool {
        let at = seen.as_of.unwrap_or(seen.seen_at);
        let Some(told) = self.aggregate.letters.told_refusal(&seen.details.version_codes, at) else { return false };
        // Once it has been heard of by itself, the next refusal is another one.
        let subject = self.aggregate.subjects.get(&seen.subject);
        let unheard = subject.is_none_or(|subject| subject.sequence == 0);
        let unrefused = subject.is_none_or(|subject| subject.status != Status::Rejected);
        let lags = seen.looked_at.unwrap_or(seen.seen_at) < told + propagation(&seen.subject.kind);
        unheard
            && (seen.status == Status::Rejected || (unrefused && lags && seen.status.rank() < Status::Rejected.rank()))
    }

    fn with(&mut self, seen: &Observation, change: impl FnOnce(&mut Subject)) {
        if let Some(subject) = self.aggregate.to_mut().subjects.get_mut(&seen.subject) {
            change(subject);
        }
    }

    /// Tells what waited for a look that did not come in time.
    fn tell_overdue(&mut self) {
        let overdue = |subject: &Subject| subject.tell_by().is_some_and(|by| is_overdue(by, self.now));
        let due: Vec<_> =
            self.aggregate.subjects.iter().filter(|(_, s)| overdue(s)).map(|(key, _)| key.clone()).collect();
        for key in due {
            let Some(doubt) = self.aggregate.subjects.get(&key).and_then(|subject| subject.doubt.clone()) else {
                continue;
            };
            let Some(held) = doubt.held else { continue };
            mark!(HeldPushToldWithoutLook);
            let mut seen = Observation::new(key, doubt.status, doubt.seen_at).with_details(held.details);
            (seen.share, seen.untold) = (doubt.share, held.untold);
            self.change(&seen);
        }
    }

    /// Forgets a subject that only pushes have told of.
    fn drop_unmet(&mut self, key: &SubjectKey) {
        if self.aggregate.subject(key).is_some_and(Subject::is_unproven) {
            self.aggregate.to_mut().subjects.remove(key);
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

    /// A subject that neither the list nor the direct look shows any more is gone, and its doubt with it. What a push has
    /// told may be too young to be shown.
    fn drop_unanswered(&mut self, sighting: &Sighting) {
        for key in self.verified.iter().filter(|key| sighting.covered.contains_key(&key.kind)) {
            let Some(doubt) = self.aggregate.subjects.get(key).and_then(|subject| subject.doubt.as_ref()) else {
                continue;
            };
            let young = doubt.held.is_some() && (self.now - doubt.seen_at).abs() < propagation(&key.kind);
            if young || sighting.observations.iter().any(|seen| seen.subject == *key) {
                continue;
            }
            mark!(DoubtUnanswered);
            self.drop_unmet(key);
            if let Some(subject) = self.aggregate.to_mut().subjects.get_mut(key) {
                subject.doubt = None;
            }
        }
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
            aggregate.forget_the_oldest();
        }
    }
}

fn is_old(born_at: Option<DateTime<Utc>>, watermark: Option<DateTime<Utc>>) -> bool {
    match (born_at, watermark) {
        (Some(born), Some(mark)) => born < mark - SLOW_TO_APPEAR,
        _ => false,
    }
}

fn doubt(seen: &Observation) -> Box<Doubt> {
    Box::new(Doubt { status: seen.status.clone(), share: seen.share, seen_at: seen.seen_at, held: None })
}
