//! An event as one line.

use statused_core::model::Event;

use crate::cloud_event;
use crate::facts::Facts;
use crate::text::{Limit, fit, line};

/// How long a text may be. Nobody reads more on one line.
const TEXT: Limit = Limit::Utf16(2000);

/// How an event is written as a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// For people: the time, the status, the sentence.
    #[default]
    Text,
    /// For programs: a CloudEvents 1.0 event as structured JSON.
    CloudEvents,
}

impl Format {
    /// The line, with its end.
    pub(crate) fn write(self, event: &Event) -> serde_json::Result<Vec<u8>> {
        let mut bytes = match self {
            Self::Text => text(event).into_bytes(),
            Self::CloudEvents => cloud_event::write(event)?,
        };
        bytes.push(b'\n');
        Ok(bytes)
    }
}

fn text(event: &Event) -> String {
    let facts = Facts::of(event);
    let time = event.time.format("%Y-%m-%d %H:%M:%S UTC").to_string();
    let title = fit(facts.title(), TEXT, line);
    let sentence = fit(facts.sentence(), TEXT, line);
    let reason = facts.reason().map(|reason| format!("Reason: {}", fit(reason, TEXT, line)));
    let parts = [Some(time), Some(title), Some(sentence), reason];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ")
}
