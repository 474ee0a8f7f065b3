//! Telegram, by a bot.
//!
//! The message says the status, with a circle in its colour, the event's sentence, what else the event carries, and a link
//! to the store's console. Text is escaped and shortened to what Telegram takes; an `@` calls nobody.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 2xx that says `"ok": true` | delivered |
//! | 400 that says where the chat has moved | sent there at once, as part of the same try, and from then on |
//! | 401, 403, 404; 400 that says that the chat is not found | dead |
//! | anything else, redirects too | retry, not before the body's `retry_after` or `Retry-After` if there is one |
//! | 2xx whose body breaks off | ambiguous |
//!
//! A chat is sent 20 messages a minute at most, as Telegram wants it for groups.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use statused_core::model::{Event, Notification, Tone};
use statused_core::sink::{Rate, SinkProfile};
use statused_core::{Outcome, Sink};

use crate::error::DestinationError;
use crate::facts::Facts;
use crate::http::{Answer, Answers, Builder, Destination, Endpoint, FixedHost, HttpOptions, Request, wait};
use crate::text::{Limit, fit, html};

const ANSWERS: Answers = Answers::dead_on(&[401, 403, 404]);

// A message may have 4096 characters. All texts at their longest make less.
const TITLE: Limit = Limit::Utf16(200);
const SENTENCE: Limit = Limit::Utf16(1000);
const VALUE: Limit = Limit::Utf16(150);
const REASON: Limit = Limit::Utf16(1000);
const URL: usize = 2000;

/// Sends events to a Telegram chat. See the [module](self) for the message and what is made of the answer.
#[derive(Debug)]
pub struct Telegram {
    endpoint: Endpoint,
    chat: Value,
    /// Where the chat has moved to, once Telegram has said so; 0 before.
    moved_to: AtomicI64,
    topic: Option<i64>,
}

/// Describes a [`Telegram`].
pub type TelegramBuilder = Builder<Telegram>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    token: SecretString,
    chat: String,
    topic: Option<i64>,
}

impl Telegram {
    /// Begins to describe the bot, by its token, and the chat: its number (`-100…` for a group) or a channel's `@name`.
    pub fn builder(token: impl Into<SecretString>, chat_id: impl Into<String>) -> TelegramBuilder {
        Builder::new(Parts { token: token.into(), chat: chat_id.into(), topic: None })
    }
}

impl Builder<Telegram> {
    /// Sends to a topic of a forum, by the number of its first message.
    pub fn topic(mut self, message_thread_id: i64) -> Self {
        self.parts.topic = Some(message_thread_id);
        self
    }
}

impl FixedHost for Telegram {
    const BASE_URL: &'static str = "https://api.telegram.org";
}

impl Destination for Telegram {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        let is_secret = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let token = parts.token.expose_secret().trim();
        match token.split_once(':') {
            Some((id, secret)) if id.parse::<u64>().is_ok() && secret.chars().all(is_secret) => {}
            _ => return Err(DestinationError::invalid("the token", "is not one of a Telegram bot (123456:ABC…)")),
        }
        let chat = match (parts.chat.trim().parse::<i64>(), parts.chat.trim()) {
            (Ok(number), _) => json!(number),
            (Err(_), name) if name.len() > 1 && name.starts_with('@') => json!(name),
            _ => return Err(DestinationError::invalid("chat_id", "is neither a number nor a channel's @name")),
        };
        let endpoint = http.endpoint_at(Self::BASE_URL, &[&format!("bot{token}"), "sendMessage"])?;
        let endpoint = endpoint.keeping(&token.into());
        Ok(Self { endpoint, chat, moved_to: AtomicI64::new(0), topic: parts.topic })
    }
}

/// As HTML, and an `@` that mentions nobody.
fn safe(c: char, to: &mut String) {
    html(c, to);
    if c == '@' {
        to.push('\u{200b}');
    }
}

fn text(event: &Event) -> String {
    let facts = Facts::of(event);
    let mut text = format!("{} ", circle(facts.tone()));
    let title = fit(facts.title(), TITLE, safe);
    if !title.is_empty() {
        text.push_str(&format!("<b>{title}</b>\n"));
    }
    text.push_str(&fit(facts.sentence(), SENTENCE, safe));
    text.push('\n');
    for (label, value) in facts.rows() {
        text.push_str(&format!("\n<b>{label}</b>: {}", fit(value, VALUE, safe)));
    }
    if let Some(reason) = facts.reason() {
        text.push_str(&format!("\n<blockquote>{}</blockquote>", fit(reason, REASON, safe)));
    }
    if let Some(url) = facts.console(URL) {
        let url = fit(&url, Limit::Utf16(usize::MAX), html);
        text.push_str(&format!("\n\n<a href=\"{url}\">{}</a>", fit(&facts.console_label(), TITLE, safe)));
    }
    text
}

/// Messages have no colours, but signs have.
fn circle(tone: Tone) -> char {
    match tone {
        Tone::Good => '🔵',
        Tone::Approved => '🟢',
        Tone::Warning => '🟡',
        Tone::Action => '🟠',
        Tone::Bad => '🔴',
        _ => '⚪',
    }
}

#[derive(Default, Deserialize)]
struct Reply {
    #[serde(default)]
    ok: bool,
    #[serde(default)]
    description: String,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Default, Deserialize)]
struct Parameters {
    migrate_to_chat_id: Option<i64>,
    retry_after: Option<f64>,
}

fn judge(mut answer: Answer) -> Outcome {
    let reply: Reply = answer.json().unwrap_or_default();
    answer.wait = reply.parameters.retry_after.and_then(wait::seconds).or(answer.wait);
    match (answer.status.is_success(), reply.ok) {
        (true, true) => answer.into_delivered(),
        (true, false) if answer.complete => answer.into_retry(),
        (true, false) => answer.into_ambiguous(),
        (false, _) if answer.status.as_u16() == 400 && reply.description.contains("chat not found") => {
            answer.into_dead()
        }
        (false, _) => ANSWERS.judge(answer),
    }
}

impl Telegram {
    fn request(&self, event: &Event) -> Request {
        let moved_to = self.moved_to.load(Ordering::Relaxed);
        let mut message = json!({
            "chat_id": if moved_to == 0 { self.chat.clone() } else { json!(moved_to) },
            "text": text(event),
            "parse_mode": "HTML",
            "link_preview_options": { "is_disabled": true },
        });
        if let Some(topic) = self.topic {
            message["message_thread_id"] = json!(topic);
        }
        Request::post().json(&message)
    }

    /// Where the chat has moved to, if the answer says so.
    fn moved(answer: &Answer) -> Option<i64> {
        let reply: Reply = answer.json().filter(|_| !answer.status.is_success())?;
        reply.parameters.migrate_to_chat_id.filter(|id| *id != 0)
    }
}

#[async_trait]
impl Sink for Telegram {
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile().with_rate(Rate::new(3, Duration::from_secs(9))).with_concurrency(1)
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let deadline = self.endpoint.deadline();
        let mut answer = self.endpoint.call(self.request(&notification.event), deadline).await;
        if let Some(chat) = answer.as_ref().ok().and_then(Self::moved) {
            tracing::warn!(destination = %self.endpoint.address(), chat, "the chat has moved: put its new id down");
            self.moved_to.store(chat, Ordering::Relaxed);
            answer = self.endpoint.call(self.request(&notification.event), deadline).await;
        }
        answer.map_or_else(|outcome| outcome, judge)
    }
}
