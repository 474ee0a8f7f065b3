//! Runs of GitHub Actions.
//!
//! # The request
//!
//! Either a `repository_dispatch`, which every workflow on the default branch can listen to:
//!
//! ```yaml
//! on:
//!   repository_dispatch:
//!     types: [app-status]
//! ```
//!
//! Its `client_payload` has one member, `event`: the event as a CloudEvent, each text on one line and shortened to 1000
//! characters, so that a run reads `github.event.client_payload.event.data.version`.
//!
//! Or a `workflow_dispatch` of one workflow on one ref, with the inputs that you declare. Their values are templates:
//! `{{version}}` and the like stand for the event's fields, an absent field for nothing.
//!
//! **Never write `${{ … }}` with a value of the event into a `run:` script**: GitHub pastes it there before the shell
//! reads it, and the names of apps are written by strangers. Give it to the step's `env:` and quote it in the script:
//!
//! ```yaml
//! - env:
//!     APP: ${{ github.event.client_payload.event.data.app_name }}
//!   run: echo "$APP"
//! ```
//!
//! A welcome starts nothing. A test starts a run; its `type` is `com.statused.test`.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 2xx to a `repository_dispatch` | accepted: GitHub does not say whether a workflow listens |
//! | 2xx to a `workflow_dispatch` | delivered |
//! | 403 or 429 with `Retry-After`, or with `x-ratelimit-remaining: 0`, or with words of a rate limit; any 429 | retry, not before the time that the headers say, or a minute |
//! | 401, 403, 404, 422 else | dead |
//! | anything else, redirects too | retry, not before `Retry-After` if there is one |
//!
//! A repeat starts another run, so that a try that may have arrived is left to a person
//! ([`repeat_ambiguous`](GitHubBuilder::repeat_ambiguous)).

use std::time::Duration;

use async_trait::async_trait;
use chrono::Utc;
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, HeaderName, HeaderValue};
use secrecy::SecretString;
use serde_json::{Value, json};
use statused_core::model::{Event, EventData, Notification};
use statused_core::sink::SinkProfile;
use statused_core::{Outcome, Sink};

use crate::ci::{self, Said, Values};
use crate::cloud_event;
use crate::error::DestinationError;
use crate::http::{Answer, Answers, Builder, Destination, Endpoint, FixedHost, HttpOptions, Request, StartsWork, wait};
use crate::text::{Limit, fit, line};

const ANSWERS: Answers = Answers::dead_on(&[401, 403, 404, 422]);

/// Takes it, whether or not a workflow listens.
const UNHEARD: Answers = ANSWERS.accepted_on(&[200, 201, 202, 204]);

/// How long GitHub wants to be left alone when it does not say how long.
const A_MINUTE: Duration = Duration::from_secs(60);

/// The longest text in a payload, which may have 65,535 characters in all.
const LONGEST_TEXT: Limit = Limit::Utf16(1000);

/// The longest `event_type`, in characters.
const LONGEST_EVENT_TYPE: usize = 100;

const API_VERSION: HeaderName = HeaderName::from_static("x-github-api-version");

/// Dispatches events to GitHub Actions. See the [module](self) for the requests and what is made of the answer.
#[derive(Debug)]
pub struct GitHub {
    endpoint: Endpoint,
    api_version: HeaderValue,
    dispatch: Dispatch,
}

#[derive(Debug)]
enum Dispatch {
    Repository { event_type: String },
    Workflow { git_ref: String, inputs: Values },
}

/// Describes a [`GitHub`].
pub type GitHubBuilder = Builder<GitHub>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    repo: String,
    token: SecretString,
    api_version: String,
    what: What,
    inputs: Said,
}

#[derive(Debug)]
enum What {
    Repository { event_type: String },
    Workflow { workflow: String, git_ref: String },
}

impl GitHub {
    /// Begins to describe `repository_dispatch`es of a type to a repository (`owner/name`).
    ///
    /// The token needs write access to the repository's contents.
    pub fn repository_dispatch(
        repo: impl Into<String>,
        token: impl Into<SecretString>,
        event_type: impl Into<String>,
    ) -> GitHubBuilder {
        begin(repo.into(), token.into(), What::Repository { event_type: event_type.into() })
    }

    /// Begins to describe `workflow_dispatch`es of a workflow (file name or number) of a repository (`owner/name`) on a
    /// branch or tag.
    ///
    /// The token needs write access to the repository's actions.
    pub fn workflow_dispatch(
        repo: impl Into<String>,
        token: impl Into<SecretString>,
        workflow: impl Into<String>,
        git_ref: impl Into<String>,
    ) -> GitHubBuilder {
        let what = What::Workflow { workflow: workflow.into(), git_ref: git_ref.into() };
        begin(repo.into(), token.into(), what)
    }
}

fn begin(repo: String, token: SecretString, what: What) -> GitHubBuilder {
    Builder::starting_work(Parts { repo, token, api_version: "2022-11-28".to_owned(), what, inputs: None })
}

impl Builder<GitHub> {
    /// Adds an input of a `workflow_dispatch`: a name that the workflow declares, and a template such as `{{version}}`.
    pub fn input(mut self, name: impl Into<String>, template: impl Into<String>) -> Self {
        ci::say(&mut self.parts.inputs, name, template);
        self
    }

