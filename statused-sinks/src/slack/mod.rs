//! Slack incoming webhooks.
//!
//! The event's sentence is the text of the message, which is also what push notifications show. Below it stands a block
//! in the colour of the status, with what else the event carries and a link to the store's console. Text is escaped, so
//! that no app's name can call a whole channel, and shortened to what Slack takes. Who is called is said in the
//! [description](SlackWebhookBuilder): nobody, unless you say so.
//!
//! If Slack refuses the blocks (an icon that it cannot fetch is enough), the text alone is sent at once, as part of
//! the same try.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 2xx with the body `ok` | delivered |
//! | a body such as `no_service` or `channel_is_archived`; 403, 404, 410 | dead |
//! | anything else, redirects and other bodies with 200 too | retry, not before `Retry-After` if there is one |
//! | 2xx whose body breaks off | ambiguous |
//!
//! Slack takes one message a second for each webhook, and short bursts. Repeats show up as a second message, which is
//! ugly and harmless.

mod mention;
mod message;

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use statused_core::model::Notification;
use statused_core::sink::{Rate, SinkProfile};
use statused_core::{Outcome, Sink};

use crate::error::DestinationError;
use crate::http::{Answer, Answers, Builder, Destination, Endpoint, HttpOptions, Request};
use crate::slack_link::SlackLink;
use mention::Mentions;

pub use mention::Mention;

const ANSWERS: Answers = Answers::dead_on(&[403, 404, 410]);

/// Answers after which a webhook has to be set up anew.
const DEAD: [&str; 10] = [
    "action_prohibited",
    "channel_is_archived",
    "channel_not_found",
    "invalid_token",
    "no_active_hooks",
    "no_service",
    "no_service_id",
    "no_team",
    "posting_to_general_channel_denied",
    "team_disabled",
];

/// Beginnings of answers that refuse the blocks and may take the text.
const BLOCKS_REFUSED: [&str; 3] = ["invalid_attachments", "invalid_blocks", "msg_blocks_too_long"];

/// Posts events to a Slack incoming webhook. See the [module](self) for the message and what is made of the answer.
#[derive(Debug)]
pub struct SlackWebhook {
    endpoint: Endpoint,
    mentions: Mentions,
}

/// Describes a [`SlackWebhook`].
pub type SlackWebhookBuilder = Builder<SlackWebhook>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    url: SecretString,
    mentions: Mentions,
}

impl SlackWebhook {
    /// Begins to describe the webhook at `https://hooks.slack.com/services/…` or on a server that speaks the same.
    pub fn builder(url: impl Into<SecretString>) -> SlackWebhookBuilder {
        Builder::new(Parts { url: url.into(), mentions: Mentions::default() })
    }
}

impl Builder<SlackWebhook> {
    /// Calls somebody on every status that means trouble: a rejection, an invalid build, an agreement to accept. May be
    /// said several times.
    pub fn mention(mut self, mention: Mention) -> Self {
        self.parts.mentions.on_trouble.push(mention);
        self
    }

    /// Calls somebody on one status, by its label (`Ready for Sale`) or code (`READY_FOR_SALE`). May be said several
    /// times.
    pub fn mention_on(mut self, status: impl Into<String>, mention: Mention) -> Self {
        self.parts.mentions.on_status.push((status.into(), mention));
        self
    }
}

impl Destination for SlackWebhook {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        let endpoint = http.endpoint(&parts.url)?;
        match SlackLink::of(endpoint.address()) {
            SlackLink::IncomingWebhook | SlackLink::Other => Ok(Self { endpoint, mentions: parts.mentions }),
            link => Err(link.refused(
                endpoint.address(),
                "create an incoming webhook (https://hooks.slack.com/services/…), or use the sink for Slack workflows",
            )),
        }
    }
}

/// What an answer means. Slack says it in the body; the status is looked at after that.
fn judge(answer: Answer) -> Outcome {
    let word = answer.body.trim();
    if DEAD.contains(&word) {
        return answer.into_dead();
    }
    match (answer.status.is_success(), word) {
        (true, "ok") => answer.into_delivered(),
        (true, _) if answer.complete => answer.into_retry(),
        (true, _) => answer.into_ambiguous(),
        (false, _) => ANSWERS.judge(answer),
    }
}

fn refuses_blocks(answer: &Answer) -> bool {
    let word = answer.body.trim();
    answer.status.is_client_error() && BLOCKS_REFUSED.iter().any(|refusal| word.starts_with(refusal))
}

#[async_trait]
impl Sink for SlackWebhook {
    /// One message a second, three at once.
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile().with_rate(Rate::new(3, Duration::from_secs(3))).with_concurrency(2)
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let deadline = self.endpoint.deadline();
        let event = &notification.event;
        let mention = self.mentions.before(event);
        let full = Request::post().json(&message::with_blocks(event, &mention));
        let answer = match self.endpoint.call(full, deadline).await {
            Ok(answer) if refuses_blocks(&answer) => {
                tracing::debug!(destination = %self.endpoint.address(), answer = answer.summary, "blocks refused");
                let bare = Request::post().json(&message::text_only(event, &mention));
                self.endpoint.call(bare, deadline).await
            }
            other => other,
        };
        answer.map_or_else(|outcome| outcome, judge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(url: &str) -> Result<SlackWebhook, DestinationError> {
        SlackWebhook::builder(url).build()
    }

    #[test]
    fn links_that_are_no_incoming_webhooks_are_refused() {
        for url in ["https://slack.com/shortcuts/Ft01/hunter2", "https://acme.slack.com/shortcuts/Ft01/hunter2"] {
            let error = build(url).unwrap_err();
            assert!(error.to_string().contains("a link to a Slack shortcut"), "{url}: {error}");
        }
        for url in [
            "https://hooks.slack.com/triggers/T0/1/hunter2",
            "https://hooks.slack.com/workflows/T0/A0/1/hunter2",
            "https://hooks.slack-gov.com/triggers/T0/1/hunter2",
        ] {
            let error = build(url).unwrap_err();
            assert!(error.to_string().contains("the webhook trigger of a Slack workflow"), "{url}: {error}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
        for url in [
            "https://hooks.slack.com/services/T0/B0/X",
            "https://chat.example.com/hooks/X",
            "https://notslack.com/triggers/X",
        ] {
            assert!(build(url).is_ok(), "{url}");
        }
    }
}
