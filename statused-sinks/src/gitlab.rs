//! Pipelines of GitLab.
//!
//! # The request
//!
//! Both forms use a trigger token of the project (Settings, CI/CD, Pipeline trigger tokens), never one of a person.
//!
//! * [`GitLab::webhook`] hands the whole CloudEvent to the jobs as a file, whose path is in `TRIGGER_PAYLOAD`. Nothing
//!   in it is ever interpreted: `jq -r .data.app_name "$TRIGGER_PAYLOAD"`.
//! * [`GitLab::trigger`] hands over variables: `STATUSED_STATUS`, `STATUSED_VERSION` and so on for every field of the
//!   event, or those that you [name](GitLabBuilder::variable). Their values are one line of at most 1000 characters.
//!   GitLab expands `$NAME` and `%NAME%` in the values of variables; to keep app names and reasons from doing so, a
//!   space of no width parts the sign from what follows. Quote the variables in your scripts all the same.
//!
//! A welcome starts nothing. A test starts a pipeline; its type is `com.statused.test`.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 2xx | delivered |
//! | 400 (no such ref, or rules that leave no job), 401, 403, 404 | dead |
//! | 429 | retry, not before `Retry-After`, or else `RateLimit-Reset` |
//! | anything else, redirects too | retry, not before `Retry-After` if there is one |
//!
//! A repeat starts another pipeline, so that a try that may have arrived is left to a person
//! ([`repeat_ambiguous`](GitLabBuilder::repeat_ambiguous)).

use async_trait::async_trait;
use chrono::Utc;
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use statused_core::model::Notification;
use statused_core::sink::SinkProfile;
use statused_core::{Outcome, Sink};

use crate::ci::{self, Said, TakesVariables, Values};
use crate::cloud_event;
use crate::error::DestinationError;
use crate::http::{Answers, Builder, Destination, Endpoint, FixedHost, HttpOptions, Request, StartsWork, filled, wait};

const ANSWERS: Answers = Answers::dead_on(&[400, 401, 403, 404]);

/// Starts pipelines of GitLab. See the [module](self) for the requests and what is made of the answer.
#[derive(Debug)]
pub struct GitLab {
    endpoint: Endpoint,
    git_ref: String,
    token: SecretString,
    /// None: the event is the payload.
    variables: Option<Values>,
}

/// Describes a [`GitLab`].
pub type GitLabBuilder = Builder<GitLab>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    project: String,
    git_ref: String,
    token: SecretString,
    is_webhook: bool,
    variables: Said,
}

impl GitLab {
    /// Begins to describe pipelines of a project (its number, or `group/name`) on a branch or tag, which get variables.
    pub fn trigger(
        project: impl Into<String>,
        git_ref: impl Into<String>,
        token: impl Into<SecretString>,
    ) -> GitLabBuilder {
        begin(project.into(), git_ref.into(), token.into(), false)
    }

    /// Begins to describe pipelines of a project (its number, or `group/name`) on a branch or tag, which get the event
    /// as a file.
    pub fn webhook(
        project: impl Into<String>,
        git_ref: impl Into<String>,
        token: impl Into<SecretString>,
    ) -> GitLabBuilder {
        begin(project.into(), git_ref.into(), token.into(), true)
    }
}

fn begin(project: String, git_ref: String, token: SecretString, is_webhook: bool) -> GitLabBuilder {
    Builder::starting_work(Parts { project, git_ref, token, is_webhook, variables: None })
}

impl TakesVariables for GitLab {
    fn variables(parts: &mut Parts) -> &mut Said {
        &mut parts.variables
    }
}

impl Destination for GitLab {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        if parts.git_ref.trim().is_empty() {
            return Err(DestinationError::invalid("the ref", "is empty"));
        }
        filled(&parts.token)?;
        let variables = match (parts.is_webhook, parts.variables) {
            (true, Some(_)) => {
                return Err(DestinationError::invalid(
                    "a variable",
                    "is for triggers; the webhook has the whole event",
                ));
            }
            (true, None) => None,
            (false, said) => Some(Values::standard(said)?),
        };
        let mut segments = vec!["api", "v4", "projects", &parts.project];
        if parts.is_webhook {
            segments.extend(["ref", &parts.git_ref]);
        }
        segments.extend(["trigger", "pipeline"]);
        let endpoint = http.endpoint_at(Self::BASE_URL, &segments)?.keeping(&parts.token);
        Ok(Self { endpoint, git_ref: parts.git_ref, token: parts.token, variables })
    }
}

impl FixedHost for GitLab {
    /// GitLab's own; of another server the address without `/api/v4`.
    const BASE_URL: &'static str = "https://gitlab.com";
}

impl StartsWork for GitLab {}

impl GitLab {
    fn request(&self, notification: &Notification) -> serde_json::Result<Request> {
        let token = self.token.expose_secret();
        let Some(variables) = &self.variables else {
            let body = cloud_event::write(&notification.event)?;
            return Ok(Request::post().query("token", token).body("application/json", body));
        };
        let mut form = vec![("token".to_owned(), token.to_owned()), ("ref".to_owned(), self.git_ref.clone())];
        let variables = variables.of(notification);
        form.extend(variables.into_iter().map(|(name, value)| (format!("variables[{name}]"), value)));
        Ok(Request::post().form(form))
    }
}

#[async_trait]
impl Sink for GitLab {
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        if let Some(nothing) = ci::nothing_to_start(&notification.event) {
            return nothing;
        }
        let request = match self.request(notification) {
            Ok(request) => request,
            Err(error) => return Outcome::retry(format!("the event cannot be written as JSON: {error}")),
        };
        match self.endpoint.call(request, self.endpoint.deadline()).await {
            Ok(mut answer) => {
                if answer.status == StatusCode::TOO_MANY_REQUESTS {
                    let reset = answer.number("ratelimit-reset").map(|seconds| seconds.saturating_mul(1000));
                    let reset = reset.map(|millis| wait::until_epoch_millis(millis, Utc::now()));
                    answer.wait = answer.wait.or(reset);
                }
                ANSWERS.judge(answer)
            }
            Err(outcome) => outcome,
        }
    }
}
