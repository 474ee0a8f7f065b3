//! Phased releases of versions that are out.

use chrono::{DateTime, Utc};
use statused_core::model::{Observation, Share, Status, SubjectKey, SubjectKind};

use super::checkpoint::Phase;
use super::status;
use super::versions::VersionSeen;
use crate::client::Dated;
use crate::wire::{Included, Linked, Single};

/// One version looked at directly.
#[derive(Debug)]
pub(super) struct Look {
    /// The version itself, unless the answer lacks its state.
    pub(super) version: Option<VersionSeen>,
    phased: Phased,
    at: Option<DateTime<Utc>>,
}

#[derive(Debug)]
enum Phased {
    Shown {
        status: Status,
        share: Option<Share>,
    },
    Absent,
    /// Named, but not there.
    Missing,
}

impl Look {
    pub(super) fn read(Dated { answer, at }: &Dated<Single>) -> Self {
        let included = Included::new(&answer.included);
        let phased = match answer.data.linked("appStoreVersionPhasedRelease", &included) {
            Linked::Nothing => Phased::Absent,
            Linked::Missing => Phased::Missing,
            Linked::Found(phased) => phased.text("phasedReleaseState").map_or(Phased::Missing, |state| {
                let status = status::phased(state);
                let share = match status {
                    Status::RolloutInactive => None,
                    Status::RolloutFinished => Some(Share::FULL),
                    _ => Some(status::share_on_day(phased.number("currentDayNumber"))),
                };
                Phased::Shown { status, share }
            }),
        };
        Self { version: VersionSeen::read(&answer.data, *at), phased, at: *at }
    }

    /// Whether the look was not clear.
    pub(super) fn is_unclear(&self) -> bool {
        matches!(self.phased, Phased::Missing)
    }

    /// What to remember. `patient`: the version went live under our eyes, and its phased release may be late.
    pub(super) fn learn(&self, before: Option<Phase>, patient: bool) -> Option<Phase> {
        match &self.phased {
            Phased::Shown { status: Status::RolloutFinished, .. } => Some(Phase::Complete),
            Phased::Shown { .. } => Some(Phase::Running),
            Phased::Absent if before.is_none() && !patient => Some(Phase::None),
            Phased::Absent => Some(Phase::after_nothing(before)),
            Phased::Missing => before,
        }
    }

    /// Tells of the phased release of `version`.
    pub(super) fn observation(&self, version: &VersionSeen, app: &str, now: DateTime<Utc>) -> Option<Observation> {
        let Phased::Shown { status, share } = &self.phased else { return None };
        let subject = SubjectKey::new(SubjectKind::PhasedRelease, &*version.id);
        let mut seen = Observation::new(subject, status.clone(), now)
            .with_details(version.details(app))
            .with_parent(version.subject())
            .as_initial(*status == Status::RolloutInactive);
        (seen.share, seen.looked_at) = (*share, self.at);
        Some(seen)
    }
}
