//! Registers webhooks with Apple, and reads what became of their deliveries.
//!
//! Creating, changing, deleting and pinging are the only things that this crate ever writes, and only when it is
//! asked to here. Apple wants a key with the role App Manager, Admin or Account Holder for all of it, reading included.
//!
//! ```no_run
//! use statused_apple::client::Client;
//! use statused_apple::registration::{Registration, Wanted};
//!
//! # async fn register(client: Client) -> Result<(), Box<dyn std::error::Error>> {
//! let wanted = Wanted::new("https://status.example.com/sources/acme-apple/webhook/1234567890", "This is my secret");
//! let ensured = Registration::new(client).ensure("1234567890", &wanted).await?;
//! println!("{ensured:?}");
//! # Ok(())
//! # }
//! ```

mod delivery;
mod error;
mod wanted;

use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

pub use delivery::{Delivery, DeliveryState, Logged};
pub use error::RegistrationError;
pub use wanted::Wanted;

use crate::client::{ApiError, ApiErrorKind, Client, Dated};
use crate::webhooks::EventType;
use crate::wire::{Resource, Single};

/// Apple's limit for one app.
const MOST: usize = 10;

/// Manages the webhooks of a key's apps.
#[derive(Clone, Debug)]
pub struct Registration {
    client: Client,
}

/// A webhook as it is registered. Its secret cannot be read back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Webhook {
    /// Apple's id.
    pub id: String,
    /// Its name in App Store Connect.
    pub name: String,
    /// Where it sends to.
    pub url: String,
    /// Whether it sends at all.
    pub enabled: bool,
    /// What it sends.
    pub event_types: Vec<EventType>,
}

/// What [`Registration::ensure`] has done. Each has the webhook's id.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ensured {
    /// There was none.
    Created(String),
    /// There was one for this address that differed.
    Updated(String),
    /// There was one for this address. Its secret was set again, since nobody can see what it was.
    Unchanged(String),
}

impl Ensured {
    /// The webhook's id.
    pub fn id(&self) -> &str {
        match self {
            Self::Created(id) | Self::Updated(id) | Self::Unchanged(id) => id,
        }
    }
}

impl Registration {
    /// With the key of this client, which [`AppStoreConnect::client`](crate::AppStoreConnect::client) has ready.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// The webhooks of an app.
    ///
    /// # Errors
    ///
    /// [`ApiError`]; [`ApiErrorKind::Forbidden`] if the key's role does not suffice.
    pub async fn list(&self, app: &str) -> Result<Vec<Webhook>, ApiError> {
        Ok(self.list_dated(app).await?.answer)
    }

    /// The webhooks of an app, and when that was.
    pub(crate) async fn list_dated(&self, app: &str) -> Result<Dated<Vec<Webhook>>, ApiError> {
        let query = [("limit", "200".to_owned())];
        let pages = self.client.list(&format!("/v1/apps/{app}/webhooks"), &query).await?;
        Ok(Dated { answer: pages.data.iter().map(Webhook::read).collect(), at: pages.at })
    }

    /// Makes sure that an app has a webhook for this address with this secret, name and event types, and that it is
    /// enabled: one that is there is adopted and repaired, else one is created.
    ///
    /// # Errors
    ///
    /// [`RegistrationError`]. A failed call may be repeated.
    ///
    /// # Cancellation
    ///
    /// A dropped call may or may not have taken effect; it may be repeated.
    pub async fn ensure(&self, app: &str, wanted: &Wanted) -> Result<Ensured, RegistrationError> {
        wanted.check()?;
        let present = self.list(app).await?;
        let Some(found) = present.iter().find(|webhook| wanted.is_at(&webhook.url)) else {
            if present.len() >= MOST {
                return Err(RegistrationError::Full { app: app.to_owned(), most: MOST });
            }
            return Ok(Ensured::Created(self.create(app, wanted).await?.id));
        };
        let same = found.enabled && found.name == wanted.name && wanted.has_types(&found.event_types);
        let id = self.update(&found.id, wanted).await?.id;
        Ok(if same { Ensured::Unchanged(id) } else { Ensured::Updated(id) })
    }

    /// Creates a webhook, whether or not the app has one for the same address.
    ///
    /// # Errors
    ///
    /// [`RegistrationError`]. It may have been created all the same when Apple did not answer.
    pub async fn create(&self, app: &str, wanted: &Wanted) -> Result<Webhook, RegistrationError> {
        wanted.check()?;
        let body = json!({"data": {
            "type": "webhooks",
            "attributes": wanted.attributes(),
            "relationships": {"app": {"data": {"type": "apps", "id": app}}},
        }});
        Ok(self.write(Method::POST, "/v1/webhooks", &body, &wanted.secret).await?)
    }

    /// Gives a webhook this address, secret, name and event types, and enables it.
    ///
    /// # Errors
    ///
    /// [`RegistrationError`].
    pub async fn update(&self, webhook: &str, wanted: &Wanted) -> Result<Webhook, RegistrationError> {
        wanted.check()?;
        let body = json!({"data": {"type": "webhooks", "id": webhook, "attributes": wanted.attributes()}});
        Ok(self.write(Method::PATCH, &format!("/v1/webhooks/{webhook}"), &body, &wanted.secret).await?)
    }

    /// Deletes a webhook. One that is not there any more counts as deleted.
    ///
    /// # Errors
    ///
    /// [`ApiError`].
    pub async fn delete(&self, webhook: &str) -> Result<(), ApiError> {
        match self.client.delete(&format!("/v1/webhooks/{webhook}")).await {
            Err(error) if error.kind == ApiErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// Asks Apple to send a ping.
    ///
    /// # Errors
    ///
    /// [`ApiError`]. That the ping was asked for does not say that it arrived.
    pub async fn ping(&self, webhook: &str) -> Result<(), ApiError> {
        let body = json!({"data": {
            "type": "webhookPings",
            "relationships": {"webhook": {"data": {"type": "webhooks", "id": webhook}}},
        }});
        self.client.post::<Value>("/v1/webhookPings", &body).await.map(drop)
    }

    async fn write(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        secret: &SecretString,
    ) -> Result<Webhook, ApiError> {
        let request = self.client.request(method, path, &[])?.with_body(body)?.hiding(secret);
        let written: Single = self.client.fetch(&request).await?.answer;
        Ok(Webhook::read(&written.data))
    }
}

impl Webhook {
    fn read(resource: &Resource) -> Self {
        let text = |name| resource.text(name).unwrap_or_default().to_owned();
        Self {
            id: resource.id.clone(),
            name: text("name"),
            url: text("url"),
            enabled: resource.is("enabled"),
            event_types: resource.texts("eventTypes").map(EventType::from_api_name).collect(),
        }
    }
}
