//! Parts of a poll that failed while others went well.

use std::collections::BTreeMap;
use std::time::Duration;

use statused_core::source::{SourceError, SourceErrorKind};

use crate::client::{ApiError, ApiErrorKind};

/// The parts of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Memory,
    Search,
    Tracks,
    Lifecycle,
    Quota,
    NoLifecycle,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Memory => "checkpoint",
            Self::Search => "the search for apps",
            Self::Tracks => "tracks",
            Self::Lifecycle => "review states",
            Self::Quota => "quota for review states",
            Self::NoLifecycle => "no review states",
        }
    }
}

/// What went wrong so far.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    found: BTreeMap<Part, Vec<SourceError>>,
    /// The key is refused, or its quota is used up: asking on would only make it worse.
    pub(super) stopped: bool,
    pub(super) come_back: Option<Duration>,
}

impl Troubles {
    /// Notes a failed request.
    pub(super) fn take(&mut self, part: Part, error: ApiError) {
        if error.kind == ApiErrorKind::Quota {
            self.come_back = self.come_back.max(error.retry_after);
        }
        self.stopped |= matches!(error.kind, ApiErrorKind::Quota | ApiErrorKind::Key | ApiErrorKind::Unauthorized);
        self.note(part, error.into());
    }

    pub(super) fn note(&mut self, part: Part, error: SourceError) {
        self.found.entry(part).or_default().push(error);
    }

    /// The reason of a poll that could look at nothing: a wish to be left alone before anything else, then what somebody
    /// must mend.
    pub(super) fn failure(&self) -> Option<SourceError> {
        // What is known from earlier polls has not made this one fail.
        let asked = self.found.iter().filter(|(part, _)| matches!(part, Part::Search | Part::Tracks | Part::Lifecycle));
        let all = asked.flat_map(|(_, errors)| errors);
        let rank = |error: &&SourceError| match error.kind {
            SourceErrorKind::Throttled => 0,
            SourceErrorKind::Credentials => 1,
            _ => 2,
        };
        all.min_by_key(rank).cloned()
    }

    /// One trouble for each part and kind, however many apps met it. Its words stay the same while it lasts, so that
    /// whoever reads them is told once.
    pub(super) fn into_list(self) -> Vec<SourceError> {
        let mut list = Vec::new();
        for (part, errors) in self.found {
            let mut told: Vec<(SourceError, bool)> = Vec::new();
            for error in errors {
                match told.iter_mut().find(|(other, _)| other.kind == error.kind) {
                    Some((_, more)) => *more = true,
                    None => told.push((error, false)),
                }
            }
            for (mut error, more) in told {
                let more = if more { ", and others like it" } else { "" };
                error.message = format!("{}: {}{more}", part.name(), error.message);
                list.push(error);
            }
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_failures_of_a_part_are_one_trouble() {
        let mut troubles = Troubles::default();
        for n in 0..5 {
            troubles.note(Part::Tracks, SourceError::new(SourceErrorKind::Transient, format!("look {n} failed")));
        }
        troubles.note(Part::Search, SourceError::new(SourceErrorKind::BadData, "nonsense"));
        let told: Vec<_> = troubles.into_list().into_iter().map(|trouble| trouble.message).collect();
        assert_eq!(told, ["the search for apps: nonsense", "tracks: look 0 failed, and others like it"]);
    }
}
