//! The kit on sinks: a desk of its own, and a sink for each promise that is broken.

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::broken;
use crate::model::Notification;
use crate::sink::{Rate, SinkProfile, Verdict};
use crate::testkit::conformance::sink::{Answer, Destination, check_all};
use crate::{Outcome, Sink};

const SECRET: &str = "hunter2";

/// What is wrong with a sink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Flaw {
    #[default]
    Flawless,
    ShowsItsKey,
    TakesNothing,
    BelievesRubbish,
    SurelyMissesWhoIsAbsent,
    TriesAgainWhenInDoubt,
    ShortensWaits,
    HopesForTheDead,
    RepeatsItself,
    CountsItsRequests,
    RefusesEmptyMessages,
    TakesOneAtATime,
    HoldsItsTurnWhenDropped,
    ReadsWithoutEnd,
    FollowsRedirects,
}

use Flaw::*;

/// A destination in memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Desk(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    flaw: Flaw,
    answer: Mutex<Option<Answer>>,
    received: Mutex<Vec<String>>,
    busy: AtomicBool,
    count: AtomicUsize,
}

impl Desk {
    fn with(flaw: Flaw) -> Self {
        Self(Arc::new(Shared { flaw, ..Shared::default() }))
    }

    fn answer(&self) -> Answer {
        self.0.answer.lock().unwrap().unwrap_or(Answer::Confirm)
    }
}

impl Destination for Desk {
    async fn play(&self, answer: Answer) -> bool {
        *self.0.answer.lock().unwrap() = Some(answer);
        true
    }

    fn sink(&self) -> Box<dyn Sink> {
        Box::new(Clerk { desk: self.clone(), key: (self.0.flaw == ShowsItsKey).then_some(SECRET) })
    }

    async fn received(&self) -> Vec<String> {
        self.0.received.lock().unwrap().clone()
    }

    fn secrets(&self) -> Vec<String> {
        vec![SECRET.to_owned()]
    }
}

/// The sink.
#[derive(Debug)]
struct Clerk {
    desk: Desk,
    #[expect(dead_code, reason = "shown by Debug")]
    key: Option<&'static str>,
}

impl Clerk {
    async fn send(&self, notification: &Notification) -> Option<Answer> {
        let shared = &self.desk.0;
        let answer = self.desk.answer();
        if answer != Answer::Absent {
            let number =
                if shared.flaw == CountsItsRequests { shared.count.fetch_add(1, Ordering::Relaxed) } else { 0 };
            shared.received.lock().unwrap().push(format!("{number} {}", notification.event.id));
        }
        tokio::task::yield_now().await;
        match answer {
            Answer::Hang => pending().await,
            Answer::Endless if shared.flaw == ReadsWithoutEnd => pending().await,
            Answer::HangUp => None,
            answer => Some(answer),
        }
    }
}

#[async_trait]
impl Sink for Clerk {
    fn profile(&self) -> SinkProfile {
        // Short enough to be waited for.
        let profile = SinkProfile::default().with_timeout(Duration::from_millis(50));
        if self.desk.0.flaw == TakesNothing { profile.with_rate(Rate::new(0, Duration::from_secs(1))) } else { profile }
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let (flaw, busy) = (self.desk.0.flaw, &self.desk.0.busy);
        if flaw == RefusesEmptyMessages && notification.event.data.message.is_empty() {
            return Outcome::retry("nothing to say");
        }
        if matches!(flaw, TakesOneAtATime | HoldsItsTurnWhenDropped) && busy.swap(true, Ordering::SeqCst) {
            // The one loses its turn when somebody else has it, the other for ever.
            return Outcome::retry("busy");
        }
        // Given back when it is dropped.
        let _turn = (flaw == TakesOneAtATime).then(|| Turn(busy));
        let answer = self.send(notification).await;
        if flaw == HoldsItsTurnWhenDropped {
            busy.store(false, Ordering::SeqCst);
        }
        if flaw == RepeatsItself && answer == Some(Answer::Refuse) {
            self.send(notification).await;
            self.send(notification).await;
        }
        self.judge(answer)
    }
}

struct Turn<'a>(&'a AtomicBool);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl Clerk {
    fn judge(&self, answer: Option<Answer>) -> Outcome {
        match (self.desk.0.flaw, answer) {
            (BelievesRubbish, Some(Answer::Rubbish)) | (FollowsRedirects, Some(Answer::Redirect)) => {
                Outcome::delivered()
            }
            (SurelyMissesWhoIsAbsent, Some(Answer::Absent)) => Outcome::ambiguous("nobody there"),
            (TriesAgainWhenInDoubt, None) => Outcome::retry("hung up"),
            (ShortensWaits, Some(Answer::Wait(wait))) => Outcome::retry_after(wait / 2, "wait"),
            (HopesForTheDead, Some(Answer::Gone)) => Outcome::retry("gone"),
            (_, None) => Outcome::ambiguous("hung up"),
            (_, Some(Answer::Confirm)) => Outcome::new(Verdict::Accepted),
            (_, Some(Answer::Wait(wait))) => Outcome::retry_after(wait, "wait"),
            (_, Some(Answer::Gone)) => Outcome::dead("gone"),
            (_, Some(other)) => Outcome::retry(format!("{other:?}")),
        }
    }
}

mod desk {
    crate::sink_tests!(super::Desk::default());
}

/// By a clock that goes on when nothing else does, so that no machine is too slow for a sink's timeout.
#[tokio::test(start_paused = true)]
async fn each_flaw_is_found_by_just_its_check() {
    let flaws = [
        (ShowsItsKey, "sink.always.1"),
        (TakesNothing, "sink.profile.1"),
        (BelievesRubbish, "sink.deliver.1"),
        (SurelyMissesWhoIsAbsent, "sink.deliver.2"),
        (TriesAgainWhenInDoubt, "sink.deliver.3"),
        (ShortensWaits, "sink.deliver.4"),
        (HopesForTheDead, "sink.deliver.5"),
        (RepeatsItself, "sink.deliver.6"),
        (CountsItsRequests, "sink.deliver.7"),
        (RefusesEmptyMessages, "sink.deliver.8"),
        (TakesOneAtATime, "sink.deliver.9"),
        (HoldsItsTurnWhenDropped, "sink.deliver.10"),
        (ReadsWithoutEnd, "sink.deliver.11"),
        (FollowsRedirects, "sink.deliver.12"),
    ];
    for (flaw, id) in flaws {
        let report = check_all(async || Desk::with(flaw)).await;
        let mut found = broken(&report);
        if flaw == HoldsItsTurnWhenDropped {
            // It is the other's flaw, too.
            found.retain(|id| *id != "sink.deliver.9");
        }
        assert_eq!(found, [id], "{flaw:?}\n{report}");
    }
    let report = check_all(async || Desk::default()).await;
    assert!(report.holds() && report.skipped().count() == 0, "{report}");
    let tried: Vec<_> = report.findings.iter().map(|finding| finding.id).collect();
    assert_eq!(flaws.map(|(_, id)| id).as_slice(), tried);
}
