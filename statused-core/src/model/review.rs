//! How long a version waits.

use serde::{Deserialize, Serialize};

/// How long a version waited for review, was in review, and waited for its release, in whole seconds.
///
/// A version that is reviewed several times has the sum of all rounds. What began before the watch did is unknown and
/// left out. The store's own times count where it names them (pushes do); else it is when a look saw the change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimeInReview {
    /// In the review queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for_review_seconds: Option<u64>,
    /// Under review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_review_seconds: Option<u64>,
    /// Approved, and not released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for_release_seconds: Option<u64>,
    /// From the last time that it was submitted to what the reviewers decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_to_decided_seconds: Option<u64>,
}

/// A stage of a review whose time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    WaitingForReview,
    InReview,
    WaitingForRelease,
}

impl TimeInReview {
    /// Whether nothing is known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// Adds the time that was spent in a stage.
    pub(crate) fn add(&mut self, stage: Stage, seconds: u64) {
        let sum = match stage {
            Stage::WaitingForReview => &mut self.waiting_for_review_seconds,
            Stage::InReview => &mut self.in_review_seconds,
            Stage::WaitingForRelease => &mut self.waiting_for_release_seconds,
        };
        *sum = Some(sum.unwrap_or(0).saturating_add(seconds));
    }
}
