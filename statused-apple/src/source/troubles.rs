//! Parts of a poll that failed while others went well.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use statused_core::source::SourceError;

use crate::client::{ApiError, ApiErrorKind};

/// Requests at a time.
const WIDTH: usize = 8;

/// The parts of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Apps,
    LongLists,
    OldLists,
    Builds,
    Versions,
    Turns,
    Pace,
    Reviews,
    Named,
    Log,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Apps => "apps",
            Self::LongLists => "versions of apps with many",
            Self::OldLists => "old lists of versions",
            Self::Builds => "builds",
            Self::Versions => "versions and phased releases",
            Self::Turns => "phased releases",
            Self::Pace => "the pace of polls",
            Self::Reviews => "review submissions",
            Self::Named => "what a push has told of",
            Self::Log => "the log of webhooks",
        }
    }
}

/// What went wrong so far.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    found: BTreeMap<Part, Vec<SourceError>>,
    /// How long Apple wants to be left alone; nothing more is asked in this poll.
    pub(super) hold: Option<Duration>,
    /// Whether anything was answered.
    pub(super) answered: bool,
}

impl Troubles {
    /// Takes the answer, or notes why there is none.
    ///
    /// # Errors
    ///
    /// An agreement that is missing: it hides everything, and half a look would be a wrong one.
    pub(super) fn settle<T>(&mut self, part: Part, result: Result<T, ApiError>) -> Result<Option<T>, SourceError> {
        match result {
            Ok(answer) => {
                self.answered = true;
                Ok(Some(answer))
            }
            Err(error) if error.kind == ApiErrorKind::Agreement => Err(error.into()),
            Err(error) => {
                if error.kind == ApiErrorKind::Throttled {
                    self.hold = self.hold.max(error.retry_after);
                }
                self.note(part, error.into());
                Ok(None)
            }
        }
    }

    /// Asks for several things at a time and returns the answers in the order of the questions, each with its key.
    ///
    /// # Errors
    ///
    /// As [`settle`](Self::settle).
    pub(super) async fn gather<K, T, F>(&mut self, part: Part, questions: Vec<F>) -> Result<Vec<(K, T)>, SourceError>
    where
        F: Future<Output = (K, Result<T, ApiError>)>,
    {
        let mut answers = Vec::with_capacity(questions.len());
        if self.hold.is_some() {
            return Ok(answers);
        }
        let mut stream = stream::iter(questions).buffered(WIDTH);
        while let Some((key, result)) = stream.next().await {
            if let Some(answer) = self.settle(part, result)? {
                answers.push((key, answer));
            }
            if self.hold.is_some() {
                break;
            }
        }
        Ok(answers)
    }

    /// Whether the lists were read without trouble.
    pub(super) fn lists_are_whole(&self) -> bool {
        !self.found.keys().any(|part| !matches!(part, Part::Turns | Part::Reviews | Part::Named | Part::Log))
    }

    pub(super) fn note(&mut self, part: Part, error: SourceError) {
        self.found.entry(part).or_default().push(error);
    }

    /// One trouble for each part and kind, however many requests met it. Its words stay the same while it lasts, so
    /// that whoever reads them is told once.
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
    use statused_core::source::SourceErrorKind;

    use super::*;

    #[test]
    fn many_failures_of_a_part_are_one_trouble() {
        let mut troubles = Troubles::default();
        for n in 0..5 {
            troubles.note(Part::Versions, SourceError::new(SourceErrorKind::Transient, format!("look {n} failed")));
        }
        troubles.note(Part::Builds, SourceError::new(SourceErrorKind::BadData, "nonsense"));
        let told: Vec<_> = troubles.into_list().into_iter().map(|trouble| trouble.message).collect();
        assert_eq!(told, ["builds: nonsense", "versions and phased releases: look 0 failed, and others like it"]);
    }
}
