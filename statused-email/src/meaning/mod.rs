//! What a proved mail says.
//!
//! A [`Reader`] goes by rules, and the rules are data: a file for each language.
//!
//! * A **policy letter** comes from [`POLICY_SENDER`], or has a policy letter's subject. Rejections and warnings share
//!   that subject; the line under the heading *Publishing Status* decides. One whose line is in no rule is still a
//!   [hint](statused_core::model::LetterKind::Hint) if it names a package, in whatever language it is.
//! * Other **letters** are known by how their subject begins, or, from [`POLICY_SENDER`], by a sentence.
//! * A **request for forwarding** is known by its sender and its header, in every language.
//! * Anything else from [`POLICY_SENDER`] is [unreadable](Unreadable), and the rest is not about a status. Strangers'
//!   words (a review of an app, say) are never searched for a status.
//!
//! The text is the plain part, or the HTML without its markup if there is no plain part; attachments are not read.
//! Names, reasons and dates are cut to a bounded length, and neither control characters nor angle brackets or
//! backticks are in them, whatever the mail says. They are still Google's words and the developers', not the
//! application's: what shows them escapes them, and a language model that is given them is told so.
//!
//! # Further rules
//!
//! [`ReaderBuilder::rules`] takes a file of the same form, which goes before those that come with this crate:
//!
//! ```
//! use statused_email::Reader;
//!
//! let italian = r#"
//!     language = "it"
//!
//!     [policy]                                  # all lists may be left out
//!     subject = ["Azione richiesta: la tua app non rispetta le norme di Google Play"]  # how it begins
//!     app = ["la tua app {app} ({package}) non rispetta"]     # finds name and package
//!     issue = ["Problema rilevato:"]            # the rest of the line is a reason
//!     version_code = ["Codice versione"]        # numbers follow
//!     deadline = [{ before = "entro il" }]      # what stands before a date, or after it
//!
//!     [[policy.status]]                         # the whole line under the heading
//!     line = "Stato dell'app: Rifiutata"
//!     says = "rejected"                         # warning, removed, suspended, approved, live, production_access, hint
//!     verified = true                           # made from a mail that Google has sent
//!
//!     [[letter]]
//!     subject = "Il tuo aggiornamento di {app} è disponibile" # or: sentence = "…"
//!     says = "live"
//! "#;
//! let reader = Reader::builder().rules(italian)?.build();
//! # let _ = reader;
//! # Ok::<(), statused_email::meaning::RulesError>(())
//! ```
//!
//! Case does not matter, nor do typographic apostrophes, non-breaking spaces and line breaks.

mod content;
mod deadline;
mod find;
mod forwarding;
mod html;
mod letter;
mod pattern;
mod reader;
mod rules;
mod tidy;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use statused_core::model::Letter;

pub use reader::{POLICY_SENDER, Reader, ReaderBuilder};
pub use rules::RulesError;

/// What a proved mail is about.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Meaning {
    /// An app, and what the store says of it.
    About(About),
    /// Somebody asks that Gmail may forward mail here.
    ForwardingRequest(ForwardingRequest),
    /// Nothing that is watched: newsletters, receipts, reviews. It is ignored.
    NotAboutStatus,
    /// It looks like news of an app, but it cannot be read. It is kept aside for people to see.
    Unreadable(Unreadable),
}

/// An app, and what the store says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct About {
    /// The app's package, if the mail names it for certain.
    pub package: Option<String>,
    /// The app's name as the mail writes it: without a package, all there is to go by. Without either, the mail does
    /// not say which app of the account it is about (grants of production access are like that).
    pub app_name: Option<String>,
    /// What the store says.
    pub letter: Letter,
    /// True if the rule that read it was made from a mail that Google has sent; false if nobody has shown such a mail.
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
    /// Where to: the address that Google wrote to, in lower case.
    pub recipient: Option<String>,
    /// The link that confirms it: whoever has it can. Always `https`, one of Gmail's hosts, and `/mail/vf-…`. To open
    /// it is not enough: the page that it leads to has a form that has to be sent.
    pub link: SecretString,
}

/// Why a mail that looks like news could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unreadable {
    /// It has no text.
    #[error("it has no text")]
    NoText,
    /// The library that reads mail has failed over it.
    #[error("the library that reads mail has failed over it")]
    Broken,
    /// It is a policy letter whose status no rule knows, and it names no package, or several.
    #[error("it is about an app's standing, but neither the status nor the package can be read")]
    UnknownStatus,
    /// It is from the sender of policy letters, and no rule knows it.
    #[error("it is from Google Play Support, but no rule knows it")]
    UnknownLetter,
    /// It asks for forwarding, but the link is not there, or there are several.
    #[error("it asks for forwarding, but there is not one link that confirms it")]
    NoLink,
}
