//! Amazon SES through SNS.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use url::Url;

use super::sns::Notification;
use super::{Content, Form, RawMail, Refusal, Request};
use crate::Envelope;
use crate::intake::Receipt;
use crate::web::{Method, Web};

/// Certificates that are remembered: Amazon has one at a time, and a region or two are used.
const MOST_CERTIFICATES: usize = 8;

/// What is no topic.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no topic: arn:aws:sns:<region>:<account>:<name> is one")]
#[non_exhaustive]
pub struct TopicError(String);

/// Amazon SES through a topic of SNS: a receipt rule with an SNS action, encoding Base64.
///
/// The topic's HTTPS subscription is confirmed by itself. Mail of more than 150 KB never comes this way: SES refuses it
/// to its sender. Google's are far shorter, but a forwarder may add to them; an S3 action and a function that posts the
/// object to the [raw](super::Raw) form have no such limit.
pub struct SesSns {
    topic: String,
    web: Arc<dyn Web>,
    certificates: Mutex<BTreeMap<String, Arc<[u8]>>>,
}

impl SesSns {
    /// For one topic, by its ARN. `web` fetches Amazon's certificates.
    ///
    /// # Errors
    ///
    /// When it is no ARN of a topic.
    pub fn new(topic_arn: impl Into<String>, web: Arc<dyn Web>) -> Result<Self, TopicError> {
        let topic = topic_arn.into();
        let parts: Vec<_> = topic.split(':').collect();
        if parts.len() != 6 || parts[0] != "arn" || parts[2] != "sns" || parts.iter().any(|part| part.is_empty()) {
            return Err(TopicError(topic));
        }
        Ok(Self { topic, web, certificates: Mutex::default() })
    }

    async fn prove(&self, notification: &Notification) -> Result<(), Refusal> {
        if notification.topic_arn != self.topic {
            return Err(Refusal::Unauthorized("it is of another topic"));
        }
        let url = notification.certificate_url()?;
        let known = self.certificates().get(url.as_str()).cloned();
        let certificate = match known {
            Some(certificate) => certificate,
            None => self.fetch(&url).await?,
        };
        if !notification.is_signed_by(&certificate) {
            return Err(Refusal::Unauthorized("Amazon has not signed it"));
        }
        let mut certificates = self.certificates();
        if certificates.len() >= MOST_CERTIFICATES {
            certificates.clear();
        }
        // Only now, so that nobody can fill it.
        certificates.insert(url.into(), certificate);
        Ok(())
    }

    async fn fetch(&self, url: &Url) -> Result<Arc<[u8]>, Refusal> {
        let page = self.web.ask(Method::Get, url).await;
        let page = page.map_err(|error| Refusal::Unavailable(error.to_string()))?;
        match page.status {
            200 => Ok(page.body.into_bytes().into()),
            status => Err(Refusal::Unavailable(format!("Amazon's certificate: HTTP {status}"))),
        }
    }

    async fn subscribe(&self, notification: &Notification) -> Result<Content, Refusal> {
        let url = notification.subscribe_url()?;
        let page = self.web.ask(Method::Get, &url).await;
        match page {
            Ok(page) if page.status == 200 => {
                tracing::info!("the subscription of the topic {} is confirmed", self.topic);
                Ok(Content::Handled)
            }
            Ok(page) => Err(Refusal::Unavailable(format!("the subscription: HTTP {}", page.status))),
            Err(error) => Err(Refusal::Unavailable(error.to_string())),
        }
    }

    fn certificates(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<[u8]>>> {
        // Nothing can fail half-way.
        self.certificates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SesSns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SesSns").field("topic", &self.topic).finish_non_exhaustive()
    }
}

/// What SES says in the notification's message.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Received {
    notification_type: String,
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    mail: Mail,
    #[serde(default)]
    receipt: Receiving,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Mail {
    source: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Receiving {
    recipients: Vec<String>,
}

#[async_trait]
impl Form for SesSns {
    fn name(&self) -> &'static str {
        "ses-sns"
    }

    async fn read(&self, request: &Request<'_>) -> Result<Content, Refusal> {
        if request.header("x-amz-sns-rawdelivery").is_some() {
            return Err(Refusal::Unauthorized("switch off raw message delivery of the subscription: it is not signed"));
        }
        let notification: Notification =
            serde_json::from_slice(request.body).map_err(|_| Refusal::Unauthorized("it is no message of SNS"))?;
        self.prove(&notification).await?;
        match &*notification.r#type {
            "Notification" => read(&notification.message),
            "SubscriptionConfirmation" => self.subscribe(&notification).await,
            _ => Ok(Content::Handled),
        }
    }

    /// SNS tries again what is answered with 429 or 5xx, and nothing else.
    fn status(&self, receipt: &Receipt) -> u16 {
        receipt.status()
    }

    fn refused(&self, refusal: &Refusal) -> u16 {
        refusal.status()
    }
}

pub(crate) fn read(message: &str) -> Result<Content, Refusal> {
    // SES greets a topic that it was given with a line of text.
    let Ok(received) = serde_json::from_str::<Received>(message) else { return Ok(Content::Handled) };
    if received.notification_type != "Received" {
        return Ok(Content::Handled);
    }
    let Some(content) = received.content else {
        return Err(Refusal::NotRaw(
            "the receipt rule needs an SNS action; other actions, like S3, announce a mail without its content",
        ));
    };
    // A message has colons, and Base64 has none.
    let bytes = match STANDARD.decode(content.trim()) {
        Ok(decoded) => decoded,
        Err(_) => content.into_bytes(),
    };
    let mut envelope = Envelope::to(received.receipt.recipients);
    envelope.sender = received.mail.source;
    Ok(Content::Mail(RawMail::new(bytes, envelope)))
}
