//! How a subject came to where it is: the steps that pushes and the store's log tell of.

use super::pushes::pushed;
use super::*;

use Status::{InReview, PendingDeveloperRelease, ReadyForSale, Rejected, WaitingForReview};

#[test]
fn all_that_pushes_told_while_they_waited_is_told_in_the_stores_order() {
    let mut watch = Watch::of(vec![]);
    watch.push(pushed(InReview, 50).with_from(WaitingForReview).needing(Need::Identity));
    watch.push(pushed(ReadyForSale, 60).with_from(PendingDeveloperRelease).needing(Need::Identity));
    watch.push(pushed(PendingDeveloperRelease, 52).with_from(InReview).needing(Need::Identity));
    watch.push(pushed(InReview, 50).with_from(WaitingForReview).needing(Need::Identity));
    let told = watch.second_look(vec![version("v1", PendingDeveloperRelease)]);
    assert_eq!(told, ["v1 IN_REVIEW", "v1 PENDING_DEVELOPER_RELEASE", "v1 READY_FOR_SALE"], "the look was slower");
    let times: Vec<_> = watch.last.as_ref().unwrap().transitions.iter().map(|(transition, _)| transition.at).collect();
    assert_eq!(times, [at(50), at(52), at(60)]);
}

#[test]
fn a_status_that_comes_again_while_pushes_wait_is_told_again() {
    let mut watch = Watch::of(vec![]);
    for (status, minute) in [(InReview, 50), (Rejected, 55), (InReview, 60)] {
        watch.push(pushed(status, minute).needing(Need::Identity));
    }
    let told = watch.second_look(vec![version("v1", InReview)]);
    assert_eq!(told, ["v1 IN_REVIEW", "v1 REJECTED", "v1 IN_REVIEW"]);
}

#[test]
fn the_stores_log_tells_all_that_was_missed() {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview)]);
    let step = |from: &Status, to: &Status, minute| Passed::new(Some(from.clone()), to.clone(), at(minute));
    let trail = vec![
        step(&InReview, &WaitingForReview, 1),
        step(&WaitingForReview, &InReview, 30),
        step(&InReview, &Rejected, 40),
        step(&Rejected, &WaitingForReview, 50),
        step(&WaitingForReview, &InReview, 60),
        step(&InReview, &PendingDeveloperRelease, 70),
    ];
    let told = watch.look(vec![version("v1", PendingDeveloperRelease).with_trail(trail.clone())]);
    assert_eq!(
        told,
        ["v1 IN_REVIEW", "v1 PENDING_DEVELOPER_RELEASE"],
        "without a clock, only what leads away from the known status for the last time is surely new"
    );
    let mut watch = Watch::of(vec![version("v1", WaitingForReview).with_looked_at(at(20))]);
    let told = watch.look(vec![version("v1", PendingDeveloperRelease).with_trail(trail.clone())]);
    let way = ["IN_REVIEW", "REJECTED", "WAITING_FOR_REVIEW", "IN_REVIEW", "PENDING_DEVELOPER_RELEASE"];
    assert_eq!(told, way.map(|status| format!("v1 {status}")));
    assert_eq!(watch.look(vec![version("v1", PendingDeveloperRelease).with_trail(trail)]), [""; 0], "once");
    assert_eq!(watch.push(pushed(Rejected, 40)), [""; 0], "and the push that is late");
    assert_eq!(watch.doubts(), 0);
}

#[test]
fn the_way_back_to_the_same_status_is_told_if_the_log_knows_it() {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview).with_looked_at(at(20))]);
    let trail = vec![
        Passed::new(Some(WaitingForReview), InReview, at(30)),
        Passed::new(Some(InReview), WaitingForReview, at(40)),
    ];
    let seen = version("v1", WaitingForReview).with_trail(trail);
    assert_eq!(watch.look(vec![seen.clone()]), ["v1 IN_REVIEW", "v1 WAITING_FOR_REVIEW"]);
    assert_eq!(watch.look(vec![seen]), [""; 0]);
    assert!(!watch.wrote);
}