    /// Sets the version of GitHub's API; `2022-11-28` if not said.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.parts.api_version = version.into();
        self
    }
}

impl Destination for GitHub {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        let Some((owner, name)) = parts.repo.split_once('/').filter(|(_, name)| !name.contains('/')) else {
            return Err(DestinationError::invalid("the repository", "is not written owner/name"));
        };
        let api_version = HeaderValue::try_from(parts.api_version)
            .map_err(|_| DestinationError::BadHeader { name: API_VERSION.to_string() })?;
        let (segments, dispatch) = match parts.what {
            What::Repository { event_type } => {
                if event_type.trim().is_empty() || event_type.chars().count() > LONGEST_EVENT_TYPE {
                    return Err(DestinationError::invalid("the event type", "is empty or over 100 characters"));
                }
                if parts.inputs.is_some() {
                    return Err(DestinationError::invalid("an input", "is none of a repository_dispatch"));
                }
                (vec!["dispatches".to_owned()], Dispatch::Repository { event_type })
            }
            What::Workflow { workflow, git_ref } => {
                if git_ref.trim().is_empty() {
                    return Err(DestinationError::invalid("the ref", "is empty"));
                }
                let inputs = Values::declared(parts.inputs)?;
                let segments = vec!["actions".to_owned(), "workflows".to_owned(), workflow, "dispatches".to_owned()];
                (segments, Dispatch::Workflow { git_ref, inputs })
            }
        };
        let below = ["repos", owner, name].into_iter().chain(segments.iter().map(String::as_str));
        let endpoint = http.endpoint_at(Self::BASE_URL, &below.collect::<Vec<_>>())?.bearer(&parts.token)?;
        Ok(Self { endpoint, api_version, dispatch })
    }
}

impl FixedHost for GitHub {
    /// GitHub's own; an enterprise server's is `https://HOST/api/v3`.
    const BASE_URL: &'static str = "https://api.github.com";
}

impl StartsWork for GitHub {}

impl Dispatch {
    fn body(&self, notification: &Notification) -> Value {
        match self {
            Self::Repository { event_type } => {
                let event = shortened(&notification.event);
                json!({ "event_type": event_type, "client_payload": { "event": cloud_event::envelope(&event) } })
            }
            Self::Workflow { git_ref, inputs } => {
                json!({ "ref": git_ref, "inputs": inputs.object(notification) })
            }
        }
    }

    const fn answers(&self) -> &'static Answers {
        match self {
            Self::Repository { .. } => &UNHEARD,
            Self::Workflow { .. } => &ANSWERS,
        }
    }
}

/// The event with every text on one line and short enough for a payload; addresses are whole or absent.
fn shortened(event: &Event) -> Event {
    let mut event = event.clone();
    let short = |text: &mut String| *text = fit(text, LONGEST_TEXT, line);
    let EventData {
        message,
        version,
        status,
        track,
        user_distribution,
        store_name,
        status_color,
        app_name,
        app_icon_url,
        internal_store_url,
        timestamp,
        previous_status,
        bundle_id,
        platform,
        build_number,
        reason,
        ..
    } = &mut event.data;
    [message, status, store_name, status_color, timestamp].into_iter().for_each(short);
    let optional = [version, track, user_distribution, app_name, previous_status, bundle_id, platform, build_number];
    optional.into_iter().chain([reason]).flatten().for_each(short);
    for address in [app_icon_url, internal_store_url] {
        address.take_if(|address| address.len() > 2000);
    }
    event
}

/// What an answer means. A refusal for now looks like one for good, but for its headers or words.
fn judge(mut answer: Answer, answers: &Answers) -> Outcome {
    let limited = match answer.status {
        StatusCode::TOO_MANY_REQUESTS => true,
        StatusCode::FORBIDDEN => {
            answer.wait.is_some()
                || answer.number("x-ratelimit-remaining") == Some(0)
                || answer.body.to_lowercase().contains("rate limit")
        }
        _ => false,
    };
    if !limited {
        return answers.judge(answer);
    }
    let reset = answer.number("x-ratelimit-reset").filter(|_| answer.number("x-ratelimit-remaining") == Some(0));
    let reset = reset.map(|seconds| wait::until_epoch_millis(seconds.saturating_mul(1000), Utc::now()));
    answer.wait = answer.wait.or(reset).or(Some(A_MINUTE));
    answer.into_retry()
}

#[async_trait]
impl Sink for GitHub {
    /// One at a time, as GitHub asks of those who write.
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile().with_concurrency(1)
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        if let Some(nothing) = ci::nothing_to_start(&notification.event) {
            return nothing;
        }
        let request = Request::post()
            .header(ACCEPT, HeaderValue::from_static("application/vnd.github+json"))
            .header(API_VERSION, self.api_version.clone())
            .json(&self.dispatch.body(notification));
        let answer = self.endpoint.call(request, self.endpoint.deadline()).await;
        answer.map_or_else(|outcome| outcome, |answer| judge(answer, self.dispatch.answers()))
    }
}
