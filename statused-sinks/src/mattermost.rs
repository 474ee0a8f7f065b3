//! Mattermost incoming webhooks.
//!
//! The event's sentence is the message; below it stands an attachment in the colour of the status, with what else the event
//! carries, the app's icon and a link to the store's console. Text is escaped, so that it neither formats nor calls
//! anybody, and shortened to what Mattermost takes.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 2xx with the body `ok` | delivered |
//! | 400, 403, 404 | dead |
//! | anything else, redirects and other bodies with 200 too | retry, not before `Retry-After` if there is one |
//! | 2xx whose body breaks off | ambiguous |

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Value, json};
use statused_core::model::{Event, Notification};
use statused_core::sink::SinkProfile;
use statused_core::{Outcome, Sink};

use crate::error::DestinationError;
use crate::facts::Facts;
use crate::http::{Answer, Answers, Builder, Destination, Endpoint, HttpOptions, Request};
use crate::text::{Limit, fit, line, markdown};

const ANSWERS: Answers = Answers::dead_on(&[400, 403, 404]);

// A message may have 16,383 characters. All texts at their longest make less, the sentence twice.
const SENTENCE: Limit = Limit::Utf16(3000);
const TITLE: Limit = Limit::Utf16(256);
const VALUE: Limit = Limit::Utf16(400);
const REASON: Limit = Limit::Utf16(4000);
const URL: usize = 2000;

/// Posts events to a Mattermost incoming webhook. See the [module](self) for the message and what is made of the answer.
#[derive(Debug)]
pub struct Mattermost {
    endpoint: Endpoint,
}

/// Describes a [`Mattermost`].
pub type MattermostBuilder = Builder<Mattermost>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    url: SecretString,
}

impl Mattermost {
    /// Begins to describe the webhook at `https://…/hooks/…` of a Mattermost server.
    pub fn builder(url: impl Into<SecretString>) -> MattermostBuilder {
        Builder::new(Parts { url: url.into() })
    }
}

impl Destination for Mattermost {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        Ok(Self { endpoint: http.endpoint(&parts.url)? })
    }
}

fn message(event: &Event) -> Value {
    let facts = Facts::of(event);
    let sentence = fit(facts.sentence(), SENTENCE, markdown);
    let field = |(label, value)| json!({ "short": true, "title": label, "value": fit(value, VALUE, markdown) });
    let mut attachment = json!({
        "fallback": sentence,
        "title": fit(facts.title(), TITLE, markdown),
        "fields": facts.rows().into_iter().map(field).collect::<Vec<_>>(),
    });
    let mut set = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            attachment[key] = json!(value);
        }
    };
    set("color", facts.color().map(ToOwned::to_owned));
    set("title_link", facts.console(URL));
    set("text", facts.reason().map(|reason| fit(reason, REASON, markdown)));
    set("thumb_url", facts.icon(URL));
    set("footer", facts.store().map(|store| fit(store, TITLE, line)));
    json!({ "text": sentence, "attachments": [attachment] })
}

fn judge(answer: Answer) -> Outcome {
    match (answer.status.is_success(), answer.body.trim()) {
        (true, "ok") => answer.into_delivered(),
        (true, _) if answer.complete => answer.into_retry(),
        (true, _) => answer.into_ambiguous(),
        (false, _) => ANSWERS.judge(answer),
    }
}

#[async_trait]
impl Sink for Mattermost {
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile().with_concurrency(4)
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let request = Request::post().json(&message(&notification.event));
        self.endpoint.call(request, self.endpoint.deadline()).await.map_or_else(|outcome| outcome, judge)
    }
}
