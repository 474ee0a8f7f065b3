//! What the two views of a release come to: the table of the crate's front page.

use statused_core::model::{Evidence, Share, Status};

use super::memory::{ReleaseMemory, Rollout};
use super::state::{State, screaming};
use crate::client::TrackRelease;

/// What is to be told of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) status: Status,
    pub(super) share: Option<Share>,
    pub(super) evidence: Evidence,
    pub(super) reason: Option<String>,
    /// Whether a second look must agree.
    pub(super) doubtful: bool,
}

impl Verdict {
    pub(super) fn new(status: Status, share: Option<Share>) -> Self {
        Self { status, share, evidence: Evidence::Effective, reason: None, doubtful: false }
    }

    fn declared(status: Status, share: Option<Share>) -> Self {
        Self { evidence: Evidence::Declared, ..Self::new(status, share) }
    }
}

/// What is known of a track besides its releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Views {
    /// Whether what the developer declares can be seen at all.
    pub(super) edits: bool,
    /// Whether the lifecycle can be had; declarations are all there is otherwise.
    pub(super) lifecycle: bool,
}

/// Decides what a release is, and notes how far its rollout was seen.
///
/// `declared` is what the developer's list shows in this poll, `fresh` the state that was read in this poll.
/// `read`: the lifecycle was read in this poll, whether or not it lists the release.
pub(super) fn decide(
    memory: &mut ReleaseMemory,
    declared: Option<&TrackRelease>,
    fresh: Option<&State>,
    read: bool,
    views: Views,
) -> Option<Verdict> {
    // What is published does not go back to review. Any other state counts only when it was just read.
    let remembered = memory.state.clone().filter(|_| memory.is_published());
    match (fresh.cloned().or(remembered), declared) {
        (None, Some(declared)) if !views.lifecycle => as_declared(declared),
        // What the developer still edits has nothing at the store yet.
        (None, Some(declared)) if read && declared.status == "draft" => Some(Verdict::new(Status::Draft, None)),
        (None | Some(State::Unspecified), _) => None,
        // One of the two APIs lags behind.
        (Some(State::Draft), Some(declared)) if declared.status != "draft" => None,
        (Some(State::Draft), _) => Some(Verdict::new(Status::Draft, None)),
        (Some(State::NotSent), _) => Some(Verdict::new(Status::NotSentForReview, None)),
        (Some(State::InReview), _) => Some(Verdict::new(Status::InReview, None)),
        (Some(State::Approved), _) => Some(Verdict::new(Status::Approved, None)),
        (Some(State::Rejected), _) => Some(Verdict::new(Status::Rejected, None)),
        (Some(State::Other(code)), _) => Some(Verdict::new(Status::from_code(&code), None)),
        (Some(State::Published), Some(declared)) => published(memory, declared),
        // How far it is rolled out, or whether it was halted, only the developer's list would tell.
        (Some(State::Published), None) => (!views.edits).then(|| Verdict::new(Status::Live, None)),
    }
}

fn published(memory: &mut ReleaseMemory, declared: &TrackRelease) -> Option<Verdict> {
    let share = share_of(declared);
    Some(match declared.status.as_str() {
        "completed" if memory.rollout == Rollout::Unseen => Verdict::new(Status::Live, None),
        "completed" => {
            memory.rollout = Rollout::Finished;
            Verdict::new(Status::RolloutFinished, Some(Share::FULL))
        }
        "inProgress" => {
            if let Some(share) = share {
                memory.rollout = Rollout::Running(share);
            }
            Verdict::new(Status::RolloutInProgress, share)
        }
        "halted" => {
            if let Some(share) = share {
                memory.rollout = Rollout::Running(share);
            }
            let verdict = match memory.rollout {
                Rollout::Running(share) => Verdict::new(Status::RolloutHalted, Some(share)),
                Rollout::Unseen | Rollout::Finished => Verdict::new(Status::Halted, None),
            };
            Verdict { reason: memory.successor.as_deref().map(succeeded), ..verdict }
        }
        // Nobody has it any more, or nobody knows.
        "draft" | "statusUnspecified" | "" => return None,
        other => Verdict::new(Status::from_code(&screaming(other)), None),
    })
}

/// The developer's word alone, where nothing better is to be had.
fn as_declared(declared: &TrackRelease) -> Option<Verdict> {
    Some(match declared.status.as_str() {
        "draft" => Verdict::declared(Status::Draft, None),
        "inProgress" => Verdict::declared(Status::InProgress, share_of(declared)),
        "halted" => Verdict::declared(Status::Halted, share_of(declared)),
        "completed" => Verdict::declared(Status::Completed, None),
        "statusUnspecified" | "" => return None,
        other => Verdict::declared(Status::from_code(&screaming(other)), None),
    })
}

/// What has become of a published release that neither list shows any more while a newer one is being given out.
pub(super) fn of_gone(memory: &ReleaseMemory, successor: &str) -> Option<Verdict> {
    let verdict = match (memory.rollout, memory.declared.as_deref()) {
        (Rollout::Running(share), _) => Verdict::new(Status::RolloutHalted, Some(share)),
        // It was halted for everybody before: nothing was taken from anybody.
        (_, Some("halted")) => return None,
        (Rollout::Finished | Rollout::Unseen, _) => Verdict::new(Status::ReplacedWithNewVersion, None),
    };
    Some(Verdict { reason: Some(succeeded(successor)), doubtful: true, ..verdict })
}

fn succeeded(successor: &str) -> String {
    format!("A newer release ({successor}) took its place")
}

/// The share of a staged release, if it is one.
fn share_of(declared: &TrackRelease) -> Option<Share> {
    declared.user_fraction.filter(|fraction| *fraction > 0.0 && *fraction < 1.0).map(Share::fraction)
}
