//! Whose turn it is, when the hour's requests do not suffice to look at every rollout each time.

use std::collections::BTreeSet;

use statused_core::source::{Scope, SourceError, SourceErrorKind};

use super::round::{Looks, Round};
use super::troubles::Part;

/// Requests that a round makes after its looks: review submissions.
const STILL_TO_COME: usize = 1;

impl Round<'_> {
    /// The versions of these that are looked at now: all, or while the budget of the key is low as many as it allows. The
    /// lists, which show everything that is under review, come first; then what is to be verified; then the rollouts that
    /// have waited longest.
    pub(super) fn take_turns(&mut self, looks: &Looks) -> BTreeSet<String> {
        let rate = self.client.rate_limit().filter(|_| self.request.scope == Scope::Full);
        let Some(allowed) = rate.and_then(|rate| rate.allows_in(self.source.poll_every)) else {
            return looks.keys().cloned().collect();
        };
        let sent = usize::try_from(self.client.sent()).unwrap_or(usize::MAX);
        let most = allowed.saturating_sub(sent + STILL_TO_COME).max(1);
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
