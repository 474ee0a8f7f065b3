//! Pushes: each names the time at which it was true.

use super::*;

use Status::{InReview, PendingDeveloperRelease, ReadyForSale, Rejected, WaitingForReview};

fn pushed(status: Status, minute: i64) -> Observation {
    version("v1", status).with_as_of(at(minute))
}

#[test]
fn a_push_cannot_be_put_in_order_with_a_look_and_is_held() {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview)]);
    assert_eq!(watch.push(pushed(InReview, 50)), [""; 0]);
    assert_eq!(watch.doubts(), 1);
    assert_eq!(watch.second_look(vec![version("v1", InReview)]), ["v1 IN_REVIEW"]);
    let (transition, _) = &watch.last.as_ref().unwrap().transitions[0];
    assert_eq!(transition.at, at(50), "the look confirms, the push knows when");
}

#[test]
fn pushes_are_in_order_among_themselves() {
    let mut watch = Watch::of(vec![]);
    assert_eq!(watch.push(pushed(InReview, 10)), ["v1 IN_REVIEW"]);
    assert_eq!(watch.push(pushed(PendingDeveloperRelease, 20)), ["v1 PENDING_DEVELOPER_RELEASE"]);
    for (late, minute) in [(Rejected, 15), (InReview, 10), (PendingDeveloperRelease, 20), (Rejected, 20)] {
        assert_eq!(watch.push(pushed(late.clone(), minute)), [""; 0], "{late:?} as of {minute}");
        assert!(!watch.wrote);
    }
    // What the store itself has put in order needs no second look, backwards or not.
    assert_eq!(watch.push(pushed(Rejected, 30)), ["v1 REJECTED"]);
    assert_eq!(watch.push(pushed(WaitingForReview, 40)), ["v1 WAITING_FOR_REVIEW"]);
}

#[test]
fn a_look_after_a_push_breaks_the_order_of_pushes() {
    let mut watch = Watch::of(vec![]);
    watch.push(pushed(InReview, 10));
    assert_eq!(watch.look(vec![version("v1", ReadyForSale)]), ["v1 READY_FOR_SALE"]);
    assert_eq!(watch.push(pushed(PendingDeveloperRelease, 12)), [""; 0], "it may be older than the look");
    assert_eq!(watch.doubts(), 1);
    assert_eq!(watch.second_look(vec![version("v1", ReadyForSale)]), [""; 0]);
    assert_eq!(watch.doubts(), 0);
}

#[test]
fn a_push_before_the_quiet_start_is_taken_as_found() {
    let mut watch = Watch::new();
    assert_eq!(watch.push(pushed(InReview, 1)), [""; 0]);
    assert_eq!(watch.push(pushed(Rejected, 2)), ["v1 REJECTED"]);
}

#[test]
fn a_push_that_says_what_is_known_writes_nothing() {
    let mut watch = Watch::of(vec![version("v1", InReview)]);
    assert_eq!(watch.push(pushed(InReview, 1)), [""; 0]);
    assert!(!watch.wrote);
}