#[test]
fn a_log_is_news_only_if_it_has_left_the_status_since() {
    let told = |left_at: DateTime<Utc>| {
        let mut watch = Watch::of(vec![version("v1", WaitingForReview).with_looked_at(at(20))]);
        let left = Passed::new(Some(WaitingForReview), InReview, left_at);
        let back = Passed::new(Some(InReview), WaitingForReview, at(30));
        watch.look(vec![version("v1", WaitingForReview).with_trail(vec![left, back])]).len()
    };
    let skew = TimeDelta::seconds(2);
    assert_eq!(told(at(20) + skew + TimeDelta::milliseconds(1)), 2);
    assert_eq!([at(19), at(20) + skew].map(told), [0, 0], "the look may have shown what came after it");
}

#[test]
fn a_log_whose_steps_were_told_is_no_news_after_a_look_whose_clock_was_behind() {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview).with_looked_at(at(0))]);
    assert_eq!(watch.push(pushed(InReview, 50)), ["v1 IN_REVIEW"]);
    assert_eq!(watch.look(vec![version("v1", Rejected).with_looked_at(at(60))]), ["v1 REJECTED"]);
    let mut again = version("v1", WaitingForReview).with_looked_at(at(40));
    watch.look(vec![again.clone()]);
    assert_eq!(watch.second_look(vec![again.clone()]), ["v1 WAITING_FOR_REVIEW"]);
    again.trail = vec![
        Passed::new(Some(WaitingForReview), InReview, at(50)),
        Passed::new(Some(InReview), WaitingForReview, at(55)),
    ];
    assert_eq!(watch.look(vec![again]), [""; 0]);
}

/// Without the store's clock, a look may show a later visit than the one that a late push tells of.
#[test]
fn a_push_of_an_earlier_visit_does_not_make_the_log_news() {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview)]);
    assert_eq!(watch.look(vec![version("v1", InReview)]), ["v1 IN_REVIEW"]);
    assert_eq!(watch.look(vec![version("v1", WaitingForReview)]), [""; 0]);
    assert_eq!(watch.second_look(vec![version("v1", WaitingForReview)]), ["v1 WAITING_FOR_REVIEW"]);
    watch.push(pushed(InReview, 30).with_from(WaitingForReview));
    assert_eq!(watch.second_look(vec![version("v1", InReview)]), ["v1 IN_REVIEW"]);
    let trail = vec![
        Passed::new(Some(WaitingForReview), InReview, at(30)),
        Passed::new(Some(InReview), Rejected, at(40)),
        Passed::new(Some(Rejected), WaitingForReview, at(50)),
        Passed::new(Some(WaitingForReview), InReview, at(60)),
    ];
    assert_eq!(watch.look(vec![version("v1", InReview).with_trail(trail)]), [""; 0], "most of it has been told");
}

#[test]
fn a_push_from_before_the_last_look_does_not_date_the_next() {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview).with_looked_at(at(100))]);
    watch.push(pushed(InReview, 30).with_from(WaitingForReview));
    assert_eq!(watch.second_look(vec![version("v1", InReview).with_looked_at(at(130))]), ["v1 IN_REVIEW"]);
    let (transition, _) = &watch.last.as_ref().unwrap().transitions[0];
    assert_eq!(transition.at, at(watch.minute), "that was an earlier visit");
}

/// The look that a push has asked for does not make the next push, a moment later, one whose order is unclear.
#[test]
fn a_fresh_push_says_when_what_the_look_shows_began() {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview).with_looked_at(at(20))]);
    let push = |status, millis| version("v1", status).with_as_of(at(20) + TimeDelta::milliseconds(millis));
    assert_eq!(watch.push(push(InReview, 500)), [""; 0], "the look may have been later");
    let look = version("v1", InReview).with_looked_at(at(20) + TimeDelta::milliseconds(510));
    assert_eq!(watch.second_look(vec![look]), ["v1 IN_REVIEW"]);
    assert_eq!(watch.push(push(Rejected, 512)), ["v1 REJECTED"]);
}

/// It is close to the last look, which may have been slower than it.
#[test]
fn an_old_push_does_not_say_when_a_later_visit_began() {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview).with_looked_at(at(20))]);
    assert_eq!(watch.look(vec![version("v1", Rejected).with_looked_at(at(100))]), ["v1 REJECTED"]);
    let (review, refusal) = (at(100) - TimeDelta::seconds(30), at(100) - TimeDelta::seconds(10));
    watch.push(version("v1", InReview).with_as_of(review).with_from(WaitingForReview));
    assert_eq!(watch.second_look(vec![version("v1", InReview).with_looked_at(at(300))]), ["v1 IN_REVIEW"]);
    let trail = vec![
        Passed::new(Some(WaitingForReview), InReview, review),
        Passed::new(Some(InReview), Rejected, refusal),
        Passed::new(Some(Rejected), WaitingForReview, at(250)),
        Passed::new(Some(WaitingForReview), InReview, at(260)),
    ];
    let seen = version("v1", InReview).with_looked_at(at(310)).with_trail(trail);
    assert_eq!(watch.look(vec![seen]), [""; 0], "all of it has been told, or was over when it was");
}

