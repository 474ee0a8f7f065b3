//! Postmark's inbound streams.

use async_trait::async_trait;
use serde::Deserialize;

use super::{Access, Content, Form, RawMail, Refusal, Request};
use crate::Envelope;
use crate::intake::{Receipt, Refused};

/// Postmark's inbound webhook, with *Include raw email content in JSON payload*.
///
/// Postmark signs nothing: put a login into the address that it posts to.
#[derive(Clone, Debug)]
pub struct Postmark {
    access: Access,
}

impl Postmark {
    /// For whoever knows the login of the address (`https://user:password@host/…`).
    pub fn new(access: Access) -> Self {
        Self { access }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inbound {
    #[serde(default)]
    raw_email: Option<String>,
    #[serde(default)]
    original_recipient: Option<String>,
}

#[async_trait]
impl Form for Postmark {
    fn name(&self) -> &'static str {
        "postmark"
    }

    async fn read(&self, request: &Request<'_>) -> Result<Content, Refusal> {
        self.access.admit(request)?;
        let inbound: Inbound = serde_json::from_slice(request.body)
            .map_err(|_| Refusal::Unreadable("it is not the JSON of Postmark's inbound webhook"))?;
        let Some(mail) = inbound.raw_email.filter(|mail| !mail.is_empty()) else {
            return Err(Refusal::NotRaw(
                "switch on `Include raw email content in JSON payload` in the settings of the inbound stream",
            ));
        };
        let envelope = Envelope::to(inbound.original_recipient);
        Ok(Content::Mail(RawMail::new(mail.into_bytes(), envelope)))
    }

    /// Postmark takes 200 as done and 403 as an order to stop; the rest is tried ten times in half a day.
    fn status(&self, receipt: &Receipt) -> u16 {
        match receipt {
            Receipt::Refused(Refused::TooLarge { .. }) => 403,
            other => match other.status() {
                200..300 => 200,
                status => status,
            },
        }
    }

    fn refused(&self, refusal: &Refusal) -> u16 {
        match refusal {
            Refusal::NotRaw(_) | Refusal::Unreadable(_) | Refusal::TooLarge => 403,
            other => other.status(),
        }
    }
}
