//! What a proved mail says.

mod reader;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use reader::{Reader, ReaderBuilder};
pub use statused_core::model::{Letter, LetterKind};

/// What a proved mail is about.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Meaning {
    /// An app, and what the store says of it.
    About(About),
    /// Somebody asks that Gmail may forward mail here.
    ForwardingRequest(ForwardingRequest),
    /// Nothing that is watched: newsletters, receipts, ratings. It is ignored.
    NotAboutStatus,
    /// It looks like news of an app, but it cannot be read. It is kept aside.
    Unreadable(Unreadable),
}

/// An app, and what the store says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct About {
    /// The app's package, if the mail names it.
    pub package: Option<String>,
    /// The app's name as the mail writes it: all there is to go by without a package.
    pub app_name: Option<String>,
    /// What the store says.
    pub letter: Letter,
    /// True if the rule that read it was made from a mail that Google sent; false if nobody has seen such a mail.
    pub verified: bool,
}

/// Somebody asks that Gmail may forward mail here.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ForwardingRequest {
    /// The mail's `Message-ID`.
    pub id: String,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Whose mail shall be forwarded, as the mail says.
    pub requested_by: Option<String>,
    /// Where to, as the mail says: one of our addresses.
    pub recipient: Option<String>,
    /// The link that confirms it: whoever has it can. Always `https`, one of Gmail's hosts, `/mail/vf-…`.
    pub link: SecretString,
}

/// Why a mail that looks like news could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unreadable {
    /// It has no text.
    #[error("it has no text")]
    NoText,
}
