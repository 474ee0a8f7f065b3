//! What can go wrong with a mailbox.

use std::io;

use tokio_rustls::rustls;

/// A mailbox that cannot be watched as it is described.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImapConfigError {
    /// Passwords go in plain text to this machine only.
    #[error("{host} is not this machine: mail is fetched from it with TLS only")]
    PlainText {
        /// The host.
        host: String,
    },
    /// The host's name is none.
    #[error("{0:?} is no name of a host")]
    Host(String),
    /// What cannot be written in a command.
    #[error("{0} has a line break or a null byte in it")]
    LineBreak(&'static str),
    /// The certificate cannot be read.
    #[error("the certificate cannot be read: {0}")]
    Certificate(#[source] rustls::pki_types::pem::Error),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

/// Why a connection has ended. It never has a secret or a mail in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImapError {
    /// Nobody there, or no TLS with them.
    #[error("cannot connect to {host}:{port}: {source}")]
    Connect {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    /// The server hung up.
    #[error("the server hung up{}", .0.as_deref().map(|words| format!(": {words}")).unwrap_or_default())]
    Closed(Option<String>),
    /// The server does not answer.
    #[error("the server does not answer")]
    Silent,
    /// The login is refused.
    #[error("the server refuses the login: {words}; {hint}")]
    Login {
        /// The server's words.
        words: String,
        /// What to do.
        hint: &'static str,
    },
    /// There is no token to log in with.
    #[error("there is no token to log in with: {0}")]
    Token(String),
    /// The server does not do what was asked.
    #[error("the server refuses {command}: {words}")]
    Refused {
        /// What was asked.
        command: &'static str,
        /// The server's words.
        words: String,
    },
    /// The server cannot do what is needed.
    #[error("{0}")]
    Unable(&'static str),
    /// The server says what makes no sense, or too much of it.
    #[error("the server's answer cannot be read: {0}")]
    Unreadable(&'static str),
    /// How far the mailbox was read cannot be read or written.
    #[error("how far the mailbox was read is not known: {0}")]
    Store(String),
    /// A mail could be neither taken nor kept aside.
    #[error("a mail could not be taken: {0}")]
    NotTaken(String),
}
