//! Mail that comes by HTTP, whatever the web framework.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::forms::{Content, Form, Refusal, Request};
use super::{Intake, Receipt, Refused};

/// An intake, and the forms in which its mail may be posted.
///
/// It is a handle: clones are cheap and mean the same reception. With the feature `axum`, `router` makes a route of it;
/// with another framework, call [`receive`](Self::receive) and answer with [`Answer::status`] and an empty body.
///
/// ```no_run
/// # use statused_email::intake::Intake;
/// use statused_email::intake::Reception;
/// use statused_email::intake::forms::{Access, Mailgun, Raw, Request};
///
/// # async fn f(intake: Intake, headers: http::HeaderMap, body: &[u8]) -> u16 {
/// let reception = Reception::new(intake)
///     .form(Raw::with_access(Access::bearer("a long token")))
///     .form(Mailgun::new("the account's signing key"));
/// // For each request:
/// let request = Request::new(&headers, body, chrono::Utc::now());
/// reception.receive("mailgun", request).await.status()
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Reception {
    intake: Intake,
    forms: BTreeMap<&'static str, Arc<dyn Form>>,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    status: u16,
    outcome: Result<Option<Receipt>, Refusal>,
}

impl Answer {
    /// The HTTP status to answer with, as this provider wants it; the body is empty.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// What became of its mail, if it had one.
    pub fn receipt(&self) -> Option<&Receipt> {
        self.outcome.as_ref().ok()?.as_ref()
    }

    /// Why it was not read.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.outcome.as_ref().err()
    }
}

impl Reception {
    /// For an intake; nothing is taken until a form is added.
    pub fn new(intake: Intake) -> Self {
        Self { intake, forms: BTreeMap::new() }
    }

    /// Takes mail in one more form.
    #[must_use]
    pub fn form(mut self, form: impl Form) -> Self {
        self.forms.insert(form.name(), Arc::new(form));
        self
    }

    /// The intake behind it.
    pub fn intake(&self) -> &Intake {
        &self.intake
    }

    /// The longest body that is read, in bytes: that of the longest mail as a form may write it.
    pub fn largest_body(&self) -> usize {
        self.intake.largest_mail().saturating_mul(4).saturating_add(64 * 1024)
    }

    /// Takes a request in one of the forms, by its name (`raw`, `mailgun`, …). What became of its mail is durable when it
    /// returns.
    ///
    /// # Cancellation
    ///
    /// As for [`Intake::ingest`].
    pub async fn receive(&self, form: &str, request: Request<'_>) -> Answer {
        match self.admit(form) {
            Ok(()) => self.take_in(form, request).await,
            Err(answer) => answer,
        }
    }

    /// Whether one more request is taken now.
    pub(super) fn admit(&self, form: &str) -> Result<(), Answer> {
        if self.intake.admit() {
            return Ok(());
        }
        let receipt = Receipt::Refused(Refused::TooMany);
        self.intake.lock().health.count(&receipt, self.intake.now());
        Err(self.answer(form, Ok(Some(receipt))))
    }

    /// As [`receive`](Self::receive), of a request that was admitted.
    pub(super) async fn take_in(&self, form: &str, request: Request<'_>) -> Answer {
        let Some(found) = self.forms.get(form) else { return self.refuse(form, Refusal::Closed) };
        if request.body.len() > self.largest_body() {
            return self.refuse(form, Refusal::TooLarge);
        }
        match found.read(&request).await {
            Ok(Content::Mail(mail)) => {
                let receipt = self.intake.take(&mail.bytes, mail.envelope).await;
                self.answer(form, Ok(Some(receipt)))
            }
            Ok(Content::Handled) => self.answer(form, Ok(None)),
            Err(refusal) => self.refuse(form, refusal),
        }
    }

    /// Counts a request that was not read.
    pub(super) fn refuse(&self, form: &str, refusal: Refusal) -> Answer {
        let source = self.intake.source();
        tracing::warn!(%source, form, %refusal, "a posted mail is refused");
        let health = &mut self.intake.lock().health;
        health.refused += 1;
        health.last_problem = Some(format!("{form}: {refusal}"));
        self.answer(form, Err(refusal))
    }

    fn answer(&self, form: &str, outcome: Result<Option<Receipt>, Refusal>) -> Answer {
        let status = match (self.forms.get(form), &outcome) {
            (Some(form), Ok(Some(receipt))) => form.status(receipt),
            (None, Ok(Some(receipt))) => receipt.status(),
            (_, Ok(None)) => 200,
            (Some(form), Err(refusal)) => form.refused(refusal),
            (None, Err(refusal)) => refusal.status(),
        };
        Answer { status, outcome }
    }
}
