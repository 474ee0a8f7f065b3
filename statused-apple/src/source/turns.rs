//! Whose turn it is, when the hour's requests do not suffice to look at every rollout each time.

use std::collections::BTreeSet;
use std::time::Duration;

use statused_core::source::{Scope, SourceError, SourceErrorKind};

use super::round::{Looks, Round};
use super::troubles::Part;
use crate::client::RateLimit;

/// Requests that a round makes after its looks: review submissions.
const STILL_TO_COME: usize = 1;

impl Round<'_> {
    /// The versions of these that are looked at now: all, or as many as the key's requests allow at this pace. The lists, which
    /// show everything that is under review, come first; then what is to be verified; then the rollouts that have waited
    /// longest.
    pub(super) fn take_turns(&mut self, looks: &Looks) -> BTreeSet<String> {
        let sent = usize::try_from(self.client.sent()).unwrap_or(usize::MAX).saturating_add(STILL_TO_COME);
        let rate = self.client.rate_limit().filter(|_| self.request.scope == Scope::Full);
        let Some(allowed) = rate.and_then(|rate| allowed(rate, self.source.poll_every, sent)) else {
            return looks.keys().cloned().collect();
        };
        let most = allowed.saturating_sub(sent).max(1);
        let verified = self.versions_to_verify();
        let mut turn: Vec<&String> = looks.keys().filter(|version| !verified.contains_key(*version)).collect();
        let mut pace = self.source.pace();
        pace.looked_at.retain(|version, _| looks.contains_key(version));
        turn.sort_by_key(|version| (pace.looked_at.get(*version).copied(), *version));
        let left_out = turn.len().saturating_sub(most);
        turn.truncate(most);
        let turn: BTreeSet<String> = turn.into_iter().cloned().chain(verified.into_keys()).collect();
        pace.looked_at.extend(turn.iter().map(|version| (version.clone(), self.request.now)));
        drop(pace);
        if left_out > 0 {
            let message = "the hour's requests do not suffice to look at each of them every time: they take turns";
            self.troubles.note(Part::Turns, SourceError::new(SourceErrorKind::Throttled, message));
        }
        turn
    }
}

/// How many requests a poll may make of which so many are spent without a choice; `None`: as many as it likes.
///
/// If turns can keep up the pace, they begin while half of the hour's requests is left: else these would be gone early, and the
/// lists would have to wait as well. If not even the lists can be kept up, everything is looked at until few requests are left.
fn allowed(rate: RateLimit, interval: Duration, spent: usize) -> Option<usize> {
    let can_last = spent < rate.sustains_in(interval);
    rate.allows_in(interval).or_else(|| rate.lasts_in(interval).filter(|_| can_last))
}
