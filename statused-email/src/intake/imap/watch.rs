//! Watching a mailbox, whatever happens to the connection.

use std::time::Duration;

use chrono::TimeDelta;
use statused_core::model::SourceId;

use super::cursor::{Cursor, place};
use super::session::{Folder, Session};
use super::{ImapError, ImapHealth, ImapMailbox};
use crate::Envelope;
use crate::intake::{Intake, Receipt};

/// What a first look goes back: Google's signatures hold as long.
const FIRST_LOOK: TimeDelta = TimeDelta::days(7);
/// Waits between connections: the first, and the longest.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));
/// The first wait after a refused login: servers lock out whoever tries often.
const LOCKOUT: Duration = Duration::from_secs(30);
/// More than a server says while no mail is looked at, in bytes.
const SHORT: usize = 64 * 1024;
/// How often a mail is asked for that the server does not give, before it is left alone.
const TRIES: u32 = 3;

/// The mail that made trouble last, and how often.
#[derive(Default)]
struct Trouble {
    uid: u32,
    times: u32,
}

impl ImapMailbox {
    /// Takes the mail that is there and that comes, until `shutdown` is done.
    ///
    /// One at a time runs for a source. The health of the intake has how it is doing.
    ///
    /// # Cancellation
    ///
    /// It may be dropped at any time; a mail that was on its way is taken again.
    pub async fn run(&self, intake: &Intake, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut trouble = Trouble::default();
        let mut wait = WAITS.0;
        loop {
            let mut logged_in = false;
            let error = tokio::select! {
                () = &mut shutdown => break,
                error = self.watch(intake, &mut trouble, &mut logged_in) => error,
            };
            if logged_in {
                wait = WAITS.0;
            }
            if matches!(error, ImapError::Login { .. }) {
                wait = wait.max(LOCKOUT);
            }
            tracing::warn!(source = %intake.source(), %error, "the mailbox is not watched for a moment");
            note(intake, |health| {
                health.connected = false;
                health.last_error = Some(error.to_string());
            });
            // Many machines that lost the same server do not come back at once.
            let jittered = wait.mul_f64(0.5 + fastrand::f64() / 2.0);
            tokio::select! {
                () = &mut shutdown => break,
                () = tokio::time::sleep(jittered) => {}
            }
            wait = (wait * 2).min(WAITS.1);
        }
        note(intake, |health| health.connected = false);
    }

    /// Takes the mail that is there now, and says goodbye: for cron and serverless functions.
    ///
    /// # Errors
    ///
    /// When not all of it could be looked at. What was taken until then is not taken again.
    ///
    /// # Cancellation
    ///
    /// As for [`run`](Self::run).
    pub async fn sweep(&self, intake: &Intake) -> Result<(), ImapError> {
        let (mut session, mut cursor) = self.open(intake).await?;
        let outcome = self.catch_up(intake, &mut session, &mut cursor, &mut Trouble::default()).await;
        session.close().await;
        note(intake, |health| health.connected = false);
        outcome
    }

    /// Logs in, opens the folder, and says goodbye. No mail is looked at, and nothing is noted.
    ///
    /// # Errors
    ///
    /// What stands in the way of watching it.
    pub async fn check(&self) -> Result<(), ImapError> {
        let mut session = Session::open(self.connect(SHORT).await?, &self.login).await?;
        let opened = session.examine(&self.folder).await;
        session.close().await;
        opened.map(drop)
    }

    /// Watches over one connection, until it ends.
    async fn watch(&self, intake: &Intake, trouble: &mut Trouble, logged_in: &mut bool) -> ImapError {
        let (mut session, mut cursor) = match self.open(intake).await {
            Ok(opened) => opened,
            Err(error) => return error,
        };
        *logged_in = true;
        loop {
            if let Err(error) = self.catch_up(intake, &mut session, &mut cursor, trouble).await {
                return error;
            }
            let waited = match session.can_idle {
                true => session.idle(self.idle).await,
                false => {
                    tokio::time::sleep(self.poll_every).await;
                    Ok(())
                }
            };
            if let Err(error) = waited {
                return error;
            }
        }
    }

