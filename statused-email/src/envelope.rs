//! How a mail came.

use std::fmt;

/// How a mail came: for whom and from where, as the server that took it was told.
///
/// The `To:` header says whom Google wrote to, which is not where a forwarder sent it; who runs an address for each
/// account goes by this one.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Envelope {
    /// The addresses that it was delivered to, as the server that took it wrote them; none if nobody knows.
    pub recipients: Vec<String>,
    /// The address that errors go back to (`MAIL FROM`); a forwarder's own, not Google's. It proves nothing.
    pub sender: Option<String>,
}

impl Envelope {
    /// A mail for these addresses.
    pub fn to(recipients: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { recipients: recipients.into_iter().map(Into::into).collect(), sender: None }
    }

    /// The same, with the address that errors go back to.
    #[must_use]
    pub fn with_sender(mut self, sender: impl Into<String>) -> Self {
        self.sender = Some(sender.into());
        self
    }
}

/// Counts, since whoever knows an intake's address can write to it.
impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("recipients", &self.recipients.len())
            .field("sender", &self.sender.is_some())
            .finish()
    }
}
