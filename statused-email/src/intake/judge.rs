//! From a mail to what is made of it.

use secrecy::SecretString;
use statused_core::model::{AggregateKey, AppId, Sighting, Sightings};

use super::receipt::{Failed, Ignored, Receipt, Why};
use super::{Intake, route};
use crate::confirmation::{ConfirmError, ConfirmationState, confirm};
use crate::meaning::{About, ForwardingRequest, Meaning};
use crate::proof::Unproved;
use crate::{Envelope, Reason, Verdict};

/// What a mail of Google's has somewhere.
const GOOGLES: &[u8] = b"google.com";

/// What is made of a mail.
pub(super) enum Judgement {
    /// It is done with.
    Done(Receipt),
    /// It has to be kept aside.
    Keep(Why),
}

impl Intake {
    /// What becomes of a mail with its verdict.
    pub(super) async fn judge(&self, raw: &[u8], envelope: &Envelope, verdict: &Verdict) -> Judgement {
        let proof = match verdict {
            Verdict::Proved(proof) => proof,
            Verdict::Unproved(unproved) if is_strangers(&unproved.reason, raw) => {
                return Judgement::Done(Receipt::Ignored(Ignored::OtherSender));
            }
            Verdict::Unproved(unproved) => return Judgement::Keep(Why::Unproved(unproved.clone())),
        };
        let Ok(mail) = proof.open(raw) else {
            // Somebody has changed what was kept.
            let reason = Reason::NoMail;
            return Judgement::Keep(Why::Unproved(Unproved { reason, passing: false, until: None }));
        };
        if self.lock().seen.knows(&proof.message_id) {
            return Judgement::Done(Receipt::Repeated);
        }
        let for_us = || {
            let recipients = &self.shared.recipients;
            recipients.is_empty() || !route::addresses(envelope, raw).is_disjoint(recipients)
        };
        match self.shared.reader.read(&mail) {
            Meaning::NotAboutStatus => Judgement::Done(Receipt::Ignored(Ignored::NotAboutStatus)),
            _ if !for_us() => Judgement::Keep(Why::OtherRecipient),
            Meaning::Unreadable(unreadable) => Judgement::Keep(Why::Unreadable(unreadable)),
            Meaning::ForwardingRequest(request) => Judgement::Done(self.answer(&request, &proof.message_id).await),
            Meaning::About(about) => self.tell(about, &proof.message_id).await,
        }
    }

    /// Hands what a mail says of an app to the monitor.
    async fn tell(&self, about: About, message_id: &str) -> Judgement {
        let shared = &self.shared;
        // A name alone binds nothing: anybody may call an app like ours, and have Google write about it.
        let Some(package) = about.package else { return Judgement::Keep(Why::NoPackage) };
        if !shared.packages.is_empty() && !shared.packages.contains(&package) {
            return Judgement::Done(Receipt::Ignored(Ignored::OtherApp { package }));
        }
        let key = AggregateKey::App(shared.source.clone(), AppId::new(&*package));
        match shared.monitor.knows(&key).await {
            Ok(true) => {}
            Ok(false) => return Judgement::Keep(Why::UnknownApp { package }),
            Err(error) => return Judgement::Done(Receipt::Failed(Failed::Monitor(error.into()))),
        }
        let _turn = shared.queue.turn(&package).await;
        if self.lock().seen.knows(message_id) {
            return Judgement::Done(Receipt::Repeated);
        }
        let sightings = Sightings::from([(key, Sighting::new().with_letter(about.letter))]);
        if let Err(error) = shared.monitor.ingest(shared.source.clone(), sightings).await {
            return Judgement::Done(Receipt::Failed(Failed::Monitor(error)));
        }
        self.lock().seen.note(message_id);
        Judgement::Done(Receipt::Taken { package })
    }

    /// Notes a question whether Gmail may forward, and answers it if it was expected.
    async fn answer(&self, request: &ForwardingRequest, message_id: &str) -> Receipt {
        let expected = {
            let (now, mut state) = (self.now(), self.lock());
            if state.seen.knows(message_id) {
                return Receipt::Repeated;
            }
            state.seen.note(message_id);
            state.confirmations.note(request, now)
        };
        if expected {
            // On its own, so that a sender who does not wait leaves nothing half done.
            let (this, id, link) = (self.clone(), request.id.clone(), request.link.clone());
            let opened = tokio::spawn(async move { this.open(&id, &link).await }).await;
            if let Err(error) = opened {
                tracing::error!(source = %self.shared.source, %error, "Gmail's forwarding could not be confirmed");
            }
        } else {
            tracing::warn!(source = %self.shared.source, "somebody asks that Gmail forwards mail here, unexpectedly");
        }
        Receipt::Asked { id: request.id.clone() }
    }

    /// Opens a confirmation's link, and notes what became of it.
    pub(super) async fn open(&self, id: &str, link: &SecretString) -> ConfirmationState {
        self.lock().confirmations.settle(id, ConfirmationState::Opening);
        let outcome = match &self.shared.web {
            Some(web) => confirm(web.as_ref(), link).await,
            None => Err(ConfirmError::NoWeb),
        };
        let state = match outcome {
            Ok(()) => ConfirmationState::Confirmed,
            Err(error) => {
                tracing::warn!(source = %self.shared.source, %error, "Gmail's forwarding could not be confirmed");
                self.lock().health.last_problem = Some(error.to_string());
                ConfirmationState::Failed(error)
            }
        };
        self.lock().confirmations.settle(id, state.clone());
        state
    }
}

/// Whether a mail does not even say that it is Play's: a mailbox may have many of those.
fn is_strangers(reason: &Reason, raw: &[u8]) -> bool {
    match reason {
        // Google has changed its addresses before.
        Reason::Sender { address } => !address.strip_suffix("@google.com").is_some_and(|name| name.contains("play")),
        Reason::NoMail | Reason::Missing { .. } | Reason::Repeated { .. } | Reason::MalformedHeaders { .. } => {
            !raw.windows(GOOGLES.len()).any(|window| window.eq_ignore_ascii_case(GOOGLES))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_that_it_is_googles_is_kept() {
        let sender = |address: &str| is_strangers(&Reason::Sender { address: address.to_owned() }, b"");
        assert!(sender("friend@example.com") && sender("calendar-notification@google.com"));
        assert!(sender("googleplay@google.com.evil.test"));
        assert!(!sender("new-play-sender@google.com"));
        assert!(is_strangers(&Reason::NoMail, b"spam") && !is_strangers(&Reason::NoMail, b"From: x@Google.com"));
        assert!(!is_strangers(&Reason::Unsigned { domain: "google.com".to_owned() }, b""));
    }
}
