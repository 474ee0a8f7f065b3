//! Pushes: each names the time at which it was true.

use super::*;

use Status::{InReview, PendingDeveloperRelease, ReadyForSale, Rejected, WaitingForReview};

pub(super) fn pushed(status: Status, minute: i64) -> Observation {
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
    assert_eq!(watch.doubts(), 0, "a look a minute later would have shown it");
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

#[test]
fn a_push_later_than_the_stores_clock_at_the_look_is_news_at_once() {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview).with_looked_at(at(10))]);
    assert_eq!(watch.push(pushed(InReview, 11)), ["v1 IN_REVIEW"]);
    assert_eq!(watch.look(vec![version("v1", Rejected).with_looked_at(at(20))]), ["v1 REJECTED"]);
    let close = |millis| version("v1", PendingDeveloperRelease).with_as_of(at(20) + TimeDelta::milliseconds(millis));
    assert_eq!(watch.push(close(2000)), [""; 0], "the store's machines may disagree by as much");
    assert_eq!(watch.doubts(), 1);
    assert_eq!(watch.push(close(2001)), ["v1 PENDING_DEVELOPER_RELEASE"]);
}

#[test]
fn a_look_that_may_lag_behind_the_push_does_not_settle_it() {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview)]);
    watch.push(pushed(InReview, 50));
    let lagging = |second| version("v1", WaitingForReview).with_looked_at(at(50) + TimeDelta::seconds(second));
    assert_eq!(watch.second_look(vec![lagging(5)]), [""; 0]);
    assert_eq!(watch.second_look(vec![lagging(59)]), [""; 0]);
    assert_eq!(watch.doubts(), 1, "it is looked at again");
    assert_eq!(watch.second_look(vec![lagging(60)]), [""; 0]);
    assert_eq!(watch.doubts(), 0, "it was an old push");
}

#[test]
fn what_a_push_has_told_is_not_undone_by_an_api_that_lags() {
    let mut watch = Watch::of(vec![version("v1", InReview).with_looked_at(at(10))]);
    // That it was rejected in between has never been seen.
    assert_eq!(watch.push(pushed(WaitingForReview, 50)), ["v1 WAITING_FOR_REVIEW"]);
    let lagging = |second| version("v1", Rejected).with_looked_at(at(50) + TimeDelta::seconds(second));
    assert_eq!(watch.look(vec![lagging(5)]), [""; 0]);
    assert_eq!(watch.second_look(vec![lagging(59)]), [""; 0]);
    assert_eq!(watch.doubts(), 1);
    assert_eq!(watch.second_look(vec![lagging(60)]), ["v1 REJECTED"], "after a minute it is the push that is old");
}

#[test]
fn a_list_confirms_what_a_push_has_told_unless_it_is_a_step_back() {
    let confirmed = |pushed_status: Status, seen: Observation| {
        let mut watch = Watch::of(vec![version("v1", InReview)]);
        watch.push(pushed(pushed_status, 50));
        watch.look(vec![seen])
    };
    assert_eq!(confirmed(Rejected, version("v1", Rejected)), ["v1 REJECTED"]);
    assert_eq!(confirmed(WaitingForReview, version("v1", WaitingForReview)), [""; 0]);
}

#[test]
fn a_push_of_a_new_subject_waits_for_the_look_that_names_it() {
    let mut watch = Watch::of(vec![]);
    assert_eq!(watch.push(pushed(InReview, 10).needing(Need::Identity)), [""; 0]);
    assert_eq!(watch.see(vec![], false, false), [""; 0], "and is not told without one");
    let mut named = born(version("v1", InReview), 5);
    named.details.version = Some("1.2".to_owned());
    assert_eq!(watch.look(vec![named]), ["v1 IN_REVIEW"]);
    let (transition, details) = &watch.last.as_ref().unwrap().transitions[0];
    assert_eq!((transition.at, details.version.as_deref()), (at(10), Some("1.2")));
    assert_eq!(watch.push(pushed(Rejected, 20).needing(Need::Identity)), ["v1 REJECTED"], "it is known by now");
}