#[test]
fn shares_grow_even_without_the_stores_clock() {
    let mut watch = Watch::of(vec![rollout("v1", Status::RolloutPaused, 100)]);
    watch.push(rollout("v1", Status::RolloutInProgress, 50).with_as_of(at(10)).with_from(Status::RolloutPaused));
    watch.push(rollout("v1", Status::RolloutFinished, 100).with_as_of(at(60)).with_from(Status::RolloutInProgress));
    let told = watch.second_look(vec![rollout("v1", Status::RolloutFinished, 100)]);
    assert_eq!(told, ["v1 ROLLOUT_FINISHED 100%"], "half of them was before the pause");
    assert_eq!(watch.doubts(), 0);
}

#[test]
fn a_step_without_a_share_is_one_of_a_rollout_too() {
    use Status::{RolloutInProgress, RolloutPaused};
    let mut watch = Watch::of(vec![rollout("v1", RolloutInProgress, 20)]);
    let mut paused = rollout("v1", RolloutPaused, 20).with_as_of(at(10)).with_from(RolloutInProgress);
    paused.share = None;
    watch.push(paused);
    watch.push(rollout("v1", RolloutInProgress, 50).with_as_of(at(20)).with_from(RolloutPaused));
    let told = watch.second_look(vec![rollout("v1", RolloutInProgress, 50)]);
    assert_eq!(told.len(), 2, "{told:?}");
}

#[test]
fn what_the_log_and_a_push_tell_is_told_once_and_two_things_of_one_instant_are_two() {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview).with_looked_at(at(1))]);
    watch.push(pushed(InReview, 50).with_from(WaitingForReview).needing(Need::Look));
    let trail = vec![
        Passed::new(Some(WaitingForReview), InReview, at(50)),
        Passed::new(Some(InReview), Rejected, at(50)),
        Passed::new(Some(Rejected), WaitingForReview, at(60)),
    ];
    let told = watch.second_look(vec![version("v1", WaitingForReview).with_trail(trail)]);
    assert_eq!(told, ["v1 IN_REVIEW", "v1 REJECTED", "v1 WAITING_FOR_REVIEW"]);
}

/// What is told when the look after `known` shows that it was rejected, and the log that it waited for review once more
/// before that, since `minute` and some milliseconds.
fn told_of_a_wait_since(known: Observation, from: Option<Status>, minute: i64, millis: i64) -> usize {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview).with_looked_at(at(0))]);
    let told = if known.is_push() { watch.push(known) } else { watch.look(vec![known]) };
    assert_eq!(told, ["v1 IN_REVIEW"]);
    let trail = vec![
        Passed::new(from, WaitingForReview, at(minute) + TimeDelta::milliseconds(millis)),
        Passed::new(Some(WaitingForReview), Rejected, at(60)),
    ];
    watch.minute = 70;
    watch.look(vec![version("v1", Rejected).with_trail(trail)]).len()
}

#[test]
fn a_step_is_later_than_what_the_store_has_named_before() {
    let told = |millis| told_of_a_wait_since(pushed(InReview, 20), Some(InReview), 20, millis);
    assert_eq!([told(0), told(1)], [1, 2]);
}

#[test]
fn a_step_that_leads_on_from_a_look_may_be_a_minute_older_by_the_stores_clock() {
    let seen = || version("v1", InReview).with_looked_at(at(20));
    // The store's machines may disagree by two seconds.
    let told = |millis: i64| told_of_a_wait_since(seen(), Some(InReview), 19, 2000 + millis);
    assert_eq!([told(0), told(1)], [1, 2]);
    let told = |millis: i64| told_of_a_wait_since(seen(), None, 20, 2000 + millis);
    assert_eq!([told(0), told(1)], [1, 2], "without a word of where it came from it has to be newer");
}

