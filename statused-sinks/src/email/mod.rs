//! Mail by SMTP.
//!
//! A mail has a text and an HTML part with the same content: the status in its colour, the event's sentence, what else the
//! event carries, and a link to the store's console. Its `Message-ID` is made of the event's id, so that many mailboxes
//! show a repeat once; `Auto-Submitted` keeps holiday replies away.
//!
//! # The server
//!
//! | address | how it is spoken to |
//! | --- | --- |
//! | `smtps://host` (port 465) | TLS from the first byte |
//! | `smtp://host` (port 587) | `STARTTLS`, without which nothing is said |
//! | `smtp://localhost` with [`allow_plaintext`](EmailBuilder::allow_plaintext) | in plain text, to this machine only |
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 250 to the mail | accepted: what becomes of it, the server does not say |
//! | 5yz to anything: the login, an address, the mail | dead |
//! | 4yz to anything; no connection, no TLS, no `STARTTLS` | retry |
//! | the connection breaks or the time is up while the mail is handed over | ambiguous |

mod builder;
mod message;

use std::time::Duration;

use async_trait::async_trait;
use lettre::Message;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use statused_core::model::Notification;
use statused_core::sink::{RetryPolicy, SinkProfile, Verdict};
use statused_core::{Outcome, Sink};
use tokio::time::timeout;

use crate::redact::Redactor;

pub use builder::EmailBuilder;

/// Sends events as mail. See the [module](self) for the mail and what is made of the answer.
#[derive(Debug)]
pub struct Email {
    server: Server,
    from: Mailbox,
    to: Vec<Mailbox>,
    redactor: Redactor,
    timeout: Duration,
    retry: RetryPolicy,
}

struct Server {
    host: String,
    port: u16,
    security: Security,
    login: Option<Credentials>,
}

enum Security {
    Tls(TlsParameters),
    StartTls(TlsParameters),
    PlainText,
}

impl Email {
    /// Begins to describe mails through a server, from an address (`Statused <statused@example.com>`).
    pub fn builder(server: impl Into<secrecy::SecretString>, from: impl Into<String>) -> EmailBuilder {
        EmailBuilder::new(server.into(), from.into())
    }

    /// Up to here nothing has been handed over, whatever happens.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let Server { host, port, security, login } = &self.server;
        let hello = ClientId::default();
        let wrapped = match security {
            Security::Tls(tls) => Some(tls.clone()),
            Security::StartTls(_) | Security::PlainText => None,
        };
        let address = (host.as_str(), *port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, Some(self.timeout / 3), &hello, wrapped, None).await?;
        if let Security::StartTls(tls) = security {
            connection.starttls(tls.clone(), &hello).await?;
        }
        if let Some(login) = login {
            connection.auth(DEFAULT_MECHANISMS, login).await?;
        }
        Ok(connection)
    }

    async fn send(&self, mail: &Message) -> Outcome {
        let mut connection = match timeout(self.timeout * 2 / 3, self.connect()).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return self.judge(&error, Verdict::RetryAfter(None)),
            Err(_) => return Outcome::retry("the server was not ready in time"),
        };
        match timeout(self.timeout, connection.send(mail.envelope(), &mail.formatted())).await {
            Ok(Ok(_)) => {
                // It has the mail; whether it says good-bye does not matter.
                timeout(Duration::from_secs(1), connection.abort()).await.unwrap_or_default();
                Outcome::new(Verdict::Accepted)
            }
            Ok(Err(error)) => self.judge(&error, Verdict::Ambiguous),
            Err(_) => Outcome::ambiguous("no answer to the mail in time"),
        }
    }

    /// What an error means; `otherwise` if it is no word of the server's.
    fn judge(&self, error: &Error, otherwise: Verdict) -> Outcome {
        let verdict = match (error.is_permanent(), error.is_transient()) {
            (true, _) => Verdict::Dead,
            (_, true) => Verdict::RetryAfter(None),
            _ => otherwise,
        };
        let detail = self.redactor.excerpt(&error.to_string());
        tracing::debug!(server = %self.server, detail, "mail not sent");
        Outcome::new(verdict).with_detail(detail)
    }
}

#[async_trait]
impl Sink for Email {
    fn profile(&self) -> SinkProfile {
        let timeout = self.timeout * 2 + Duration::from_secs(2);
        SinkProfile::default().with_concurrency(2).with_timeout(timeout).with_retry(self.retry.clone())
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        match message::write(&notification.event, &self.from, &self.to) {
            Ok(mail) => self.send(&mail).await,
            Err(error) => Outcome::retry(format!("the mail cannot be written: {error}")),
        }
    }
}

impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Without the login.
impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}
