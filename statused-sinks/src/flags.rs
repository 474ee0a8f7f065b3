//! What the sinks that switch a feature flag share.

use statused_core::Outcome;
use statused_core::model::{Event, EventKind};

use crate::error::DestinationError;
use crate::http::{Answer, Builder, Destination, Endpoint, Request};
use crate::statuses::Statuses;

/// A sink that switches a flag on or off.
pub trait SwitchesFlag: Destination {
    #[doc(hidden)]
    fn switch(parts: &mut Self::Parts) -> &mut Switch;
}

/// Which statuses switch the flag.
#[doc(hidden)]
#[derive(Clone, Debug, Default)]
pub struct Switch {
    on: Statuses,
    off: Statuses,
}

impl<D: SwitchesFlag> Builder<D> {
    /// Sets the statuses that switch the flag on, by label (`Ready for Sale`) or code (`READY_FOR_SALE`).
    pub fn on<S: Into<String>>(mut self, statuses: impl IntoIterator<Item = S>) -> Self {
        D::switch(&mut self.parts).on.add(statuses);
        self
    }

    /// Sets the statuses that switch the flag off, by label (`In Review`) or code (`IN_REVIEW`).
    pub fn off<S: Into<String>>(mut self, statuses: impl IntoIterator<Item = S>) -> Self {
        D::switch(&mut self.parts).off.add(statuses);
        self
    }
}

impl Switch {
    pub(crate) fn checked(self) -> Result<Self, DestinationError> {
        if self.on.is_empty() && self.off.is_empty() {
            return Err(DestinationError::invalid("the lists of statuses", "are empty: nothing would switch the flag"));
        }
        self.on.check(&self.off)?;
        Ok(self)
    }

    fn task(&self, event: &Event) -> Task {
        match event.kind {
            EventKind::Welcome | EventKind::Explained => Task::Nothing,
            EventKind::Test => Task::Look,
            _ if self.on.have(event) => Task::Set(true),
            _ if self.off.have(event) => Task::Set(false),
            _ => Task::Nothing,
        }
    }
}

/// What an event is a reason for.
enum Task {
    Set(bool),
    Look,
    Nothing,
}

/// A flag at a service: how it is read, written and judged.
pub(crate) trait Flag: Sync {
    fn endpoint(&self) -> &Endpoint;

    /// The request that shows the flag and changes nothing.
    fn look(&self) -> Request;

    /// Whether the flag is on, by the answer to [`look`](Self::look).
    fn is_on(&self, answer: &Answer) -> Option<bool>;

    /// The request that switches it.
    fn set(&self, on: bool, event: &Event) -> Request;

    fn judge(&self, answer: Answer) -> Outcome;
}

/// Looks at the flag and switches it if it is not as it should be.
pub(crate) async fn follow(flag: &impl Flag, switch: &Switch, event: &Event) -> Outcome {
    let wanted = match switch.task(event) {
        Task::Set(on) => Some(on),
        Task::Look => None,
        Task::Nothing => return Outcome::delivered().with_detail("the status is in neither list; nothing was sent"),
    };
    let deadline = flag.endpoint().deadline();
    let answer = match flag.endpoint().call(flag.look(), deadline).await {
        Ok(answer) if answer.status.is_success() => answer,
        Ok(answer) => return flag.judge(answer),
        // The look has changed nothing, so that there is no doubt.
        Err(outcome) => return Outcome::retry(outcome.detail),
    };
    let Some(is) = flag.is_on(&answer) else { return answer.into_retry() };
    let state = if is { "on" } else { "off" };
    match wanted {
        None => answer.into_delivered().with_detail(format!("the flag is {state}; a test changes nothing")),
        Some(on) if on == is => answer.into_delivered().with_detail(format!("the flag was {state} already")),
        Some(on) => match flag.endpoint().call(flag.set(on, event), deadline).await {
            Ok(answer) => flag.judge(answer),
            Err(outcome) => outcome,
        },
    }
}
