//! How mails are described.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::TlsParameters;
use secrecy::{ExposeSecret, SecretString};
use statused_core::sink::RetryPolicy;
use url::{Host, Url};

use super::{Email, Security, Server};
use crate::error::DestinationError;
use crate::login::percent_decoded;
use crate::redact::Redactor;

/// Describes an [`Email`].
#[derive(Debug)]
#[must_use]
pub struct EmailBuilder {
    server: SecretString,
    login: Option<(String, SecretString)>,
    from: String,
    to: Vec<String>,
    allow_plaintext: bool,
    timeout: Duration,
    retry: RetryPolicy,
}

impl EmailBuilder {
    pub(super) fn new(server: SecretString, from: String) -> Self {
        Self {
            server,
            login: None,
            from,
            to: Vec::new(),
            allow_plaintext: false,
            timeout: Duration::from_secs(30),
            retry: RetryPolicy::default(),
        }
    }

    /// Adds somebody who gets the mails (`Release team <releases@example.com>`). At least one is needed.
    pub fn to(mut self, address: impl Into<String>) -> Self {
        self.to.push(address.into());
        self
    }

    /// Logs in to the server. They may also stand in its address, percent-encoded (`smtps://user:password@host`).
    pub fn login(mut self, user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        self.login = Some((user.into(), password.into()));
        self
    }

    /// Allows plain text to a server on this machine. Any other needs TLS all the same.
    pub fn allow_plaintext(mut self, allow: bool) -> Self {
        self.allow_plaintext = allow;
        self
    }

    /// Sets how long a mail may take once the server is ready, and a little less for getting there; 30 seconds if not
    /// said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets when a failed try is repeated; [`RetryPolicy::five`] if not said.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Checks the description and makes the sink. Nothing is sent.
    ///
    /// # Errors
    ///
    /// What is wrong with the server's address or with that of a person.
    pub fn build(self) -> Result<Email, DestinationError> {
        let url = Url::parse(self.server.expose_secret().trim())
            .map_err(|error| DestinationError::NotAUrl { reason: error.to_string() })?;
        let login = match self.login {
            Some((user, password)) => Some((user, password.expose_secret().to_owned())),
            None => login_of(&url)?,
        };
        let redactor = Redactor::new(login.as_ref().map_or_else(Vec::new, spoken));
        let login = login.map(|(user, password)| Credentials::new(user, password));
        let mailbox = |part, text: &str| {
            text.parse::<Mailbox>().map_err(|_| DestinationError::invalid(part, "is not an address of mail"))
        };
        let to = self.to.iter().map(|text| mailbox("a recipient", text)).collect::<Result<Vec<_>, _>>()?;
        if to.is_empty() {
            return Err(DestinationError::invalid("the list of recipients", "is empty"));
        }
        Ok(Email {
            server: server(&url, self.allow_plaintext, login)?,
            from: mailbox("the sender", &self.from)?,
            to,
            redactor,
            timeout: self.timeout,
            retry: self.retry,
        })
    }
}

fn server(url: &Url, allow_plaintext: bool, login: Option<Credentials>) -> Result<Server, DestinationError> {
    let host = match url.host() {
        Some(Host::Ipv6(ip)) => ip.to_string(),
        Some(host) => host.to_string(),
        None => return Err(DestinationError::NotAUrl { reason: "it has no host".to_owned() }),
    };
    let tls =
        || TlsParameters::new(host.clone()).map_err(|error| DestinationError::Client { reason: error.to_string() });
    let is_local = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let (security, port) = match url.scheme() {
        "smtps" => (Security::Tls(tls()?), 465),
        "smtp" if allow_plaintext && is_local => (Security::PlainText, 25),
        "smtp" => (Security::StartTls(tls()?), 587),
        _ => return Err(DestinationError::invalid("the server's address", "begins with neither smtps:// nor smtp://")),
    };
    Ok(Server { port: url.port().unwrap_or(port), host, security, login })
}

fn login_of(url: &Url) -> Result<Option<(String, String)>, DestinationError> {
    let Some(password) = url.password() else { return Ok(None) };
    let decoded = |text: &str| percent_decoded(text).ok_or(DestinationError::invalid("the login", "is not UTF-8"));
    Ok(Some((decoded(url.username())?, decoded(password)?)))
}

/// How a login is said to the server, which may repeat it.
fn spoken((user, password): &(String, String)) -> Vec<SecretString> {
    let plain = STANDARD.encode(format!("\0{user}\0{password}"));
    vec![password.as_str().into(), STANDARD.encode(password).into(), plain.into()]
}
