//! What a proved mail means.

use std::sync::Arc;

use super::content::Content;
use super::forwarding::forwarding;
use super::letter::Reading;
use super::rules::{PROVIDED, Rules};
use super::{Meaning, RulesError, Unreadable};
use crate::proof::{FORWARDING_SENDER, ProvedMail};
use crate::survive::survived;

/// Who writes about policies and reviews, and never passes on what strangers write.
pub const POLICY_SENDER: &str = "no-reply-googleplay-developer@google.com";

/// Customers and developers alike are written to from here, about anything.
const NEWS_SENDER: &str = "googleplay-noreply@google.com";

/// Reads proved mail; see [the module](super) for how. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reader {
    rules: Arc<[Rules]>,
    policy_senders: Arc<[String]>,
}

/// Sets up a [`Reader`].
#[derive(Debug, Clone)]
pub struct ReaderBuilder {
    rules: Vec<Rules>,
    policy_senders: Vec<String>,
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// A reader that knows the languages that come with this crate.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A reader with further rules.
    pub fn builder() -> ReaderBuilder {
        ReaderBuilder { rules: Vec::new(), policy_senders: vec![POLICY_SENDER.to_owned()] }
    }

    /// What the mail says.
    pub fn read(&self, mail: &ProvedMail<'_>) -> Meaning {
        survived(|| self.meaning(mail)).unwrap_or(Meaning::Unreadable(Unreadable::Broken))
    }

    fn meaning(&self, mail: &ProvedMail<'_>) -> Meaning {
        let proof = mail.proof();
        let Some(content) = Content::of(mail.raw()) else { return Meaning::Unreadable(Unreadable::NoText) };
        match proof.from.as_str() {
            FORWARDING_SENDER => return forwarding(proof, &content),
            NEWS_SENDER => return Meaning::NotAboutStatus,
            _ => {}
        }
        let trusted = self.policy_senders.contains(&proof.from);
        let text = match &content.text {
            Some(text) => text.as_str(),
            None if trusted => return Meaning::Unreadable(Unreadable::NoText),
            None => "",
        };
        Reading::new(&proof.message_id, proof.date, trusted, &content.subject, text, &self.rules).meaning()
    }
}

impl ReaderBuilder {
    /// Rules for a language, in the form that [the module](super) shows. They go before those that come with this
    /// crate.
    ///
    /// # Errors
    /// If they are not in that form.
    pub fn rules(mut self, toml: &str) -> Result<Self, RulesError> {
        self.rules.push(Rules::parse(toml)?);
        Ok(self)
    }

    /// A further address that writes as [`POLICY_SENDER`] does. It must never pass on what strangers write: a status
    /// is looked for in all of its text. The verifier has to know it, too.
    #[must_use]
    pub fn policy_sender(mut self, address: impl Into<String>) -> Self {
        self.policy_senders.push(address.into().to_ascii_lowercase());
        self
    }

    /// The reader.
    pub fn build(mut self) -> Reader {
        self.rules.extend(PROVIDED.iter().cloned());
        Reader { rules: self.rules.into(), policy_senders: self.policy_senders.into() }
    }
}
