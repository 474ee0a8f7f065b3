//! What a store has told in writing.

use crate::model::LetterKind;

use super::*;

use Status::{ActionRequired, Approved, Completed, Draft, InProgress, InReview, Live, Rejected, RolloutInProgress};

pub(super) const WHY: &str = "Violation of Content Ratings policy";

pub(super) fn rejection(id: &str, minute: i64) -> Letter {
    Letter::new(id, LetterKind::Rejected, at(minute)).with_reason(WHY)
}

pub(super) fn live(id: &str, minute: i64) -> Letter {
    Letter::new(id, LetterKind::Live, at(minute))
}

pub(super) fn reason(watch: &Watch) -> Option<&str> {
    let (_, details) = watch.last.as_ref()?.transitions.last()?;
    details.reason.as_deref()
}

/// An app whose release 42 is under review.
pub(super) fn in_review() -> Watch {
    let mut watch = Watch::of(vec![]);
    watch.look(vec![release(42, InReview).with_looked_at(at(2))]);
    watch
}

#[test]
fn the_reason_that_comes_after_the_refusal_explains_it_once() {
    let mut watch = in_review();
    assert_eq!(watch.look(vec![release(42, Rejected)]), ["production/42 REJECTED"]);
    assert_eq!(watch.letter(rejection("m1", 4)), ["production/42 REJECTED explains 2"]);
    assert_eq!(reason(&watch), Some(WHY));
    assert_eq!(watch.letter(rejection("m1", 4)), [""; 0], "the same mail");
    assert_eq!(watch.letter(rejection("m2", 4)), [""; 0], "the same words in another mail");
    assert_eq!(watch.look(vec![release(42, Rejected)]), [""; 0]);
    assert!(!watch.wrote, "the look takes nothing back");
    assert_eq!(watch.letter(rejection("m3", 5).with_reason("Another")), ["production/42 REJECTED explains 2"]);
    assert_eq!(watch.letter(rejection("m1", 4)), [""; 0], "the first mail, played again");
}

#[test]
fn the_reason_that_comes_first_waits_for_the_look_and_is_told_with_the_refusal() {
    let mut watch = in_review();
    assert_eq!(watch.letter(rejection("m1", 3)), [""; 0]);
    assert_eq!(watch.doubts(), 1, "the store's API is asked");
    assert_eq!(watch.second_look(vec![release(42, Rejected)]), ["production/42 REJECTED"]);
    assert_eq!(reason(&watch), Some(WHY));
    assert_eq!(watch.letter(rejection("m2", 3)), [""; 0]);
}

#[test]
fn a_refusal_is_told_without_the_look_if_none_comes() {
    let mut watch = in_review();
    watch.letter(rejection("m1", 3).with_version_codes([42]));
    assert_eq!(watch.see(vec![], false, false), ["production/42 REJECTED"], "ten seconds have passed");
    assert_eq!(reason(&watch), Some(WHY));
    let lagging = release(42, InReview).with_looked_at(at(3) + TimeDelta::minutes(14));
    assert_eq!(watch.look(vec![lagging.clone()]), [""; 0], "the API lags behind the mail");
    assert_eq!(watch.second_look(vec![lagging]), [""; 0]);
    assert_eq!(watch.look(vec![release(42, Rejected)]), [""; 0]);
}

/// Another release may be under review that the API does not show yet.
#[test]
fn a_refusal_that_names_no_release_waits_longer_for_the_look_unless_another_letter_names_it() {
    let mut watch = in_review();
    watch.letter(rejection("m1", 3));
    watch.minute += 13;
    assert_eq!(watch.see(vec![], false, false), [""; 0]);
    assert_eq!(watch.see(vec![], false, false), ["production/42 REJECTED"], "a quarter of an hour has passed");
    let mut watch = in_review();
    watch.letter(rejection("m1", 3));
    watch.letter(rejection("m2", 3).with_version_codes([42]));
    assert_eq!(watch.see(vec![], false, false), ["production/42 REJECTED"], "ten seconds have passed");
}

#[test]
fn an_old_refusal_of_a_release_that_was_submitted_again_is_not_told() {
    let mut watch = Watch::of(vec![]);
    watch.look(vec![release(42, InReview).with_looked_at(at(10))]);
    assert_eq!(watch.letter(rejection("m1", 5)), [""; 0]);
    assert_eq!(watch.see(vec![], false, false), [""; 0], "it may be older than the look");
    let later = release(42, InReview).with_looked_at(at(60));
    assert_eq!(watch.second_look(vec![later]), [""; 0]);
    assert_eq!(watch.doubts(), 0);
}

