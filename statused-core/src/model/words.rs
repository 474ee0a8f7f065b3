//! The sentences that notifications say, in the reference's words.

use super::event::Transition;
use super::status::Status;
use super::subject::{Details, SubjectKind};

/// The sentence for a transition.
///
/// `app` is the app's name as people know it. The words are those of the reference documents; a subject that
/// they do not know speaks in the same voice.
pub fn sentence(transition: &Transition, details: &Details, app: &str) -> String {
    match transition.subject.kind {
        SubjectKind::Build => {
            format!("The status of build {} of {app} changed to {}", build_name(details), transition.to.label())
        }
        SubjectKind::TestFlight => {
            format!(
                "The TestFlight status of build {} of {app} changed to {}",
                build_name(details),
                transition.to.label()
            )
        }
        SubjectKind::PhasedRelease => rollout_sentence(transition, app),
        SubjectKind::BuildUpload => upload_sentence(transition, details, app),
        SubjectKind::Feedback => {
            let kind = details.feedback.as_ref().map_or("new", |feedback| feedback.kind.words());
            let build = if details.build.is_some() || details.version.is_some() {
                format!(" on build {}", build_name(details))
            } else {
                String::new()
            };
            format!("A tester sent {kind} feedback{build} of {app}")
        }
        SubjectKind::BackgroundAsset | SubjectKind::BackgroundAssetRelease => {
            let whose = details.track.as_ref().map_or_else(String::new, |track| format!("{track} "));
            let name = details.name.as_ref().map_or_else(String::new, |name| format!(" {name}"));
            let version = details.version.as_ref().map_or_else(String::new, |version| format!(" ({version})"));
            format!("The {whose}status of asset pack{name}{version} of {app} changed to {}", transition.to.label())
        }
        SubjectKind::AlternativeDistribution => {
            format!("The alternative distribution of {app} changed to {}", transition.to.label())
        }
        SubjectKind::Account => account_sentence(&transition.to),
        SubjectKind::Version | SubjectKind::Other(_) => {
            format!("The status of your app {app} changed to {}", transition.to.label())
        }
    }
}

/// `1.0 (5)`, or as much of it as is known.
fn build_name(details: &Details) -> String {
    match (&details.version, &details.build) {
        (Some(version), Some(build)) => format!("{version} ({build})"),
        (Some(only), None) | (None, Some(only)) => only.clone(),
        (None, None) => "?".to_owned(),
    }
}

/// The reasons stand in the event's `errors`; the first one is what people need to read.
fn upload_sentence(transition: &Transition, details: &Details, app: &str) -> String {
    let name = build_name(details);
    match details.errors.first() {
        Some(error) => format!("The upload of build {name} of {app} failed: {}", error.description),
        None if transition.to == Status::Failed => format!("The upload of build {name} of {app} failed"),
        None => format!("The status of the upload of build {name} of {app} changed to {}", transition.to.label()),
    }
}

fn rollout_sentence(transition: &Transition, app: &str) -> String {
    let share = transition.share.map_or_else(|| "some".to_owned(), |share| share.to_string());
    match (&transition.from, &transition.to) {
        (Some(Status::RolloutPaused), Status::RolloutInProgress) => {
            format!("Your phased rollout for {app} has been resumed and is rolling out to {share} of your users.")
        }
        (_, Status::RolloutInProgress) => {
            format!("Your phased rollout for {app} is active, rolling out to {share} of your users.")
        }
        (_, Status::RolloutPaused) => format!("Your phased rollout for {app} has been paused at {share}."),
        (_, Status::RolloutFinished) => {
            format!("Your phased rollout for {app} is complete and your app update has rolled out to 100% of users.")
        }
        (_, other) => format!("The status of your phased rollout for {app} changed to {}", other.label()),
    }
}

fn account_sentence(status: &Status) -> String {
    match status {
        Status::PendingAgreement => "Action Needed: You Have Pending Agreements".to_owned(),
        Status::AgreementAccepted => "All Set: Your Agreements Are Accepted".to_owned(),
        other => format!("The status of your account changed to {}", other.label()),
    }
}
