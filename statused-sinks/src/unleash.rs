//! Feature flags of Unleash.
//!
//! # The request
//!
//! A status of the [on](UnleashBuilder::on) or [off](UnleashBuilder::off) list enables or disables the flag in one
//! environment. The flag is read first, and changed only if it is not as it should be. Any other status sends nothing.
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
//! | 401, 403, 404, 409 | dead |
//! | anything else, redirects and unreadable flags too | retry, not before `Retry-After` if there is one |
//!
//! Repeats are harmless.

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::Value;
use statused_core::model::{Event, Notification};
use statused_core::sink::SinkProfile;
use statused_core::{Outcome, Sink};

use crate::error::DestinationError;
use crate::flags::{Flag, Switch, SwitchesFlag, follow};
use crate::http::{Answer, Answers, Builder, Destination, Endpoint, HttpOptions, Request};

const ANSWERS: Answers = Answers::dead_on(&[401, 403, 404, 409]);

/// Switches a flag of Unleash. See the [module](self) for what is sent and what is made of the answer.
#[derive(Debug)]
pub struct Unleash {
    endpoint: Endpoint,
    path: [String; 8],
    switch: Switch,
}

/// Describes an [`Unleash`].
pub type UnleashBuilder = Builder<Unleash>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    url: SecretString,
    project: String,
    flag: String,
    environment: String,
    token: SecretString,
    switch: Switch,
}

impl Unleash {
    /// Begins to describe a flag at the Unleash at an address (without `/api`), by the names of its project, itself and
    /// an environment, with the token of a service account.
    pub fn builder(
        url: impl Into<SecretString>,
        project: impl Into<String>,
        flag: impl Into<String>,
        environment: impl Into<String>,
        token: impl Into<SecretString>,
    ) -> UnleashBuilder {
        Builder::new(Parts {
            url: url.into(),
            project: project.into(),
            flag: flag.into(),
            environment: environment.into(),
            token: token.into(),
            switch: Switch::default(),
        })
    }
}

impl SwitchesFlag for Unleash {
    fn switch(parts: &mut Parts) -> &mut Switch {
        &mut parts.switch
    }
}

impl Destination for Unleash {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        let Parts { project, flag, environment, .. } = parts;
        if [&project, &flag, &environment].iter().any(|name| matches!(name.trim(), "" | "." | "..")) {
            return Err(DestinationError::invalid("a project, flag or environment", "is empty or made of dots"));
        }
        // The token as it is, without a scheme before it.
        let endpoint = http.endpoint(&parts.url)?.secret_header("authorization", &parts.token)?;
        let path = ["api", "admin", "projects", &project, "features", &flag, "environments", &environment];
        Ok(Self { endpoint, path: path.map(ToOwned::to_owned), switch: parts.switch.checked()? })
    }
}

impl Flag for Unleash {
    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn look(&self) -> Request {
        Request::get().at(self.path.clone())
    }

    fn is_on(&self, answer: &Answer) -> Option<bool> {
        answer.json::<Value>()?.get("enabled")?.as_bool()
    }

    fn set(&self, on: bool, _: &Event) -> Request {
        Request::post().at(self.path.clone()).at([if on { "on" } else { "off" }])
    }

    fn judge(&self, answer: Answer) -> Outcome {
        ANSWERS.judge(answer)
    }
}

#[async_trait]
impl Sink for Unleash {
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        follow(self, &self.switch, &notification.event).await
    }
}
