//! Events that carry too much, too little, or something nasty.

use serde_json::{Value, json};
use statused_core::model::Notification;

use super::Case;
use crate::support::{app, app_data, notification};

/// Text that pings, links and breaks out, wherever it is shown as it stands.
const NASTY: &str = "@everyone @here <!channel> <@U1> <users/all> [x](https://e.vil) <b>\"'&\\`*_~|${X} 🚀\r\nBcc: a@e.vil\u{0}\u{202e}";

/// Every field of an event that holds text.
const TEXTS: [&str; 11] = [
    "message",
    "version",
    "status",
    "track",
    "user_distribution",
    "store_name",
    "app_name",
    "previous_status",
    "platform",
    "build_number",
    "reason",
];

/// An event whose every text is nasty, `times` over.
pub(crate) fn hostile(kind: &str, times: usize) -> Notification {
    let mut data = app_data();
    for key in TEXTS {
        data[key] = json!(NASTY.repeat(times));
    }
    data["internal_store_url"] = json!(format!("https://example.com/{}", "|<!here>&".repeat(100)));
    data["app_icon_url"] = json!("javascript:alert(1)");
    of(kind, &data)
}

fn of(kind: &str, data: &Value) -> Notification {
    notification(kind, "6af15d63-dc69-4088-8adf-cdbb7d204eb4", "2025-01-12T22:12:03Z", data)
}

/// An app event of the reference with other fields.
pub(crate) fn fields_of(kind: &str, changes: &Value) -> Notification {
    let mut data = app_data();
    let changes = changes.as_object().unwrap();
    changes.iter().for_each(|(key, value)| data[key] = value.clone());
    of(kind, &data)
}

/// It is delivered: shortened and escaped if need be, never refused.
pub(super) async fn whatever_an_event_carries_fits(case: &Case<'_>) {
    let bare = json!({ "message": "", "store_name": " ", "status_color": "red", "timestamp": "" });
    let blank: Value =
        TEXTS.iter().map(|key| ((*key).to_owned(), json!(" \n"))).collect::<serde_json::Map<_, _>>().into();
    let server = case.service().await;
    let sink = case.at(&server.uri());
    let mut events = vec![app()];
    for kind in ["app", "build", "test_flight", "account", "explained", "policy", "welcome", "test"] {
        events.extend([of(kind, &bare), fields_of(kind, &blank), hostile(kind, 1), hostile(kind, 200)]);
    }
    let mut silent = 0;
    for event in &events {
        let outcome = sink.deliver(event).await;
        assert!(outcome.is_success(), "{outcome:?}");
        silent += usize::from(outcome.detail.ends_with("nothing was sent"));
    }
    let requests = server.received_requests().await.unwrap();
    assert!(!requests.is_empty() && requests.len() >= events.len() - silent, "{} requests", requests.len());
    requests.iter().for_each(case.fits);
}