#[test]
fn what_a_letter_has_told_may_be_too_young_to_be_shown_and_is_dropped_after_that() {
    let mut watch = Watch::of(vec![]);
    watch.look(vec![release(42, InReview).with_looked_at(at(10))]);
    watch.letter(rejection("m1", 5));
    for (minute, doubts) in [(19, 1), (20, 0)] {
        watch.minute = minute - 1;
        assert_eq!((watch.second_look(vec![]).len(), watch.doubts()), (0, doubts), "nothing shown at minute {minute}");
    }
}

#[test]
fn a_letter_that_does_not_say_which_release_it_means_waits_for_the_api() {
    let mut watch = Watch::of(vec![]);
    watch.look(vec![release(42, InReview).with_looked_at(at(2)), release(43, InReview).with_looked_at(at(2))]);
    assert_eq!(watch.letter(rejection("m1", 3)), [""; 0]);
    assert_eq!(watch.see(vec![], false, false), [""; 0]);
    let seen = || vec![release(42, InReview).with_looked_at(at(60)), release(43, Rejected).with_looked_at(at(60))];
    assert_eq!(watch.second_look(seen()), ["production/43 REJECTED"]);
    assert_eq!((reason(&watch), watch.doubts()), (Some(WHY), 0));
}

#[test]
fn a_letter_names_the_release_by_its_codes() {
    let mut watch = Watch::of(vec![]);
    watch.look(vec![release(42, Rejected), release(43, Rejected)]);
    assert_eq!(watch.letter(rejection("m1", 3).with_version_codes([42])), ["production/42 REJECTED explains 1"]);
    assert_eq!(watch.letter(rejection("m2", 3)), ["production/43 REJECTED explains 1"], "the one without a reason");
}

#[test]
fn a_letter_names_the_release_by_its_track() {
    let mut watch = Watch::of(vec![]);
    let mut beta = release(43, Rejected);
    (beta.subject, beta.details.track) = (SubjectKey::release("beta", &[43]), Some("beta".to_owned()));
    watch.look(vec![release(42, Rejected), beta]);
    for (id, track, told) in [("m1", "beta", "beta/43"), ("m2", "production", "production/42")] {
        let letter = rejection(id, 3).with_track(track).with_reason(id);
        assert_eq!(watch.letter(letter), [format!("{told} REJECTED explains 1")]);
    }
}

#[test]
fn what_is_told_of_the_app_is_counted() {
    let mut watch = Watch::of(vec![]);
    for (id, number) in [("m1", 1), ("m2", 2), ("m3", 3)] {
        watch.letter(Letter::new(id, LetterKind::Warning, at(4)).with_reason(id));
        assert_eq!(watch.last.as_ref().unwrap().transitions[0].0.sequence, number, "or two would have one id");
    }
}

#[test]
fn what_concerns_no_release_is_told_of_the_app() {
    let mut watch = Watch::of(vec![release(42, Live)]);
    assert_eq!(watch.letter(rejection("m1", 3)), ["app REJECTED"], "what is written about the app was refused");
    let warning = |id| Letter::new(id, LetterKind::Warning, at(4)).with_reason(WHY).with_deadline("April 25");
    assert_eq!(watch.letter(warning("m2")), ["app ACTION_REQUIRED"]);
    assert_eq!(watch.letter(warning("m3")), [""; 0], "another forwarder");
    assert_eq!(watch.letter(warning("m4").with_deadline("May 1")), ["app ACTION_REQUIRED"]);
    assert_eq!(watch.letter(Letter::new("m5", LetterKind::Suspended, at(6))), ["app SUSPENDED"]);
    let known = watch.known.as_ref().unwrap();
    assert_eq!(known.subjects[&SubjectKey::standing()].status, Status::Suspended);
    assert_eq!(watch.letter(Letter::new("m6", LetterKind::Warning, at(5))), ["app ACTION_REQUIRED"], "late, not lost");
    let known = watch.known.as_ref().unwrap();
    assert_eq!(known.subjects[&SubjectKey::standing()].status, Status::Suspended, "but older");
    assert_eq!(ActionRequired.label(), "Action Required");
}

#[test]
fn a_refusal_of_a_release_that_the_store_does_not_show_yet_is_told_once() {
    let mut watch = Watch::of(vec![release(42, Live)]);
    assert_eq!(watch.letter(rejection("m1", 3).with_version_codes([43])), ["app REJECTED"]);
    assert_eq!(watch.look(vec![release(42, Live), release(43, Rejected)]), [""; 0]);
    assert_eq!(watch.look(vec![release(42, Live), release(43, InReview)]), [""; 0]);
    assert_eq!(watch.second_look(vec![release(42, Live), release(43, InReview)]), ["production/43 IN_REVIEW"]);
}

