//! Incidents of PagerDuty, through its Events API v2.
//!
//! # The request
//!
//! A status that means trouble triggers an alert; one that means that it is over resolves it. The two are joined by a
//! `dedup_key` of app and subject, so that a version that is rejected twice is one alert, and the same version in
//! review again resolves it. PagerDuty drops a resolve without an alert.
//!
//! | | unless you [say](PagerDutyBuilder::trigger) otherwise |
//! | --- | --- |
//! | triggers | rejections, invalid binaries and builds, an app removed from sale, an agreement to accept; nothing that the developer did |
//! | resolves | what moves on: in the queue, in review, approved, live; also Developer Rejected and Replaced with New Version |
//! | neither | all else; nothing is sent |
//!
//! The severity is `critical` for an app that the store has removed, `error` for what is refused or broken, `warning`
//! for what needs somebody, else `info`. Texts are shortened to what PagerDuty takes.
//!
//! A welcome sends nothing. A test triggers an alert of its own with severity `info` and resolves it at once.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 2xx | delivered |
//! | 400 | dead: the routing key or the event is refused |
//! | 429 | retry, not before `Retry-After`, or else two minutes |
//! | anything else, redirects too | retry, not before `Retry-After` if there is one |
//!
//! Repeats are harmless: the `dedup_key` joins them.

use std::time::Duration;

use async_trait::async_trait;
use chrono::SecondsFormat;
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use statused_core::model::{Event, EventKind, Notification, Status, Tone};
use statused_core::sink::SinkProfile;
use statused_core::{Outcome, Sink};
use uuid::Uuid;

use crate::error::DestinationError;
use crate::facts::Facts;
use crate::http::{Answers, Builder, Destination, Endpoint, FixedHost, HttpOptions, Request, filled};
use crate::statuses::Statuses;
use crate::text::{Limit, fit, line, plain};

const ANSWERS: Answers = Answers::dead_on(&[400]);

/// How long PagerDuty wants to be left alone when it does not say how long.
const A_WHILE: Duration = Duration::from_secs(120);

const SUMMARY: Limit = Limit::Utf16(1024);
const DETAIL: Limit = Limit::Utf16(4000);
const WORD: Limit = Limit::Utf16(255);
const LONGEST_KEY: usize = 255;
const LONGEST_ADDRESS: usize = 2000;

/// Triggers and resolves alerts. See the [module](self) for what does which, and what is made of the answer.
#[derive(Debug)]
pub struct PagerDuty {
    endpoint: Endpoint,
    routing_key: SecretString,
    trigger: Option<Statuses>,
    resolve: Option<Statuses>,
}

/// Describes a [`PagerDuty`].
pub type PagerDutyBuilder = Builder<PagerDuty>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    routing_key: SecretString,
    trigger: Option<Statuses>,
    resolve: Option<Statuses>,
}

impl PagerDuty {
    /// Begins to describe the integration of a service that has a routing key (an Events API v2 integration key).
    ///
    /// Accounts in the EU need the [base URL](Builder::base_url) `https://events.eu.pagerduty.com`.
    pub fn builder(routing_key: impl Into<SecretString>) -> PagerDutyBuilder {
        Builder::new(Parts { routing_key: routing_key.into(), trigger: None, resolve: None })
    }
}

impl Builder<PagerDuty> {
    /// Sets the statuses that trigger, by label (`Rejected`) or code (`REJECTED`). A status in both lists triggers.
    pub fn trigger<S: Into<String>>(mut self, statuses: impl IntoIterator<Item = S>) -> Self {
        self.parts.trigger.get_or_insert_default().add(statuses);
        self
    }

    /// Sets the statuses that resolve, by label (`In Review`) or code (`IN_REVIEW`).
    pub fn resolve<S: Into<String>>(mut self, statuses: impl IntoIterator<Item = S>) -> Self {
        self.parts.resolve.get_or_insert_default().add(statuses);
        self
    }
}

impl Destination for PagerDuty {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        let Parts { routing_key, trigger, resolve } = parts;
        filled(&routing_key)?;
        trigger.clone().unwrap_or_default().check(&resolve.clone().unwrap_or_default())?;
        let endpoint = http.endpoint_at(Self::BASE_URL, &["v2", "enqueue"])?.keeping(&routing_key);
        Ok(Self { endpoint, routing_key, trigger, resolve })
    }
}

impl FixedHost for PagerDuty {
    const BASE_URL: &'static str = "https://events.pagerduty.com";
}

/// What is done to an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Trigger,
    Resolve,
}

