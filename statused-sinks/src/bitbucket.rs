//! Pipelines of Bitbucket Cloud.
//!
//! # The request
//!
//! A pipeline on a branch, a [custom](BitbucketBuilder::custom) one if you name it, with variables: `STATUSED_STATUS`,
//! `STATUSED_VERSION` and so on for every field of the event, or those that you [name](BitbucketBuilder::variable).
//! Their values are one line of at most 1000 characters, in which a space of no width keeps `$NAME` and `%NAME%` from
//! being expanded. Quote the variables in your scripts all the same: the names of apps are written by strangers.
//!
//! A welcome starts nothing. A test starts a pipeline; `STATUSED_EVENT_TYPE` is `com.statused.test`.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 2xx | delivered |
//! | 4xx but 408, 409, 425, 429 | dead |
//! | anything else, redirects too | retry, not before `Retry-After` if there is one |
//!
//! A repeat starts another pipeline, so that a try that may have arrived is left to a person
//! ([`repeat_ambiguous`](BitbucketBuilder::repeat_ambiguous)).

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Value, json};
use statused_core::model::Notification;
use statused_core::sink::SinkProfile;
use statused_core::{Outcome, Sink};

use crate::ci::{self, Said, TakesVariables, Values};
use crate::error::DestinationError;
use crate::http::{
    Answers, Builder, CLIENT_ERRORS, Destination, Endpoint, FixedHost, HttpOptions, Request, StartsWork,
};

const ANSWERS: Answers = Answers::dead_on(CLIENT_ERRORS);

/// Starts pipelines of Bitbucket. See the [module](self) for the request and what is made of the answer.
#[derive(Debug)]
pub struct Bitbucket {
    endpoint: Endpoint,
    branch: String,
    custom: Option<String>,
    variables: Values,
}

/// Describes a [`Bitbucket`].
pub type BitbucketBuilder = Builder<Bitbucket>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    repo: String,
    branch: String,
    token: SecretString,
    user: Option<String>,
    custom: Option<String>,
    variables: Said,
}

impl Bitbucket {
    /// Begins to describe pipelines of a repository (`workspace/name`) on a branch, with an access token of the
    /// repository, project or workspace.
    pub fn builder(
        repo: impl Into<String>,
        branch: impl Into<String>,
        token: impl Into<SecretString>,
    ) -> BitbucketBuilder {
        let (repo, branch, token) = (repo.into(), branch.into(), token.into());
        Builder::starting_work(Parts { repo, branch, token, user: None, custom: None, variables: None })
    }
}

impl Builder<Bitbucket> {
    /// Sets whose token it is (the address of the account), if it is an API token of a person.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.parts.user = Some(user.into());
        self
    }

    /// Sets the custom pipeline to run; that of the branch if not said.
    pub fn custom(mut self, pipeline: impl Into<String>) -> Self {
        self.parts.custom = Some(pipeline.into());
        self
    }
}

impl TakesVariables for Bitbucket {
    fn variables(parts: &mut Parts) -> &mut Said {
        &mut parts.variables
    }
}

impl Destination for Bitbucket {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        let Some((workspace, name)) = parts.repo.split_once('/').filter(|(_, name)| !name.contains('/')) else {
            return Err(DestinationError::invalid("the repository", "is not written workspace/name"));
        };
        if parts.branch.trim().is_empty() {
            return Err(DestinationError::invalid("the branch", "is empty"));
        }
        let segments = ["2.0", "repositories", workspace, name, "pipelines"];
        let endpoint = http.endpoint_at(Self::BASE_URL, &segments)?;
        let endpoint = match &parts.user {
            Some(user) => endpoint.basic(user, &parts.token)?,
            None => endpoint.bearer(&parts.token)?,
        };
        let variables = Values::standard(parts.variables)?;
        Ok(Self { endpoint, branch: parts.branch, custom: parts.custom, variables })
    }
}

impl FixedHost for Bitbucket {
    const BASE_URL: &'static str = "https://api.bitbucket.org";
}

impl StartsWork for Bitbucket {}

impl Bitbucket {
    fn body(&self, notification: &Notification) -> Value {
        let values = self.variables.of(notification).into_iter();
        let variables: Vec<_> =
            values.map(|(key, value)| json!({ "key": key, "value": value, "secured": false })).collect();
        let mut target = json!({ "type": "pipeline_ref_target", "ref_type": "branch", "ref_name": self.branch });
        if let Some(custom) = &self.custom {
            target["selector"] = json!({ "type": "custom", "pattern": custom });
        }
        json!({ "target": target, "variables": variables })
    }
}

#[async_trait]
impl Sink for Bitbucket {
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        match ci::nothing_to_start(&notification.event) {
            Some(nothing) => nothing,
            None => self.endpoint.deliver(Request::post().json(&self.body(notification)), &ANSWERS).await,
        }
    }
}