#[test]
fn a_step_that_leads_on_from_a_look_without_the_stores_clock_is_later_than_the_look() {
    let told = |millis| told_of_a_wait_since(version("v1", InReview), Some(InReview), 2, millis);
    assert_eq!([told(0), told(1)], [1, 2]);
}

#[test]
fn a_gap_in_what_was_told_ends_the_way() {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview)]);
    // The first may be from an earlier round: what lies between the two is not known.
    let trail = vec![
        Passed::new(Some(WaitingForReview), InReview, at(30)),
        Passed::new(Some(PendingDeveloperRelease), ReadyForSale, at(50)),
    ];
    assert_eq!(watch.look(vec![version("v1", ReadyForSale).with_trail(trail)]), ["v1 READY_FOR_SALE"]);
}

#[test]
fn pushes_from_before_what_is_known_are_no_steps_of_a_later_way() {
    let seen = |status, minute| version("v1", status).with_looked_at(at(minute));
    let mut watch = Watch::of(vec![seen(WaitingForReview, 1)]);
    assert_eq!(watch.look(vec![seen(Rejected, 20)]), ["v1 REJECTED"]);
    // How it came to that is told late; then it is in review once more.
    assert_eq!(watch.push(pushed(InReview, 5)), [""; 0]);
    assert_eq!(watch.push(pushed(Rejected, 19)), [""; 0]);
    assert_eq!(watch.second_look(vec![seen(InReview, 40)]), ["v1 IN_REVIEW"]);
    let (transition, _) = &watch.last.as_ref().unwrap().transitions[0];
    assert!(transition.at > at(19) || transition.at == at(watch.minute), "not the time of the first visit");
}

#[test]
fn without_the_stores_clock_a_look_may_show_a_later_visit_than_the_push() {
    let mut watch = Watch::of(vec![version("v1", Rejected)]);
    assert_eq!(watch.push(pushed(InReview, 50)), [""; 0]);
    assert_eq!(watch.second_look(vec![version("v1", InReview)]), ["v1 IN_REVIEW"]);
    assert_eq!(watch.push(pushed(Rejected, 60)), [""; 0], "it may be from before what the look has seen");
    assert_eq!(watch.doubts(), 1);
}

#[test]
fn a_push_of_an_earlier_pause_is_no_step_after_the_look_that_has_shown_the_end_of_it() {
    use Status::{RolloutInProgress, RolloutPaused};
    let pushed = |from, status, percent, minute| {
        let mut push = rollout("v1", status, percent).with_as_of(at(minute));
        push.from = Some(from);
        push
    };
    let mut watch = Watch::of(vec![rollout("v1", RolloutInProgress, 1)]);
    for (status, told) in [(RolloutPaused, "v1 ROLLOUT_PAUSED 1%"), (RolloutInProgress, "v1 ROLLOUT_IN_PROGRESS 1%")] {
        let mut all = watch.look(vec![rollout("v1", status.clone(), 1)]);
        all.extend(watch.second_look(vec![rollout("v1", status, 1)]));
        assert_eq!(all, [told]);
    }
    watch.push(pushed(RolloutInProgress, RolloutPaused, 1, 1));
    // It was paused once more, and nobody has told of that.
    watch.minute = 60;
    watch.push(pushed(RolloutPaused, RolloutInProgress, 2, 59));
    assert_eq!(watch.second_look(vec![rollout("v1", RolloutInProgress, 2)]), ["v1 ROLLOUT_IN_PROGRESS 2%"]);
}

#[test]
fn a_look_without_a_clock_is_dated_by_the_pushes_that_led_to_it_if_they_are_newer_than_the_last() {
    let next_push_tells = |at_first: DateTime<Utc>| {
        let mut watch = Watch::of(vec![version("v1", WaitingForReview).with_looked_at(at(10))]);
        watch.push(version("v1", InReview).with_as_of(at_first).with_from(WaitingForReview).needing(Need::Look));
        assert_eq!(watch.second_look(vec![version("v1", InReview)]), ["v1 IN_REVIEW"]);
        watch.push(pushed(Rejected, 60)).len()
    };
    let seen_by = at(10) + TimeDelta::seconds(2);
    assert_eq!([seen_by, seen_by + TimeDelta::milliseconds(1)].map(next_push_tells), [0, 1]);
}