impl PagerDuty {
    /// What an event does, in order.
    fn actions(&self, event: &Event) -> &'static [Action] {
        let listed = |list: &Option<Statuses>, usual: fn(&Event) -> bool| {
            list.as_ref().map_or_else(|| usual(event), |statuses| statuses.have(event))
        };
        match event.kind {
            EventKind::Welcome => &[],
            EventKind::Test => &[Action::Trigger, Action::Resolve],
            _ if listed(&self.trigger, means_trouble) => &[Action::Trigger],
            _ if listed(&self.resolve, means_relief) => &[Action::Resolve],
            _ => &[],
        }
    }

    fn request(&self, event: &Event, action: Action) -> Request {
        let routing_key = self.routing_key.expose_secret();
        let (action, payload) = match action {
            Action::Trigger => ("trigger", Some(payload(event))),
            Action::Resolve => ("resolve", None),
        };
        let mut body = json!({ "routing_key": routing_key, "event_action": action, "dedup_key": dedup_key(event) });
        if let Some(payload) = payload {
            let facts = Facts::of(event);
            body["payload"] = payload;
            body["client"] = "Statused".into();
            if let Some(href) = facts.console(LONGEST_ADDRESS) {
                body["links"] = json!([{ "href": href, "text": fit(&facts.console_label(), WORD, line) }]);
            }
            if let Some(src) = facts.icon(LONGEST_ADDRESS).filter(|src| src.starts_with("https:")) {
                body["images"] = json!([{ "src": src, "alt": fit(facts.icon_name(), WORD, line) }]);
            }
        }
        Request::post().json(&body)
    }
}

/// What is refused, broken or waiting for the account's holder, unless the developer did it.
fn means_trouble(event: &Event) -> bool {
    let own = matches!(event.data.status_code, Some(Status::DeveloperRejected | Status::DeveloperRemovedFromSale));
    !own && matches!(Facts::of(event).tone(), Tone::Bad | Tone::Action)
}

fn means_relief(event: &Event) -> bool {
    let past = matches!(
        event.data.status_code,
        Some(Status::DeveloperRejected | Status::ReplacedWithNewVersion | Status::Expired)
    );
    past || matches!(Facts::of(event).tone(), Tone::Good | Tone::Approved)
}

fn severity(event: &Event) -> &'static str {
    match (event.kind, &event.data.status_code, Facts::of(event).tone()) {
        (EventKind::Test, ..) => "info",
        (_, Some(Status::RemovedFromSale), _) => "critical",
        (_, _, Tone::Bad) => "error",
        (_, _, Tone::Action | Tone::Warning) => "warning",
        _ => "info",
    }
}

/// The same for every event of a subject of an app; of its own for a test.
fn dedup_key(event: &Event) -> String {
    let key = match event.kind {
        EventKind::Test => format!("statused/test/{}", event.id),
        _ => format!("statused/{}/{}", event.aggregate, event.subject),
    };
    if key.len() <= LONGEST_KEY {
        key
    } else {
        format!("statused/{}", Uuid::new_v5(&Uuid::NAMESPACE_OID, key.as_bytes()))
    }
}

fn payload(event: &Event) -> Value {
    let facts = Facts::of(event);
    let data = &event.data;
    let rows = facts.rows().into_iter().chain(facts.reason().map(|reason| ("Reason", reason)));
    let details: Map<_, _> = rows.map(|(label, text)| (label.to_owned(), fit(text, DETAIL, plain).into())).collect();
    let word = |text: Option<&str>| text.map(|text| fit(text, WORD, line)).filter(|text| !text.is_empty());
    let source = word(data.bundle_id.as_deref()).or_else(|| word(data.app_name.as_deref()));
    let mut payload = json!({
        "summary": fit(facts.sentence(), SUMMARY, line),
        "source": source.or_else(|| word(facts.store())).unwrap_or_else(|| "Statused".to_owned()),
        "severity": severity(event),
        "timestamp": event.time.to_rfc3339_opts(SecondsFormat::Secs, true),
        "custom_details": details,
    });
    for (name, text) in [
        ("component", word(data.platform.as_deref())),
        ("group", word(data.app_name.as_deref())),
        ("class", word(Some(facts.title()))),
    ] {
        if let Some(text) = text {
            payload[name] = text.into();
        }
    }
    payload
}

#[async_trait]
impl Sink for PagerDuty {
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let deadline = self.endpoint.deadline();
        let mut outcome = Outcome::delivered().with_detail("neither triggers nor resolves; nothing was sent");
        for action in self.actions(&notification.event) {
            outcome = match self.endpoint.call(self.request(&notification.event, *action), deadline).await {
                Ok(mut answer) => {
                    if answer.status == StatusCode::TOO_MANY_REQUESTS {
                        answer.wait.get_or_insert(A_WHILE);
                    }
                    ANSWERS.judge(answer)
                }
                Err(outcome) => outcome,
            };
            if !outcome.is_success() {
                break;
            }
        }
        outcome
    }
}
