//! The message that says an event.

use serde_json::{Value, json};
use statused_core::model::{Event, EventData, EventKind};

use super::text::{escaped, link, plain, web_address};

// What Slack takes, in characters. Beyond these, the sum over all blocks has to stay below about 13,200, which is why
// fields and links are kept shorter than they might be.
const HEADER: usize = 150;
const SECTION: usize = 3000;
const FIELD: usize = 800;
const LINK: usize = 1500;
const IMAGE_URL: usize = 3000;
const NAME: usize = 200;

/// The message in full.
pub(super) fn with_blocks(event: &Event) -> Value {
    let mut message = text_only(event);
    let data = &event.data;
    let blocks: Vec<Value> =
        [header(event), fields(event), reason(data), context(data)].into_iter().flatten().collect();
    if !blocks.is_empty() {
        let mut attachment = json!({ "fallback": message["text"], "blocks": blocks });
        if is_color(&data.status_color) {
            attachment["color"] = json!(data.status_color);
        }
        message["attachments"] = json!([attachment]);
    }
    message
}

/// The message without blocks, for when Slack refuses them.
pub(super) fn text_only(event: &Event) -> Value {
    let data = &event.data;
    // Slack refuses a message without text.
    let text = [&data.message, &data.status, &data.store_name].into_iter().find(|text| !is_blank(text));
    json!({
        "text": escaped(text.map_or("Statused", String::as_str), SECTION),
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

fn header(event: &Event) -> Option<Value> {
    let title = match event.kind {
        EventKind::Welcome => "Welcome",
        EventKind::Test => "Test notification",
        _ => &event.data.status,
    };
    let text = plain(title, HEADER);
    (!text.is_empty())
        .then(|| json!({ "type": "header", "text": { "type": "plain_text", "text": text, "emoji": true } }))
}

fn fields(event: &Event) -> Option<Value> {
    let data = &event.data;
    // Elsewhere the status is the header.
    let status = matches!(event.kind, EventKind::Welcome | EventKind::Test).then_some(data.status.as_str());
    let fields: Vec<Value> = [
        ("App", data.app_name.as_deref()),
        ("Version", data.version.as_deref()),
        ("Build", data.build_number.as_deref()),
        ("Platform", data.platform.as_deref().map(platform_name)),
        ("Track", data.track.as_deref()),
        ("Rollout", data.user_distribution.as_deref()),
        ("Status", status),
        ("Before", data.previous_status.as_deref()),
    ]
    .into_iter()
    .filter_map(|(label, value)| labelled(label, value?, FIELD))
    .collect();
    (!fields.is_empty()).then(|| json!({ "type": "section", "fields": fields }))
}

fn reason(data: &EventData) -> Option<Value> {
    let text = labelled("Reason", data.reason.as_deref()?, SECTION)?;
    Some(json!({ "type": "section", "text": text }))
}

fn context(data: &EventData) -> Option<Value> {
    let icon = data.app_icon_url.as_deref().and_then(|url| web_address(url, IMAGE_URL)).map(|url| {
        let name = plain(data.app_name.as_deref().unwrap_or_default(), NAME);
        let alt_text = if name.is_empty() { "App icon" } else { &name };
        json!({ "type": "image", "image_url": url, "alt_text": alt_text })
    });
    let store = escaped(&data.store_name, NAME);
    let open = if store.is_empty() { "Open the store's console".to_owned() } else { format!("Open {store}") };
    let link = data.internal_store_url.as_deref().and_then(|url| link(url, &open, LINK));
    let words: Vec<String> = [Some(store), link].into_iter().flatten().filter(|word| !word.is_empty()).collect();
    let words = (!words.is_empty()).then(|| json!({ "type": "mrkdwn", "text": words.join(" · ") }));

    let elements: Vec<Value> = [icon, words].into_iter().flatten().collect();
    (!elements.is_empty()).then(|| json!({ "type": "context", "elements": elements }))
}

/// A bold label with its value below.
fn labelled(label: &str, value: &str, limit: usize) -> Option<Value> {
    let head = format!("*{label}*\n");
    let value = escaped(value, limit - head.len());
    (!value.is_empty()).then(|| json!({ "type": "mrkdwn", "text": format!("{head}{value}") }))
}

/// As people write the store's code.
fn platform_name(code: &str) -> &str {
    match code {
        "IOS" => "iOS",
        "MAC_OS" => "macOS",
        "TV_OS" => "tvOS",
        "VISION_OS" => "visionOS",
        other => other,
    }
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}
