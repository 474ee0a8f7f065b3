//! Webhook triggers of Slack workflows.
//!
//! The workflow is given a flat object of strings, with the variables of the reference:
//!
//! | variable | present for |
//! | --- | --- |
//! | `message`, `store_name`, `status_color`, `timestamp`, `formatted_datetime`, `statused_url`, `statused_icon_url` | everything |
//! | `status`, `internal_store_url` | what has one |
//! | `version`, `app_name`, `app_icon_url` | apps and builds |
//! | `track`, `user_distribution` | releases with tracks or rollouts |
//!
//! A variable without a value is left out, or sent empty where the workflow insists on it
//! ([`send_empty`](SlackWorkflowBuilder::send_empty)). A workflow that must not get variables which it does not declare
//! is given the others only ([`variables`](SlackWorkflowBuilder::variables)). What the workflow does with them is its own
//! affair, so that nothing is escaped; a space of no width after each `<` keeps text from becoming a mention.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 2xx, unless its body says `"ok": false` | delivered |
//! | 401, 403, 404, 410 | dead |
//! | anything else, redirects too | retry, not before `Retry-After` if there is one |
//!
//! A trigger is called once a second at most, unless [said otherwise](SlackWorkflowBuilder::rate).

use std::time::Duration;

use async_trait::async_trait;
use chrono::SecondsFormat;
use secrecy::SecretString;
use serde_json::{Map, Value};
use statused_core::model::{Event, Notification};
use statused_core::sink::{Rate, SinkProfile};
use statused_core::{Outcome, Sink};

use crate::error::DestinationError;
use crate::http::{Answers, Builder, Destination, Endpoint, HttpOptions, Request};
use crate::slack_link::SlackLink;
use crate::text::{Limit, fit, unlinked};

const ANSWERS: Answers = Answers::dead_on(&[401, 403, 404, 410]);

/// How long a variable may be. Slack's own limit for a text in a message.
const LONGEST: Limit = Limit::Utf16(3000);

/// Starts a Slack workflow. See the [module](self) for its variables and what is made of the answer.
#[derive(Debug)]
pub struct SlackWorkflow {
    endpoint: Endpoint,
    variables: Option<Vec<String>>,
    send_empty: bool,
    rate: Rate,
}

/// Describes a [`SlackWorkflow`].
pub type SlackWorkflowBuilder = Builder<SlackWorkflow>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    url: SecretString,
    variables: Option<Vec<String>>,
    send_empty: bool,
    rate: Rate,
}

impl SlackWorkflow {
    /// Begins to describe the trigger at `https://hooks.slack.com/triggers/…` (or, of older ones, `/workflows/…`).
    pub fn builder(url: impl Into<SecretString>) -> SlackWorkflowBuilder {
        let rate = Rate::new(1, Duration::from_secs(1));
        Builder::new(Parts { url: url.into(), variables: None, send_empty: false, rate })
    }
}

impl Builder<SlackWorkflow> {
    /// Sends these variables only; all if not said.
    pub fn variables<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.parts.variables = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Sends an empty text for a variable without a value, instead of leaving it out.
    pub fn send_empty(mut self, send: bool) -> Self {
        self.parts.send_empty = send;
        self
    }

    /// Sets how often the trigger may be called.
    pub fn rate(mut self, rate: Rate) -> Self {
        self.parts.rate = rate;
        self
    }
}

impl Destination for SlackWorkflow {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        let endpoint = http.endpoint(&parts.url)?;
        let link = SlackLink::of(endpoint.address());
        if matches!(link, SlackLink::Shortcut | SlackLink::IncomingWebhook) {
            return Err(link.refused(
                endpoint.address(),
                "let the workflow begin with a webhook and take that one's address (https://hooks.slack.com/triggers/…)",
            ));
        }
        if parts.variables.iter().flatten().any(|name| !NAMES.contains(&name.as_str())) {
            return Err(DestinationError::invalid("a variable", "is none of those that are sent"));
        }
        let Parts { variables, send_empty, rate, .. } = parts;
        Ok(Self { endpoint, variables, send_empty, rate })
    }
}

/// In the order of the reference.
const NAMES: [&str; 14] = [
    "message",
    "version",
    "status",
    "track",
    "user_distribution",
    "store_name",
    "status_color",
    "app_name",
    "app_icon_url",
    "internal_store_url",
    "statused_url",
    "statused_icon_url",
    "formatted_datetime",
    "timestamp",
];

/// The values of [`NAMES`].
fn values(event: &Event) -> [Option<String>; 14] {
    let data = &event.data;
    let text = |text: &str| Some(fit(text, LONGEST, unlinked)).filter(|text| !text.is_empty());
    let optional = |value: &Option<String>| value.as_deref().and_then(text);
    [
        text(&data.message),
        optional(&data.version),
        text(&data.status),
        optional(&data.track),
        optional(&data.user_distribution),
        text(&data.store_name),
        text(&data.status_color),
        optional(&data.app_name),
        optional(&data.app_icon_url),
        optional(&data.internal_store_url),
        Some("https://statused.com".to_owned()),
        Some("https://statused.com/assets/logo-grayscale.png".to_owned()),
        Some(event.time.format("%Y-%m-%d %H:%M:%S UTC").to_string()),
        Some(event.time.to_rfc3339_opts(SecondsFormat::Millis, true)),
    ]
}

impl SlackWorkflow {
    fn message(&self, event: &Event) -> Map<String, Value> {
        let wanted = |name: &str| self.variables.as_ref().is_none_or(|names| names.iter().any(|other| other == name));
        let empty = self.send_empty.then(String::new);
        NAMES
            .into_iter()
            .zip(values(event))
            .filter(|(name, _)| wanted(name))
            .filter_map(|(name, value)| Some((name.to_owned(), value.or_else(|| empty.clone())?.into())))
            .collect()
    }
}

#[async_trait]
impl Sink for SlackWorkflow {
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile().with_rate(self.rate).with_concurrency(2)
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let request = Request::post().json(&self.message(&notification.event));
        match self.endpoint.call(request, self.endpoint.deadline()).await {
            Ok(answer) if answer.status.is_success() && says_no(answer.json()) => answer.into_retry(),
            Ok(answer) => ANSWERS.judge(answer),
            Err(outcome) => outcome,
        }
    }
}

/// Slack reports some failures with a good status.
fn says_no(body: Option<Value>) -> bool {
    body.is_some_and(|body| body["ok"] == false)
}
