//! What Apple has sent, or tried to.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::Registration;
use crate::client::ApiError;
use crate::webhooks::EventType;
use crate::wire::{Included, Linked, Resource};

/// How far back Apple lets one look: ten days, less some room for its clock.
const FARTHEST: TimeDelta = TimeDelta::minutes(10 * 24 * 60 - 10);

/// One try to send an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Apple's id of the try.
    pub id: String,
    /// How it went.
    pub state: DeliveryState,
    /// When it was noted.
    pub created: Option<DateTime<Utc>>,
    /// Whether somebody asked for it to be sent again.
    pub redelivery: bool,
    /// The status of the receiver's answer.
    pub http_status: Option<u16>,
    /// Why it failed, in Apple's words.
    pub error: Option<String>,
    /// The event, unless the answer lacks it.
    pub event: Option<Logged>,
}

/// How a try went.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeliveryState {
    /// The receiver took it.
    Succeeded,
    /// The receiver did not take it, or was not there.
    Failed,
    /// It is on its way.
    Pending,
    /// A state that this version does not know, by Apple's name.
    Other(String),
}

/// An event as Apple has logged it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logged {
    /// Apple's id of the log entry; whether it is the one in the payload is not documented.
    pub id: String,
    /// What it tells of.
    pub kind: EventType,
    /// When it happened.
    pub created: Option<DateTime<Utc>>,
    /// What was sent, byte for byte.
    pub payload: String,
}

impl Registration {
    /// What was sent for a webhook since a moment, ten days back at most; the oldest first.
    ///
    /// # Errors
    ///
    /// [`ApiError`]; [`ApiErrorKind::Forbidden`](crate::client::ApiErrorKind::Forbidden) if the key's role does not
    /// suffice.
    pub async fn deliveries(&self, webhook: &str, since: DateTime<Utc>) -> Result<Vec<Delivery>, ApiError> {
        // The live API wants the date, though its document does not say so, and refuses a filter by state, though its
        // document offers one.
        let since = since.max(self.client.now() - FARTHEST).to_rfc3339_opts(SecondsFormat::Millis, true);
        let query = [
            ("include", "event".to_owned()),
            ("filter[createdDateGreaterThanOrEqualTo]", since),
            ("limit", "200".to_owned()),
        ];
        let pages = self.client.list(&format!("/v1/webhooks/{webhook}/deliveries"), &query).await?;
        let included = Included::new(&pages.included);
        let mut deliveries: Vec<_> = pages.data.iter().map(|resource| Delivery::read(resource, &included)).collect();
        deliveries.sort_by_key(Delivery::age);
        Ok(deliveries)
    }

    /// Asks Apple to send again what a delivery sent.
    ///
    /// # Errors
    ///
    /// [`ApiError`]. The live API is said to fail for some deliveries.
    pub async fn redeliver(&self, delivery: &str) -> Result<(), ApiError> {
        let body = json!({"data": {
            "type": "webhookDeliveries",
            "relationships": {"template": {"data": {"type": "webhookDeliveries", "id": delivery}}},
        }});
        self.client.post::<Value>("/v1/webhookDeliveries", &body).await.map(drop)
    }
}

impl Delivery {
    fn read(resource: &Resource, included: &Included<'_>) -> Self {
        let response = resource.object("response");
        let status = response.and_then(|response| response.get("httpStatusCode")?.as_u64());
        Self {
            id: resource.id.clone(),
            state: match resource.text("deliveryState").unwrap_or_default() {
                "SUCCEEDED" => DeliveryState::Succeeded,
                "FAILED" => DeliveryState::Failed,
                "PENDING" => DeliveryState::Pending,
                other => DeliveryState::Other(other.to_owned()),
            },
            created: resource.date("createdDate"),
            redelivery: resource.is("redelivery"),
            http_status: status.and_then(|status| u16::try_from(status).ok()),
            error: resource.text("errorMessage").map(str::to_owned),
            event: Logged::read(resource.linked("event", included)),
        }
    }

    fn age(&self) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        (self.event.as_ref().and_then(|event| event.created).or(self.created), self.created)
    }
}

impl Logged {
    fn read(event: Linked<'_>) -> Option<Self> {
        let event = event.found()?;
        let kind = if event.is("ping") {
            EventType::Ping
        } else {
            EventType::from_api_name(event.text("eventType").unwrap_or_default())
        };
        let payload = event.text("payload")?.to_owned();
        Some(Self { id: event.id.clone(), kind, created: event.date("createdDate"), payload })
    }
}
