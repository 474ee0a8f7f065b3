//! The receiver's side: what was sent.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use statused_core::model::{EventData, EventKind};

/// Why a body is no event.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// It is not the JSON of an event.
    #[error("the body is not the JSON of an event")]
    Json(#[from] serde_json::Error),
    /// It is an event of another version of CloudEvents than 1.0.
    #[error("the event is of another version of CloudEvents than 1.0")]
    SpecVersion,
}

/// A received event. Look at it only after [`Verifier::verify`](super::Verifier::verify).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// The event's id: an event that is sent again has the same.
    pub id: String,
    /// The CloudEvents `type`.
    pub event_type: String,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// What it carries.
    pub data: EventData,
}

impl Received {
    /// Reads a body.
    ///
    /// # Errors
    ///
    /// The body is no event. Fields that this version does not know are no error.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        let envelope: Envelope = serde_json::from_slice(body)?;
        if envelope.specversion != "1.0" {
            return Err(ParseError::SpecVersion);
        }
        Ok(Self { id: envelope.id, event_type: envelope.r#type, time: envelope.time, data: envelope.data })
    }

    /// What the event is about; `None` for a type that this version does not know.
    pub fn kind(&self) -> Option<EventKind> {
        EventKind::from_type_name(&self.event_type)
    }
}

#[derive(Deserialize)]
struct Envelope {
    specversion: String,
    id: String,
    r#type: String,
    time: DateTime<Utc>,
    data: EventData,
}
