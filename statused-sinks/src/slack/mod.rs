//! Slack incoming webhooks.
//!
//! The event's sentence is the text of the message, which is also what push notifications show. Below it stands a block
//! in the colour of the status, with what else the event carries and a link to the store's console. Text is escaped, so
//! that no app's name can call a whole channel, and shortened to what Slack takes.
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

mod message;
mod text;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::SecretString;
use statused_core::model::Notification;
use statused_core::sink::{Rate, RetryPolicy, SinkProfile};
use statused_core::{Outcome, Sink};
use url::Url;

use crate::error::DestinationError;
use crate::http::{Address, Answer, Endpoint};

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
pub struct SlackWebhook {
    endpoint: Endpoint,
    retry: RetryPolicy,
}

/// Describes a [`SlackWebhook`].
#[derive(Debug)]
#[must_use]
pub struct SlackWebhookBuilder {
    url: SecretString,
    allow_http: bool,
    timeout: Duration,
    retry: RetryPolicy,
}

impl SlackWebhook {
    /// Begins to describe the webhook at `https://hooks.slack.com/services/…` or on a server that speaks the same.
    pub fn builder(url: impl Into<SecretString>) -> SlackWebhookBuilder {
        SlackWebhookBuilder {
            url: url.into(),
            allow_http: false,
            timeout: Duration::from_secs(30),
            retry: RetryPolicy::default(),
        }
    }
}

impl SlackWebhookBuilder {
    /// Allows plain `http` to loopback. Any other host needs `https` all the same.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// Sets how long one try may take; 30 seconds if not said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets when a failed try is repeated; [`RetryPolicy::five`] if not said.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Checks the description and makes the sink. Nothing is sent.
    ///
    /// # Errors
    ///
    /// What is wrong with the address, links to Slack shortcuts and workflow triggers among it.
    pub fn build(self) -> Result<SlackWebhook, DestinationError> {
        let address = Address::parse(&self.url, self.allow_http)?;
        refuse_other_links(&address)?;
        Ok(SlackWebhook { endpoint: Endpoint::new(address, self.timeout, Vec::new())?, retry: self.retry })
    }
}

/// Refuses the links of Slack that people paste by mistake.
fn refuse_other_links(address: &Address) -> Result<(), DestinationError> {
    let Ok(url) = Url::parse(address.expose()) else { return Ok(()) };
    let host = url.host_str().unwrap_or_default();
    let is_slack = ["slack.com", "slack-gov.com"]
        .iter()
        .any(|domain| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    match url.path_segments().and_then(|mut segments| segments.next()) {
        Some("shortcuts") if is_slack => Err(DestinationError::SlackShortcut { address: address.to_string() }),
        Some("triggers" | "workflows") if is_slack => {
            Err(DestinationError::SlackWorkflowTrigger { address: address.to_string() })
        }
        _ => Ok(()),
    }
}

/// What an answer means. Slack says it in the body; the status is looked at after that.
fn judge(answer: Answer) -> Outcome {
    let word = answer.body.trim();
    let status = answer.status.as_u16();
    if answer.status.is_success() && word == "ok" {
        Outcome::delivered().with_status(status)
    } else if DEAD.contains(&word) || matches!(status, 403 | 404 | 410) {
        answer.into_dead()
    } else if answer.status.is_success() && !answer.complete {
        Outcome::ambiguous("the answer broke off").with_status(status)
    } else {
        answer.into_retry()
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
        SinkProfile::default()
            .with_rate(Rate::new(3, Duration::from_secs(3)))
            .with_concurrency(2)
            .with_timeout(self.endpoint.profile_timeout())
            .with_retry(self.retry.clone())
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let deadline = self.endpoint.deadline();
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let event = &notification.event;
        let full = message::with_blocks(event).to_string().into_bytes();
        let answer = match self.endpoint.post(headers.clone(), full, deadline).await {
            Ok(answer) if refuses_blocks(&answer) => {
                tracing::debug!(destination = %self.endpoint.address(), answer = answer.summary, "blocks refused");
                let bare = message::text_only(event).to_string().into_bytes();
                self.endpoint.post(headers, bare, deadline).await
            }
            other => other,
        };
        answer.map_or_else(|outcome| outcome, judge)
    }
}

impl fmt::Debug for SlackWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlackWebhook").field("address", self.endpoint.address()).field("retry", &self.retry).finish()
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
            assert!(matches!(build(url), Err(DestinationError::SlackShortcut { .. })), "{url}");
        }
        for url in [
            "https://hooks.slack.com/triggers/T0/1/hunter2",
            "https://hooks.slack.com/workflows/T0/A0/1/hunter2",
            "https://hooks.slack-gov.com/triggers/T0/1/hunter2",
        ] {
            let error = build(url).unwrap_err();
            assert!(matches!(error, DestinationError::SlackWorkflowTrigger { .. }), "{url}");
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
