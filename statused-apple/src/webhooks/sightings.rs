//! From a push to what it says of a subject.

use chrono::{DateTime, Utc};
use statused_core::model::{AggregateKey, Observation, Sighting, Sightings, SourceId, SubjectKey, SubjectKind};

use super::EventType;
use super::received::{Content, Received};

impl Received {
    /// What the push says, for [`Monitor::ingest`](statused_core::Monitor::ingest); empty if that is nothing.
    pub fn sightings(&self, source: &SourceId, now: DateTime<Utc>) -> Sightings {
        let key = AggregateKey::App(source.clone(), self.app.as_str().into());
        self.observation(now).map(|seen| (key, Sighting::new().with(seen))).into_iter().collect()
    }

    fn observation(&self, now: DateTime<Utc>) -> Option<Observation> {
        let kind = match self.kind {
            EventType::VersionState => SubjectKind::Version,
            _ => return None,
        };
        let Content::State { id, to, .. } = &self.content else { return None };
        let seen = Observation::new(SubjectKey::new(kind, id), to.clone(), now);
        Some(match self.at {
            Some(at) => seen.with_as_of(at),
            None => seen,
        })
    }
}
