//! The hosted product's bugs, as its changelog tells them: none of them here.

use chrono::TimeDelta;
use statused_core::engine::Input;
use statused_core::model::{Observation, Share, Status, SubjectKey, SubjectKind};
use statused_core::sink::{Outcome, SinkProfile};
use statused_core::source::{SourceError, SourceErrorKind};

use crate::bench::{Bench, report, version};

use Status::{InReview, PendingDeveloperRelease, ReadyForSale, RolloutFinished, RolloutInProgress, RolloutPaused};

/// An engine with a sink that takes everything, driven by one poll after the other.
struct Life {
    bench: Bench,
}

impl Life {
    fn new() -> Self {
        let bench = Bench::new().with_sink("s", SinkProfile::default()).with_workflow("w", &["s"]).with_source();
        Self { bench }
    }

    /// Polls once; second looks see the same.
    fn poll(&mut self, seen: &[Observation]) {
        self.bench.now += TimeDelta::minutes(5);
        self.once(seen);
        if self.doubtful() {
            self.bench.now += TimeDelta::seconds(2);
            self.once(seen);
        }
        assert!(!self.doubtful(), "a second look settles it");
    }

    /// Polls once, whatever is in doubt.
    fn once(&mut self, seen: &[Observation]) {
        self.bench.tell(Input::Round);
        let now = self.bench.now;
        let seen = seen.iter().cloned().map(|mut one| {
            one.seen_at = now;
            one
        });
        let seen = seen.collect();
        self.bench.polled(Ok(report("1", seen)));
        self.bench.answer(&Outcome::delivered());
    }

    fn fail(&mut self, kind: SourceErrorKind) {
        self.bench.now += TimeDelta::minutes(5);
        self.bench.tell(Input::Round);
        self.bench.polled(Err(SourceError::new(kind, "403")));
        self.bench.answer(&Outcome::delivered());
    }

    fn doubtful(&self) -> bool {
        self.bench.tables.list(None, 99).iter().any(|stored| stored.state.contains("\"doubt\""))
    }

    /// What has arrived after the welcome.
    fn heard(&self) -> Vec<String> {
        self.bench.received().split_off(1)
    }
}

fn live(status: Status) -> Observation {
    version("v", status, chrono::DateTime::UNIX_EPOCH)
}

fn rollout(status: Status, percent: u32) -> Observation {
    let version = SubjectKey::new(SubjectKind::Version, "v");
    Observation::new(SubjectKey::new(SubjectKind::PhasedRelease, "v"), status, chrono::DateTime::UNIX_EPOCH)
        .with_share(Share::percent(percent))
        .with_parent(version)
}

fn app(status: &str) -> String {
    format!("The status of your app 1 changed to {status}")
}

#[test]
fn v4_8_4_a_second_workflow_on_the_same_app_is_notified_too() {
    let mut life = Life::new();
    life.bench = life.bench.with_sink("t", SinkProfile::default()).with_workflow("x", &["t"]);
    life.poll(&[live(InReview)]);
    life.poll(&[live(ReadyForSale)]);
    let sinks: Vec<_> =
        life.bench.records().into_iter().filter(|r| r.message == app("Ready for Sale")).map(|r| r.sink).collect();
    assert_eq!(sinks, ["s".into(), "t".into()]);
}

#[test]
fn v4_7_2_a_pending_agreement_is_told_once() {
    let mut life = Life::new();
    life.poll(&[live(InReview)]);
    for _ in 0..5 {
        life.fail(SourceErrorKind::Agreement);
    }
    assert_eq!(life.heard(), ["Action Needed: You Have Pending Agreements"]);
    life.bench = life.bench.restarted().with_sink("s", SinkProfile::default()).with_workflow("w", &["s"]).with_source();
    for _ in 0..5 {
        life.fail(SourceErrorKind::Agreement);
    }
    assert_eq!(life.heard().len(), 1);
    assert!(!life.bench.announced().contains(&"In Review".to_owned()), "the apps' states stay as they were");
}

#[test]
fn v4_6_2_a_release_is_told_once() {
    let mut life = Life::new();
    life.poll(&[live(PendingDeveloperRelease)]);
    for _ in 0..3 {
        life.poll(&[live(ReadyForSale)]);
        life.bench.push("1", "v", ReadyForSale);
        life.bench.push("1", "v", ReadyForSale);
        life.bench.answer(&Outcome::delivered());
    }
    assert_eq!(life.heard(), [app("Ready for Sale")]);
}

