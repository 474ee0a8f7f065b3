//! What a release goes through, look by look.

use chrono::DateTime;
use statused_core::model::SubjectKind;
use statused_core::source::PollRequest;
use statused_google::client::{ApiError, AppFound, Lifecycle, TrackList, TrackRelease};
use statused_google::testkit::{Answers, PureSource};

use crate::support::*;

#[tokio::test]
async fn a_release_from_its_draft_to_everybody() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    watch.polls(5).await;
    let release = watch.release("1.1", 2);
    watch.until(2, "DRAFT").await;
    release.staged(0.05).in_review();
    watch.until(2, "IN_REVIEW").await;
    release.pass_review();
    watch.pass(15 * 60);
    watch.until(2, "ROLLOUT_IN_PROGRESS 5%").await;
    release.rollout(0.2);
    watch.until(2, "ROLLOUT_IN_PROGRESS 20%").await;
    release.halt();
    watch.until(2, "ROLLOUT_HALTED 20%").await;
    release.resume();
    watch.until(2, "ROLLOUT_IN_PROGRESS 20%").await;
    release.complete();
    watch.until(2, "ROLLOUT_FINISHED 100%").await;
    release.halt();
    watch.until(2, "HALTED").await;
    release.resume();
    watch.until(2, "ROLLOUT_FINISHED 100%").await;
}

#[tokio::test]
async fn what_is_only_declared_as_completed_is_never_live() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    watch.polls(3).await;
    watch.release("1.1", 2).in_review();
    for _ in 0..60 {
        let report = watch.poll().await;
        assert!(matches!(told(&report, 2).as_deref(), None | Some("IN_REVIEW")), "{report:?}");
    }
}

#[tokio::test]
async fn a_release_to_everybody_stays_live_and_has_no_share() {
    let mut watch = watch().await;
    let release = watch.release("1.0", 1).publish();
    for _ in 0..3 {
        assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("LIVE"));
    }
    release.halt();
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("HALTED"), "it has never been in a rollout");
    release.resume();
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("LIVE"));
}

#[tokio::test]
async fn a_rollout_that_was_over_before_anybody_looked_is_no_rollout() {
    let mut watch = watch().await;
    watch.polls(2).await;
    watch.release("1.0", 1).staged(0.1).in_review();
    watch.until(1, "IN_REVIEW").await;
    watch.release("1.0", 1).complete();
    watch.pass(15 * 60);
    watch.until(1, "LIVE").await;
}

#[tokio::test]
async fn a_newer_release_halts_a_rollout() {
    let mut watch = watch().await;
    watch.release("1.0", 1).rollout(0.2);
    watch.polls(3).await;
    let newer = watch.release("1.1", 2).staged(0.05).in_review();
    for _ in 0..5 {
        assert_eq!(told(&watch.poll().await, 1), None, "what is under review has stopped nothing");
    }
    newer.rollout(0.05);
    watch.pass(15 * 60);
    let report = watch.poll().await;
    let reason = "ROLLOUT_HALTED 20% [A newer release (1.1) took its place] doubtful";
    assert_eq!(told(&report, 2).as_deref(), Some("ROLLOUT_IN_PROGRESS 5%"));
    assert_eq!(told(&report, 1).as_deref(), Some(reason));
    watch.until(1, reason).await;
    watch.until(1, reason).await;
    for _ in 0..30 {
        assert_eq!(told(&watch.poll().await, 1), None, "it is forgotten");
    }
}

#[tokio::test]
async fn a_newer_release_replaces_one_that_everybody_has() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    watch.polls(3).await;
    watch.release("1.1", 2).in_review();
    watch.until(2, "IN_REVIEW").await;
    watch.release("1.1", 2).publish();
    watch.pass(15 * 60);
    let report = watch.poll().await;
    assert_eq!(told(&report, 2).as_deref(), Some("LIVE"));
    let replaced = "REPLACED_WITH_NEW_VERSION [A newer release (1.1) took its place] doubtful";
    assert_eq!(told(&report, 1).as_deref(), Some(replaced));
}

#[tokio::test]
async fn a_rollout_that_the_developers_list_shows_as_halted_by_a_newer_release_says_so() {
    let mut watch = watch().await;
    let older = watch.release("1.0", 1).rollout(0.2).kept(true);
    watch.polls(3).await;
    older.halt();
    watch.release("1.1", 2).rollout(0.05);
    let halted = "ROLLOUT_HALTED 20% [A newer release (1.1) took its place]";
    // The newer one is not known to be out when the halt is first seen.
    let first = told(&watch.poll().await, 1);
    assert_eq!(first.as_deref(), Some(halted), "the track is read at once");
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some(halted));
}

