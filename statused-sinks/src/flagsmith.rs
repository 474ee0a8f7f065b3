//! Feature flags of Flagsmith.
//!
//! # The request
//!
//! A status of the [on](FlagsmithBuilder::on) or [off](FlagsmithBuilder::off) list enables or disables the flag in one
//! environment; its value is left alone. The flag is read first, as applications see it, and changed only if it is not
//! as it should be. Any other status sends nothing.
//!
//! The change goes through Flagsmith's experimental `update-flag-v1`, the one way that works with and without its
//! versioning of flags. It is refused where changes have to be approved.
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
//! | 4xx but 408, 409, 425, 429 | dead |
//! | anything else, redirects and unreadable flags too | retry, not before `Retry-After` if there is one |
//!
//! Repeats are harmless.

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use statused_core::model::{Event, Notification};
use statused_core::sink::SinkProfile;
use statused_core::{Outcome, Sink};

use crate::error::DestinationError;
use crate::flags::{Flag, Switch, SwitchesFlag, follow};
use crate::http::{
    Answer, Answers, Builder, CLIENT_ERRORS, Destination, Endpoint, FixedHost, HttpOptions, Request, filled,
};

const ANSWERS: Answers = Answers::dead_on(CLIENT_ERRORS);

/// Switches a flag of Flagsmith. See the [module](self) for what is sent and what is made of the answer.
#[derive(Debug)]
pub struct Flagsmith {
    endpoint: Endpoint,
    environment_key: SecretString,
    flag: String,
    switch: Switch,
}

/// Describes a [`Flagsmith`].
pub type FlagsmithBuilder = Builder<Flagsmith>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    environment_key: SecretString,
    flag: String,
    token: SecretString,
    switch: Switch,
}

impl Flagsmith {
    /// Begins to describe a flag, by the client-side key of an environment and its own name, with an organisation's API
    /// key.
    pub fn builder(
        environment_key: impl Into<SecretString>,
        flag: impl Into<String>,
        token: impl Into<SecretString>,
    ) -> FlagsmithBuilder {
        let (environment_key, flag, token) = (environment_key.into(), flag.into(), token.into());
        Builder::new(Parts { environment_key, flag, token, switch: Switch::default() })
    }
}

impl SwitchesFlag for Flagsmith {
    fn switch(parts: &mut Parts) -> &mut Switch {
        &mut parts.switch
    }
}

impl Destination for Flagsmith {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        let Parts { environment_key, flag, token, switch } = parts;
        if matches!(environment_key.expose_secret().trim(), "" | "." | "..") || flag.trim().is_empty() {
            return Err(DestinationError::invalid("the environment key or the flag", "is empty"));
        }
        let authorization = format!("Api-Key {}", filled(&token)?).into();
        let endpoint = http.endpoint_at(Self::BASE_URL, &["api"])?.secret_header("authorization", &authorization)?;
        let endpoint = endpoint.secret_header("x-environment-key", &environment_key)?;
        Ok(Self { endpoint, environment_key, flag, switch: switch.checked()? })
    }
}

impl FixedHost for Flagsmith {
    const BASE_URL: &'static str = "https://api.flagsmith.com";
}

impl Flag for Flagsmith {
    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn look(&self) -> Request {
        Request::get().at(["v1", "flags", ""]).query("feature", self.flag.as_str())
    }

    fn is_on(&self, answer: &Answer) -> Option<bool> {
        answer.json::<Value>()?.get("enabled")?.as_bool()
    }

    fn set(&self, on: bool, _: &Event) -> Request {
        let key = self.environment_key.expose_secret();
        let path = ["experiments", "environments", key, "update-flag-v1", ""];
        Request::post().at(path).json(&json!({ "feature": { "name": self.flag }, "enabled": on }))
    }

    fn judge(&self, answer: Answer) -> Outcome {
        ANSWERS.judge(answer)
    }
}

#[async_trait]
impl Sink for Flagsmith {
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        follow(self, &self.switch, &notification.event).await
    }
}
