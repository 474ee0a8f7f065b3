//! Discord webhooks.
//!
//! The event's sentence is the message; below it stands an embed in the colour of the status, with what else the event
//! carries, the app's icon and a link to the store's console. Text is escaped and shortened to what Discord takes, and
//! nobody is mentioned. Discord is asked to answer when the message is saved (`wait=true`), since otherwise it does not
//! say what went wrong.
//!
//! If Discord refuses the embed, the sentence alone is sent at once, as part of the same try.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 2xx | delivered |
//! | 401, 403, 404; 400 for a forum that needs a thread (code 220001) | dead |
//! | anything else, redirects too | retry, not before `Retry-After` or the body's `retry_after` if there is one |
//!
//! A channel is sent 30 messages a minute at most, in bursts of five, unless [said otherwise](DiscordBuilder::rate).
//! Discord punishes those who go on calling a webhook that is gone, which is why that is dead at once.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use statused_core::model::{Event, Notification};
use statused_core::sink::{Rate, SinkProfile};
use statused_core::{Outcome, Sink};

use crate::error::DestinationError;
use crate::facts::Facts;
use crate::http::{Answer, Answers, Builder, Destination, Endpoint, HttpOptions, Request, wait};
use crate::text::{Limit, fit, line, markdown};

const ANSWERS: Answers = Answers::dead_on(&[401, 403, 404]);

// What Discord says is wrong with a request.
const EMPTY_MESSAGE: u64 = 50_006;
const INVALID_FORM: u64 = 50_035;
const NEEDS_A_THREAD: u64 = 220_001;

// What Discord takes, in characters. All texts of the embed together must not be longer than 6000, which is why most are
// kept shorter than they might be.
const CONTENT: Limit = Limit::Utf16(2000);
const TITLE: Limit = Limit::Utf16(256);
const DESCRIPTION: Limit = Limit::Utf16(2000);
const FIELD: Limit = Limit::Utf16(400);
const FOOTER: Limit = Limit::Utf16(200);
const URL: usize = 2000;

/// Posts events to a Discord webhook. See the [module](self) for the message and what is made of the answer.
#[derive(Debug)]
pub struct Discord {
    endpoint: Endpoint,
    thread: Option<String>,
    rate: Rate,
}

/// Describes a [`Discord`].
pub type DiscordBuilder = Builder<Discord>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    url: SecretString,
    thread: Option<String>,
    rate: Rate,
}

impl Discord {
    /// Begins to describe the webhook at `https://discord.com/api/webhooks/…`.
    pub fn builder(url: impl Into<SecretString>) -> DiscordBuilder {
        Builder::new(Parts { url: url.into(), thread: None, rate: Rate::new(5, Duration::from_secs(10)) })
    }
}

impl Builder<Discord> {
    /// Sends to a thread of the channel, by its id.
    pub fn thread_id(mut self, id: impl Into<String>) -> Self {
        self.parts.thread = Some(id.into());
        self
    }

    /// Sets how often the webhook may be called.
    pub fn rate(mut self, rate: Rate) -> Self {
        self.parts.rate = rate;
        self
    }
}

impl Destination for Discord {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        let endpoint = http.endpoint(&parts.url)?;
        let path = endpoint.address().path().trim_end_matches('/');
        if path.ends_with("/slack") || path.ends_with("/github") {
            return Err(DestinationError::WrongLink {
                address: endpoint.address().to_string(),
                what: "a Discord webhook that speaks for another service",
                instead: "leave out what follows its token (/slack or /github)",
            });
        }
        if parts.thread.as_ref().is_some_and(|id| id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(DestinationError::invalid("thread_id", "is not a number"));
        }
        Ok(Self { endpoint, thread: parts.thread, rate: parts.rate })
    }
}

fn message(event: &Event) -> Value {
    let mut message = content_only(event);
    let facts = Facts::of(event);
    let mut embed = json!({ "timestamp": event.time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true) });
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            embed[key] = value;
        }
    };
    let title = fit(facts.title(), TITLE, markdown);
    set("title", (!title.is_empty()).then(|| title.into()));
    set("url", facts.console(URL).map(Into::into));
    set("color", facts.color_number().map(Into::into));
    set("description", facts.reason().map(|reason| fit(reason, DESCRIPTION, markdown).into()));
    set("thumbnail", facts.icon(URL).map(|url| json!({ "url": url })));
    set("footer", facts.store().map(|store| json!({ "text": fit(store, FOOTER, line) })));
    let field = |(label, value)| json!({ "name": label, "value": fit(value, FIELD, markdown), "inline": true });
    let fields: Vec<Value> = facts.rows().into_iter().map(field).collect();
    set("fields", (!fields.is_empty()).then(|| fields.into()));
    message["embeds"] = json!([embed]);
    message
}

fn content_only(event: &Event) -> Value {
    json!({ "content": fit(Facts::of(event).sentence(), CONTENT, markdown), "allowed_mentions": { "parse": [] } })
}

/// The body of an answer that is not a success.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    code: u64,
    retry_after: Option<f64>,
}

fn judge(mut answer: Answer) -> Outcome {
    let refusal: Refusal = answer.json().unwrap_or_default();
    if answer.status.as_u16() == 400 && refusal.code == NEEDS_A_THREAD {
        return answer.into_dead();
    }
    answer.wait = answer.wait.or_else(|| wait::seconds(refusal.retry_after?));
    ANSWERS.judge(answer)
}

fn refuses_the_embed(answer: &Answer) -> bool {
    let refusal: Refusal = answer.json().unwrap_or_default();
    answer.status.as_u16() == 400 && matches!(refusal.code, EMPTY_MESSAGE | INVALID_FORM)
}

impl Discord {
    fn request(&self, message: &Value) -> Request {
        let request = Request::post().query("wait", "true").json(message);
        match &self.thread {
            Some(id) => request.query("thread_id", id),
            None => request,
        }
    }
}

#[async_trait]
impl Sink for Discord {
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile().with_rate(self.rate).with_concurrency(2)
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let deadline = self.endpoint.deadline();
        let event = &notification.event;
        let answer = match self.endpoint.call(self.request(&message(event)), deadline).await {
            Ok(answer) if refuses_the_embed(&answer) => {
                tracing::debug!(destination = %self.endpoint.address(), answer = answer.summary, "embed refused");
                self.endpoint.call(self.request(&content_only(event)), deadline).await
            }
            other => other,
        };
        answer.map_or_else(|outcome| outcome, judge)
    }
}