#[test]
fn a_release_that_was_refused_before_the_store_showed_it_can_be_refused_again() {
    let mut watch = Watch::of(vec![release(42, Live)]);
    assert_eq!(watch.letter(rejection("m1", 3).with_version_codes([43])), ["app REJECTED"]);
    let again = release(43, InReview).with_looked_at(at(60));
    assert_eq!(watch.look(vec![release(42, Live), again]), ["production/43 IN_REVIEW"]);
    assert_eq!(watch.look(vec![release(42, Live), release(43, Rejected)]), ["production/43 REJECTED"]);
}

#[test]
fn a_store_that_lags_behind_the_refusal_takes_nothing_back() {
    let mut watch = Watch::of(vec![release(42, Live)]);
    assert_eq!(watch.letter(rejection("m1", 3).with_version_codes([43])), ["app REJECTED"]);
    let lagging = release(43, InReview).with_looked_at(at(3) + TimeDelta::minutes(14));
    assert_eq!(watch.look(vec![release(42, Live), lagging]), [""; 0]);
    assert_eq!(watch.look(vec![release(42, Live), release(43, Rejected)]), [""; 0], "it was told");
    let shown = |status, minutes: i64| {
        let mut watch = Watch::of(vec![release(42, Live)]);
        watch.letter(rejection("m1", 3).with_version_codes([43]));
        watch.look(vec![release(42, Live), release(43, status).with_looked_at(at(3 + minutes))]).len()
    };
    assert_eq!([shown(InReview, 14), shown(InReview, 15)], [0, 1], "after a quarter of an hour it lags no more");
    assert_eq!(shown(Status::DeveloperRejected, 14), 1, "that is no earlier place of its life");
}

#[test]
fn a_letter_that_comes_after_the_release_has_moved_on_says_nothing() {
    for letter in [rejection("m1", 3), rejection("m1", 3).with_version_codes([42])] {
        let mut watch = in_review();
        for seen in [Rejected, InReview] {
            watch.look(vec![release(42, seen.clone())]);
            watch.second_look(vec![release(42, seen)]);
        }
        watch.look(vec![release(42, Live)]);
        assert_eq!(watch.letter(letter), [""; 0]);
    }
}

#[test]
fn an_app_that_was_never_seen_and_what_is_past_say_nothing() {
    let mut watch = Watch::new();
    assert_eq!(watch.letter(rejection("m1", 3)), [""; 0]);
    assert!(watch.known.is_none(), "not even a trace");
    let mut watch = in_review();
    assert_eq!(watch.letter(rejection("m1", -60)), [""; 0]);
    assert_eq!(watch.letter(Letter::new("m2", LetterKind::Hint, at(3))), [""; 0]);
    assert!(!watch.wrote);
}

#[test]
fn a_letter_makes_a_declared_release_a_real_one() {
    let mut watch = Watch::of(vec![declared(42, Completed)]);
    assert_eq!(watch.letter(live("m1", 3)), [""; 0], "it may mean one that the API does not show yet");
    watch.look(vec![declared(42, Completed), declared(43, InProgress).with_share(Share::percent(5))]);
    assert_eq!(watch.last.as_ref().unwrap().transitions.len(), 2, "43 in progress, and then out");
    let known = watch.known.as_ref().unwrap();
    assert_eq!(known.subjects[&SubjectKey::release("production", &[43])].status, RolloutInProgress);
    assert_eq!(known.subjects[&SubjectKey::release("production", &[42])].status, Completed);
    let more = || declared(43, InProgress).with_share(Share::percent(20));
    assert_eq!(watch.look(vec![more()]), ["production/43 ROLLOUT_IN_PROGRESS 20%"]);
    assert_eq!(watch.letter(live("m2", 9).with_version_codes([42])), ["production/42 LIVE"]);
}

#[test]
fn approval_by_letter_is_not_yet_live() {
    let mut watch = Watch::of(vec![]);
    watch.look(vec![declared(42, Completed)]);
    assert_eq!(watch.letter(Letter::new("m1", LetterKind::Approved, at(3))), ["production/42 APPROVED"]);
    assert_eq!(watch.look(vec![declared(42, Completed)]), [""; 0]);
    assert_eq!(watch.letter(live("m2", 5)), ["production/42 LIVE"]);
    assert_eq!(Approved.label(), "Approved");
}

#[test]
fn a_declared_release_is_refused_by_letter_and_a_draft_is_not() {
    let mut watch = Watch::of(vec![declared(41, Draft)]);
    watch.look(vec![declared(41, Draft), declared(42, Completed)]);
    assert_eq!(watch.letter(rejection("m1", 3)), ["production/42 REJECTED"]);
    assert_eq!(watch.look(vec![declared(41, Draft), declared(42, Completed)]), [""; 0], "declared as before");
    assert!(!watch.wrote);
}
