//! Pipelines of CircleCI.
//!
//! # The request
//!
//! A run of a pipeline definition on a branch or tag (`POST …/pipeline/run`), with the parameters that you declare.
//! Their values are templates, `{{version}}` and the like for the event's fields; they are strings, one line of at most
//! 1000 characters, so that the configuration has to declare them with `type: string`.
//!
//! **CircleCI pastes `<< pipeline.parameters.… >>` into the configuration before a shell reads it**, and the names of
//! apps are written by strangers. Put such a value into an `environment:` and quote it in the script:
//!
//! ```yaml
//! - run:
//!     environment:
//!       VERSION: << pipeline.parameters.version >>
//!     command: ./release "$VERSION"
//! ```
//!
//! A welcome starts nothing. A test starts a pipeline; `{{type}}` is `com.statused.test`.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 2xx | delivered |
//! | 400 (a parameter that is not declared), 401, 403, 404 | dead |
//! | anything else, redirects too | retry, not before `Retry-After` if there is one |
//!
//! A repeat starts another pipeline, so that a try that may have arrived is left to a person
//! ([`repeat_ambiguous`](CircleCiBuilder::repeat_ambiguous)).

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Value, json};
use statused_core::model::Notification;
use statused_core::sink::SinkProfile;
use statused_core::{Outcome, Sink};

use crate::ci::{self, Ref, Said, SaidRef, TakesRef, Values};
use crate::error::DestinationError;
use crate::http::{Answers, Builder, Destination, Endpoint, FixedHost, HttpOptions, Request, StartsWork};

const ANSWERS: Answers = Answers::dead_on(&[400, 401, 403, 404]);

/// Starts pipelines of CircleCI. See the [module](self) for the request and what is made of the answer.
#[derive(Debug)]
pub struct CircleCi {
    endpoint: Endpoint,
    definition_id: String,
    git_ref: Ref,
    parameters: Values,
}

/// Describes a [`CircleCi`].
pub type CircleCiBuilder = Builder<CircleCi>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    project: String,
    definition_id: String,
    token: SecretString,
    git_ref: SaidRef,
    parameters: Said,
}

impl CircleCi {
    /// Begins to describe runs of a pipeline definition (its UUID) of a project (`provider/organization/project`, as in
    /// `gh/acme/app` or `circleci/…/…`), with a personal API token.
    pub fn builder(
        project: impl Into<String>,
        definition_id: impl Into<String>,
        token: impl Into<SecretString>,
    ) -> CircleCiBuilder {
        Builder::starting_work(Parts {
            project: project.into(),
            definition_id: definition_id.into(),
            token: token.into(),
            git_ref: SaidRef::default(),
            parameters: None,
        })
    }
}

impl Builder<CircleCi> {
    /// Adds a parameter that the configuration declares, with a template such as `{{version}}`.
    pub fn parameter(mut self, name: impl Into<String>, template: impl Into<String>) -> Self {
        ci::say(&mut self.parts.parameters, name, template);
        self
    }
}

impl TakesRef for CircleCi {
    fn git_ref(parts: &mut Parts) -> &mut SaidRef {
        &mut parts.git_ref
    }
}

impl Destination for CircleCi {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        let slug: Vec<_> = parts.project.split('/').collect();
        let [provider, organization, project] = slug[..] else {
            return Err(DestinationError::invalid("the project", "is not written provider/organization/project"));
        };
        if parts.definition_id.trim().is_empty() {
            return Err(DestinationError::invalid("the pipeline definition", "is missing"));
        }
        let segments = ["api", "v2", "project", provider, organization, project, "pipeline", "run"];
        let endpoint = http.endpoint_at(Self::BASE_URL, &segments)?.secret_header("circle-token", &parts.token)?;
        let git_ref = Ref::of(parts.git_ref)?;
        Ok(Self {
            endpoint,
            definition_id: parts.definition_id,
            git_ref,
            parameters: Values::declared(parts.parameters)?,
        })
    }
}

impl FixedHost for CircleCi {
    const BASE_URL: &'static str = "https://circleci.com";
}

impl StartsWork for CircleCi {}

impl CircleCi {
    fn body(&self, notification: &Notification) -> Value {
        let (kind, name) = self.git_ref.member();
        json!({
            "definition_id": self.definition_id,
            "config": { kind: name },
            "checkout": { kind: name },
            "parameters": self.parameters.object(notification),
        })
    }
}

#[async_trait]
impl Sink for CircleCi {
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
