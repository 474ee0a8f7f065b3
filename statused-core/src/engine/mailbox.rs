//! The letters of an app that still count.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::model::{Letter, LetterKind};

/// So long a letter may belong to what is seen, and an equal one is the same again: a signature lasts seven days, too.
const LASTING: TimeDelta = TimeDelta::days(7);
/// More letters of an app are not remembered; the oldest go first.
const REMEMBERED: usize = 64;

/// What an app has been told in writing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Letters(Vec<Kept>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    letter: Letter,
    used: Use,
}

/// What has become of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Use {
    /// It waits for the release that it speaks of.
    Waits,
    /// A release's event told it.
    OfRelease,
    /// It was told of the app itself.
    OfApp,
}

impl Letters {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.0.iter().any(|kept| kept.letter.id == id)
    }

    pub(super) fn keep(&mut self, letter: Letter, used: Use) {
        let newest = self.0.iter().map(|kept| kept.letter.at).fold(letter.at, DateTime::max);
        self.0.push(Kept { letter, used });
        // A signature that has expired proves nothing any more: nobody can bring such a letter again.
        self.0.retain(|kept| newest - kept.letter.at <= LASTING + TimeDelta::days(1));
        let surplus = self.0.len().saturating_sub(REMEMBERED);
        self.0.drain(..surplus);
    }

    /// Whether the same was told of the app shortly before.
    pub(super) fn repeats(&self, letter: &Letter) -> bool {
        let same = |old: &Letter| {
            (old.kind, &old.version_codes, &old.reason, &old.deadline)
                == (letter.kind, &letter.version_codes, &letter.reason, &letter.deadline)
                && (old.at - letter.at).abs() < LASTING
        };
        self.0.iter().any(|kept| kept.used == Use::OfApp && same(&kept.letter))
    }

    /// The letter about a refusal that is told now, the newest of those that nobody has told yet. What else says the same
    /// is used up by it, so that it does not explain the next refusal.
    pub(super) fn take_refusal(&mut self, codes: &[u64], at: DateTime<Utc>, reason: Option<&str>) -> Option<Letter> {
        let fits = |kept: &&mut Kept| {
            kept.used == Use::Waits
                && kept.letter.kind == LetterKind::Rejected
                && speaks_of(&kept.letter, codes)
                && (kept.letter.at - at).abs() < LASTING
        };
        let newest = self.0.iter_mut().filter(fits).map(|kept| &kept.letter).max_by_key(|letter| letter.at).cloned()?;
        let reason = reason.or(newest.reason.as_deref());
        for kept in self.0.iter_mut().filter(fits) {
            if !kept.letter.version_codes.is_empty() || kept.letter.reason.as_deref() == reason {
                kept.used = Use::OfRelease;
            }
        }
        Some(newest)
    }

    /// The approvals that wait for their release to appear.
    pub(super) fn waiting_passes(&self) -> Vec<Letter> {
        let passes = |kept: &&Kept| {
            kept.used == Use::Waits && matches!(kept.letter.kind, LetterKind::Approved | LetterKind::Live)
        };
        self.0.iter().filter(passes).map(|kept| kept.letter.clone()).collect()
    }

    /// Its release has told it.
    pub(super) fn use_up(&mut self, id: &str) {
        self.0.iter_mut().filter(|kept| kept.letter.id == id).for_each(|kept| kept.used = Use::OfRelease);
    }

    /// When the refusal of these codes was written, if it was told of the app before the store has shown the release.
    pub(super) fn told_refusal(&self, codes: &[u64], at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let names = |letter: &Letter| letter.version_codes.iter().any(|code| codes.contains(code));
        let told = self.0.iter().filter(|kept| {
            kept.used == Use::OfApp
                && kept.letter.kind == LetterKind::Rejected
                && names(&kept.letter)
                && (kept.letter.at - at).abs() < LASTING
        });
        told.map(|kept| kept.letter.at).max()
    }
}

/// Whether a letter may speak of a release with these codes.
pub(super) fn speaks_of(letter: &Letter, codes: &[u64]) -> bool {
    letter.version_codes.is_empty() || letter.version_codes.iter().any(|code| codes.contains(code))
}
