//! A mailbox that is watched over IMAP.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use statused_core::StateStore;
//! # use statused_email::intake::Intake;
//! use statused_email::intake::imap::{ImapMailbox, Login};
//!
//! # async fn f(intake: Intake, store: Arc<dyn StateStore>) -> Result<(), Box<dyn std::error::Error>> {
//! let login = Login::password("play@example.com", "an app password");
//! let mailbox = ImapMailbox::builder("imap.example.com", login).build(store)?;
//! mailbox.run(&intake, std::future::pending()).await;
//! # Ok(())
//! # }
//! ```
//!
//! The mailbox is only read: it is opened with `EXAMINE` and mail is looked at without marking it as seen, so people may
//! go on using it. Nothing depends on what they read, flag or move, as long as a mail stays in the folder for a moment.
//!
//! How far it was read is kept in the state store, under the source's name and `/imap`; it moves on when a mail was taken
//! or kept aside. A first start, and a mailbox whose server has numbered it anew, begins with the mail of the last seven
//! days: what is older cannot be proved any more. What comes twice by that is taken once.
//!
//! New mail is announced by the server (`IDLE`), within a second or so; a server that cannot do that is asked every
//! minute. A connection that breaks is made again, at first at once and then less and less often. A signature is held
//! against the time at which the server got the mail, so mail that waited during a long downtime is still proved.

mod builder;
mod connect;
mod cursor;
mod error;
mod session;
mod watch;
mod wire;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Serialize;

pub use builder::{ImapBuilder, ImapMailbox};
pub use error::{ImapConfigError, ImapError};

/// How a connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tls {
    /// From the first byte; port 993.
    Implicit,
    /// After a greeting in plain text (`STARTTLS`); port 143. Nothing is said before it is encrypted.
    StartTls,
    /// Not at all; port 143, and only to this machine.
    Plain,
}

/// Who logs in.
#[derive(Clone)]
pub struct Login {
    user: String,
    secret: Secret,
}

#[derive(Clone)]
enum Secret {
    Password(SecretString),
    Token(Arc<dyn TokenProvider>),
}

impl Login {
    /// With a password. Gmail and others want one that was made for an app.
    pub fn password(user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self { user: user.into(), secret: Secret::Password(password.into()) }
    }

    /// With an OAuth token (`XOAUTH2`), as Gmail and Microsoft 365 take it. It is asked for at each login.
    pub fn token(user: impl Into<String>, provider: Arc<dyn TokenProvider>) -> Self {
        Self { user: user.into(), secret: Secret::Token(provider) }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Gives OAuth tokens.
#[async_trait]
pub trait TokenProvider: fmt::Debug + Send + Sync + 'static {
    /// A token that is good now.
    ///
    /// # Errors
    ///
    /// Why there is none, in words without a secret.
    async fn token(&self) -> Result<SecretString, String>;
}

/// How a mailbox is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImapHealth {
    /// Whether it is connected and logged in.
    pub connected: bool,
    /// Whether the server announces new mail; otherwise it is asked.
    pub announced: bool,
    /// Since when it is as it is.
    pub since: Option<DateTime<Utc>>,
    /// Logins since the start.
    pub logins: u64,
    /// When mail was last fetched.
    pub last_mail: Option<DateTime<Utc>>,
    /// When the server last answered that there is nothing more.
    pub caught_up: Option<DateTime<Utc>>,
    /// The last thing that went wrong, and what to do about it.
    pub last_error: Option<String>,
}
