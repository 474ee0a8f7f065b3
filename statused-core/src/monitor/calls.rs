//! The calls that commands come to: guarded, limited in time, and answered with an input.
//!
//! What runs in a task holds only the parts that it calls: whoever drops the monitor drops what it has under way.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Clock;
use super::guard::{Mishap, guarded};
use super::span::Span;
use super::turn::Turns;
use crate::engine::{Input, Notice};
use crate::model::SinkId;
use crate::sink::{Outcome, Sink};
use crate::source::{PollRequest, Scope, SourceError, SourceErrorKind, StatusSource};
use crate::store::{Claim, Commit, CommitError, StateStore, StoreError, StoreErrorKind};

/// A poll that takes longer has failed.
const POLL_LIMIT: Duration = Duration::from_secs(300);
/// A store that takes longer has not answered.
const STORE_LIMIT: Duration = Duration::from_secs(30);

/// Looks at a source if it is this monitor's turn.
pub(super) async fn poll(watched: Option<Arc<dyn StatusSource>>, turns: Arc<Turns>, request: PollRequest) -> Input {
    let (source, seen_at, scope) = (request.source.clone(), request.now, request.scope);
    let Some(watched) = watched else { return Input::PollLeft { source } };
    let look = async {
        guarded(POLL_LIMIT, watched.poll(request)).await.unwrap_or_else(|mishap| {
            Err(SourceError::new(SourceErrorKind::Transient, format!("the poll {}", mishap.words())))
        })
    };
    let seen = match scope {
        // Whoever took a push in looks at what it names, whoever polls.
        Scope::Named => Ok(Some(look.await)),
        _ => turns.look(&source, watched.interval(), look).await,
    };
    match seen {
        Ok(Some(result)) => Input::Polled { source, seen_at, result },
        Ok(None) => Input::PollLeft { source },
        Err(error) => {
            let error = SourceError::new(SourceErrorKind::Transient, format!("no lease from the store: {error}"));
            Input::Polled { source, seen_at, result: Err(error) }
        }
    }
}

/// A try of a delivery.
#[derive(Debug)]
pub(super) struct Try {
    pub(super) sink: SinkId,
    pub(super) claim: Box<Claim>,
    pub(super) timeout: Duration,
    /// How long the delivery is this monitor's.
    pub(super) lease: Option<Span>,
}

/// Tries a delivery once, as long as it is this monitor's: a machine that has slept since it claimed it leaves it to the
/// one that has it now, and does not tell old news after new.
#[expect(clippy::disallowed_methods, reason = "the shell measures how long a try took")]
pub(super) async fn deliver(place: Option<Arc<dyn Sink>>, clock: Arc<dyn Clock>, trying: Try) -> Input {
    let Try { sink, claim, timeout, lease } = trying;
    let (start, began) = (Instant::now(), clock.now());
    let left = lease.map_or(timeout, |lease| lease.left(began));
    let outcome = match place {
        Some(_) if left.is_zero() => Outcome::retry("its claim ended before it was tried"),
        Some(place) => try_once(guarded(timeout.min(left), place.deliver(&claim.notification)).await),
        None => Outcome::retry("the sink has been removed"),
    };
    let took = start.elapsed();
    let event = claim.notification.event.id;
    tracing::info!(
        %sink, delivery = %claim.id, %event, verdict = outcome.verdict.name(), status = outcome.status,
        millis = took.as_millis(), detail = outcome.detail, "delivery tried"
    );
    Input::Delivered { sink, delivery: claim.id, began, took, outcome }
}

/// What a sink's answer, or the lack of one, means.
pub(super) fn try_once(answer: Result<Outcome, Mishap>) -> Outcome {
    match answer {
        Ok(outcome) => outcome,
        Err(mishap @ Mishap::TimedOut) => Outcome::ambiguous(format!("the try {}", mishap.words())),
        Err(mishap @ Mishap::Panicked(_)) => Outcome::ambiguous(format!("the sink {}", mishap.words())),
    }
}

/// Writes, as long as that may take.
pub(super) async fn commit(store: Arc<dyn StateStore>, commit: Commit) -> Result<(), CommitError> {
    let written = guarded(STORE_LIMIT, store.commit(commit)).await;
    written.unwrap_or_else(|mishap| Err(CommitError::Unknown(mishap.into())))
}

/// Waits for a store, as long as it may take.
pub(super) async fn from_store<T>(answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    guarded(STORE_LIMIT, answer).await.unwrap_or_else(|mishap| Err(mishap.into()))
}

impl Mishap {
    fn words(&self) -> String {
        match self {
            Self::TimedOut => "has taken too long".to_owned(),
            Self::Panicked(why) => format!("has panicked: {why}"),
        }
    }
}

impl From<Mishap> for StoreError {
    fn from(mishap: Mishap) -> Self {
        Self::new(StoreErrorKind::Unavailable, format!("the store {}", mishap.words()))
    }
}

pub(super) fn log(notice: &Notice) {
    if notice.is_trouble() {
        tracing::warn!("{notice}");
    } else {
        tracing::info!("{notice}");
    }
}
