//! From Google Play to a destination, through a monitor.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use statused_core::model::{Letter, LetterKind, Notification, Sighting};
use statused_core::monitor::Clock;
use statused_core::sink::{Outcome, Sink, SinkProfile};
use statused_core::{MemoryStore, Monitor, RuleWorkflow, StateStore};
use statused_google::GooglePlayBuilder;
use statused_google::testkit::{Endpoint, FakeGooglePlay, Fault};
use tokio::sync::mpsc;

use crate::support::*;

#[derive(Debug)]
struct Mailbox(mpsc::UnboundedSender<String>);

#[async_trait]
impl Sink for Mailbox {
    fn profile(&self) -> SinkProfile {
        SinkProfile::default()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let data = &notification.event.data;
        if !data.message.starts_with("Your workflow") {
            self.0.send(data.message.clone()).unwrap();
        }
        Outcome::delivered()
    }
}

#[derive(Debug)]
struct Hands(Arc<std::sync::atomic::AtomicI64>);

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0.load(std::sync::atomic::Ordering::SeqCst), 0).unwrap()
    }
}

struct Running {
    watch: Watch,
    monitor: Monitor,
    told: mpsc::UnboundedReceiver<String>,
    store: Arc<dyn StateStore>,
}

fn monitor(
    fake: &FakeGooglePlay,
    watch: &Watch,
    store: &Arc<dyn StateStore>,
    adjust: impl FnOnce(GooglePlayBuilder) -> GooglePlayBuilder,
) -> (Monitor, mpsc::UnboundedReceiver<String>) {
    let hands = watch.hands();
    let time = Arc::clone(&hands);
    let clock = move || DateTime::from_timestamp(time.load(std::sync::atomic::Ordering::SeqCst), 0).unwrap();
    let source = adjust(fake.source().clock(clock).icons(false)).build().unwrap();
    let (sender, told) = mpsc::unbounded_channel();
    let monitor = Monitor::builder(Arc::clone(store))
        .clock(Arc::new(Hands(hands)))
        .source("acme", Arc::new(source))
        .sink("mail", Arc::new(Mailbox(sender)))
        .workflow("all", Arc::new(RuleWorkflow::new("everything").sinks(["mail"])))
        .build()
        .unwrap();
    (monitor, told)
}

async fn run() -> Running {
    run_with(|builder| builder).await
}

async fn run_with(adjust: impl FnOnce(GooglePlayBuilder) -> GooglePlayBuilder) -> Running {
    let watch = watch().await;
    let store: Arc<dyn StateStore> = Arc::new(MemoryStore::new());
    let (monitor, told) = monitor(&watch.fake, &watch, &store, adjust);
    Running { watch, monitor, told, store }
}

impl Running {
    /// Lets so many minutes pass; what was told meanwhile.
    async fn minutes(&mut self, minutes: u32) -> Vec<String> {
        for _ in 0..minutes {
            self.watch.pass(60);
            self.monitor.tick().await;
        }
        let mut told = Vec::new();
        while let Ok(message) = self.told.try_recv() {
            told.push(message);
        }
        told
    }

    fn restart(&mut self, adjust: impl FnOnce(GooglePlayBuilder) -> GooglePlayBuilder) {
        (self.monitor, self.told) = monitor(&self.watch.fake, &self.watch, &self.store, adjust);
    }
}

#[tokio::test]
async fn a_life_is_told_in_the_originals_words_and_each_step_once() {
    let mut running = run().await;
    running.watch.release("1.0", 1).publish();
    assert_eq!(running.minutes(30).await, [""; 0], "its past is not told");
    let release = running.watch.release("1.1", 2).staged(0.05).in_review();
    let mut told = running.minutes(20).await;
    release.pass_review();
    told.extend(running.minutes(20).await);
    release.rollout(0.2);
    told.extend(running.minutes(5).await);
    release.halt();
    told.extend(running.minutes(5).await);
    release.resume();
    told.extend(running.minutes(5).await);
    release.complete();
    told.extend(running.minutes(30).await);
    release.halt();
    told.extend(running.minutes(30).await);
    let rollout = |share| {
        format!(
            "Your phased rollout is active and you are currently rolling out your app update to {share}% of your users."
        )
    };
    let resumed = "Your phased rollout has been resumed and your update is rolling out to users again. You are currently \
                   rolling out your app update to 20% of your users.";
    assert_eq!(
        told,
        [
            changed("In Review"),
            rollout(5),
            rollout(20),
            "Your phased rollout has been halted at 20% and your update is no longer rolling out to users.".to_owned(),
            resumed.to_owned(),
            "Your phased rollout is complete and your app update has rolled out to 100% of users.".to_owned(),
            // The older one, which new users get again while the newer one is halted.
            changed("Replaced with New Version"),
            changed("Halted"),
            changed("Live"),
        ]
    );
}

