//! What a destination answered, and what that means.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use statused_core::Outcome;
use statused_core::sink::Verdict;

/// An answer. Its body and headers are not for outcomes: they may repeat secrets.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The wait that the destination asks for: its `Retry-After`, until the sink knows better.
    pub(crate) wait: Option<Duration>,
    /// The beginning of the body.
    pub(crate) body: String,
    /// Whether the body was read to its end, or as far as it is ever read.
    pub(crate) complete: bool,
    /// Status and body in a short line, without secrets.
    pub(crate) summary: String,
}

impl Answer {
    /// The body as JSON, if it is what was expected.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.body).ok()
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A header that is a whole number.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.header(name)?.trim().parse().ok()
    }

    /// The answer as a success.
    pub(crate) fn into_delivered(self) -> Outcome {
        Outcome::delivered().with_status(self.status.as_u16())
    }

    /// The answer as a promise that nobody will confirm.
    pub(crate) fn into_accepted(self) -> Outcome {
        Outcome::new(Verdict::Accepted).with_status(self.status.as_u16())
    }

    /// The answer as a failure that is tried again, after the wait that the destination asks for.
    pub(crate) fn into_retry(self) -> Outcome {
        Outcome::new(Verdict::RetryAfter(self.wait)).with_status(self.status.as_u16()).with_detail(self.summary)
    }

    /// The answer as the word that the destination is gone.
    pub(crate) fn into_dead(self) -> Outcome {
        Outcome::dead(self.summary).with_status(self.status.as_u16())
    }

    /// The answer of which the decisive part has not come.
    pub(crate) fn into_ambiguous(self) -> Outcome {
        Outcome::ambiguous("the answer broke off").with_status(self.status.as_u16())
    }
}

/// The refusals that a repeat does not change: every 4xx but for a timeout, a conflict, "too early" and "too many".
pub(crate) const CLIENT_ERRORS: &[u16] = &[
    400, 401, 402, 403, 404, 405, 406, 407, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 424, 426, 428, 431,
    451,
];

/// What answers mean by their status: 2xx is delivered, and what is in neither list is tried again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answers {
    accepted: &'static [u16],
    dead: &'static [u16],
}

impl Answers {
    /// These statuses say that the destination's configuration is dead.
    pub(crate) const fn dead_on(dead: &'static [u16]) -> Self {
        Self { accepted: &[], dead }
    }

    /// These say that it was taken, and nothing will say what became of it.
    pub(crate) const fn accepted_on(mut self, accepted: &'static [u16]) -> Self {
        self.accepted = accepted;
        self
    }

    /// What the answer means.
    pub(crate) fn judge(&self, answer: Answer) -> Outcome {
        let status = answer.status.as_u16();
        if self.dead.contains(&status) {
            answer.into_dead()
        } else if self.accepted.contains(&status) {
            answer.into_accepted()
        } else if answer.status.is_success() {
            answer.into_delivered()
        } else {
            answer.into_retry()
        }
    }
}
