//! The sentences that notifications say, in the reference's words.

use super::event::Transition;
use super::status::Status;
use super::subject::{Details, SubjectKind};

/// The sentence for a transition.
///
/// `app` is the app's name as people know it. The words are those of the reference documents; a subject that
/// they do not know speaks in the same voice.
pub fn sentence(transition: &Transition, details: &Details, app: &str) -> String {
    if transition.explains.is_some() {
        let reason = details.reason.as_deref().unwrap_or("the store does not say");
        return format!("Why the status of your app {app} changed to {}: {reason}", transition.to.label());
    }
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
        SubjectKind::Release => release_sentence(transition, app),
        SubjectKind::Standing => standing_sentence(transition, details, app),
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
        SubjectKind::Version | SubjectKind::Other(_) => app_sentence(&transition.to, app),
    }
}

fn app_sentence(status: &Status, app: &str) -> String {
    format!("The status of your app {app} changed to {}", status.label())
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

/// The words that the reference has for Google's staged rollouts; they name no app.
fn release_sentence(transition: &Transition, app: &str) -> String {
    let Some(share) = transition.share else { return app_sentence(&transition.to, app) };
    match (&transition.from, &transition.to) {
        (Some(Status::RolloutHalted), Status::RolloutInProgress) => format!(
            "Your phased rollout has been resumed and your update is rolling out to users again. You are currently rolling \
             out your app update to {share} of your users."
        ),
        (_, Status::RolloutInProgress) => format!(
            "Your phased rollout is active and you are currently rolling out your app update to {share} of your users."
        ),
        (_, Status::RolloutHalted) => {
            format!("Your phased rollout has been halted at {share} and your update is no longer rolling out to users.")
        }
        (_, Status::RolloutFinished) => {
            "Your phased rollout is complete and your app update has rolled out to 100% of users.".to_owned()
        }
        (_, other) => app_sentence(other, app),
    }
}

fn standing_sentence(transition: &Transition, details: &Details, app: &str) -> String {
    let reason = details.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
    match &transition.to {
        Status::ActionRequired => {
            let until = details.deadline.as_ref().map_or_else(String::new, |deadline| format!(" until {deadline}"));
            format!("Action needed for your app {app}{until}{reason}")
        }
        Status::ProductionAccess => format!("Your app {app} has been granted production access"),
        other => app_sentence(other, app),
    }
}

fn account_sentence(status: &Status) -> String {
    match status {
        Status::PendingAgreement => "Action Needed: You Have Pending Agreements".to_owned(),
        Status::AgreementAccepted => "All Set: Your Agreements Are Accepted".to_owned(),
        other => format!("The status of your account changed to {}", other.label()),
    }
}
