//! From a request to an answer, with what it says durable in between.

use statused_core::Monitor;
use statused_core::model::SourceId;
use statused_core::monitor::MonitorError;

use super::{Received, Refusal, Webhooks};

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// What it says is durable. A ping or an event of an unknown type says nothing that is kept.
    Taken(Received),
    /// It was taken in before.
    Repeated(Received),
    /// It was not taken.
    Refused(Refusal),
    /// It was genuine, but the monitor could not take it in.
    Failed(MonitorError),
}

impl Answer {
    /// The HTTP status to answer with; the body is empty.
    pub fn status(&self) -> u16 {
        match self {
            Self::Taken(_) | Self::Repeated(_) => 200,
            Self::Refused(refusal) => refusal.status(),
            Self::Failed(MonitorError::Unknown { .. }) => 404,
            Self::Failed(_) => 503,
        }
    }
}

impl Webhooks {
    /// Receives a push and hands what it says to the monitor's source of this name. When it returns [`Answer::Taken`],
    /// that is durable.
    ///
    /// # Cancellation
    ///
    /// A dropped call may or may not have taken effect; the push is not remembered as taken in.
    pub async fn accept(
        &self,
        monitor: &Monitor,
        source: impl Into<SourceId>,
        app: &str,
        signature: Option<&str>,
        body: &[u8],
    ) -> Answer {
        match self.admit() {
            Ok(()) => self.take_in(monitor, source.into(), app, signature, body).await,
            Err(refusal) => Answer::Refused(refusal),
        }
    }

    /// As [`accept`](Self::accept), of a request that was admitted.
    pub(super) async fn take_in(
        &self,
        monitor: &Monitor,
        source: SourceId,
        app: &str,
        signature: Option<&str>,
        body: &[u8],
    ) -> Answer {
        let received = match self.read(app, signature, body) {
            Ok(received) if received.repeated => return Answer::Repeated(received),
            Ok(received) => received,
            Err(refusal) => return Answer::Refused(refusal),
        };
        let sightings = received.sightings(&source, self.now());
        if !sightings.is_empty()
            && let Err(error) = monitor.ingest(source, sightings).await
        {
            return Answer::Failed(error);
        }
        self.confirm(&received);
        Answer::Taken(received)
    }
}
