//! How Play Console mail comes in.

mod check;
mod health;
mod parts;

use std::collections::BTreeMap;
use std::future::pending;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use statused::mail::confirmation::{Confirmation, ConfirmationState};
use statused::mail::intake::imap::ImapMailbox;
use statused::mail::intake::{Intake, Maildir, Reception};
use statused::mail::web::Web;
use statused::{Monitor, StateStore};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use crate::config::{Config, ConfigError, MailTable, OneOrMore, Secret};

pub(crate) use check::check;
pub(crate) use health::MailHealth;
use parts::mailbox;

/// An expectation does not end by itself: it is in the file, or not.
const FOR_EVER: Duration = Duration::MAX;

/// The mail of one source.
pub(crate) struct Mail {
    intake: Intake,
    /// Replaced when a secret has changed.
    reception: Mutex<Option<Reception>>,
    mailbox: watch::Sender<Option<ImapMailbox>>,
    maildir: Option<Maildir>,
    expected: OneOrMore<String>,
    store: Arc<dyn StateStore>,
    web: Arc<dyn Web>,
}

/// The mail of every source that takes any, by the source's id.
pub(crate) type Mails = BTreeMap<String, Mail>;

/// The tables of mail, by the source's id.
pub(crate) fn tables(config: &Config) -> impl Iterator<Item = (&String, &MailTable)> {
    config.sources.iter().filter_map(|(id, table)| Some((id, table.google()?.mail.as_ref()?)))
}

/// What the file says of mail.
pub(crate) fn mails(config: &Config, monitor: &Monitor, store: &Arc<dyn StateStore>) -> Result<Mails, ConfigError> {
    tables(config).map(|(id, table)| Ok((id.clone(), Mail::new(config, id, table, monitor, store)?))).collect()
}

impl Mail {
    fn new(
        config: &Config,
        id: &str,
        table: &MailTable,
        monitor: &Monitor,
        store: &Arc<dyn StateStore>,
    ) -> Result<Self, ConfigError> {
        let wrong = |error: String| ConfigError::plain(format!("source {id:?}, mail: {error}"));
        let web = parts::web()?;
        let intake = parts::intake(config, id, table, monitor, Arc::clone(&web)).map_err(wrong)?;
        let mailbox = table.imap.as_ref().map(|imap| mailbox(config, imap, Arc::clone(store))).transpose();
        Ok(Self {
            reception: Mutex::new(parts::reception(config, table, &intake, Arc::clone(&web)).map_err(wrong)?),
            mailbox: watch::Sender::new(mailbox.map_err(wrong)?),
            maildir: parts::maildir(config, table).map_err(wrong)?,
            expected: table.expect_forwarding_from.clone(),
            store: Arc::clone(store),
            web,
            intake,
        })
    }

    /// Where it is posted to, if it may be.
    pub(crate) fn reception(&self) -> Option<Reception> {
        self.reception.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the secrets again whose files have changed.
    pub(crate) fn reload(&self, config: &Config, id: &str, table: &MailTable, changed: &[PathBuf]) {
        let uses = |secret: &Secret| secret.file(config.folder()).is_some_and(|path| changed.contains(&path));
        if let Some(imap) = table.imap.as_ref().filter(|imap| uses(&imap.password)) {
            match mailbox(config, imap, Arc::clone(&self.store)) {
                Ok(mailbox) => {
                    self.mailbox.send_replace(Some(mailbox));
                    tracing::info!(source = id, "the mailbox's password file has changed and was read again");
                }
                Err(error) => tracing::warn!("a password file has changed; the old password stays: {error}"),
            }
        }
        if table.door_secrets().any(uses) {
            match parts::reception(config, table, &self.intake, Arc::clone(&self.web)) {
                Ok(reception) => {
                    *self.reception.lock().unwrap_or_else(PoisonError::into_inner) = reception;
                    tracing::info!(source = id, "a secret file of posted mail has changed and was read again");
                }
                Err(error) => tracing::warn!("a secret file has changed; the old secret stays: {error}"),
            }
        }
    }

    /// Fetches, and tries again what may pass later. Never returns.
    pub(crate) async fn watch(&self) {
        let maildir = async {
            match &self.maildir {
                Some(maildir) => maildir.run(&self.intake, pending()).await,
                None => pending().await,
            }
        };
        tokio::join!(self.intake.run(pending()), self.watch_mailbox(), maildir, self.answer_gmail());
    }

    async fn watch_mailbox(&self) {
        let mut mailboxes = self.mailbox.subscribe();
        loop {
            let mailbox = mailboxes.borrow_and_update().clone();
            let replaced = async { drop(mailboxes.changed().await) };
            match mailbox {
                Some(mailbox) => mailbox.run(&self.intake, replaced).await,
                None => replaced.await,
            }
        }
    }

    /// Expects Gmail's questions of those whom the file names, one after the other.
    async fn answer_gmail(&self) {
        let mut told = self.intake.watch_confirmations();
        self.expected.iter().for_each(|from| self.intake.expect_forwarding(Some(from), FOR_EVER));
        loop {
            let question = match told.recv().await {
                Ok(question) => question,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => pending().await,
            };
            self.tell(&question);
            // An expectation is used up by the first question that fits.
            let asks = question.requested_by.as_deref().unwrap_or_default();
            let fits = |from: &&String| from.trim().eq_ignore_ascii_case(asks.trim());
            if question.state == ConfirmationState::Opening
                && let Some(from) = self.expected.iter().find(fits)
            {
                self.intake.expect_forwarding(Some(from), FOR_EVER);
            }
        }
    }

    fn tell(&self, question: &Confirmation) {
        let (source, from) = (self.intake.source(), question.requested_by.as_deref().unwrap_or("somebody"));
        match &question.state {
            ConfirmationState::Confirmed => tracing::info!(%source, from, "Gmail forwards mail here from now on"),
            ConfirmationState::Failed(error) => {
                tracing::warn!(%source, from, %error, "confirm Gmail's forwarding by hand: GET /confirmations has the link");
            }
            _ => {}
        }
    }
}
