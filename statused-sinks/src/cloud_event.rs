//! The body: a CloudEvents 1.0 event as structured JSON.

use chrono::SecondsFormat;
use serde::Serialize;
use statused_core::model::{Event, EventData};

/// The envelope, in the order of the reference.
#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    r#type: &'static str,
    source: &'static str,
    id: String,
    time: String,
    datacontenttype: &'static str,
    data: &'a EventData,
}

/// The body that says `event`: the same bytes however often it is sent.
pub(crate) fn write(event: &Event) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&envelope(event))
}

/// The event in its envelope.
pub(crate) fn envelope(event: &Event) -> impl Serialize + '_ {
    CloudEvent {
        specversion: "1.0",
        r#type: event.kind.type_name(),
        source: "statused",
        id: event.id.to_string(),
        time: event.time.to_rfc3339_opts(SecondsFormat::Secs, true),
        datacontenttype: "application/json",
        data: &event.data,
    }
}
