//! Feature flags of LaunchDarkly.
//!
//! # The request
//!
//! A status of the [on](LaunchDarklyBuilder::on) or [off](LaunchDarklyBuilder::off) list turns the flag's targeting on
//! or off in one environment. The flag is read first, and changed only if it is not as it should be, by a semantic
//! patch with the event's sentence as its comment. Any other status sends nothing.
//!
//! Events of one app arrive in order. One that is redelivered by hand after newer ones still does what it says.
//!
//! A welcome sends nothing. A test reads the flag and changes nothing.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 2xx | delivered |
//! | 400, 401, 403, 404, 405 (the environment asks for approvals) | dead |
//! | 429 | retry, not before `Retry-After`, or else `X-Ratelimit-Reset` |
//! | anything else, a conflict (409), redirects and unreadable flags too | retry, not before `Retry-After` if there is one |
//!
//! Repeats are harmless.

use async_trait::async_trait;
use chrono::Utc;
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use statused_core::model::{Event, Notification};
use statused_core::sink::SinkProfile;
use statused_core::{Outcome, Sink};

use crate::error::DestinationError;
use crate::facts::Facts;
use crate::flags::{Flag, Switch, SwitchesFlag, follow};
use crate::http::{Answer, Answers, Builder, Destination, Endpoint, FixedHost, HttpOptions, Request, wait};
use crate::text::{Limit, fit, line};

const ANSWERS: Answers = Answers::dead_on(&[400, 401, 403, 404, 405]);

/// Without the parameter, the body would be taken for a JSON Patch.
const SEMANTIC_PATCH: &str = "application/json; domain-model=launchdarkly.semanticpatch";

/// Switches a flag of LaunchDarkly. See the [module](self) for what is sent and what is made of the answer.
#[derive(Debug)]
pub struct LaunchDarkly {
    endpoint: Endpoint,
    environment: String,
    switch: Switch,
}

/// Describes a [`LaunchDarkly`].
pub type LaunchDarklyBuilder = Builder<LaunchDarkly>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    project: String,
    flag: String,
    environment: String,
    token: SecretString,
    switch: Switch,
}

impl LaunchDarkly {
    /// Begins to describe a flag, by the keys of its project, itself and an environment, with an API access token.
    pub fn builder(
        project: impl Into<String>,
        flag: impl Into<String>,
        environment: impl Into<String>,
        token: impl Into<SecretString>,
    ) -> LaunchDarklyBuilder {
        Builder::new(Parts {
            project: project.into(),
            flag: flag.into(),
            environment: environment.into(),
            token: token.into(),
            switch: Switch::default(),
        })
    }
}

impl SwitchesFlag for LaunchDarkly {
    fn switch(parts: &mut Parts) -> &mut Switch {
        &mut parts.switch
    }
}

impl Destination for LaunchDarkly {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        if parts.environment.trim().is_empty() {
            return Err(DestinationError::invalid("the environment", "is empty"));
        }
        let segments = ["api", "v2", "flags", &parts.project, &parts.flag];
        // The token as it is, without a scheme before it.
        let endpoint = http.endpoint_at(Self::BASE_URL, &segments)?.secret_header("authorization", &parts.token)?;
        Ok(Self { endpoint, environment: parts.environment, switch: parts.switch.checked()? })
    }
}

impl FixedHost for LaunchDarkly {
    const BASE_URL: &'static str = "https://app.launchdarkly.com";
}

impl Flag for LaunchDarkly {
    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn look(&self) -> Request {
        Request::get().query("env", self.environment.as_str())
    }

    fn is_on(&self, answer: &Answer) -> Option<bool> {
        answer.json::<Value>()?.get("environments")?.get(&self.environment)?.get("on")?.as_bool()
    }

    fn set(&self, on: bool, event: &Event) -> Request {
        let kind = if on { "turnFlagOn" } else { "turnFlagOff" };
        let patch = json!({
            "comment": fit(Facts::of(event).sentence(), Limit::Utf16(500), line),
            "environmentKey": self.environment,
            "instructions": [{ "kind": kind }],
        });
        Request::new(Method::PATCH).body(SEMANTIC_PATCH, patch.to_string().into_bytes())
    }

    fn judge(&self, mut answer: Answer) -> Outcome {
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            let reset = answer.number("x-ratelimit-reset").map(|millis| wait::until_epoch_millis(millis, Utc::now()));
            answer.wait = answer.wait.or(reset);
        }
        ANSWERS.judge(answer)
    }
}

#[async_trait]
impl Sink for LaunchDarkly {
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        follow(self, &self.switch, &notification.event).await
    }
}
