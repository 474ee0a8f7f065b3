//! Why a mail is not proved.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a mail lacks to be believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// It has no headers.
    #[error("it is no mail: it has no headers")]
    NoMail,
    /// The library that reads mail has failed over it.
    #[error("it cannot be read: the library that reads mail has failed over it")]
    Unreadable,
    /// It is larger than what is looked at.
    #[error("it has {bytes} bytes; at most {most} are looked at")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The largest that is looked at.
        most: usize,
    },
    /// Its headers can be read in more than one way.
    #[error("its headers are malformed in line {line}")]
    MalformedHeaders {
        /// The first such line, counted from 1.
        line: usize,
    },
    /// A header that has to be there once is not there, or cannot be read.
    #[error("it has no readable {header} header")]
    Missing {
        /// The header.
        header: String,
    },
    /// A header that has to be there once is there more often, so that readers may differ on which one counts.
    #[error("it has {count} {header} headers")]
    Repeated {
        /// The header.
        header: String,
        /// How often it is there.
        count: usize,
    },
    /// It is not from Google, by its own account.
    #[error("it is from {address}, which is none of the known senders")]
    Sender {
        /// Whom it is from.
        address: String,
    },
    /// It has more signatures than are looked at.
    #[error("it has {count} signatures; at most {most} are looked at")]
    TooManySignatures {
        /// How many.
        count: usize,
        /// The most that are looked at.
        most: usize,
    },
    /// The sender's domain did not sign it.
    #[error("{domain} did not sign it")]
    Unsigned {
        /// The domain of the sender.
        domain: String,
    },
    /// The signature does not cover what is relied on.
    #[error("the signature of {domain} does not cover {header}")]
    Uncovered {
        /// Who signed.
        domain: String,
        /// The header that is not covered.
        header: String,
    },
    /// The signature covers a part of the body only (`l=`).
    #[error("the signature of {domain} covers a part of the body only")]
    Partial {
        /// Who signed.
        domain: String,
    },
    /// The signature has expired: the mail is old, or somebody plays it again.
    #[error("the signature of {domain} has expired at {at}")]
    Expired {
        /// Who signed.
        domain: String,
        /// When it expired.
        at: DateTime<Utc>,
    },
    /// The signature was made in the future: a clock is wrong.
    #[error("the signature of {domain} is of {at}, which is to come: a clock is wrong")]
    Future {
        /// Who signed.
        domain: String,
        /// When it was made.
        at: DateTime<Utc>,
    },
    /// The body is not what was signed. Most likely the forwarder added something.
    #[error("the body is not what {domain} signed: a forwarder has changed it, or somebody else")]
    BodyAltered {
        /// Who signed.
        domain: String,
    },
    /// A header is not what was signed. Most likely the forwarder changed the subject.
    #[error("the headers are not what {domain} signed: a forwarder has changed them, or somebody else")]
    HeadersAltered {
        /// Who signed.
        domain: String,
    },
    /// The key or the hash is too weak to prove anything.
    #[error("the signature of {domain} is too weak")]
    Weak {
        /// Who signed.
        domain: String,
    },
    /// The key was withdrawn.
    #[error("the key {name} has been revoked")]
    KeyRevoked {
        /// The name of its record.
        name: String,
    },
    /// The key is not there, as far as can be seen from here.
    #[error("the key {name} cannot be found")]
    KeyNotFound {
        /// The name of its record.
        name: String,
    },
    /// Nobody answers where the key should be.
    #[error("the key {name} cannot be fetched")]
    KeyUnreachable {
        /// The name of its record.
        name: String,
    },
    /// The signature makes no sense.
    #[error("the signature of {domain} is malformed")]
    Malformed {
        /// Who signed.
        domain: String,
    },
    /// Several proved mails are attached to it, and none of them may be left out.
    #[error("{count} proved mails are attached to it: forward them one by one")]
    SeveralAttached {
        /// How many.
        count: usize,
    },
}
