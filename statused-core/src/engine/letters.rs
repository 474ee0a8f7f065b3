//! What letters mean: which release they speak of, and whether that is news.

use chrono::{DateTime, TimeDelta, Utc};

use super::aggregate::Subject;
use super::evidence;
use super::held::{LONG_PATIENCE, PATIENCE};
use super::mailbox::{Use, speaks_of};
use super::mark::mark;
use super::reconcile::Look;
use crate::model::{
    Details, Letter, LetterKind, Need, Observation, Passed, Status, SubjectKey, SubjectKind, Transition,
};

/// So long after a release was refused, a letter that names no version code may be its explanation.
const LATE: TimeDelta = TimeDelta::days(3);
/// So long a letter that names no version code waits for a release to appear.
const VAGUE: TimeDelta = TimeDelta::days(1);
/// What was written this long before the watch began is past.
const LENIENCE: TimeDelta = TimeDelta::minutes(5);

impl Look<'_> {
    /// Takes letters in. Each counts once, and none from before the watch.
    pub(super) fn read_letters(&mut self, letters: &[Letter]) {
        for letter in letters {
            let past = letter.at < self.aggregate.since - LENIENCE;
            if letter.kind == LetterKind::Hint || past || self.aggregate.letters.has(&letter.id) {
                continue;
            }
            let used = match letter.kind {
                LetterKind::Rejected => self.read_refusal(letter),
                LetterKind::Approved | LetterKind::Live => self.read_passing(letter),
                LetterKind::Warning => self.tell_of_app(letter, Status::ActionRequired),
                LetterKind::Removed => self.tell_of_app(letter, Status::Removed),
                LetterKind::Suspended => self.tell_of_app(letter, Status::Suspended),
                LetterKind::ProductionAccess => self.tell_of_app(letter, Status::ProductionAccess),
                LetterKind::Hint => continue,
            };
            self.aggregate.to_mut().letters.keep(letter.clone(), used);
        }
    }

    /// Letters that were there before the release that they speak of.
    pub(super) fn read_waiting_letters(&mut self) {
        for letter in self.aggregate.letters.waiting_passes() {
            let vague = letter.version_codes.is_empty() && self.now - letter.at > VAGUE;
            if vague || self.read_passing(&letter) == Use::Waits {
                continue;
            }
            self.aggregate.to_mut().letters.use_up(&letter.id);
        }
    }

    fn read_refusal(&mut self, letter: &Letter) -> Use {
        let explained = self.releases(letter, |subject| {
            let near = !letter.version_codes.is_empty() || (subject.at - letter.at).abs() < LATE;
            subject.status == Status::Rejected && near
        });
        let unexplained = |key: &SubjectKey| {
            self.aggregate.subjects.get(key).map(|subject| (subject.details.reason.is_none(), subject.at))
        };
        if let Some(key) = explained.into_iter().max_by_key(unexplained) {
            mark!(LetterExplains);
            self.explain(&key, letter);
            return Use::OfRelease;
        }
        let open = self.releases(letter, |subject| {
            subject.status == Status::InReview || (subject.declared && subject.status != Status::Draft)
        });
        let named = !letter.version_codes.is_empty();
        let sure = open.len() == 1 || named;
        let declared = |key: &SubjectKey| self.aggregate.subjects.get(key).is_some_and(|subject| subject.declared);
        if open.is_empty() && self.is_over(letter) {
            mark!(LetterIsOver);
            return Use::OfRelease;
        }
        if open.is_empty() || (!sure && open.iter().any(declared)) {
            mark!(LetterToldOfApp);
            return self.tell_of_app(letter, Status::Rejected);
        }
        if open.iter().any(declared) {
            open.iter().for_each(|key| self.change_by_letter(&told(key, Status::Rejected, letter)));
            return Use::OfRelease;
        }
        for key in &open {
            mark!(LetterAsksTheApi);
            // The store's API is asked first. If it does not answer, the letter's own proof is enough; one that names no release
            // waits until the API would show any other that it may mean.
            let mut push = told(key, Status::Rejected, letter).needing(Need::Look);
            push.doubtful = !sure;
            push.as_of = push.as_of.max(self.take_waiting_refusal(key));
            self.patience = if named { PATIENCE } else { LONG_PATIENCE };
            self.observe(&push);
            self.patience = PATIENCE;
        }
        Use::Waits
    }

    /// When a refusal was written that waits for the API, which the next letter replaces: the store writes to several people
    /// about one refusal.
    fn take_waiting_refusal(&mut self, key: &SubjectKey) -> Option<DateTime<Utc>> {
        let refusal = |push: &Passed| push.to == Status::Rejected;
        let waiting = self.aggregate.subjects.get(key)?.held()?.pushes.iter().find(|push| refusal(push))?.at;
        let subject = self.aggregate.to_mut().subjects.get_mut(key)?;
        subject.doubt.as_mut()?.held.as_mut()?.pushes.retain(|push| !refusal(push));
        Some(waiting)
    }

    /// Whether the release that was refused has moved on since: a letter may come hours late.
    fn is_over(&self, letter: &Letter) -> bool {
        let named = !letter.version_codes.is_empty();
        let over = |subject: &Subject| named || (subject.left.contains(&Status::Rejected) && letter.at < subject.at);
        !self.releases(letter, over).is_empty()
    }

    /// A letter makes a release that is only declared a real one. Where the API tells, it tells better.
    fn read_passing(&mut self, letter: &Letter) -> Use {
        let named = !letter.version_codes.is_empty();
        let found = self.releases(letter, |subject| {
            let refused_or_approved = matches!(subject.status, Status::Approved | Status::Rejected);
            let by_letter = refused_or_approved && subject.by_letter && subject.at < letter.at;
            let open = subject.declared && subject.status != Status::Draft;
            (open || by_letter) && (named || subject.sequence > 0)
        });
        if found.is_empty() || (!named && found.len() > 1) {
            return Use::Waits;
        }
        for key in found {
            let Some(subject) = self.aggregate.subjects.get(&key) else { continue };
            let (status, share) = match letter.kind {
                LetterKind::Approved => (Status::Approved, None),
                _ => evidence::proved(subject),
            };
            let mut push = told(&key, status, letter);
            push.share = share;
            self.change_by_letter(&push);
        }
        Use::OfRelease
    }

    /// A change of a release that is only declared: there is no look that could show it.
    fn change_by_letter(&mut self, push: &Observation) {
        self.change(push);
        if let Some(subject) = self.aggregate.to_mut().subjects.get_mut(&push.subject) {
            subject.by_letter = true;
        }
    }

    /// The reason of a refusal that was announced before, if it is not known yet.
    fn explain(&mut self, key: &SubjectKey, letter: &Letter) {
        let Some(mut subject) = self.aggregate.subjects.get(key).cloned() else { return };
        if letter.reason.is_none() || subject.details.reason == letter.reason {
            return;
        }
        subject.details = subject.details.merged(&details(letter));
        let announced = subject.sequence - u64::from(subject.explained);
        subject.sequence += 1;
        subject.explained += 1;
        let mut transition = Transition::new(key.clone(), subject.sequence, subject.status.clone(), letter.at);
        transition.explains = Some(announced);
        self.transitions.push((transition, subject.details.clone()));
        self.aggregate.to_mut().subjects.insert(key.clone(), subject);
    }

    /// What is not about a release that is known is told of the app.
    fn tell_of_app(&mut self, letter: &Letter, status: Status) -> Use {
        if self.aggregate.letters.repeats(letter) {
            return Use::OfApp;
        }
        let key = SubjectKey::standing();
        let mut seen = told(&key, status.clone(), letter);
        seen.details.version_codes.clone_from(&letter.version_codes);
        let known = self.aggregate.subjects.get(&key).cloned();
        let mut subject = known.clone().unwrap_or_else(|| Subject::met(&seen));
        subject.sequence += 1;
        if subject.store_time.is_none_or(|last| last <= letter.at) {
            subject.enter(&seen, letter.at);
            subject.details = seen.details.clone();
        }
        let mut transition = Transition::new(key.clone(), subject.sequence, status, letter.at);
        transition.from = known.map(|known| known.status);
        self.transitions.push((transition, seen.details));
        self.aggregate.to_mut().subjects.insert(key, subject);
        Use::OfApp
    }

    /// The releases that a letter may speak of.
    fn releases(&self, letter: &Letter, counts: impl Fn(&Subject) -> bool) -> Vec<SubjectKey> {
        let on_track =
            |subject: &Subject| letter.track.as_ref().is_none_or(|track| subject.details.track.as_ref() == Some(track));
        self.aggregate
            .subjects
            .iter()
            .filter(|(key, subject)| {
                key.kind == SubjectKind::Release
                    && on_track(subject)
                    && speaks_of(letter, &subject.details.version_codes)
                    && counts(subject)
            })
            .map(|(key, _)| key.clone())
            .collect()
    }

    /// Adds the reason that a letter gave before the store's API has told of the refusal.
    pub(super) fn explain_in_advance(&mut self, subject: &mut Subject, key: &SubjectKey) {
        if key.kind != SubjectKind::Release || subject.status != Status::Rejected {
            return;
        }
        let reason = subject.details.reason.as_deref();
        let letter = self.aggregate.to_mut().letters.take_refusal(&subject.details.version_codes, subject.at, reason);
        if let Some(letter) = letter.filter(|_| reason.is_none()) {
            mark!(LetterExplainsInAdvance);
            subject.details = subject.details.merged(&details(&letter));
        }
    }
}

/// What a letter says of a subject.
fn told(key: &SubjectKey, status: Status, letter: &Letter) -> Observation {
    Observation::new(key.clone(), status, letter.at).with_as_of(letter.at).with_details(details(letter))
}

fn details(letter: &Letter) -> Details {
    let mut details = Details::new();
    details.reason.clone_from(&letter.reason);
    details.deadline.clone_from(&letter.deadline);
    details
}
