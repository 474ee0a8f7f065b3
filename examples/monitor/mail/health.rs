//! How the mail is doing.

use secrecy::ExposeSecret as _;
use serde::Serialize;
use statused::mail::confirmation::{Confirmation, ConfirmationState};
use statused::mail::intake::IntakeHealth;

use super::Mail;

/// How the mail of a source is doing.
#[derive(Debug, Serialize)]
pub(crate) struct MailHealth {
    #[serde(flatten)]
    pub(crate) intake: IntakeHealth,
    /// Gmail's questions, without their links.
    confirmations: Vec<Question>,
}

/// A question whether Gmail may forward, and what became of it.
#[derive(Debug, Serialize)]
pub(crate) struct Question {
    id: String,
    at: chrono::DateTime<chrono::Utc>,
    requested_by: Option<String>,
    recipient: Option<String>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// For a person to open and confirm; whoever has it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

impl Mail {
    pub(crate) fn health(&self) -> MailHealth {
        let confirmations = self.questions().into_iter().map(|question| Question { link: None, ..question });
        MailHealth { intake: self.intake.health(), confirmations: confirmations.collect() }
    }

    /// Gmail's questions since the start, with the links of those that are not answered.
    pub(crate) fn questions(&self) -> Vec<Question> {
        self.intake.confirmations().into_iter().map(Question::from).collect()
    }
}

impl From<Confirmation> for Question {
    fn from(asked: Confirmation) -> Self {
        let (state, problem) = match &asked.state {
            ConfirmationState::Unexpected => ("unexpected", None),
            ConfirmationState::Opening => ("opening", None),
            ConfirmationState::Confirmed => ("confirmed", None),
            ConfirmationState::Failed(error) => ("failed", Some(error.to_string())),
            _ => ("unknown", None),
        };
        Self {
            id: asked.id,
            at: asked.at,
            requested_by: asked.requested_by,
            recipient: asked.recipient,
            state,
            problem,
            link: asked.link.map(|link| link.expose_secret().to_owned()),
        }
    }
}
