//! Places in App Store Connect's web console.

use statused_core::model::{FeedbackKind, Status};

use super::status::has_been_live;

/// Where agreements are accepted.
pub(super) const BUSINESS: &str = "https://appstoreconnect.apple.com/business";
const APPS: &str = "https://appstoreconnect.apple.com/apps";

/// A version. The console has one page for the version that is out and one for the next.
pub(super) fn version(app: &str, platform: Option<&str>, status: &Status) -> String {
    match platform {
        Some("IOS") if has_been_live(status) || *status == Status::ReplacedWithNewVersion => {
            format!("{APPS}/{app}/distribution/ios/version/deliverable")
        }
        Some("IOS") => format!("{APPS}/{app}/distribution/ios/version/inflight"),
        // The other platforms' names in the address are not documented.
        _ => format!("{APPS}/{app}"),
    }
}

/// A review submission.
pub(super) fn submission(app: &str, submission: &str) -> String {
    format!("{APPS}/{app}/distribution/reviewsubmissions/details/{submission}")
}

/// The builds of an app.
pub(super) fn testflight(app: &str, platform: Option<&str>) -> String {
    match platform {
        Some("IOS") => format!("{APPS}/{app}/testflight/ios"),
        _ => format!("{APPS}/{app}"),
    }
}

/// What a tester has sent.
pub(crate) fn feedback(app: &str, kind: FeedbackKind, id: &str) -> String {
    let page = if kind == FeedbackKind::Crash { "crashes" } else { "screenshots" };
    format!("{APPS}/{app}/testflight/{page}/{id}")
}
