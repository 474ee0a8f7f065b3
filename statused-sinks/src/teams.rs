//! Microsoft Teams, through a workflow (Power Automate).
//!
//! The workflow is the one of the template "Post to a channel when a webhook request is received". It is sent an adaptive
//! card: the status in its tone, the event's sentence, what else the event carries, the app's icon, and a button that opens
//! the store's console. Text stands where Teams reads no markup, and the card stays well below the size at which Teams drops
//! it without a word.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 202 | accepted: the workflow has begun, and only its own history says whether the card was posted |
//! | other 2xx | delivered |
//! | 401, 403, 404, or what [was said instead](TeamsBuilder::dead_on) | dead |
//! | anything else, redirects too | retry, not before `Retry-After` if there is one |
//!
//! The old connectors (`….webhook.office.com`) are being switched off and report failures as successes; their addresses are
//! refused.

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Value, json};
use statused_core::model::{Event, Notification, Tone};
use statused_core::sink::SinkProfile;
use statused_core::{Outcome, Sink};

use crate::error::DestinationError;
use crate::facts::Facts;
use crate::http::{Answers, Builder, Destination, Endpoint, HttpOptions, Request};
use crate::text::{Limit, fit, line};

const ANSWERS: Answers = Answers::dead_on(&[]).accepted_on(&[202]);

// Teams takes 28,672 bytes as it counts them, which is more than are sent. All texts at their longest, each byte taking
// two, make about 18,000.
const TITLE: Limit = Limit::Bytes(200);
const SENTENCE: Limit = Limit::Bytes(1500);
const VALUE: Limit = Limit::Bytes(200);
const REASON: Limit = Limit::Bytes(3000);
const URL: usize = 2000;

/// Posts events to Teams. See the [module](self) for the card and what is made of the answer.
#[derive(Debug)]
pub struct Teams {
    endpoint: Endpoint,
    dead: Vec<u16>,
}

/// Describes a [`Teams`].
pub type TeamsBuilder = Builder<Teams>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    url: SecretString,
    dead: Vec<u16>,
}

impl Teams {
    /// Begins to describe the workflow at the address that Teams shows for it. It is sent to as it is.
    pub fn builder(url: impl Into<SecretString>) -> TeamsBuilder {
        Builder::new(Parts { url: url.into(), dead: vec![401, 403, 404] })
    }
}

impl Builder<Teams> {
    /// Sets which statuses say that the workflow is gone; 401, 403 and 404 if not said.
    pub fn dead_on(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.parts.dead = statuses.into_iter().collect();
        self
    }
}

impl Destination for Teams {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        let endpoint = http.endpoint(&parts.url)?;
        let host = endpoint.address().host();
        if host.ends_with(".webhook.office.com") || matches!(host, "outlook.office.com" | "outlook.office365.com") {
            return Err(DestinationError::WrongLink {
                address: endpoint.address().to_string(),
                what: "an Office 365 connector, which Microsoft is switching off",
                instead: "create a workflow from \"Post to a channel when a webhook request is received\" in Teams",
            });
        }
        Ok(Self { endpoint, dead: parts.dead })
    }
}

fn message(event: &Event) -> Value {
    let facts = Facts::of(event);
    let sentence = fit(facts.sentence(), SENTENCE, line);
    let title = Some(fit(facts.title(), TITLE, line)).filter(|title| !title.is_empty());
    let mut words: Vec<Value> = Vec::new();
    words.extend(title.map(|text| rich(&[json!({ "text": text, "weight": "Bolder", "size": "Large" })])));
    words.push(rich(&[json!({ "text": sentence })]));
    let icon = facts.icon(URL).map(|url| {
        let image =
            json!({ "type": "Image", "url": url, "altText": fit(facts.icon_name(), TITLE, line), "size": "Small" });
        json!({ "type": "Column", "width": "auto", "items": [image] })
    });
    let words = json!({ "type": "Column", "width": "stretch", "items": words });
    let columns: Vec<Value> = icon.into_iter().chain([words]).collect();
    let head = json!({ "type": "ColumnSet", "columns": columns });
    let mut body = vec![json!({ "type": "Container", "style": style(facts.tone()), "bleed": true, "items": [head] })];
    let rows = facts.rows().into_iter().map(|(label, value)| (label, fit(value, VALUE, line)));
    let reason = facts.reason().map(|reason| ("Reason", fit(reason, REASON, line)));
    for (label, value) in rows.chain(reason) {
        let label = json!({ "text": format!("{label}: "), "weight": "Bolder" });
        body.push(rich(&[label, json!({ "text": value })]));
    }

    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": sentence,
        "body": body,
        "msteams": { "width": "full" },
    });
    if let Some(url) = facts.console(URL) {
        let title = fit(&facts.console_label(), TITLE, line);
        card["actions"] = json!([{ "type": "Action.OpenUrl", "title": title, "url": url }]);
    }
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card,
        }],
    })
}

/// A line of text. Unlike a `TextBlock`, it reads no Markdown.
fn rich(runs: &[Value]) -> Value {
    let runs: Vec<Value> = runs.iter().cloned().map(text_run).collect();
    json!({ "type": "RichTextBlock", "inlines": runs })
}

fn text_run(mut run: Value) -> Value {
    run["type"] = json!("TextRun");
    run
}

/// Cards have names for colours.
fn style(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "accent",
        Tone::Approved => "good",
        Tone::Warning => "warning",
        Tone::Action | Tone::Bad => "attention",
        _ => "emphasis",
    }
}

#[async_trait]
impl Sink for Teams {
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile().with_concurrency(4)
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let request = Request::post().json(&message(&notification.event));
        match self.endpoint.call(request, self.endpoint.deadline()).await {
            Ok(answer) if self.dead.contains(&answer.status.as_u16()) => answer.into_dead(),
            Ok(answer) => ANSWERS.judge(answer),
            Err(outcome) => outcome,
        }
    }
}
