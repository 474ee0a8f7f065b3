//! From Apple's states to the project's statuses.

use statused_core::model::{Share, Status};

/// The status of a version from both attributes that carry it.
///
/// Apple returns the newer `appVersionState` and the older `appStoreState` inconsistently, and the older alone knows
/// versions that are out of sale or on pre-order. Where the two differ in words only, so does the result not: a live
/// version is [`Status::ReadyForSale`] whichever attribute says so.
pub(super) fn version(app_version_state: Option<&str>, app_store_state: Option<&str>) -> Option<Status> {
    let older = app_store_state.map(one_name);
    let newer = app_version_state.map(one_name);
    match (newer, older) {
        (
            Some(Status::ReadyForSale),
            Some(off @ (Status::RemovedFromSale | Status::DeveloperRemovedFromSale | Status::PreOrderReadyForSale)),
        ) => Some(off),
        (newer, older) => newer.or(older),
    }
}

/// The status of a version from either attribute, alone.
pub(crate) fn one_name(state: &str) -> Status {
    match state {
        "READY_FOR_DISTRIBUTION" => Status::ReadyForSale,
        "PROCESSING_FOR_APP_STORE" => Status::ProcessingForDistribution,
        "PREORDER_READY_FOR_DISTRIBUTION" => Status::PreOrderReadyForSale,
        other => Status::from_code(other),
    }
}

/// Whether users can, or could, get a version with this status.
pub(super) fn has_been_live(status: &Status) -> bool {
    matches!(status, Status::ReadyForSale | Status::RemovedFromSale | Status::DeveloperRemovedFromSale)
}

/// Whether a version with this status is with the reviewers.
pub(super) fn in_review(status: &Status) -> bool {
    matches!(status, Status::WaitingForReview | Status::InReview)
}

/// The status of a phased release.
pub(super) fn phased(state: &str) -> Status {
    match state {
        "INACTIVE" => Status::RolloutInactive,
        "ACTIVE" => Status::RolloutInProgress,
        "PAUSED" => Status::RolloutPaused,
        "COMPLETE" => Status::RolloutFinished,
        other => Status::Other(format!("ROLLOUT_{other}")),
    }
}

/// The share of users on a day of Apple's schedule. Apple counts to 8 at times, and a rollout that has just begun
/// may have no day yet.
pub(super) fn share_on_day(day: Option<i64>) -> Share {
    const SCHEDULE: [u32; 7] = [1, 2, 5, 10, 20, 50, 100];
    let index = day.unwrap_or(1).clamp(1, 7) - 1;
    usize::try_from(index).ok().and_then(|index| SCHEDULE.get(index)).map_or(Share::FULL, |&day| Share::percent(day))
}

/// The status of beta review, for builds whose beta detail is not there.
pub(super) fn beta_review(state: &str) -> Option<Status> {
    match state {
        "WAITING_FOR_REVIEW" => Some(Status::WaitingForBetaReview),
        "IN_REVIEW" => Some(Status::InBetaReview),
        "REJECTED" => Some(Status::BetaRejected),
        "APPROVED" => Some(Status::BetaApproved),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_attributes_may_flip_without_a_change() {
        for (newer, older, status) in [
            (Some("READY_FOR_DISTRIBUTION"), Some("READY_FOR_SALE"), Status::ReadyForSale),
            (Some("READY_FOR_DISTRIBUTION"), None, Status::ReadyForSale),
            (None, Some("READY_FOR_SALE"), Status::ReadyForSale),
            (Some("PROCESSING_FOR_DISTRIBUTION"), None, Status::ProcessingForDistribution),
            (None, Some("PROCESSING_FOR_APP_STORE"), Status::ProcessingForDistribution),
            (Some("PREORDER_READY_FOR_DISTRIBUTION"), None, Status::PreOrderReadyForSale),
            (None, Some("PREORDER_READY_FOR_SALE"), Status::PreOrderReadyForSale),
            (Some("READY_FOR_DISTRIBUTION"), Some("PREORDER_READY_FOR_SALE"), Status::PreOrderReadyForSale),
            (Some("READY_FOR_DISTRIBUTION"), Some("REMOVED_FROM_SALE"), Status::RemovedFromSale),
            (Some("READY_FOR_DISTRIBUTION"), Some("DEVELOPER_REMOVED_FROM_SALE"), Status::DeveloperRemovedFromSale),
            // Elsewhere the newer one wins.
            (Some("IN_REVIEW"), Some("WAITING_FOR_REVIEW"), Status::InReview),
            (Some("REPLACED_WITH_NEW_VERSION"), Some("REMOVED_FROM_SALE"), Status::ReplacedWithNewVersion),
            (Some("WAITING_FOR_UPLOAD"), None, Status::Other("WAITING_FOR_UPLOAD".to_owned())),
        ] {
            assert_eq!(version(newer, older), Some(status), "{newer:?} {older:?}");
        }
        assert_eq!(version(None, None), None);
    }

    #[test]
    fn the_schedule_is_clamped() {
        let shares: Vec<_> = [None, Some(0), Some(1), Some(2), Some(3), Some(4), Some(5), Some(6), Some(7), Some(8)]
            .map(|day| share_on_day(day).to_string())
            .into();
        assert_eq!(shares, ["1%", "1%", "1%", "2%", "5%", "10%", "20%", "50%", "100%", "100%"]);
    }
}
