//! What is remembered of a subject, and in how few words.

use super::letters::rejection;
use super::*;

use Status::{Approved, Draft, InReview, Rejected, RolloutInProgress};

fn subject(watch: &Watch) -> &super::super::aggregate::Subject {
    watch.known.as_ref().unwrap().subject(&SubjectKey::release("production", &[42])).unwrap()
}

#[test]
fn who_sends_a_release_to_google_is_under_review_at_once() {
    let mut watch = Watch::of(vec![]);
    watch.look(vec![release(42, Draft)]);
    watch.look(vec![release(42, InReview)]);
    assert_eq!(watch.look(vec![release(42, Approved)]), ["production/42 APPROVED"]);
    let time = watch.last.as_ref().unwrap().transitions[0].0.time_in_review;
    assert_eq!((time.in_review_seconds, time.submitted_to_decided_seconds), (Some(60), Some(60)));
}

#[test]
fn a_status_that_was_left_is_remembered_once_and_a_larger_share_leaves_none() {
    let mut watch = Watch::of(vec![]);
    for status in [InReview, Rejected, InReview, Rejected] {
        for _ in 0..2 {
            watch.second_look(vec![release(42, status.clone())]);
        }
    }
    assert_eq!(subject(&watch).left, [InReview, Rejected]);
    let mut watch = Watch::of(vec![]);
    for percent in [5, 20] {
        watch.look(vec![release(42, RolloutInProgress).with_share(Share::percent(percent))]);
    }
    assert_eq!((subject(&watch).sequence, &subject(&watch).left[..]), (2, &[][..]));
}

#[test]
fn how_often_a_status_was_explained_outlives_a_restart_and_nothing_is_kept_of_no_explanation() {
    let mut watch = Watch::of(vec![]);
    watch.look(vec![release(42, InReview)]);
    watch.look(vec![release(42, Rejected)]);
    assert!(!watch.known.as_ref().unwrap().to_json().contains("explained"));
    watch.letter(rejection("m1", 4));
    watch.restart();
    assert_eq!(watch.letter(rejection("m2", 5).with_reason("Another")), ["production/42 REJECTED explains 2"]);
}
