//! NATS JetStream.
//!
//! Each event is published to a subject as a CloudEvents 1.0 event in structured JSON, with these headers:
//!
//! | header | value |
//! | --- | --- |
//! | `Nats-Msg-Id` | the event's id, by which the stream drops repeats within its window |
//! | `Nats-Expected-Stream` | the stream, if one is [named](NatsBuilder::stream) |
//! | `content-type` | `application/cloudevents+json` |
//!
//! The connection is made with the first event and kept. It has to be encrypted (`tls://`), unless the application
//! [allows](NatsBuilder::allow_plaintext) another, as within a private network.
//!
//! # The answer
//!
//! | what happens | outcome |
//! | --- | --- |
//! | the stream confirms it, be it as a repeat | delivered |
//! | the login is refused, or the subject belongs to another stream than the named one | dead |
//! | no connection, no stream takes the subject, or the stream refuses it | retry |
//! | it was published and nothing confirms it in time | ambiguous |

use std::fmt;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::context::{ContextBuilder, PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::{Client, ConnectError, ConnectErrorKind, ConnectOptions, ServerAddr};
use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use statused_core::model::Notification;
use statused_core::sink::{RetryPolicy, SinkProfile};
use statused_core::{Outcome, Sink};
use tokio::sync::Mutex;
use url::Url;

use crate::cloud_event;
use crate::error::DestinationError;
use crate::login::percent_decoded;
use crate::redact::Redactor;

/// What the server answers when the subject belongs to another stream than the named one.
const OTHER_STREAM: &str = "10060";

/// Publishes events to a NATS subject. See the [module](self) for the message and what is made of the answer.
pub struct Nats {
    server: ServerAddr,
    require_tls: bool,
    login: Option<Login>,
    subject: String,
    stream: Option<String>,
    timeout: Duration,
    retry: RetryPolicy,
    redactor: Redactor,
    client: Mutex<Option<Client>>,
}

/// Describes a [`Nats`].
#[derive(Debug)]
#[must_use]
pub struct NatsBuilder {
    url: SecretString,
    credentials: Option<SecretString>,
    subject: String,
    stream: Option<String>,
    allow_plaintext: bool,
    timeout: Duration,
    retry: RetryPolicy,
}

impl Nats {
    /// Begins to describe a server (`tls://host:4222`, with `user:password@` if it wants them) and a subject.
    pub fn builder(url: impl Into<SecretString>, subject: impl Into<String>) -> NatsBuilder {
        NatsBuilder {
            url: url.into(),
            credentials: None,
            subject: subject.into(),
            stream: None,
            allow_plaintext: false,
            timeout: Duration::from_secs(30),
            retry: RetryPolicy::default(),
        }
    }
}

impl NatsBuilder {
    /// Insists on a stream, so that a subject which belongs to another one is found out.
    pub fn stream(mut self, name: impl Into<String>) -> Self {
        self.stream = Some(name.into());
        self
    }

    /// Logs in with the content of a credentials file (`.creds`).
    pub fn credentials(mut self, content: impl Into<SecretString>) -> Self {
        self.credentials = Some(content.into());
        self
    }

    /// Allows a connection that is not encrypted (`nats://`), to any host.
    pub fn allow_plaintext(mut self, allow: bool) -> Self {
        self.allow_plaintext = allow;
        self
    }

    /// Sets how long the confirmation may take; 30 seconds if not said. A third of it is given to the connection.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets when a failed try is repeated; [`RetryPolicy::five`] if not said.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Checks the description and makes the sink. Nothing is connected.
    ///
    /// # Errors
    ///
    /// What is wrong with the address, the subject or the stream's name.
    pub fn build(self) -> Result<Nats, DestinationError> {
        let url = Url::parse(self.url.expose_secret().trim())
            .map_err(|error| DestinationError::NotAUrl { reason: error.to_string() })?;
        if !matches!(url.scheme(), "nats" | "tls") || url.host_str().is_none_or(str::is_empty) {
            return Err(DestinationError::invalid("the server's address", "is neither tls://… nor nats://…"));
        }
        let is_name = |text: &str| !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control());
        // Wildcards are for those who listen.
        let token = |token: &str| is_name(token) && !matches!(token, "*" | ">");
        if !self.subject.split('.').all(token) {
            return Err(DestinationError::invalid("the subject", "is none that can be published to"));
        }
        if self.stream.as_deref().is_some_and(|name| !is_name(name) || name.contains(['.', '*', '>'])) {
            return Err(DestinationError::invalid("the stream", "has a name that no stream can have"));
        }
        let (url, login) = Login::taken_from(url)?;
        let mut secrets: Vec<SecretString> = login.as_ref().map(Login::secret).cloned().into_iter().collect();
        secrets.extend(self.credentials.iter().flat_map(|text| text.expose_secret().lines()).map(Into::into));
        let server =
            ServerAddr::from_url(url).map_err(|_| DestinationError::invalid("the server's address", "is wrong"))?;
        Ok(Nats {
            server,
            require_tls: !self.allow_plaintext,
            login: self.credentials.map(Login::Credentials).or(login),
            subject: self.subject,
            stream: self.stream,
            timeout: self.timeout,
            retry: self.retry,
            redactor: Redactor::new(secrets),
            client: Mutex::new(None),
        })
    }
}

