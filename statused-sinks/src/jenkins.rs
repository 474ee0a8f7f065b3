//! Jobs of Jenkins, through the [Generic Webhook Trigger] plugin.
//!
//! # The request
//!
//! A `POST` of the CloudEvent to `…/generic-webhook-trigger/invoke`, with the trigger's token in the header `token`.
//! Jobs pick what they need by JSONPath (`$.data.version`) and filter by it. The plugin makes variables of what they
//! pick: quote them in shell steps, since the names of apps are written by strangers.
//!
//! A welcome starts nothing. A test is the plugin's dry run (`gwt-dry-run: true`): it says which jobs would have been
//! triggered and triggers none.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 200 with a list of jobs | delivered; the detail says how many of them were triggered, which may be none |
//! | 200 without a body | accepted: silent jobs do not say what became of it |
//! | 200 with anything else, such as the page of a login | retry |
//! | 200 whose body breaks off | ambiguous |
//! | 500 with a list in which a job was triggered | ambiguous: that one would be triggered again |
//! | 401, 403 (not on the plugin's list of senders), 404 (no job has the token) | dead |
//! | anything else, redirects too | retry, not before `Retry-After` if there is one |
//!
//! A repeat triggers jobs again, so that a try that may have arrived is left to a person
//! ([`repeat_ambiguous`](JenkinsBuilder::repeat_ambiguous)).

use std::collections::BTreeMap;

use async_trait::async_trait;
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::SecretString;
use serde::Deserialize;
use statused_core::model::{EventKind, Notification};
use statused_core::sink::SinkProfile;
use statused_core::{Outcome, Sink};

use crate::ci;
use crate::cloud_event;
use crate::error::DestinationError;
use crate::http::{Answer, Answers, Builder, Destination, Endpoint, HttpOptions, Request, StartsWork};

const ANSWERS: Answers = Answers::dead_on(&[401, 403, 404]);

const DRY_RUN: HeaderName = HeaderName::from_static("gwt-dry-run");

/// Triggers jobs of Jenkins. See the [module](self) for the request and what is made of the answer.
#[derive(Debug)]
pub struct Jenkins {
    endpoint: Endpoint,
}

/// Describes a [`Jenkins`].
pub type JenkinsBuilder = Builder<Jenkins>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    url: SecretString,
    token: SecretString,
}

impl Jenkins {
    /// Begins to describe the jobs of the Jenkins at an address (where its front page is) whose trigger has a token.
    pub fn builder(url: impl Into<SecretString>, token: impl Into<SecretString>) -> JenkinsBuilder {
        Builder::starting_work(Parts { url: url.into(), token: token.into() })
    }
}

impl Destination for Jenkins {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        let endpoint = http.endpoint(&parts.url)?.secret_header("token", &parts.token)?;
        Ok(Self { endpoint })
    }
}

impl StartsWork for Jenkins {}

/// What the plugin says.
#[derive(Deserialize)]
struct Report {
    jobs: BTreeMap<String, Job>,
}

#[derive(Deserialize)]
struct Job {
    #[serde(default)]
    triggered: bool,
}

impl Report {
    fn triggered(&self) -> usize {
        self.jobs.values().filter(|job| job.triggered).count()
    }
}

fn judge(answer: Answer) -> Outcome {
    let report: Option<Report> = answer.json();
    let report = report.map(|report| (report.triggered(), report.jobs.len()));
    match (answer.status.as_u16(), report) {
        (200, Some((triggered, of))) => {
            answer.into_delivered().with_detail(format!("{triggered} of {of} jobs triggered"))
        }
        (200, None) if !answer.complete => answer.into_ambiguous(),
        (200, None) if answer.body.trim().is_empty() => answer.into_accepted(),
        (200, None) => answer.into_retry(),
        (500, Some((1.., _))) => Outcome::ambiguous(answer.summary).with_status(500),
        _ => ANSWERS.judge(answer),
    }
}

#[async_trait]
impl Sink for Jenkins {
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let event = &notification.event;
        if let Some(nothing) = ci::nothing_to_start(event) {
            return nothing;
        }
        let request = match cloud_event::write(event) {
            Ok(body) => Request::post().at(["generic-webhook-trigger", "invoke"]).body("application/json", body),
            Err(error) => return Outcome::retry(format!("the event cannot be written as JSON: {error}")),
        };
        let request = match event.kind {
            EventKind::Test => request.header(DRY_RUN, HeaderValue::from_static("true")),
            _ => request,
        };
        self.endpoint.call(request, self.endpoint.deadline()).await.map_or_else(|outcome| outcome, judge)
    }
}
