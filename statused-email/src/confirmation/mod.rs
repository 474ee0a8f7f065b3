//! Gmail asks before it forwards: its question is answered, if it was expected.
//!
//! Whoever sets up forwarding in Gmail makes Google write to the address that shall get the mail. The mail has a link;
//! looking at it confirms nothing, pressing the button on its page does. An intake does that by itself while the
//! application has said that it [expects](crate::intake::Intake::expect_forwarding) it; otherwise anybody could turn
//! their mail onto it. What came, and what became of it, is in [`Intake::confirmations`] and told to
//! [`Intake::watch_confirmations`].
//!
//! Only addresses of Gmail's confirmation are opened, redirects included. The link that would cancel the forwarding is
//! never touched.
//!
//! [`Intake::confirmations`]: crate::intake::Intake::confirmations
//! [`Intake::watch_confirmations`]: crate::intake::Intake::watch_confirmations

mod ask;
mod link;
mod log;
mod page;

use std::fmt;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

pub(crate) use ask::confirm;
pub(crate) use log::Log;

/// A question whether Gmail may forward mail here, and what became of it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Confirmation {
    /// The mail's `Message-ID`.
    pub id: String,
    /// When the mail was written.
    pub at: DateTime<Utc>,
    /// Whose mail shall be forwarded, as the mail says.
    pub requested_by: Option<String>,
    /// Where to, as the mail says.
    pub recipient: Option<String>,
    /// What became of it.
    pub state: ConfirmationState,
    /// The link, for a person to open and confirm; none once it is confirmed. Whoever has it can confirm: show it only to
    /// whom it may concern, and never log it.
    pub link: Option<SecretString>,
}

impl fmt::Debug for Confirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirmation")
            .field("id", &self.id)
            .field("at", &self.at)
            .field("requested_by", &self.requested_by)
            .field("recipient", &self.recipient)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfirmationState {
    /// Nobody expected it. Nothing was opened; [`Intake::confirm`](crate::intake::Intake::confirm) does, if a person
    /// says so.
    Unexpected,
    /// It is being confirmed.
    Opening,
    /// Google has confirmed that it forwards.
    Confirmed,
    /// It did not come to that.
    Failed(ConfirmError),
}

/// Why a question could not be answered. It never names the link.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfirmError {
    /// The link, or where it leads, is not one of Gmail's confirmation.
    #[error("the link does not lead to Gmail's confirmation, so it was not opened")]
    NotGmails,
    /// There was nothing to confirm on its page: it was used before, or is too old.
    #[error("Google asks nothing there any more: the link was used before, or is too old; ask for another in Gmail")]
    Used,
    /// The button was pressed, and the page still asks.
    #[error("Google still asks after it was confirmed: open the link by hand")]
    StillAsks,
    /// Google did not answer.
    #[error("Google could not be asked: {0}")]
    Unreachable(String),
    /// Google answered something else.
    #[error("Google answered with HTTP {0}")]
    Status(u16),
    /// Redirects without an end.
    #[error("Google leads in circles")]
    Circles,
    /// The intake has nothing to open links with.
    #[error("this intake opens no links: confirm by hand")]
    NoWeb,
}

impl ConfirmError {
    /// Whether it is worth another try.
    fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Status(500..600 | 429))
    }
}

/// There is no such question, or no link left to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no question of that id that waits for an answer")]
pub struct NoSuchConfirmation;
