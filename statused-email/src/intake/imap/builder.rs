//! What a mailbox is made of.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use statused_core::StateStore;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::connect::connector;
use super::{ImapConfigError, Login, Secret, Tls};

/// Adjusts an [`ImapMailbox`].
#[derive(Clone)]
#[must_use]
pub struct ImapBuilder {
    host: String,
    port: Option<u16>,
    tls: Tls,
    login: Login,
    folder: String,
    idle: Duration,
    poll_every: Duration,
    roots: Vec<Vec<u8>>,
}

/// A mailbox that is watched.
#[derive(Clone)]
pub struct ImapMailbox {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Option<(TlsConnector, ServerName<'static>)>,
    pub(super) starts_plain: bool,
    pub(super) login: Login,
    pub(super) folder: String,
    pub(super) idle: Duration,
    pub(super) poll_every: Duration,
    pub(super) store: Arc<dyn StateStore>,
}

impl ImapMailbox {
    /// Describes a mailbox: a server, and who logs in.
    pub fn builder(host: impl Into<String>, login: Login) -> ImapBuilder {
        ImapBuilder {
            host: host.into(),
            port: None,
            tls: Tls::Implicit,
            login,
            folder: "INBOX".to_owned(),
            idle: Duration::from_secs(5 * 60),
            poll_every: Duration::from_secs(60),
            roots: Vec::new(),
        }
    }
}

impl ImapBuilder {
    /// The server's port; 993 or 143 by how it is encrypted if not said.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// How the connection is encrypted; [`Tls::Implicit`] if not said.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// The folder to watch; `INBOX` if not said. Names beyond ASCII are written as the server does (modified UTF-7).
    pub fn folder(mut self, folder: impl Into<String>) -> Self {
        self.folder = folder.into();
        self
    }

    /// How long an announcement is waited for before the server is asked all the same; five minutes if not said, nine at
    /// most, since networks forget silent connections.
    pub fn idle(mut self, longest: Duration) -> Self {
        self.idle = longest.min(Duration::from_secs(9 * 60));
        self
    }

    /// How often a server is asked that announces nothing; every minute if not said.
    pub fn poll_every(mut self, interval: Duration) -> Self {
        self.poll_every = interval;
        self
    }

    /// A certificate (PEM) that is trusted beside those that the system trusts: a mail server's own.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// Checks the description. Nothing is connected. How far the mailbox was read is kept in `store`, which is the
    /// monitor's own.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn build(self, store: Arc<dyn StateStore>) -> Result<ImapMailbox, ImapConfigError> {
        let name = ServerName::try_from(self.host.clone()).map_err(|_| ImapConfigError::Host(self.host.clone()))?;
        if self.tls == Tls::Plain && !is_this_machine(&name) {
            return Err(ImapConfigError::PlainText { host: self.host });
        }
        let password = match &self.login.secret {
            Secret::Password(password) => secrecy::ExposeSecret::expose_secret(password),
            Secret::Token(_) => "",
        };
        for (what, text) in [("the user", &*self.login.user), ("the password", password), ("the folder", &*self.folder)]
        {
            if text.contains(['\r', '\n', '\0']) {
                return Err(ImapConfigError::LineBreak(what));
            }
        }
        let (tls, port) = match self.tls {
            Tls::Implicit => (Some((connector(&self.roots)?, name)), 993),
            Tls::StartTls => (Some((connector(&self.roots)?, name)), 143),
            Tls::Plain => (None, 143),
        };
        Ok(ImapMailbox {
            port: self.port.unwrap_or(port),
            host: self.host,
            tls,
            starts_plain: self.tls != Tls::Implicit,
            login: self.login,
            folder: self.folder,
            idle: self.idle,
            poll_every: self.poll_every,
            store,
        })
    }
}

fn is_this_machine(name: &ServerName<'_>) -> bool {
    match name {
        ServerName::IpAddress(ip) => std::net::IpAddr::from(*ip).is_loopback(),
        ServerName::DnsName(name) => name.as_ref() == "localhost",
        _ => false,
    }
}

impl fmt::Debug for ImapBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImapBuilder")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .field("login", &self.login)
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ImapMailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImapMailbox")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("login", &self.login)
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}
