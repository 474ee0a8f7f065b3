//! What is announced of the way to a status.

use super::aggregate::{Subject, shown_by};
use super::mark::mark;
use super::reconcile::Look;
use super::step::propagation;
use super::trail::Trail;
use crate::model::{Evidence, Observation, Share, Status, SubjectKey, Transition};

impl Look<'_> {
    /// Announces the way from what was known to what is seen.
    pub(super) fn announce_all(
        &mut self,
        subject: &mut Subject,
        seen: &Observation,
        mut from: Option<(Status, Option<Share>)>,
        trail: &Trail,
    ) {
        let last = trail.passed.last().map(|passed| passed.at);
        let between = trail.passed.split_last().map_or(&[][..], |(_, between)| between);
        // A look may show a later visit to the status than the one that the pushes tell of, if that may be older than what is
        // known and is not of just now: then only the look's own time says by when it has begun.
        let newer = |by| trail.passed.first().is_some_and(|first| first.at > by);
        let fresh =
            last.zip(seen.looked_at).is_some_and(|(at, looked_at)| looked_at - at <= propagation(&seen.subject.kind));
        let vague = !seen.is_push() && from.is_some() && !fresh && !subject.begun_by.is_some_and(newer);
        if from.is_none() {
            // A new subject comes from where the store says it does.
            from = trail.passed.first().and_then(|first| first.from.clone()).map(|status| (status, None));
        }
        for passed in between {
            mark!(StepBetweenTold);
            let mut push = Observation::new(seen.subject.clone(), passed.to.clone(), seen.seen_at);
            (push.as_of, push.share) = (Some(passed.at), passed.share);
            subject.enter(&push, passed.at);
            self.announce(subject, from.replace((passed.to.clone(), passed.share)), &seen.subject);
        }
        let mut arrived = seen.clone();
        arrived.as_of = last.or(seen.as_of);
        subject.enter(&arrived, arrived.as_of.unwrap_or(seen.seen_at));
        if vague {
            subject.begun_by = shown_by(seen);
        }
        self.announce(subject, from, &seen.subject);
    }

    fn announce(&mut self, subject: &mut Subject, from: Option<(Status, Option<Share>)>, key: &SubjectKey) {
        self.explain_in_advance(subject, key);
        subject.sequence += 1;
        let (from, share_before) = from.map_or((None, None), |(status, share)| (Some(status), share));
        let mut transition = Transition::new(key.clone(), subject.sequence, subject.status.clone(), subject.at);
        (transition.from, transition.share_before, transition.share) = (from, share_before, subject.share);
        transition.time_in_review = subject.time_in_review;
        transition.evidence = if subject.declared { Evidence::Declared } else { Evidence::Effective };
        self.transitions.push((transition, subject.details.clone()));
    }
}
