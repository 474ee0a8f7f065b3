//! How mail reaches a monitor.
//!
//! An [`Intake`] takes a raw message: proves it, reads it, finds the app that it is about, and hands what it says to the
//! monitor. When it answers, what the mail says is durable, or the mail itself is.
//!
//! ```
//! use std::sync::Arc;
//!
//! use statused_core::{MemoryStore, Monitor};
//! use statused_email::intake::{Intake, Receipt};
//! use statused_email::{Envelope, Reader, Verifier};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let monitor = Monitor::builder(Arc::new(MemoryStore::new())).build()?;
//! let intake = Intake::builder(Verifier::builder().build(), Reader::new(), monitor, "acme-google")
//!     .recipients(["play@acme.example"])
//!     .build();
//! // From a server's pipe, a queue, a function:
//! let receipt = intake.ingest(b"From: somebody@google.com\r\n\r\n", Envelope::to(["play@acme.example"])).await;
//! assert!(matches!(receipt, Receipt::Quarantined { .. }));
//! # Ok(())
//! # }
//! ```
//!
//! # Ways in
//!
//! | way | what to use |
//! | --- | --- |
//! | a call | [`Intake::ingest`] |
//! | HTTP, raw or as providers post it | [`Reception`], [`forms`], and `router` with the feature `axum` |
//! | a mailbox | `imap::ImapMailbox`, with the feature `imap` |
//! | a folder that a mail server fills | [`Maildir`] |
//!
//! Play Console can write to an intake's address itself (*Users and permissions → Email recipients*); else somebody's
//! mail is forwarded. Both may be done at once: a mail that comes twice is taken once.
//!
//! # What becomes of a mail
//!
//! Every mail stands alone: one that cannot be proved or read is kept aside in the [`quarantine`] with its reason, and
//! delays no other. What may pass (a DNS server that is down, an app that the source is about to show) is tried again by
//! [`Intake::run`]. A proof that was found is kept with the mail and never looked for again.

#[cfg(feature = "imap")]
pub mod imap;

mod aside;
mod builder;
pub mod forms;
mod health;
mod judge;
mod maildir;
pub mod quarantine;
mod queue;
mod rate;
mod receipt;
mod reception;
mod route;
#[cfg(feature = "axum")]
mod router;
mod seen;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use statused_core::Monitor;
use statused_core::model::SourceId;
use tokio::sync::{Notify, broadcast};

pub use builder::IntakeBuilder;
pub use health::IntakeHealth;
pub use maildir::{Maildir, MaildirError};
pub use receipt::{Failed, Ignored, Receipt, Refused, Why};
pub use reception::{Answer, Reception};
#[cfg(feature = "axum")]
pub use router::router;

use crate::confirmation::{Confirmation, ConfirmationState, Log, NoSuchConfirmation};
use crate::web::Web;
use crate::{Envelope, Reader, Verifier};
use quarantine::Quarantine;
use queue::Queue;
use rate::Bucket;
use seen::Seen;

/// Takes the mail of one account.
///
/// It is a handle: clones are cheap and mean the same intake.
#[derive(Clone)]
pub struct Intake {
    shared: Arc<Shared>,
}

struct Shared {
    verifier: Verifier,
    reader: Reader,
    monitor: Monitor,
    source: SourceId,
    recipients: BTreeSet<String>,
    packages: BTreeSet<String>,
    quarantine: Arc<dyn Quarantine>,
    web: Option<Arc<dyn Web>>,
    largest_mail: usize,
    clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    queue: Queue,
    /// Something was kept aside that is tried again.
    kept: Notify,
    state: Mutex<State>,
}

struct State {
    bucket: Bucket,
    seen: Seen,
    health: IntakeHealth,
    confirmations: Log,
}

impl Intake {
    /// Begins an intake for the monitor's source of this name.
    pub fn builder(verifier: Verifier, reader: Reader, monitor: Monitor, source: impl Into<SourceId>) -> IntakeBuilder {
        IntakeBuilder::new(verifier, reader, monitor, source.into())
    }

    /// Takes a mail, as its bytes came. When it returns, what became of the mail is durable; what is
    /// [failed](Receipt::Failed) has to be sent again.
    ///
    /// # Cancellation
    ///
    /// A dropped call may or may not have taken effect. The mail may be sent again.
    pub async fn ingest(&self, raw: &[u8], envelope: Envelope) -> Receipt {
        if self.admit() {
            return self.take(raw, envelope).await;
        }
        let receipt = Receipt::Refused(Refused::TooMany);
        self.lock().health.count(&receipt, self.now());
        receipt
    }

    /// The source that it takes mail for.
    pub fn source(&self) -> &SourceId {
        &self.shared.source
    }

    /// Where mail is kept that could not be taken.
    pub fn quarantine(&self) -> &Arc<dyn Quarantine> {
        &self.shared.quarantine
    }

    /// The longest mail that is taken, in bytes.
    pub fn largest_mail(&self) -> usize {
        self.shared.largest_mail
    }

    /// How it is doing.
    pub fn health(&self) -> IntakeHealth {
        self.lock().health.clone()
    }

    /// Somebody is about to make Gmail forward mail here: `from`, or anybody if that is `None`. The first question that
    /// fits and comes within `within` is answered with yes.
    pub fn expect_forwarding(&self, from: Option<&str>, within: Duration) {
        let within = TimeDelta::from_std(within).unwrap_or(TimeDelta::MAX);
        let until = self.now().checked_add_signed(within).unwrap_or(DateTime::<Utc>::MAX_UTC);
        self.lock().confirmations.expect(from.map(str::to_owned), until);
    }

    /// The questions whether Gmail may forward that came since the start, the newest first, and what became of them.
    pub fn confirmations(&self) -> Vec<Confirmation> {
        self.lock().confirmations.all()
    }

    /// Tells each question when it comes, and when something becomes of it.
    pub fn watch_confirmations(&self) -> broadcast::Receiver<Confirmation> {
        self.lock().confirmations.watch()
    }

    /// Answers a question with yes, since a person said so: one that was unexpected or has failed.
    ///
    /// # Errors
    ///
    /// When there is none of this id that waits for an answer. That Google does not take it is no error but the state.
    ///
    /// # Cancellation
    ///
    /// A dropped call may or may not have confirmed.
    pub async fn confirm(&self, id: &str) -> Result<ConfirmationState, NoSuchConfirmation> {
        let link = self.lock().confirmations.find(id).and_then(|known| known.link.clone()).ok_or(NoSuchConfirmation)?;
        Ok(self.open(id, &link).await)
    }

    /// Whether one more mail is taken now.
    fn admit(&self) -> bool {
        let now = self.now();
        self.lock().bucket.take(now)
    }

    fn now(&self) -> DateTime<Utc> {
        (self.shared.clock)()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is complete before anything else can fail.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intake").field("source", &self.shared.source).finish_non_exhaustive()
    }
}
