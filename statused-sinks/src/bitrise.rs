//! Builds of Bitrise.
//!
//! # The request
//!
//! A build of a workflow, with environment variables: `STATUSED_STATUS`, `STATUSED_VERSION` and so on for every field
//! of the event, or those that you [name](BitriseBuilder::variable). Their values are one line of at most 1000
//! characters and sent with `is_expand: false`, so that no `$NAME` in them is expanded. Quote the variables in your
//! scripts all the same: the names of apps are written by strangers.
//!
//! A welcome starts nothing. A test starts a build; `STATUSED_EVENT_TYPE` is `com.statused.test`.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 2xx | delivered |
//! | 4xx but 408, 409, 425, 429 | dead |
//! | anything else, redirects too | retry, not before `Retry-After` if there is one |
//!
//! A repeat starts another build, so that a try that may have arrived is left to a person
//! ([`repeat_ambiguous`](BitriseBuilder::repeat_ambiguous)).

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

/// Starts builds of Bitrise. See the [module](self) for the request and what is made of the answer.
#[derive(Debug)]
pub struct Bitrise {
    endpoint: Endpoint,
    workflow: String,
    branch: Option<String>,
    variables: Values,
}

/// Describes a [`Bitrise`].
pub type BitriseBuilder = Builder<Bitrise>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    app: String,
    workflow: String,
    token: SecretString,
    branch: Option<String>,
    variables: Said,
}

impl Bitrise {
    /// Begins to describe builds of a workflow (its id) of an app (its slug), with an API token.
    pub fn builder(
        app: impl Into<String>,
        workflow: impl Into<String>,
        token: impl Into<SecretString>,
    ) -> BitriseBuilder {
        let (app, workflow, token) = (app.into(), workflow.into(), token.into());
        Builder::starting_work(Parts { app, workflow, token, branch: None, variables: None })
    }
}

impl Builder<Bitrise> {
    /// Sets the branch; the app's default if not said.
    pub fn branch(mut self, branch: impl Into<String>) -> Self {
        self.parts.branch = Some(branch.into());
        self
    }
}

impl TakesVariables for Bitrise {
    fn variables(parts: &mut Parts) -> &mut Said {
        &mut parts.variables
    }
}

impl Destination for Bitrise {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        if parts.workflow.trim().is_empty() {
            return Err(DestinationError::invalid("the workflow", "is empty"));
        }
        let endpoint = http.endpoint_at(Self::BASE_URL, &["v0.1", "apps", &parts.app, "builds"])?;
        Ok(Self {
            // The token as it is, without a scheme before it.
            endpoint: endpoint.secret_header("authorization", &parts.token)?,
            workflow: parts.workflow,
            branch: parts.branch,
            variables: Values::standard(parts.variables)?,
        })
    }
}

impl FixedHost for Bitrise {
    const BASE_URL: &'static str = "https://api.bitrise.io";
}

impl StartsWork for Bitrise {}

impl Bitrise {
    fn body(&self, notification: &Notification) -> Value {
        let values = self.variables.of(notification).into_iter();
        let environments: Vec<_> =
            values.map(|(name, value)| json!({ "mapped_to": name, "value": value, "is_expand": false })).collect();
        let mut build = json!({ "workflow_id": self.workflow, "environments": environments });
        if let Some(branch) = &self.branch {
            build["branch"] = branch.as_str().into();
        }
        json!({ "hook_info": { "type": "bitrise" }, "build_params": build })
    }
}

#[async_trait]
impl Sink for Bitrise {
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