#[test]
fn v4_8_1_from_live_to_completed_is_one_notification_each() {
    let mut life = Life::new();
    life.poll(&[live(ReadyForSale), rollout(RolloutInProgress, 50)]);
    for _ in 0..3 {
        life.poll(&[live(ReadyForSale), rollout(RolloutFinished, 100)]);
    }
    assert_eq!(
        life.heard(),
        ["Your phased rollout for 1 is complete and your app update has rolled out to 100% of users."]
    );
}

#[test]
fn v4_7_3_a_rollout_never_shows_a_stale_percentage() {
    let mut life = Life::new();
    life.poll(&[live(ReadyForSale), rollout(RolloutInProgress, 5)]);
    life.poll(&[live(ReadyForSale), rollout(RolloutInProgress, 10)]);
    // An old page, then the truth again.
    life.bench.now += TimeDelta::minutes(5);
    life.once(&[live(ReadyForSale), rollout(RolloutInProgress, 5)]);
    life.once(&[live(ReadyForSale), rollout(RolloutInProgress, 10)]);
    life.poll(&[live(ReadyForSale), rollout(RolloutPaused, 10)]);
    assert_eq!(
        life.heard(),
        [
            "Your phased rollout for 1 is active, rolling out to 10% of your users.",
            "Your phased rollout for 1 has been paused at 10%.",
        ]
    );
}

#[test]
fn a_version_without_a_phased_release_is_never_called_paused_or_halted() {
    let mut life = Life::new();
    life.poll(&[live(PendingDeveloperRelease)]);
    life.poll(&[live(ReadyForSale)]);
    life.poll(&[live(Status::RemovedFromSale)]);
    assert_eq!(life.heard(), [app("Ready for Sale"), app("Removed from Sale")]);
}

#[test]
fn v4_8_0_what_happens_after_a_final_status_is_told() {
    let mut life = Life::new();
    life.poll(&[live(ReadyForSale), rollout(RolloutFinished, 100)]);
    life.poll(&[live(Status::DeveloperRemovedFromSale), rollout(RolloutFinished, 100)]);
    life.poll(&[live(ReadyForSale), rollout(RolloutFinished, 100)]);
    life.poll(&[live(ReadyForSale), rollout(RolloutPaused, 100)]);
    assert_eq!(
        life.heard(),
        [
            app("Developer Removed from Sale"),
            app("Ready for Sale"),
            "Your phased rollout for 1 has been paused at 100%.".to_owned(),
        ]
    );
}

#[test]
fn v4_8_2_a_welcome_is_not_repeated() {
    let mut life = Life::new();
    for _ in 0..3 {
        life.poll(&[live(InReview)]);
        life.bench =
            life.bench.restarted().with_sink("s", SinkProfile::default()).with_workflow("w", &["s"]).with_source();
        life.bench.answer(&Outcome::delivered());
    }
    assert_eq!(life.bench.received(), ["Your workflow w is active and watching for status changes."]);
}

#[test]
fn v4_9_0_every_day_of_a_phased_release_is_told_the_last_included() {
    let mut life = Life::new();
    life.poll(&[live(PendingDeveloperRelease)]);
    for percent in [1, 2, 5, 10, 20, 50, 100] {
        life.poll(&[live(ReadyForSale), rollout(RolloutInProgress, percent)]);
    }
    let heard = life.heard();
    assert_eq!(heard[0], app("Ready for Sale"));
    let expected: Vec<_> = [1, 2, 5, 10, 20, 50, 100]
        .map(|percent| format!("Your phased rollout for 1 is active, rolling out to {percent}% of your users."))
        .to_vec();
    assert_eq!(heard[1..], expected);
}

#[test]
fn v4_7_1_a_cached_page_after_news_neither_hides_nor_repeats_it() {
    let mut life = Life::new();
    life.poll(&[live(InReview)]);
    life.poll(&[live(PendingDeveloperRelease)]);
    // The cache serves the old page for a while.
    for _ in 0..3 {
        life.bench.now += TimeDelta::minutes(5);
        life.once(&[live(InReview)]);
        life.once(&[live(PendingDeveloperRelease)]);
    }
    life.poll(&[live(ReadyForSale)]);
    assert_eq!(life.heard(), [app("Pending Developer Release"), app("Ready for Sale")]);
}
