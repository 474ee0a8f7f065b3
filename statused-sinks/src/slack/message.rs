//! The message that says an event.

use serde_json::{Value, json};
use statused_core::model::Event;

use crate::facts::Facts;
use crate::text::{Limit, fit, plain, slack};

// What Slack takes, in characters. Beyond these, the sum over all blocks has to stay below about 13,200, which is why
// fields and links are kept shorter than they might be.
const HEADER: usize = 150;
const SECTION: usize = 3000;
const FIELD: usize = 800;
const LINK: usize = 1500;
const IMAGE_URL: usize = 3000;
const NAME: usize = 200;

/// The message in full. `mention` stands before the sentence, as it is.
pub(super) fn with_blocks(event: &Event, mention: &str) -> Value {
    let mut message = text_only(event, mention);
    let facts = Facts::of(event);
    let blocks: Vec<Value> =
        [header(facts), fields(facts), reason(facts), context(facts)].into_iter().flatten().collect();
    if !blocks.is_empty() {
        let mut attachment = json!({ "fallback": message["text"], "blocks": blocks });
        if let Some(color) = facts.color() {
            attachment["color"] = json!(color);
        }
        message["attachments"] = json!([attachment]);
    }
    message
}

/// The message without blocks, for when Slack refuses them.
pub(super) fn text_only(event: &Event, mention: &str) -> Value {
    let sentence = fit(Facts::of(event).sentence(), Limit::Utf16(SECTION.saturating_sub(mention.len())), slack);
    json!({ "text": format!("{mention}{sentence}"), "unfurl_links": false, "unfurl_media": false })
}

fn header(facts: Facts<'_>) -> Option<Value> {
    let text = fit(facts.title(), Limit::Utf16(HEADER), plain);
    (!text.is_empty())
        .then(|| json!({ "type": "header", "text": { "type": "plain_text", "text": text, "emoji": true } }))
}

fn fields(facts: Facts<'_>) -> Option<Value> {
    let fields: Vec<Value> = facts.rows().into_iter().map(|(label, value)| labelled(label, value, FIELD)).collect();
    (!fields.is_empty()).then(|| json!({ "type": "section", "fields": fields }))
}

fn reason(facts: Facts<'_>) -> Option<Value> {
    let text = labelled("Reason", facts.reason()?, SECTION);
    Some(json!({ "type": "section", "text": text }))
}

fn context(facts: Facts<'_>) -> Option<Value> {
    let icon = facts.icon(IMAGE_URL).map(|url| {
        let alt_text = fit(facts.icon_name(), Limit::Utf16(NAME), plain);
        json!({ "type": "image", "image_url": url, "alt_text": alt_text })
    });
    let store = facts.store().map(|store| fit(store, Limit::Utf16(NAME), slack));
    let words: Vec<String> = [store, link(facts)].into_iter().flatten().collect();
    let words = (!words.is_empty()).then(|| json!({ "type": "mrkdwn", "text": words.join(" · ") }));

    let elements: Vec<Value> = [icon, words].into_iter().flatten().collect();
    (!elements.is_empty()).then(|| json!({ "type": "context", "elements": elements }))
}

/// A link to the store's console.
fn link(facts: Facts<'_>) -> Option<String> {
    let url = facts.console(LINK)?.replace('&', "&amp;").replace('|', "%7C");
    let label = fit(&facts.console_label(), Limit::Utf16(NAME), slack);
    (url.len() <= LINK).then(|| format!("<{url}|{label}>"))
}

/// A bold label with its value below.
fn labelled(label: &str, value: &str, limit: usize) -> Value {
    let head = format!("*{label}*\n");
    let value = fit(value, Limit::Utf16(limit - head.len()), slack);
    json!({ "type": "mrkdwn", "text": format!("{head}{value}") })
}
