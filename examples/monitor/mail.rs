//! How Play Console mail comes in.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;

use statused::mail::intake::forms::Raw;
use statused::mail::intake::imap::{ImapMailbox, Login, Tls};
use statused::mail::intake::quarantine::DirectoryQuarantine;
use statused::mail::intake::{Intake, Maildir, Reception};
use statused::mail::{Reader, Verifier};
use statused::{Monitor, StateStore};

use crate::config::{Config, ConfigError, MailTable, TlsWord};

/// The mail of one source.
pub(crate) struct Mail {
    intake: Intake,
    mailbox: Option<ImapMailbox>,
    maildir: Option<Maildir>,
}

/// The mail of every source that takes any, by the source's id.
pub(crate) type Mails = BTreeMap<String, Mail>;

/// What the file says of mail.
pub(crate) fn mails(config: &Config, monitor: &Monitor, store: &Arc<dyn StateStore>) -> Result<Mails, ConfigError> {
    let tables = config.sources.iter().filter_map(|(id, table)| Some((id, table.google()?.mail.as_ref()?)));
    tables.map(|(id, table)| Ok((id.clone(), mail(config, id, table, monitor, store)?))).collect()
}

fn mail(
    config: &Config,
    id: &str,
    table: &MailTable,
    monitor: &Monitor,
    store: &Arc<dyn StateStore>,
) -> Result<Mail, ConfigError> {
    let wrong = |error: &dyn std::fmt::Display| ConfigError::plain(format!("source {id:?}, mail: {error}"));
    let mut verifier = Verifier::builder();
    if let Some(senders) = &table.senders {
        verifier = verifier.senders(senders.clone());
    }
    if !table.dkim_keys.is_empty() {
        verifier = verifier.pinned_keys(table.dkim_keys.clone()).offline();
    }
    let mut intake =
        Intake::builder(verifier.build(), Reader::new(), monitor.clone(), id).recipients(&table.recipients);
    if let Some(folder) = &table.quarantine {
        let kept = DirectoryQuarantine::open(config.resolve(folder)).map_err(|error| wrong(&error))?;
        intake = intake.quarantine(Arc::new(kept));
    }
    let maildir = table.maildir.as_ref().map(|folder| Maildir::open(config.resolve(folder))).transpose();
    let mailbox = table.imap.as_ref().map(|imap| {
        let password = imap.password.value(config.folder()).map_err(|error| wrong(&error))?;
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
        builder.build(Arc::clone(store)).map_err(|error| wrong(&error))
    });
    Ok(Mail { intake: intake.build(), mailbox: mailbox.transpose()?, maildir: maildir.map_err(|error| wrong(&error))? })
}

impl Mail {
    /// Where it is posted to.
    pub(crate) fn reception(&self) -> Reception {
        Reception::new(self.intake.clone()).form(Raw::open())
    }

    /// Fetches, and tries again what may pass later. Never returns.
    pub(crate) async fn watch(&self) {
        let mailbox = async {
            match &self.mailbox {
                Some(mailbox) => mailbox.run(&self.intake, pending()).await,
                None => pending().await,
            }
        };
        let maildir = async {
            match &self.maildir {
                Some(maildir) => maildir.run(&self.intake, pending()).await,
                None => pending().await,
            }
        };
        tokio::join!(self.intake.run(pending()), mailbox, maildir);
    }
}