#[tokio::test]
async fn a_rollout_that_was_halted_by_hand_was_not_halted_by_what_came_later() {
    let mut watch = watch().await;
    let older = watch.release("1.0", 1).rollout(0.2).kept(true);
    watch.polls(3).await;
    older.halt();
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("ROLLOUT_HALTED 20%"));
    watch.release("1.1", 2).rollout(0.05);
    watch.until(2, "ROLLOUT_IN_PROGRESS 5%").await;
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("ROLLOUT_HALTED 20%"));
}

#[tokio::test]
async fn what_is_under_review_has_not_halted_anything() {
    let mut watch = watch().await;
    let older = watch.release("1.0", 1).rollout(0.2).kept(true);
    watch.polls(3).await;
    watch.release("1.1", 2).staged(0.05).in_review();
    watch.until(2, "IN_REVIEW").await;
    older.halt();
    assert_eq!(told(&watch.poll().await, 1).as_deref(), Some("ROLLOUT_HALTED 20%"));
}

#[tokio::test]
async fn a_published_release_that_nobody_shows_and_nothing_has_replaced_is_no_news() {
    for rollout in [false, true] {
        let mut watch = watch().await;
        let release = watch.release("1.1", 2);
        if rollout {
            release.rollout(0.2)
        } else {
            release.publish()
        };
        watch.release("1.0", 1).publish().kept(true);
        watch.polls(3).await;
        release.remove();
        for _ in 0..30 {
            assert_eq!(told(&watch.poll().await, 2), None);
        }
    }
}

#[tokio::test]
async fn drafts_and_refused_releases_vanish_without_a_word() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    let (draft, refused) = (watch.release("1.1", 2), watch.release("1.2", 3).reject());
    watch.polls(3).await;
    draft.remove();
    refused.remove();
    for _ in 0..10 {
        let report = watch.poll().await;
        let subjects = sighting(&report).observations.len();
        assert_eq!((told(&report, 1).as_deref(), subjects), (Some("LIVE"), 1));
    }
}

#[tokio::test]
async fn details_name_the_release() {
    let mut watch = watch().await;
    watch.track().release("1.0 (3)", [7, 5, 6]).publish();
    watch.app().track("wear:production").release("", [9]).in_review();
    let report = watch.poll().await;
    let seen = &sighting(&report).observations;
    let ids: Vec<_> = seen.iter().map(|seen| seen.subject.to_string()).collect();
    assert_eq!(ids, ["release/production/5+6+7", "release/wear:production/9"]);
    let details = &seen[0].details;
    assert_eq!((details.version.as_deref(), details.track.as_deref()), (Some("1.0 (3)"), Some("production")));
    assert_eq!((details.version_codes.as_slice(), details.build.as_deref()), ([5, 6, 7].as_slice(), None));
    assert!(details.console_url.as_deref().is_some_and(|url| url.starts_with("https://play.google.com/console")));
    assert_eq!(seen[1].details.version, None, "a name is not made up");
    assert_eq!(sighting(&report).app.bundle_id.as_deref(), Some(APP));
    assert!(sighting(&report).covered.contains_key(&SubjectKind::Release));
}

#[tokio::test]
async fn a_look_says_when_it_was_answered() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    let report = watch.poll().await;
    assert_eq!(find(&report, 1).unwrap().looked_at, Some(watch.now));
}

/// One published release, and how late each of the two lists was answered, in seconds.
struct Late(i64, i64);

impl Answers for Late {
    fn search(&mut self) -> Result<Vec<AppFound>, ApiError> {
        Ok(vec![AppFound::new(APP, "Acme")])
    }

    fn tracks(&mut self, _: &str) -> Result<TrackList, ApiError> {
        let mut list = TrackList::new().with("production", [TrackRelease::new([1], "completed")]);
        list.at = DateTime::from_timestamp(self.0, 0);
        Ok(list)
    }

    fn lifecycle(&mut self, _: &str, _: &str) -> Result<Lifecycle, ApiError> {
        let mut list = Lifecycle::new().with([1], "RELEASE_LIFECYCLE_STATE_PUBLISHED");
        list.at = DateTime::from_timestamp(self.1, 0);
        Ok(list)
    }
}

#[test]
fn a_look_is_as_old_as_its_older_answer() {
    for (mut answers, older) in [(Late(10, 20), 10), (Late(20, 10), 10)] {
        let request = PollRequest::new(source_id(), DateTime::UNIX_EPOCH);
        let report = PureSource::new([APP]).poll(&request, &mut answers).unwrap();
        assert_eq!(find(&report, 1).unwrap().looked_at, DateTime::from_timestamp(older, 0));
    }
}
