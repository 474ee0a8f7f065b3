//! Google Play and its mail, from the store's word to the history.

use std::sync::Arc;
use std::time::Duration;

use statused::google::testkit::{FakeGooglePlay, FakeRelease};
use statused::mail::intake::{Intake, Receipt};
use statused::mail::testkit::{Draft, PolicyLetter, Postmaster, forward};
use statused::mail::{Envelope, Reader, Verifier};
use statused::model::{AggregateKey, Event, EventKind};
use statused::{MemoryStore, Monitor};

const PACKAGE: &str = "com.acme.app";

/// An app with a live release, and the monitor that has found it so.
struct Stage {
    fake: FakeGooglePlay,
    monitor: Monitor,
    google: Postmaster,
    intake: Intake,
}

impl Stage {
    async fn set() -> Self {
        let fake = FakeGooglePlay::start().await.unwrap();
        fake.app(PACKAGE, "Acme").track("production").release("1.1", [41]).publish();
        // No pause at all: how fast the looks follow each other must not matter.
        let source = fake.source().lifecycle_every(Duration::from_nanos(1)).managed_publishing(true).build().unwrap();
        let monitor =
            Monitor::builder(Arc::new(MemoryStore::new())).source("acme-google", Arc::new(source)).build().unwrap();
        let google = Postmaster::google();
        let verifier = Verifier::builder().pinned_keys(google.keys()).offline().build();
        let intake = Intake::builder(verifier, Reader::new(), monitor.clone(), "acme-google").build();
        let stage = Self { fake, monitor, google, intake };
        assert_eq!(stage.look().await, [""; 0], "the app is taken as it is found");
        stage
    }

    fn release(&self) -> FakeRelease {
        self.fake.app(PACKAGE, "Acme").track("production").release("1.2", [42])
    }

    /// Looks as often as a step back needs, and returns all that was ever told.
    async fn look(&self) -> Vec<String> {
        for _ in 0..4 {
            self.monitor.tick().await;
        }
        let share = |event: &Event| event.data.user_distribution.clone().map(|share| format!(" {share}"));
        let say = |event: &Event| format!("{}{}", event.data.status, share(event).unwrap_or_default());
        self.history().await.iter().map(say).collect()
    }

    async fn history(&self) -> Vec<Event> {
        let mut events = self.monitor.history(Default::default()).await.unwrap();
        events.reverse();
        events
    }

    async fn mail(&self, raw: &[u8]) -> Receipt {
        self.intake.ingest(raw, Envelope::to(["play@acme.example"])).await
    }
}

fn refusal() -> Draft {
    PolicyLetter::rejection("Acme", PACKAGE).issue("Violation of Content Ratings policy").codes([42]).draft()
}

#[tokio::test]
async fn a_release_is_told_from_its_review_to_everybody() {
    let stage = Stage::set().await;
    let mut told = Vec::new();
    let release = stage.release().in_review();
    told.push("In Review".to_owned());
    assert_eq!(stage.look().await, told);
    release.approved();
    told.push("Approved".to_owned());
    assert_eq!(stage.look().await, told);
    for (share, expected) in [(0.05, "Phased Rollout Is In Progress 5%"), (0.2, "Phased Rollout Is In Progress 20%")] {
        release.rollout(share);
        told.push(expected.to_owned());
        assert_eq!(stage.look().await, told);
    }
    release.halt();
    told.push("Phased Rollout Halted 20%".to_owned());
    assert_eq!(stage.look().await, told);
    release.resume();
    told.push("Phased Rollout Is In Progress 20%".to_owned());
    assert_eq!(stage.look().await, told);
    release.complete();
    told.push("Phased Rollout Finished 100%".to_owned());
    let mut seen = stage.look().await;
    // When the old release is gone for good takes another read of the track.
    seen.retain(|word| word != "Replaced with New Version");
    assert_eq!(seen, told);
    let resumed = &stage.history().await[5];
    assert!(resumed.data.message.starts_with("Your phased rollout has been resumed"), "{}", resumed.data.message);
    assert_eq!(
        (resumed.data.track.as_deref(), resumed.data.store_name.as_str()),
        (Some("Production"), "Google Play Console")
    );
}

#[tokio::test]
async fn the_reason_of_a_rejection_comes_by_mail_and_only_from_google() {
    let stage = Stage::set().await;
    let release = stage.release().in_review();
    stage.look().await;
    release.reject();
    assert_eq!(stage.look().await, ["In Review", "Rejected"]);

    let mail = stage.google.send(&refusal());
    let forged = Postmaster::google().send(&refusal());
    let altered = forward::replaced(&mail, "Content Ratings", "Content Rantings");
    for bad in [&forged, &altered] {
        assert!(!matches!(stage.mail(bad).await, Receipt::Taken { .. }));
        assert_eq!(stage.look().await.len(), 2, "a forged mail changes nothing");
    }
    assert!(matches!(stage.mail(&mail).await, Receipt::Taken { .. }));
    stage.mail(&forward::gmail(&mail, "dev@acme.example", "play@acme.example")).await;
    stage.look().await;
    let history = stage.history().await;
    assert_eq!(history.len(), 3, "once, however many copies come");
    // By its time the letter may be the older one: mail counts in seconds.
    let why = history.iter().find(|event| event.kind == EventKind::Explained).unwrap();
    let rejected =
        history.iter().find(|event| event.kind == EventKind::App && event.data.status == "Rejected").unwrap();
    assert_eq!(why.data.follows, Some(rejected.id));
    assert_eq!(why.data.reason.as_deref(), Some("Violation of Content Ratings policy"));
    let app = AggregateKey::App("acme-google".into(), PACKAGE.into());
    assert!(stage.monitor.knows(&app).await.unwrap());
}
