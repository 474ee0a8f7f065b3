//! From a push to what it says of a subject.

use chrono::{DateTime, Utc};
use statused_core::model::{
    AggregateKey, Details, Feedback, FeedbackKind, Need, Observation, Sighting, Sightings, SourceId, Status,
    SubjectKey, SubjectKind,
};

use super::EventType;
use super::received::{Content, Received};
use crate::source::console;

impl Received {
    /// What the push says, for [`Monitor::ingest`](statused_core::Monitor::ingest); empty if that is nothing.
    pub fn sightings(&self, source: &SourceId, now: DateTime<Utc>) -> Sightings {
        let key = AggregateKey::App(source.clone(), self.app.as_str().into());
        self.observation(now).map(|seen| (key, Sighting::new().with(seen))).into_iter().collect()
    }

    /// What the push says of its subject.
    pub(crate) fn observation(&self, now: DateTime<Utc>) -> Option<Observation> {
        let mut seen = match &self.content {
            Content::Nothing => return None,
            Content::State { id, from, to } => {
                let mut seen = self.state(id, to, now)?;
                seen.from.clone_from(from);
                seen
            }
            Content::Created { id } => self.created(id, now)?,
            Content::Distribution { app, available, territories, .. } => {
                let status = match available {
                    None => Status::VersionCreated,
                    Some(true) => Status::Available,
                    Some(false) => Status::Unavailable,
                };
                let mut details = Details::new();
                (details.name, details.territories) = (app.clone(), territories.clone());
                // Each word is a subject of its own: there is nothing that could be looked at.
                self.subject(SubjectKind::AlternativeDistribution, &self.id, status, now)
                    .with_details(details)
                    .as_news()
            }
        };
        seen.as_of = self.at;
        if seen.as_of.is_none() && seen.need == Need::Identity {
            // Without a time nothing says that it is newer than what is known.
            seen.need = Need::Look;
        }
        Some(seen)
    }

    fn state(&self, id: &str, to: &Status, now: DateTime<Utc>) -> Option<Observation> {
        let subject = |kind| self.subject(kind, id, to.clone(), now);
        Some(match self.kind {
            EventType::VersionState => subject(SubjectKind::Version).needing(Need::Identity),
            EventType::ExternalBetaState => {
                let initial = matches!(to, Status::Processing | Status::NotApplicable);
                subject(SubjectKind::TestFlight).needing(Need::Identity).as_initial(initial)
            }
            // The build itself tells of its life; the look brings it.
            EventType::BuildUploadState => {
                let seen = subject(SubjectKind::BuildUpload).needing(Need::Look).as_news();
                if is_untold(to) { seen.as_untold() } else { seen }
            }
            EventType::AssetVersionState => {
                let need = if *to == Status::Failed { Need::Look } else { Need::Identity };
                subject(SubjectKind::BackgroundAsset).needing(need).as_news()
            }
            EventType::AssetExternalBetaState => release(subject(SubjectKind::BackgroundAssetRelease), EXTERNAL),
            EventType::AssetStoreState => release(subject(SubjectKind::BackgroundAssetRelease), STORE),
            _ => return None,
        })
    }

    fn created(&self, id: &str, now: DateTime<Utc>) -> Option<Observation> {
        let feedback = |kind| {
            let mut details = Details::new();
            details.feedback = Some(Box::new(Feedback::new(kind)));
            details.console_url = Some(console::feedback(&self.app, kind, id));
            let seen = self.subject(SubjectKind::Feedback, id, Status::Received, now).with_details(details);
            seen.needing(Need::Look).as_news()
        };
        Some(match self.kind {
            EventType::CrashFeedback => feedback(FeedbackKind::Crash),
            EventType::ScreenshotFeedback => feedback(FeedbackKind::Screenshot),
            EventType::AssetInternalBetaRelease => {
                let kind = SubjectKind::BackgroundAssetRelease;
                release(self.subject(kind, id, Status::ReadyForTesting, now), INTERNAL)
            }
            _ => return None,
        })
    }

    fn subject(&self, kind: SubjectKind, id: &str, status: Status, now: DateTime<Utc>) -> Observation {
        Observation::new(SubjectKey::new(kind, id), status, now)
    }
}

/// Where an asset pack's version is released.
pub(crate) const STORE: &str = "App Store";
pub(crate) const EXTERNAL: &str = "External TestFlight";
pub(crate) const INTERNAL: &str = "Internal TestFlight";

fn release(seen: Observation, track: &str) -> Observation {
    let mut details = Details::new();
    details.track = Some(track.to_owned());
    seen.with_details(details).needing(Need::Identity).as_news()
}

/// Whether the state of an upload is no message: the build that comes of it has its own.
pub(crate) fn is_untold(state: &Status) -> bool {
    matches!(state, Status::AwaitingUpload | Status::Processing | Status::Complete)
}
