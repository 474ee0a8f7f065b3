//! Builds of Codemagic.
//!
//! # The request
//!
//! A build of a workflow on a branch or tag, with environment variables: `STATUSED_STATUS`, `STATUSED_VERSION` and so
//! on for every field of the event, or those that you [name](CodemagicBuilder::variable). Their values are one line of
//! at most 1000 characters, in which a space of no width keeps `$NAME` and `%NAME%` from being expanded. Quote the
//! variables in your scripts all the same: the names of apps are written by strangers.
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
//! ([`repeat_ambiguous`](CodemagicBuilder::repeat_ambiguous)).

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Value, json};
use statused_core::model::Notification;
use statused_core::sink::SinkProfile;
use statused_core::{Outcome, Sink};

use crate::ci::{self, Ref, Said, SaidRef, TakesRef, TakesVariables, Values};
use crate::error::DestinationError;
use crate::http::{
    Answers, Builder, CLIENT_ERRORS, Destination, Endpoint, FixedHost, HttpOptions, Request, StartsWork,
};

const ANSWERS: Answers = Answers::dead_on(CLIENT_ERRORS);

/// Starts builds of Codemagic. See the [module](self) for the request and what is made of the answer.
#[derive(Debug)]
pub struct Codemagic {
    endpoint: Endpoint,
    app_id: String,
    workflow_id: String,
    git_ref: Ref,
    labels: Vec<String>,
    variables: Values,
}

/// Describes a [`Codemagic`].
pub type CodemagicBuilder = Builder<Codemagic>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    app_id: String,
    workflow_id: String,
    token: SecretString,
    git_ref: SaidRef,
    labels: Vec<String>,
    variables: Said,
}

impl Codemagic {
    /// Begins to describe builds of a workflow of an app, by their ids, with an API token.
    pub fn builder(
        app_id: impl Into<String>,
        workflow_id: impl Into<String>,
        token: impl Into<SecretString>,
    ) -> CodemagicBuilder {
        Builder::starting_work(Parts {
            app_id: app_id.into(),
            workflow_id: workflow_id.into(),
            token: token.into(),
            git_ref: SaidRef::default(),
            labels: Vec::new(),
            variables: None,
        })
    }
}

impl Builder<Codemagic> {
    /// Adds a label that the builds are found by.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.parts.labels.push(label.into());
        self
    }
}

impl TakesVariables for Codemagic {
    fn variables(parts: &mut Parts) -> &mut Said {
        &mut parts.variables
    }
}

impl TakesRef for Codemagic {
    fn git_ref(parts: &mut Parts) -> &mut SaidRef {
        &mut parts.git_ref
    }
}

impl Destination for Codemagic {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        if parts.app_id.trim().is_empty() || parts.workflow_id.trim().is_empty() {
            return Err(DestinationError::invalid("the app or the workflow", "is empty"));
        }
        let endpoint = http.endpoint_at(Self::BASE_URL, &["builds"])?.secret_header("x-auth-token", &parts.token)?;
        Ok(Self {
            endpoint,
            app_id: parts.app_id,
            workflow_id: parts.workflow_id,
            git_ref: Ref::of(parts.git_ref)?,
            labels: parts.labels,
            variables: Values::standard(parts.variables)?,
        })
    }
}

impl FixedHost for Codemagic {
    const BASE_URL: &'static str = "https://api.codemagic.io";
}

impl StartsWork for Codemagic {}

impl Codemagic {
    fn body(&self, notification: &Notification) -> Value {
        let (kind, name) = self.git_ref.member();
        json!({
            "appId": self.app_id,
            "workflowId": self.workflow_id,
            kind: name,
            "labels": self.labels,
            "environment": { "variables": self.variables.object(notification) },
        })
    }
}

#[async_trait]
impl Sink for Codemagic {
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
