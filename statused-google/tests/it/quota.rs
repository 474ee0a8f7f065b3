//! The quota of listing releases.

use statused_core::source::SourceErrorKind;
use statused_google::testkit::{Endpoint, Fault};

use crate::support::*;

/// When the lifecycle was asked for, in minutes, and the troubles.
async fn asked(watch: &mut Watch, minutes: u32) -> (Vec<u32>, Vec<String>) {
    let (mut asked, mut troubles) = (Vec::new(), Vec::new());
    for minute in 0..minutes {
        let report = watch.poll_through().await;
        if watch.reads() > 0 {
            asked.push(minute);
        }
        for trouble in report.troubles {
            assert_eq!(trouble.kind, SourceErrorKind::Throttled);
            if !troubles.contains(&trouble.message) {
                troubles.push(trouble.message);
            }
        }
    }
    (asked, troubles)
}

#[tokio::test]
async fn a_refusal_is_waited_out_longer_each_time_and_said_once() {
    let mut watch = watch().await;
    watch.release("1.0", 1).in_review();
    watch.poll().await;
    watch.fake.lifecycle_quota(0);
    let (asked, troubles) = asked(&mut watch, 24 * 60).await;
    let gaps: Vec<_> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.len() >= 5, "{gaps:?}");
    for (gap, minutes) in gaps.iter().zip([15, 30, 60, 120, 240, 360, 360]) {
        assert!((minutes..=minutes * 11 / 10 + 2).contains(gap), "{gaps:?}");
    }
    assert_eq!(troubles.len(), 1, "the words stay the same: {troubles:?}");
    assert!(troubles[0].contains("quota") && troubles[0].contains(APP), "{troubles:?}");
}

#[tokio::test]
async fn the_wait_outlives_a_restart_and_ends_with_the_first_answer() {
    let mut watch = watch().await;
    watch.release("1.0", 1).in_review();
    watch.poll().await;
    watch.fake.lifecycle_quota(0);
    watch.polls_through(17).await;
    watch.restart(|builder| builder);
    watch.fake.lifecycle_quota(9);
    let (asked, troubles) = asked(&mut watch, 12).await;
    assert_eq!((asked.len(), troubles.len()), (0, 1), "it still waits, and still says so");
    let held = watch.source.review_states().held;
    let left = held[APP] - watch.now;
    assert!((0..16).contains(&left.num_minutes()), "{held:?}");
    watch.release("1.0", 1).publish();
    watch.until(1, "LIVE").await;
    assert_eq!(watch.poll().await.troubles, []);
    assert_eq!(watch.source.review_states(), Default::default());
}

#[tokio::test]
async fn rollouts_go_on_while_reads_are_refused_and_nothing_else_is_guessed() {
    let mut watch = watch().await;
    let rollout = watch.release("1.0", 1).rollout(0.1);
    watch.poll().await;
    watch.fake.lifecycle_quota(0);
    watch.app().track("beta").release("2.0", [9]).in_review();
    rollout.rollout(0.3);
    let report = watch.poll_through().await;
    assert_eq!(told(&report, 1).as_deref(), Some("ROLLOUT_IN_PROGRESS 30%"));
    assert!(find_on(&report, "beta", 9).is_none(), "completed is no word on a review");
    rollout.complete();
    assert_eq!(told(&watch.poll_through().await, 1).as_deref(), Some("ROLLOUT_FINISHED 100%"));
    watch.fake.lifecycle_quota(9);
    watch.pass(20 * 60);
    let report = watch.poll().await;
    assert_eq!(find_on(&report, "beta", 9).map(words).as_deref(), Some("IN_REVIEW"), "it is the first to be read");
}

/// A quota that is waited for is not why nothing else can be read.
#[tokio::test]
async fn a_poll_that_fails_during_the_wait_says_why() {
    let mut watch = watch().await;
    watch.release("1.0", 1).in_review();
    watch.poll().await;
    watch.fake.lifecycle_quota(0);
    watch.polls_through(17).await;
    watch.fake.inject(Fault::permission().on(Endpoint::OpenEdit).always());
    let error = watch.try_poll().await.unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::Credentials, "{error:?}");
    assert!(error.message.contains("View app information"), "{error:?}");
}

#[tokio::test]
async fn one_app_that_is_refused_does_not_hold_up_another() {
    let mut watch = watch().await;
    watch.fake.app("com.acme.other", "Other").track("production").release("1.0", [1]).in_review();
    watch.release("1.0", 1).in_review();
    watch.fake.inject(Fault::quota().on(Endpoint::Lifecycle).of("com.acme.other").always());
    watch.poll_through().await;
    let (asked, _) = asked(&mut watch, 31).await;
    assert!(asked.contains(&14) && asked.contains(&29), "{asked:?}");
}

#[tokio::test]
async fn several_apps_that_are_refused_wait_together_and_come_back_one_by_one() {
    let mut watch = watch().await;
    for n in 0..5 {
        watch.fake.app(&format!("com.acme.app{n}"), "More").track("production").release("1", [1]).in_review();
    }
    watch.fake.lifecycle_quota(0);
    watch.poll_through().await;
    assert_eq!(watch.reads(), 5);
    let mut reads = Vec::new();
    for _ in 0..30 {
        watch.poll_through().await;
        reads.push(watch.reads());
    }
    assert_eq!(reads.iter().max(), Some(&1), "{reads:?}");
    assert_eq!(reads.iter().sum::<usize>(), 1, "{reads:?}");
}

#[tokio::test]
async fn any_refusal_that_speaks_of_a_quota_is_one() {
    let usage = r#"{"error":{"code":403,"message":"Slow down","errors":[{"domain":"usageLimits","reason":"rateLimitExceeded","message":"Slow down"}]}}"#;
    let metric = "Quota exceeded for quota metric 'Queries' and limit 'Queries per day'";
    for fault in [
        Fault::quota(),
        Fault::json(403, usage),
        Fault::error(403, "PERMISSION_DENIED", "quotaExceeded", "No."),
        Fault::error(403, "PERMISSION_DENIED", "forbidden", metric),
        Fault::status(429),
    ] {
        let mut watch = watch().await;
        watch.release("1.0", 1).in_review();
        watch.fake.inject(fault.on(Endpoint::Lifecycle));
        let report = watch.poll_through().await;
        let kinds: Vec<_> = report.troubles.iter().map(|trouble| trouble.kind).collect();
        assert_eq!(kinds, [SourceErrorKind::Throttled]);
        assert_eq!(watch.reads(), 1, "it is not asked again at once");
    }
}

#[tokio::test]
async fn after_the_wait_one_read_shows_whether_there_is_quota_again() {
    let mut watch = watch().await;
    for track in ["production", "beta", "alpha"] {
        watch.app().track(track).release("1.0", [1]).in_review();
    }
    watch.poll().await;
    watch.fake.lifecycle_quota(0);
    watch.polls_through(16).await;
    watch.pass(15 * 60);
    watch.poll_through().await;
    assert_eq!(watch.reads(), 1);
    watch.fake.lifecycle_quota(9);
    watch.pass(35 * 60);
    watch.poll().await;
    assert_eq!(watch.reads(), 1);
    watch.poll().await;
    assert_eq!(watch.reads(), 2, "and then the others");
}