#[test]
fn a_push_of_a_subject_that_turns_out_to_be_old_is_dropped() {
    let mut watch = Watch::of(vec![born(version("v9", ReadyForSale), 0)]);
    watch.push(pushed(InReview, 10).needing(Need::Identity));
    assert_eq!(watch.look(vec![born(version("v1", InReview), -600)]), [""; 0]);
    assert_eq!(watch.known.as_ref().unwrap().subjects.len(), 1);
    watch.push(pushed(InReview, 10).needing(Need::Identity));
    assert_eq!(
        watch.second_look(vec![born(version("v9", ReadyForSale), 0)]),
        [""; 0],
        "a list that covers all lacks it"
    );
    assert_eq!(watch.known.as_ref().unwrap().subjects.len(), 1);
}

#[test]
fn a_push_that_lacks_only_details_is_told_without_them_in_the_end() {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview).with_looked_at(at(10))]);
    assert_eq!(watch.push(pushed(InReview, 20).needing(Need::Look)), [""; 0]);
    assert_eq!(watch.known.as_ref().unwrap().tell_by(), Some(at(watch.minute) + TimeDelta::seconds(10)));
    assert_eq!(watch.see(vec![], false, false), ["v1 IN_REVIEW"]);
    assert_eq!(watch.last.as_ref().unwrap().transitions[0].0.at, at(20));
    assert_eq!((watch.doubts(), watch.known.as_ref().unwrap().tell_by()), (0, None));
}

#[test]
fn a_push_whose_order_is_unclear_is_never_told_without_a_look() {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview).with_looked_at(at(10))]);
    watch.push(pushed(InReview, 9).needing(Need::Look));
    assert_eq!(watch.known.as_ref().unwrap().tell_by(), None);
    assert_eq!(watch.see(vec![], false, false), [""; 0]);
    assert_eq!(watch.doubts(), 1);
}

#[test]
fn what_has_just_happened_is_news_before_any_quiet_start() {
    let mut watch = Watch::new();
    let feedback = SubjectKey::new(SubjectKind::Feedback, "f1");
    let crash = Observation::new(feedback.clone(), Status::Received, at(0)).with_as_of(at(7)).as_news();
    assert_eq!(watch.push(crash.clone().needing(Need::Look)), [""; 0]);
    let mut seen = crash.clone();
    seen.as_of = None;
    assert_eq!(watch.see(vec![seen], false, true), ["f1 RECEIVED"]);
    assert_eq!(watch.push(crash.needing(Need::Look)), [""; 0], "a repeat");
    let other = SubjectKey::new(SubjectKind::Feedback, "f2");
    watch.push(Observation::new(other, Status::Received, at(0)).with_as_of(at(8)).as_news().needing(Need::Look));
    assert_eq!(watch.see(vec![], false, false), ["f2 RECEIVED"], "the API is down");
}

#[test]
fn the_untold_is_remembered_and_what_follows_is_told() {
    let mut watch = Watch::of(vec![]);
    let upload = |status| Observation::new(SubjectKey::new(SubjectKind::BuildUpload, "u1"), status, at(0));
    let pushed = |status| upload(status).needing(Need::Look).as_news();
    assert_eq!(watch.push(pushed(Status::Processing).as_untold()), [""; 0]);
    assert_eq!(watch.see(vec![upload(Status::Processing).as_untold().as_news()], false, true), [""; 0]);
    assert_eq!(watch.doubts(), 0);
    assert_eq!(watch.push(pushed(Status::Failed)), [""; 0]);
    assert_eq!(watch.see(vec![upload(Status::Failed).as_news()], false, true), ["u1 FAILED"]);
    assert_eq!(watch.push(pushed(Status::Failed)), [""; 0], "a repeat");
}

#[test]
fn what_waits_outlives_the_process() {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview)]);
    watch.push(pushed(InReview, 50).with_from(WaitingForReview).needing(Need::Look));
    let kept = watch.known.as_ref().unwrap().to_json();
    assert_eq!(Aggregate::from_json(&kept).as_ref(), Ok(watch.known.as_ref().unwrap()));
}

