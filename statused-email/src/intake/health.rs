//! How an intake is doing.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::receipt::{Receipt, Refused};

/// How an intake is doing, since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct IntakeHealth {
    /// Mails that came, by whatever way.
    pub received: u64,
    /// Mails whose news the monitor has.
    pub taken: u64,
    /// Questions whether Gmail may forward.
    pub asked: u64,
    /// Mails that had been taken before.
    pub repeated: u64,
    /// Mails that say nothing of interest.
    pub ignored: u64,
    /// Mails that were kept aside.
    pub quarantined: u64,
    /// Mails that were not looked at: too long, too many, or in a form that is not taken.
    pub refused: u64,
    /// Mails that could be neither taken nor kept, each time they came.
    pub failed: u64,
    /// Mails that the quarantine has thrown away since it is full.
    pub evicted: u64,
    /// When a mail last came.
    pub last_mail: Option<DateTime<Utc>>,
    /// When a mail's news was last taken.
    pub last_taken: Option<DateTime<Utc>>,
    /// The last thing that went wrong, in words.
    pub last_problem: Option<String>,
    /// The mailbox that is watched, if one is.
    #[cfg(feature = "imap")]
    pub imap: Option<super::imap::ImapHealth>,
}

impl IntakeHealth {
    /// A mail came.
    pub(super) fn count(&mut self, receipt: &Receipt, now: DateTime<Utc>) {
        self.received += 1;
        self.last_mail = Some(now);
        self.outcome(receipt, now);
    }

    /// A mail that came before was settled.
    pub(super) fn outcome(&mut self, receipt: &Receipt, now: DateTime<Utc>) {
        match receipt {
            Receipt::Taken { .. } => {
                self.taken += 1;
                self.last_taken = Some(now);
            }
            Receipt::Asked { .. } => self.asked += 1,
            Receipt::Repeated => self.repeated += 1,
            Receipt::Ignored(_) => self.ignored += 1,
            Receipt::Quarantined { why, .. } => {
                self.quarantined += 1;
                self.last_problem = Some(why.to_string());
            }
            Receipt::Refused(refused) => {
                self.refused += 1;
                self.last_problem = Some(match refused {
                    Refused::TooLarge { length } => format!("a mail of {length} bytes is longer than allowed"),
                    Refused::TooMany => "more mails than allowed".to_owned(),
                });
            }
            Receipt::Failed(failed) => {
                self.failed += 1;
                self.last_problem = Some(failed.to_string());
            }
        }
    }
}
