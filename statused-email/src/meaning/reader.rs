use super::Meaning;
use crate::proof::ProvedMail;

/// Reads proved mail.
#[derive(Debug, Clone, Default)]
pub struct Reader {}

/// Sets up a [`Reader`].
#[derive(Debug, Clone, Default)]
pub struct ReaderBuilder {}

impl Reader {
    /// A reader that knows the languages that come with this crate.
    pub fn new() -> Self {
        Self::default()
    }

    /// A reader with further rules.
    pub fn builder() -> ReaderBuilder {
        ReaderBuilder::default()
    }

    /// What the mail says.
    pub fn read(&self, _mail: &ProvedMail<'_>) -> Meaning {
        Meaning::NotAboutStatus
    }
}

impl ReaderBuilder {
    /// The reader.
    pub fn build(self) -> Reader {
        Reader {}
    }
}
