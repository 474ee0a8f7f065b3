//! What is kept aside, and tried again.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::Intake;
use super::judge::Judgement;
use super::quarantine::{Kept, KeptHead, KeptId, QuarantineError};
use super::receipt::{Failed, Receipt, Refused, Why};
use crate::{Envelope, Reason, Verdict};

/// How long an app that the source has not shown is waited for.
const NEW_APP: TimeDelta = TimeDelta::hours(24);
/// How long a signature holds that does not say so itself.
const SIGNATURE: TimeDelta = TimeDelta::days(7);
/// The first wait, and the longest.
const WAITS: (TimeDelta, TimeDelta) = (TimeDelta::seconds(10), TimeDelta::minutes(30));
/// How often what another process has marked is looked for.
const LOOK: Duration = Duration::from_secs(60);

impl Intake {
    /// Takes a mail that was admitted and came just now.
    pub(super) async fn take(&self, raw: &[u8], envelope: Envelope) -> Receipt {
        self.take_of(raw, envelope, self.now()).await
    }

    /// Takes a mail that came at a time: its signature must have held then.
    pub(super) async fn take_of(&self, raw: &[u8], envelope: Envelope, arrived: DateTime<Utc>) -> Receipt {
        if raw.len() > self.shared.largest_mail {
            return self.too_large(raw.len());
        }
        let verdict = self.shared.verifier.verify(raw, arrived).await;
        let head = KeptHead::new(KeptId::of(raw), verdict, envelope, arrived, raw.len());
        let receipt = self.settle(Kept::new(head, raw.to_vec())).await;
        self.lock().health.count(&receipt, self.now());
        receipt
    }

    /// Counts a mail that is too long to be looked at.
    pub(super) fn too_large(&self, length: usize) -> Receipt {
        let receipt = Receipt::Refused(Refused::TooLarge { length });
        self.lock().health.count(&receipt, self.now());
        receipt
    }

    /// Judges a mail, and keeps it aside if need be.
    async fn settle(&self, mut mail: Kept) -> Receipt {
        let why = match self.judge(&mail.raw, &mail.head.envelope, &mail.head.verdict).await {
            Judgement::Done(receipt) => return receipt,
            Judgement::Keep(why) => why,
        };
        let id = mail.head.id.clone();
        mail.head.next_try = next_try(&why, &mail.head, self.now());
        mail.head.why = Some(why.clone());
        match self.shared.quarantine.keep(mail).await {
            Ok(evicted) => {
                if evicted > 0 {
                    tracing::error!(source = %self.shared.source, evicted, "the quarantine is full: mail was thrown away");
                    self.lock().health.evicted += evicted;
                }
                tracing::warn!(source = %self.shared.source, %id, %why, "a mail is kept aside");
                self.shared.kept.notify_one();
                Receipt::Quarantined { id, why }
            }
            Err(error) => Receipt::Failed(Failed::Quarantine(error)),
        }
    }

    /// Tries a mail again that was kept aside, whatever the reason. A proof that was found is not looked for again.
    /// `None`: it is not there any more.
    ///
    /// # Errors
    ///
    /// When the quarantine cannot be read or written.
    ///
    /// # Cancellation
    ///
    /// A dropped call may or may not have taken effect; the mail is not lost.
    pub async fn retry(&self, id: &KeptId) -> Result<Option<Receipt>, QuarantineError> {
        let Some(mut mail) = self.shared.quarantine.get(id).await? else { return Ok(None) };
        if let Verdict::Unproved(unproved) = &mail.head.verdict {
            // The signature must have held when the mail came; but a clock that was wrong then may be right by now.
            let ahead = matches!(unproved.reason, Reason::Future { .. });
            let at = if ahead { self.now() } else { mail.head.received_at };
            mail.head.verdict = self.shared.verifier.verify(&mail.raw, at).await;
        }
        mail.head.tries += 1;
        let receipt = self.settle(mail).await;
        match &receipt {
            Receipt::Quarantined { .. } | Receipt::Refused(_) => {}
            Receipt::Failed(_) => self.put_off(id).await?,
            _ => drop(self.shared.quarantine.remove(id).await?),
        }
        if !matches!(receipt, Receipt::Quarantined { .. }) {
            let now = self.now();
            self.lock().health.outcome(&receipt, now);
        }
        Ok(Some(receipt))
    }