#[test]
fn the_reason_that_a_push_has_brought_is_told_with_its_status_and_with_no_other() {
    let told = |seen: Status| {
        let mut watch = Watch::of(vec![version("v1", InReview).with_looked_at(at(0))]);
        let mut refusal = pushed(Rejected, 2).with_from(InReview).needing(Need::Look);
        refusal.details.reason = Some("UNRESOLVED_ISSUES".to_owned());
        watch.push(refusal);
        watch.second_look(vec![version("v1", seen).with_looked_at(at(90))]);
        let (transition, details) = watch.last.unwrap().transitions.pop().unwrap();
        (transition.to, details.reason)
    };
    assert_eq!(told(Rejected), (Rejected, Some("UNRESOLVED_ISSUES".to_owned())));
    assert_eq!(told(PendingDeveloperRelease), (PendingDeveloperRelease, None));
}

#[test]
fn the_time_in_review_is_counted_by_the_stores_clock() {
    let mut watch = Watch::of(vec![version("v1", Status::PrepareForSubmission).with_looked_at(at(0))]);
    let mut time = |status, minute| {
        watch.push(pushed(status, minute));
        watch.last.as_ref().unwrap().transitions[0].0.time_in_review
    };
    assert!(time(WaitingForReview, 10).is_unknown());
    let waited = time(InReview, 70);
    assert_eq!((waited.waiting_for_review_seconds, waited.in_review_seconds), (Some(3600), None));
    assert_eq!(time(Rejected, 80).in_review_seconds, Some(600));
    time(WaitingForReview, 100);
    time(InReview, 160);
    let decided = time(PendingDeveloperRelease, 190);
    assert_eq!(decided.waiting_for_review_seconds, Some(7200), "the sum of both rounds");
    assert_eq!(decided.in_review_seconds, Some(2400));
    assert_eq!(decided.submitted_to_decided_seconds, Some(5400), "of the last round");
    assert_eq!(time(ReadyForSale, 310).waiting_for_release_seconds, Some(7200));
}

#[test]
fn what_began_before_the_watch_is_not_counted() {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview).with_looked_at(at(0))]);
    watch.push(pushed(InReview, 70));
    watch.push(pushed(PendingDeveloperRelease, 80));
    let time = watch.last.as_ref().unwrap().transitions[0].0.time_in_review;
    assert_eq!((time.waiting_for_review_seconds, time.in_review_seconds), (None, Some(600)));
    assert_eq!(time.submitted_to_decided_seconds, None);
}

#[test]
fn what_waits_is_told_if_any_of_it_is_to_be() {
    let waiting = |status, minute| pushed(status, minute).needing(Need::Look);
    let held = |pushes: Vec<Observation>| {
        let mut watch = Watch::of(vec![]);
        watch.push(pushed(WaitingForReview, 10));
        for push in pushes {
            assert_eq!(watch.push(push), [""; 0]);
            watch.minute -= 1;
        }
        watch.minute += 1;
        let told = watch.see(vec![], false, false);
        let key = SubjectKey::new(SubjectKind::Version, "v1");
        (told, watch.known.unwrap().subjects[&key].status.clone())
    };
    assert_eq!(held(vec![waiting(InReview, 20).as_untold()]), (vec![], InReview));
    let both = vec![waiting(InReview, 20).as_untold(), waiting(Rejected, 30)];
    assert_eq!(held(both), (vec!["v1 IN_REVIEW".to_owned(), "v1 REJECTED".to_owned()], Rejected));
}

#[test]
fn a_push_of_what_has_just_happened_makes_news_of_what_looks_old() {
    let old = || born(build("b1", Status::Valid), -100_000);
    let pushed = |news: bool| {
        let mut watch = Watch::of(vec![born(build("b0", Status::Valid), 0)]);
        let mut push = build("b1", Status::Processing).with_as_of(at(1)).needing(Need::Identity);
        push.news = news;
        assert_eq!(watch.push(push), [""; 0]);
        watch.minute -= 1;
        watch.look(vec![old()])
    };
    assert_eq!(pushed(true), ["b1 VALID"]);
    assert_eq!(pushed(false), [""; 0]);
}