/// How the server knows us.
enum Login {
    Credentials(SecretString),
    User(String, SecretString),
    Token(SecretString),
}

impl Login {
    /// Takes the login out of an address: the client writes addresses into its log as they are.
    fn taken_from(mut url: Url) -> Result<(Url, Option<Self>), DestinationError> {
        let decoded = |text: &str| percent_decoded(text).ok_or(DestinationError::invalid("the login", "is not UTF-8"));
        let user = decoded(url.username())?;
        let login = match url.password() {
            Some(password) => Some(Self::User(user, decoded(password)?.into())),
            None => (!user.is_empty()).then(|| Self::Token(user.into())),
        };
        // An address with a host can be without both.
        let emptied = url.set_username("").and_then(|()| url.set_password(None));
        emptied.map_err(|()| DestinationError::invalid("the server's address", "has no host"))?;
        Ok((url, login))
    }

    fn secret(&self) -> &SecretString {
        match self {
            Self::Credentials(secret) | Self::User(_, secret) | Self::Token(secret) => secret,
        }
    }
}

impl Nats {
    /// The connection, if it stands, or a new one.
    async fn client(&self) -> Result<Client, Outcome> {
        let mut kept = self.client.lock().await;
        if let Some(client) = kept.as_ref().filter(|client| client.connection_state() == State::Connected) {
            return Ok(client.clone());
        }
        // One that is coming back would keep the event to itself, and say nothing for as long as that takes.
        *kept = None;
        let connect = self.options()?.connect(self.server.clone());
        let client = connect.await.map_err(|error| self.not_connected(&error))?;
        *kept = Some(client.clone());
        Ok(client)
    }

    fn options(&self) -> Result<ConnectOptions, Outcome> {
        let options = ConnectOptions::new();
        let options = match &self.login {
            Some(Login::Credentials(content)) => options
                .credentials(content.expose_secret())
                .map_err(|_| Outcome::dead("the credentials cannot be read"))?,
            Some(Login::User(user, password)) => {
                options.user_and_password(user.clone(), password.expose_secret().to_owned())
            }
            Some(Login::Token(token)) => options.token(token.expose_secret().to_owned()),
            None => options,
        };
        Ok(options.name("statused").require_tls(self.require_tls).connection_timeout(self.timeout / 3))
    }

    fn not_connected(&self, error: &ConnectError) -> Outcome {
        let detail = self.redactor.excerpt(&format!("no connection: {error}"));
        match error.kind() {
            ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => Outcome::dead(detail),
            _ => Outcome::retry(detail),
        }
    }

    async fn not_confirmed(&self, error: &PublishError) -> Outcome {
        let detail = self.redactor.excerpt(&error.to_string());
        match error.kind() {
            PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe => {
                // Whatever is the matter with it, the next try does without it.
                *self.client.lock().await = None;
                Outcome::ambiguous(detail)
            }
            PublishErrorKind::Other if detail.contains(OTHER_STREAM) => Outcome::dead(detail),
            _ => Outcome::retry(detail),
        }
    }
}

#[async_trait]
impl Sink for Nats {
    /// The stream drops repeats.
    fn profile(&self) -> SinkProfile {
        let timeout = self.timeout * 2 + Duration::from_secs(1);
        SinkProfile::default().with_timeout(timeout).with_retry(self.retry.clone())
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let event = &notification.event;
        let body = match cloud_event::write(event) {
            Ok(body) => body,
            Err(error) => return Outcome::retry(format!("the event cannot be written as JSON: {error}")),
        };
        let client = match self.client().await {
            Ok(client) => client,
            Err(outcome) => return outcome,
        };
        let mut message = PublishMessage::build()
            .payload(body.into())
            .message_id(event.id.to_string())
            .header("content-type", "application/cloudevents+json");
        if let Some(stream) = &self.stream {
            message = message.expected_stream(stream);
        }
        let context = ContextBuilder::new().timeout(self.timeout).build(client);
        match context.send_publish(self.subject.clone(), message).await {
            Ok(confirmation) => match confirmation.await {
                Ok(_) => Outcome::delivered(),
                Err(error) => self.not_confirmed(&error).await,
            },
            // It has not left this process.
            Err(error) => Outcome::retry(self.redactor.excerpt(&error.to_string())),
        }
    }
}

/// Without the login.
impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nats")
            .field("server", &format_args!("{}:{}", self.server.host(), self.server.port()))
            .field("subject", &self.subject)
            .field("stream", &self.stream)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