    /// Lets a mail wait that the monitor could not take.
    async fn put_off(&self, id: &KeptId) -> Result<(), QuarantineError> {
        if let Some(mut mail) = self.shared.quarantine.get(id).await? {
            mail.head.tries += 1;
            mail.head.next_try = Some(self.now() + wait(mail.head.tries));
            self.shared.quarantine.keep(mail).await?;
        }
        Ok(())
    }

    /// Tries whatever is due, the oldest first. Returns when the next one is.
    ///
    /// # Errors
    ///
    /// When the quarantine cannot be read or written.
    pub async fn retry_due(&self) -> Result<Option<DateTime<Utc>>, QuarantineError> {
        let mut waiting = self.shared.quarantine.list().await?;
        waiting.sort_by_key(|head| head.received_at);
        for head in &waiting {
            if head.next_try.is_some_and(|at| at <= self.now()) {
                self.retry(&head.id).await?;
            }
        }
        let left = self.shared.quarantine.list().await?;
        Ok(left.iter().filter_map(|head| head.next_try).min())
    }

    /// Tries again what may pass, until `shutdown` is done.
    ///
    /// # Cancellation
    ///
    /// It may be dropped at any time: what was kept stays.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let wait = match self.retry_due().await {
                Ok(next) => next.map_or(LOOK, |at| (at - self.now()).to_std().unwrap_or_default().min(LOOK)),
                Err(error) => {
                    tracing::error!(source = %self.shared.source, %error, "the quarantine cannot be read");
                    self.lock().health.last_problem = Some(error.to_string());
                    LOOK
                }
            };
            tokio::select! {
                () = &mut shutdown => return,
                // What fails at once is not tried without a pause.
                () = tokio::time::sleep(wait.max(Duration::from_millis(100))) => {}
                () = self.shared.kept.notified() => {}
            }
        }
    }
}

/// When a mail is tried again, if that is of use.
fn next_try(why: &Why, head: &KeptHead, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let until = match why {
        Why::Unproved(unproved) if unproved.passing => unproved.until.unwrap_or(head.received_at + SIGNATURE),
        Why::UnknownApp { .. } => head.received_at + NEW_APP,
        _ => return None,
    };
    let at = now + wait(head.tries);
    // One last try just before it is too late.
    let last = until - TimeDelta::minutes(1);
    let at = if at > last && now < last { last } else { at };
    (at < until).then_some(at)
}

/// How long to wait after so many tries.
fn wait(tries: u32) -> TimeDelta {
    (WAITS.0 * 2_i32.pow(tries.min(12))).min(WAITS.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::Unproved;

    fn waits(why: &Why, received_at: DateTime<Utc>) -> Vec<i64> {
        let unproved = Unproved { reason: Reason::NoMail, passing: true, until: None };
        let mut head = KeptHead::new(KeptId::of(b""), Verdict::Unproved(unproved), Envelope::default(), received_at, 0);
        let mut now = received_at;
        let mut waits = Vec::new();
        while let Some(next) = next_try(why, &head, now) {
            waits.push((next - now).num_seconds());
            now = next;
            head.tries += 1;
        }
        waits
    }

    #[test]
    fn waits_grow_and_end_before_the_signature_does() {
        let begin = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let until = Some(begin + TimeDelta::minutes(10));
        let passing = Why::Unproved(Unproved { reason: Reason::NoMail, passing: true, until });
        assert_eq!(waits(&passing, begin), [10, 20, 40, 80, 160, 230], "the last one a minute before the end");
        let unknown = waits(&Why::UnknownApp { package: "a".to_owned() }, begin);
        assert_eq!(unknown.iter().sum::<i64>(), 24 * 3600 - 60);
        assert_eq!(unknown.iter().max(), Some(&1800));
        let forged = Why::Unproved(Unproved { reason: Reason::NoMail, passing: false, until });
        assert!(waits(&forged, begin).is_empty() && waits(&Why::NoPackage, begin).is_empty());
    }
}
