//! How a webhook shall be.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::RegistrationError;
use crate::client::is_loopback;
use crate::webhooks::EventType;

/// How a webhook shall be.
#[derive(Clone, Debug)]
#[must_use]
pub struct Wanted {
    pub(super) url: SecretString,
    pub(super) secret: SecretString,
    pub(super) name: String,
    pub(super) event_types: Vec<EventType>,
}

impl Wanted {
    /// A webhook named *Statused* that sends all that concerns an app itself to an address, signed with a secret.
    pub fn new(url: impl Into<SecretString>, secret: impl Into<SecretString>) -> Self {
        let event_types = EventType::of_apps().collect();
        Self { url: url.into(), secret: secret.into(), name: "Statused".to_owned(), event_types }
    }

    /// Names it in App Store Connect.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// What it sends. [`EventType::Ping`] need not be wanted and is left out.
    pub fn sending(mut self, types: impl IntoIterator<Item = EventType>) -> Self {
        self.event_types = types.into_iter().filter(|kind| *kind != EventType::Ping).collect();
        self.event_types.sort();
        self.event_types.dedup();
        self
    }

    pub(super) fn check(&self) -> Result<(), RegistrationError> {
        let url = Url::parse(self.url.expose_secret()).map_err(|_| RegistrationError::Url)?;
        let host = url.host().ok_or(RegistrationError::Url)?;
        let safe = url.scheme() == "https" || url.scheme() == "http" && is_loopback(&host);
        if !safe || !url.username().is_empty() || url.password().is_some() {
            return Err(RegistrationError::Url);
        }
        if self.secret.expose_secret().is_empty() {
            return Err(RegistrationError::Secret);
        }
        Ok(())
    }

    pub(super) fn attributes(&self) -> Value {
        json!({
            "enabled": true,
            "eventTypes": self.event_types.iter().map(EventType::api_name).collect::<Vec<_>>(),
            "name": self.name,
            "secret": self.secret.expose_secret(),
            "url": self.url.expose_secret(),
        })
    }

    pub(super) fn is_at(&self, url: &str) -> bool {
        let (mine, theirs) = (Url::parse(self.url.expose_secret()), Url::parse(url));
        mine.is_ok() && mine.ok() == theirs.ok()
    }

    pub(super) fn has_types(&self, types: &[EventType]) -> bool {
        self.event_types.len() == types.len() && self.event_types.iter().all(|wanted| types.contains(wanted))
    }
}
