//! How long a version waits.

use std::fmt;

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

impl fmt::Display for TimeInReview {
    /// `2 h 5 min waiting for review, 40 min in review`: what is known, in the order in which it happened.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stages = [
            (self.waiting_for_review_seconds, "waiting for review"),
            (self.in_review_seconds, "in review"),
            (self.waiting_for_release_seconds, "waiting for release"),
        ];
        let known = stages.into_iter().filter_map(|(seconds, stage)| Some((seconds?, stage)));
        for (n, (seconds, stage)) in known.enumerate() {
            let separator = if n == 0 { "" } else { ", " };
            write!(f, "{separator}{} {stage}", span(seconds))?;
        }
        Ok(())
    }
}

/// Two units are as much as a person reads.
fn span(seconds: u64) -> String {
    match (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_two_units_and_only_what_is_known() {
        let mut time = TimeInReview::default();
        assert_eq!(time.to_string(), "");
        time.add(Stage::WaitingForReview, 26 * 3600 + 1800);
        time.add(Stage::InReview, 59);
        assert_eq!(time.to_string(), "1 d 2 h waiting for review, 59 s in review");
        time.add(Stage::InReview, 3600);
        time.add(Stage::WaitingForRelease, 150);
        let all = "1 d 2 h waiting for review, 1 h 0 min in review, 2 min waiting for release";
        assert_eq!(time.to_string(), all);
    }
}
