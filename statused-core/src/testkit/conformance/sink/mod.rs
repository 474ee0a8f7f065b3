//! Whether a sink keeps the contract of [`Sink`].
//!
//! A [`Destination`] is where the sink under test delivers to. It answers as it is told, and says what has arrived. What it
//! cannot play is skipped, with the reason. [`check_all`] tries everything and reports;
//! [`sink_tests!`](crate::sink_tests) makes a test of each bullet.

mod answers;
mod contract;
mod repeats;

use std::future::Future;
use std::time::Duration;

use super::__private::Check;
use super::check::{Checked, Stop, fail, holds, same, skip};
use super::report::Report;
use super::samples::{app, at, event};
use crate::Sink;
use crate::model::Notification;
use crate::sink::{Outcome, Verdict};

/// How a destination answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// It takes what comes, and says so. A sink that cannot be told anything else cannot be checked.
    Confirm,
    /// It takes nothing just now: a server's bad minute.
    Refuse,
    /// It asks to be left alone for a while.
    Wait(Duration),
    /// It says that it will never take anything again as things are: a revoked key, a channel that is gone.
    Gone,
    /// It says something that makes no sense.
    Rubbish,
    /// It fails and repeats everything that it was sent, secrets as well.
    Echo,
    /// It takes what comes, and hangs up without an answer.
    HangUp,
    /// It takes what comes, and never answers.
    Hang,
    /// It answers without end.
    Endless,
    /// It is not there.
    Absent,
    /// It sends the sink to another place, which would confirm.
    Redirect,
}

/// Where a sink under test delivers to.
pub trait Destination {
    /// Answers so from now on. Returns whether it can.
    fn play(&self, answer: Answer) -> impl Future<Output = bool>;

    /// The sink, made anew, for the destination as it plays now. It must have a limit of its own, well below the profile's
    /// timeout, if it is to notice a destination that does not end.
    fn sink(&self) -> Box<dyn Sink>;

    /// What has arrived so far, one text for each request, without what is fresh by its nature (a signature's time).
    fn received(&self) -> impl Future<Output = Vec<String>>;

    /// An event on which the sink acts.
    fn notification(&self) -> Notification {
        let event = event(7, &app("1234567890"), at(0), "The status of your app MyApp changed to In Review");
        Notification::new(event, "workflow".into())
    }

    /// What the sink was given and must never show.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether a delivery begins with a look that changes nothing, so that a connection that breaks leaves no doubt.
    fn looks_first(&self) -> bool {
        false
    }
}

/// Tries every promise of a sink, each at a destination of its own.
pub async fn check_all<D: Destination>(destination: impl AsyncFn() -> D) -> Report {
    super::check::report(table(), destination).await
}

#[doc(hidden)]
#[must_use]
pub fn table<D: Destination>() -> Vec<Check<D>> {
    crate::__sink_contract!(__conformance_table [])
}

#[doc(hidden)]
pub async fn test(id: &str, destination: impl Destination) {
    super::macros::conclude(&super::macros::pick(table(), id).find(&destination).await);
}

/// Lets the destination answer so, or skips the check.
async fn plays<D: Destination>(place: &D, answer: Answer) -> Checked {
    if place.play(answer).await { Ok(()) } else { Err(skip(format!("the destination cannot play {answer:?}"))) }
}

/// What comes of one try at a destination that answers so.
async fn tried<D: Destination>(place: &D, answer: Answer) -> Result<Outcome, Stop> {
    plays(place, answer).await?;
    Ok(place.sink().deliver(&place.notification()).await)
}
