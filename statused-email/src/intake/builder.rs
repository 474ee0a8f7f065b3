//! What an intake is made of.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use statused_core::Monitor;
use statused_core::model::SourceId;
use tokio::sync::Notify;

use super::quarantine::{MemoryQuarantine, Quarantine};
use super::queue::Queue;
use super::rate::Bucket;
use super::route::bare;
use super::{Intake, Shared, State};
use crate::confirmation::Log;
use crate::web::Web;
use crate::{Reader, Verifier};

/// Adjusts an [`Intake`].
#[must_use]
pub struct IntakeBuilder {
    verifier: Verifier,
    reader: Reader,
    monitor: Monitor,
    source: SourceId,
    recipients: BTreeSet<String>,
    packages: BTreeSet<String>,
    quarantine: Arc<dyn Quarantine>,
    web: Option<Arc<dyn Web>>,
    largest_mail: usize,
    rate: (u32, u32),
    clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
}

impl IntakeBuilder {
    pub(super) fn new(verifier: Verifier, reader: Reader, monitor: Monitor, source: SourceId) -> Self {
        Self {
            verifier,
            reader,
            monitor,
            source,
            recipients: BTreeSet::new(),
            packages: BTreeSet::new(),
            quarantine: Arc::new(MemoryQuarantine::new()),
            web: None,
            largest_mail: 1024 * 1024,
            rate: (5, 100),
            clock: Arc::new(Utc::now),
        }
    }

    /// The addresses whose mail is for this intake. Left out: whatever comes is.
    ///
    /// They are compared with the envelope, and with what forwarders and servers have written on top of the mail
    /// (`Delivered-To`, `X-Forwarded-To`, Gmail's return path); never with `To`, which names the developer's own address.
    pub fn recipients<A: AsRef<str>>(mut self, addresses: impl IntoIterator<Item = A>) -> Self {
        self.recipients.extend(addresses.into_iter().map(|address| bare(address.as_ref())));
        self
    }

    /// The packages whose mail is taken. Left out: every app that the source has shown. One that it has not shown is
    /// never taken: its mail waits for a day.
    pub fn packages<A: Into<String>>(mut self, packages: impl IntoIterator<Item = A>) -> Self {
        self.packages.extend(packages.into_iter().map(Into::into));
        self
    }

    /// Where mail is kept that cannot be taken; a [`MemoryQuarantine`] if not said.
    pub fn quarantine(mut self, quarantine: Arc<dyn Quarantine>) -> Self {
        self.quarantine = quarantine;
        self
    }

    /// What opens Gmail's confirmation links (`HttpClient`, feature `http-client`). Left out: a person has to.
    pub fn web(mut self, web: Arc<dyn Web>) -> Self {
        self.web = Some(web);
        self
    }

    /// The longest mail that is taken, in bytes; 1 MiB by default. Google's have some 100 KiB.
    pub fn largest_mail(mut self, bytes: usize) -> Self {
        self.largest_mail = bytes;
        self
    }

    /// How many mails are taken, genuine or not: so many a second, and a burst of so many; 5 and 100 by default, 1 at
    /// least. What an intake fetches itself (IMAP, Maildir) is not counted.
    pub fn rate(mut self, per_second: u32, burst: u32) -> Self {
        self.rate = (per_second, burst);
        self
    }

    /// Where the time comes from, for tests.
    pub fn clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The intake.
    pub fn build(self) -> Intake {
        let state = State {
            bucket: Bucket::new(self.rate.0, self.rate.1),
            seen: super::seen::Seen::default(),
            health: super::IntakeHealth::default(),
            confirmations: Log::new(),
        };
        let shared = Shared {
            verifier: self.verifier,
            reader: self.reader,
            monitor: self.monitor,
            source: self.source,
            recipients: self.recipients,
            packages: self.packages,
            quarantine: self.quarantine,
            web: self.web,
            largest_mail: self.largest_mail,
            clock: self.clock,
            queue: Queue::default(),
            kept: Notify::new(),
            state: Mutex::new(state),
        };
        Intake { shared: Arc::new(shared) }
    }
}

impl fmt::Debug for IntakeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntakeBuilder")
            .field("source", &self.source)
            .field("recipients", &self.recipients.len())
            .field("packages", &self.packages)
            .field("quarantine", &self.quarantine)
            .field("largest_mail", &self.largest_mail)
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}
