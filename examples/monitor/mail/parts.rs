//! From what the file says of mail to the parts of an intake.

use std::sync::Arc;

use secrecy::ExposeSecret as _;
use statused::mail::intake::forms::{Access, Form, Mailgun, Postmark, Raw, SendGrid, SesSns};
use statused::mail::intake::imap::{ImapMailbox, Login, Tls};
use statused::mail::intake::quarantine::DirectoryQuarantine;
use statused::mail::intake::{Intake, Maildir, Reception};
use statused::mail::web::{HttpClient, Web};
use statused::mail::{Reader, Verifier};
use statused::{Monitor, StateStore};

use crate::config::{Config, ConfigError, ImapTable, MailTable, Posted, Provider, Secret, TlsWord};

/// The way out: to Gmail's confirmations and Amazon's certificates.
pub(super) fn web() -> Result<Arc<dyn Web>, ConfigError> {
    Ok(Arc::new(HttpClient::new().map_err(|error| ConfigError::plain(error.to_string()))?))
}

/// What decides whether a mail is Google's.
pub(super) fn verifier(table: &MailTable) -> Verifier {
    let mut verifier = Verifier::builder();
    if let Some(senders) = &table.senders {
        verifier = verifier.senders(senders.clone());
    }
    if !table.dkim_keys.is_empty() {
        verifier = verifier.pinned_keys(table.dkim_keys.clone()).offline();
    }
    verifier.build()
}

pub(super) fn intake(
    config: &Config,
    id: &str,
    table: &MailTable,
    monitor: &Monitor,
    web: Arc<dyn Web>,
) -> Result<Intake, String> {
    let mut intake =
        Intake::builder(verifier(table), Reader::new(), monitor.clone(), id).recipients(&table.recipients).web(web);
    if let Some(folder) = &table.quarantine {
        let kept = DirectoryQuarantine::open(config.resolve(folder)).map_err(|error| error.to_string())?;
        intake = intake.quarantine(Arc::new(kept));
    }
    Ok(intake.build())
}

pub(super) fn maildir(config: &Config, table: &MailTable) -> Result<Option<Maildir>, String> {
    let maildir = table.maildir.as_ref().map(|folder| Maildir::open(config.resolve(folder)));
    maildir.transpose().map_err(|error| error.to_string())
}

/// The mailbox, with the password as it is now.
pub(super) fn mailbox(config: &Config, imap: &ImapTable, store: Arc<dyn StateStore>) -> Result<ImapMailbox, String> {
    let password = imap.password.value(config.folder()).map_err(|error| error.to_string())?;
    let mut builder = ImapMailbox::builder(&imap.host, Login::password(&imap.user, password)).tls(match imap.tls {
        TlsWord::Implicit => Tls::Implicit,
        TlsWord::StartTls => Tls::StartTls,
        TlsWord::Plain => Tls::Plain,
    });
    if let Some(port) = imap.port {
        builder = builder.port(port);
    }
    if let Some(folder) = &imap.folder {
        builder = builder.folder(folder);
    }
    builder.build(store).map_err(|error| error.to_string())
}

/// Where mail is posted to, with the secrets as they are now; `None`: nowhere.
pub(super) fn reception(
    config: &Config,
    table: &MailTable,
    intake: &Intake,
    web: Arc<dyn Web>,
) -> Result<Option<Reception>, String> {
    let door = table.posted().map(|posted| door(config, posted, web)).transpose()?;
    Ok(door.map(|door| door.of(intake)))
}

/// A form, whatever its kind.
struct Door(Box<dyn FnOnce(Reception) -> Reception>);

impl Door {
    fn new(form: impl Form) -> Self {
        Self(Box::new(|reception| reception.form(form)))
    }

    fn of(self, intake: &Intake) -> Reception {
        (self.0)(Reception::new(intake.clone()))
    }
}

fn door(config: &Config, posted: Posted<'_>, web: Arc<dyn Web>) -> Result<Door, String> {
    let open = |secret: &Secret| secret.value(config.folder()).map_err(|error| error.to_string());
    Ok(match posted {
        Posted::Open => Door::new(Raw::open()),
        Posted::Token(token) => Door::new(Raw::with_access(Access::bearer(open(token)?))),
        Posted::Login(provider, user, password) => {
            let access = Access::basic(user, open(password)?);
            match provider {
                Provider::Postmark => Door::new(Postmark::new(access)),
                Provider::SendGrid => Door::new(SendGrid::new(access)),
                _ => Door::new(Raw::with_access(access)),
            }
        }
        Posted::Topic(topic) => Door::new(SesSns::new(topic, web).map_err(|error| error.to_string())?),
        Posted::Mailgun(key) => Door::new(Mailgun::new(open(key)?)),
        Posted::SendGrid(key) => {
            Door::new(SendGrid::signed(open(key)?.expose_secret()).map_err(|error| error.to_string())?)
        }
    })
}

/// Whether what proves the sender of posted mail is there and makes sense.
pub(super) fn forms(config: &Config, posted: Posted<'_>) -> Result<(), String> {
    let web = web().map_err(|error| error.to_string())?;
    door(config, posted, web).map(drop)
}
