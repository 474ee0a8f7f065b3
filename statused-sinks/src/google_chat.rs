//! Google Chat incoming webhooks.
//!
//! The event's sentence is the message; below it stands a card with the status, what else the event carries, the app's icon
//! and a button that opens the store's console. Text is escaped, so that it calls nobody and hides no link, and
//! shortened to what Chat takes. (Cards have no colours.)
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 2xx | delivered |
//! | 403, 404 | dead |
//! | anything else, redirects too | retry, not before `Retry-After` if there is one |
//!
//! A space takes one message a second, of all its webhooks together.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Value, json};
use statused_core::model::{Event, Notification};
use statused_core::sink::{Rate, SinkProfile};
use statused_core::{Outcome, Sink};

use crate::error::DestinationError;
use crate::facts::Facts;
use crate::http::{Answers, Builder, Destination, Endpoint, HttpOptions, Request};
use crate::text::{Limit, fit, html, line, unlinked};

const ANSWERS: Answers = Answers::dead_on(&[403, 404]);

// A message may have 32,000 bytes as JSON. All texts at their longest, each byte taking two, make about 25,000.
const SENTENCE: Limit = Limit::Bytes(3000);
const TITLE: Limit = Limit::Bytes(200);
const VALUE: Limit = Limit::Bytes(400);
const REASON: Limit = Limit::Bytes(4000);
const URL: usize = 2000;

/// Posts events to a Google Chat space. See the [module](self) for the message and what is made of the answer.
#[derive(Debug)]
pub struct GoogleChat {
    endpoint: Endpoint,
    thread_key: Option<String>,
    request_ids: bool,
}

/// Describes a [`GoogleChat`].
pub type GoogleChatBuilder = Builder<GoogleChat>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    url: SecretString,
    thread_key: Option<String>,
    request_ids: bool,
}

impl GoogleChat {
    /// Begins to describe the webhook at `https://chat.googleapis.com/v1/spaces/…/messages?key=…&token=…`.
    pub fn builder(url: impl Into<SecretString>) -> GoogleChatBuilder {
        Builder::new(Parts { url: url.into(), thread_key: None, request_ids: false })
    }
}

impl Builder<GoogleChat> {
    /// Replies in one thread, by a key of your choice; the first message begins it.
    pub fn thread_key(mut self, key: impl Into<String>) -> Self {
        self.parts.thread_key = Some(key.into());
        self
    }

    /// Sends the event's id as `requestId`, by which Chat knows a repeat. Off if not said: Google documents it for
    /// other credentials than those of webhooks.
    pub fn request_ids(mut self, send: bool) -> Self {
        self.parts.request_ids = send;
        self
    }
}

impl Destination for GoogleChat {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        let endpoint = http.endpoint(&parts.url)?;
        Ok(Self { endpoint, thread_key: parts.thread_key, request_ids: parts.request_ids })
    }
}

fn message(event: &Event) -> Value {
    let facts = Facts::of(event);
    let row = |(label, value)| json!({ "decoratedText": { "topLabel": label, "text": fit(value, VALUE, html) } });
    let mut widgets: Vec<Value> = facts.rows().into_iter().map(row).collect();
    let paragraph = |reason| json!({ "textParagraph": { "text": fit(reason, REASON, html) } });
    widgets.extend(facts.reason().map(paragraph));
    widgets.extend(facts.console(URL).map(|url| {
        let text = fit(&facts.console_label(), TITLE, line);
        json!({ "buttonList": { "buttons": [{ "text": text, "onClick": { "openLink": { "url": url } } }] } })
    }));

    let mut message = json!({ "text": fit(facts.sentence(), SENTENCE, unlinked) });
    if !widgets.is_empty() {
        let mut card = json!({ "sections": [{ "widgets": widgets }] });
        let title = fit(facts.title(), TITLE, line);
        if !title.is_empty() {
            card["header"] = json!({ "title": title });
            if let Some(store) = facts.store() {
                card["header"]["subtitle"] = json!(fit(store, TITLE, line));
            }
            if let Some(icon) = facts.icon(URL) {
                card["header"]["imageUrl"] = json!(icon);
                card["header"]["imageAltText"] = json!(fit(facts.icon_name(), TITLE, line));
            }
        }
        message["cardsV2"] = json!([{ "cardId": event.id, "card": card }]);
    }
    message
}

#[async_trait]
impl Sink for GoogleChat {
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile().with_rate(Rate::new(1, Duration::from_secs(1))).with_concurrency(2)
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let event = &notification.event;
        let mut message = message(event);
        let mut request = Request::post();
        if let Some(key) = &self.thread_key {
            message["thread"] = json!({ "threadKey": key });
            request = request.query("messageReplyOption", "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD");
        }
        if self.request_ids {
            request = request.query("requestId", event.id.to_string());
        }
        self.endpoint.deliver(request.json(&message), &ANSWERS).await
    }
}