    /// Connects, logs in, opens the folder, and finds out how far it was read.
    async fn open(&self, intake: &Intake) -> Result<(Session, Cursor), ImapError> {
        let wire = self.connect(intake.largest_mail()).await?;
        let mut session = Session::open(wire, &self.login).await?;
        let folder = session.examine(&self.folder).await?;
        note(intake, |health| {
            health.connected = true;
            health.announced = session.can_idle;
            health.logins += 1;
            health.last_error = None;
        });
        let place = place(intake.source());
        let cursor = match Cursor::load(self, &place, folder.validity).await? {
            Some(cursor) => cursor,
            None => self.begin(intake, &mut session, &folder, &place).await?,
        };
        Ok((session, cursor))
    }

    /// Where a mailbox is begun: before the mails of late, or at its end.
    async fn begin(
        &self,
        intake: &Intake,
        session: &mut Session,
        folder: &Folder,
        place: &SourceId,
    ) -> Result<Cursor, ImapError> {
        let since = (intake.now() - FIRST_LOOK).format("%d-%b-%Y");
        let late = session.search(&format!("SINCE {since}")).await?;
        let mut cursor = Cursor::begin(self, folder.validity);
        cursor.uid = match (late.first(), folder.next) {
            (Some(first), _) => first - 1,
            (None, Some(next)) => next.saturating_sub(1),
            (None, None) => session.search("ALL").await?.last().copied().unwrap_or(0),
        };
        cursor.save(self.store.as_ref(), place, intake.now()).await?;
        Ok(cursor)
    }

    /// Takes all mail that is new.
    async fn catch_up(
        &self,
        intake: &Intake,
        session: &mut Session,
        cursor: &mut Cursor,
        trouble: &mut Trouble,
    ) -> Result<(), ImapError> {
        let place = place(intake.source());
        let found = session.search(&format!("UID {}:*", cursor.uid.saturating_add(1))).await?;
        // `*` is the last mail, also if it is older.
        let known = cursor.uid;
        for uid in found.into_iter().filter(|uid| *uid > known) {
            if trouble.uid != uid {
                *trouble = Trouble { uid, times: 0 };
            }
            match self.take(intake, session, uid).await {
                Ok(()) => {}
                Err(ImapError::Refused { .. } | ImapError::Unreadable(_)) if trouble.times + 1 >= TRIES => {
                    tracing::error!(source = %intake.source(), uid, "the server does not give this mail; it is left out");
                    intake.lock().health.last_problem = Some(format!("the mail server does not give mail {uid}"));
                }
                Err(error) => {
                    trouble.times += 1;
                    return Err(error);
                }
            }
            cursor.uid = uid;
            cursor.save(self.store.as_ref(), &place, intake.now()).await?;
        }
        let now = intake.now();
        note(intake, |health| health.caught_up = Some(now));
        Ok(())
    }

    /// Takes one mail. When it returns, the mail need not be looked at again.
    async fn take(&self, intake: &Intake, session: &mut Session, uid: u32) -> Result<(), ImapError> {
        let Some(listed) = session.list(uid).await? else { return Ok(()) };
        if listed.size > intake.largest_mail() {
            intake.too_large(listed.size);
            return Ok(());
        }
        let Some(raw) = session.mail(uid).await? else { return Ok(()) };
        let now = intake.now();
        note(intake, |health| health.last_mail = Some(now));
        // A server whose clock is ahead must not make a signature hold longer.
        let arrived = listed.arrived.map_or(now, |at| at.min(now));
        match intake.take_of(&raw, Envelope::default(), arrived).await {
            Receipt::Failed(failed) => Err(ImapError::NotTaken(failed.to_string())),
            _ => Ok(()),
        }
    }
}

/// Changes what is known of the mailbox.
fn note(intake: &Intake, change: impl FnOnce(&mut ImapHealth)) {
    let now = intake.now();
    let mut state = intake.lock();
    let health = state.health.imap.get_or_insert_default();
    let before = health.connected;
    change(health);
    if before != health.connected || health.since.is_none() {
        health.since = Some(now);
    }
}