fn changed(status: &str) -> String {
    format!("The status of your app Acme changed to {status}")
}

#[tokio::test]
async fn a_rollout_that_a_newer_release_stops_is_told_once() {
    let mut running = run().await;
    running.watch.release("1.0", 1).rollout(0.2);
    running.minutes(3).await;
    let newer = running.watch.release("1.1", 2).staged(0.05).in_review();
    running.minutes(3).await;
    newer.rollout(0.05);
    let told = running.minutes(60).await;
    assert_eq!(
        told,
        [
            "Your phased rollout is active and you are currently rolling out your app update to 5% of your users.",
            "Your phased rollout has been halted at 20% and your update is no longer rolling out to users.",
        ]
    );
}

#[tokio::test]
async fn a_track_that_is_watched_later_tells_only_what_happens_then() {
    let mut running = run_with(|builder| builder.tracks(["production"])).await;
    running.watch.release("1.0", 1).publish();
    let beta = running.watch.app().track("beta").release("2.0", [9]).rollout(0.1);
    running.minutes(3).await;
    running.restart(|builder| builder);
    assert_eq!(running.minutes(30).await, [""; 0]);
    beta.rollout(0.2);
    assert_eq!(running.minutes(3).await.len(), 1);
}

#[tokio::test]
async fn a_delay_between_the_two_apis_invents_nothing_and_loses_nothing() {
    for (edits, lifecycle) in [(0, 4), (4, 0), (7, 2)] {
        let mut running = run().await;
        running.watch.release("1.0", 1).publish();
        running.minutes(10).await;
        running.watch.fake.edits_lag(chrono::TimeDelta::minutes(edits));
        running.watch.fake.lifecycle_lag(chrono::TimeDelta::minutes(lifecycle));
        let release = running.watch.release("1.1", 2).in_review();
        let mut told = running.minutes(40).await;
        release.publish();
        told.extend(running.minutes(120).await);
        let expected = [changed("In Review"), changed("Live"), changed("Replaced with New Version")];
        assert_eq!(told, expected, "edits {edits}, lifecycle {lifecycle}");
    }
}

#[tokio::test]
async fn a_page_that_is_old_takes_nothing_back() {
    let mut running = run().await;
    let release = running.watch.release("1.0", 1).in_review();
    running.minutes(3).await;
    running.watch.fake.freeze_lifecycle();
    release.rollout(0.1);
    running.minutes(3).await;
    running.watch.fake.propagate();
    let told = running.minutes(30).await;
    assert_eq!(told.len(), 1, "{told:?}");
    release.rollout(0.5);
    running.minutes(2).await;
    // Both APIs go back to what they showed earlier, for a while.
    running.watch.fake.edits_lag(chrono::TimeDelta::minutes(20));
    running.watch.fake.lifecycle_lag(chrono::TimeDelta::minutes(50));
    running.minutes(1).await;
    running.watch.fake.propagate();
    let told = running.minutes(60).await;
    assert_eq!(told, [""; 0]);
}

#[tokio::test]
async fn a_letter_brings_the_news_at_once_and_its_reason() {
    let mut running = run().await;
    let release = running.watch.release("1.0", 1).in_review();
    running.minutes(3).await;
    release.reject();
    let letter = Letter::new("<1@google.com>", LetterKind::Rejected, running.watch.now)
        .with_version_codes([1])
        .with_reason("Violation of Content Ratings policy");
    let sighting = Sighting::new().with_letter(letter);
    running.monitor.ingest("acme", [(app_key(APP), sighting)].into()).await.unwrap();
    assert_eq!(running.minutes(1).await, [changed("Rejected")], "not after a quarter of an hour");
    let explained = running.minutes(60).await;
    assert!(explained.is_empty(), "once: {explained:?}");
}

#[tokio::test]
async fn what_is_declared_is_told_as_declared_and_becomes_effective_when_it_can_be_read() {
    let mut running = run().await;
    running.watch.release("1.0", 1).publish();
    running.watch.fake.inject(Fault::permission().on(Endpoint::Lifecycle).always());
    assert_eq!(running.minutes(3).await, [""; 0]);
    let release = running.watch.release("1.1", 2).staged(0.1).in_review();
    assert_eq!(running.minutes(3).await, [changed("In Progress")]);
    running.watch.fake.heal();
    release.pass_review();
    let told = running.minutes(70).await;
    let rollout =
        "Your phased rollout is active and you are currently rolling out your app update to 10% of your users.";
    assert!(told.contains(&rollout.to_owned()), "{told:?}");
}
