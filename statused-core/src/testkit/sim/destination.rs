//! What is at the other end of a sink.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::model::Notification;
use crate::sink::{Outcome, Sink, SinkProfile};

/// The place that a simulated sink delivers to. It answers as badly as the seed has drawn, and remembers what arrived.
#[derive(Clone, Debug, Default)]
pub struct Destination(Arc<Mutex<Door>>);

#[derive(Debug, Default)]
struct Door {
    answer: Answer,
    /// Whether what comes is taken in, whatever is answered.
    open: bool,
    arrived: Vec<Notification>,
}

/// What a destination answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// It has it.
    #[default]
    Taken,
    /// It does not take it, and did not.
    Refused,
    /// No answer: it may have it.
    Silent,
    /// It wants to be left alone for so long.
    Wait(Duration),
    /// It is there no more.
    Gone,
}

impl Destination {
    /// Hands a notification over, and waits for nothing.
    pub fn take(&self, notification: &Notification) -> Answer {
        let mut door = self.door();
        if door.open {
            door.arrived.push(notification.clone());
        }
        door.answer
    }

    /// Sets how the next notification is answered, and whether it arrives.
    pub(super) fn prepare(&self, answer: Answer, open: bool) {
        *self.door() = Door { answer, open, arrived: Vec::new() };
    }

    /// What has arrived since.
    pub(super) fn arrived(&self) -> Vec<Notification> {
        std::mem::take(&mut self.door().arrived)
    }

    fn door(&self) -> MutexGuard<'_, Door> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<Answer> for Outcome {
    /// What a sink that is right makes of an answer.
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Taken => Self::delivered(),
            Answer::Refused => Self::retry("refused"),
            Answer::Silent => Self::ambiguous("no answer"),
            Answer::Wait(wait) => Self::retry_after(wait, "busy"),
            Answer::Gone => Self::dead("gone"),
        }
    }
}

/// A sink that is right.
#[derive(Debug)]
pub(super) struct Forwarder(Destination);

impl Forwarder {
    pub(super) fn make(destination: Destination) -> Arc<dyn Sink> {
        Arc::new(Self(destination))
    }
}

#[async_trait]
impl Sink for Forwarder {
    fn profile(&self) -> SinkProfile {
        SinkProfile::default()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        self.0.take(notification).into()
    }
}
