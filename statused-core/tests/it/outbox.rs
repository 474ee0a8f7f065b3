//! Deliveries through the engine: order, limits, retries, holds, parking, and a store that fails.

use std::time::Duration;

use chrono::TimeDelta;
use statused_core::engine::Input;
use statused_core::model::{DeliveryId, Status};
use statused_core::sink::{Outcome, Rate, RetryPolicy, SinkProfile};

use crate::bench::{Bench, Mood};

use Status::{InReview, ReadyForSale, Rejected, WaitingForReview};

fn refused() -> Outcome {
    Outcome::retry("503")
}

#[test]
fn one_lane_is_delivered_in_order_and_one_at_a_time() {
    let mut bench = Bench::ready(SinkProfile::default());
    for status in [WaitingForReview, InReview, ReadyForSale] {
        assert!(bench.push("1", "v", status));
    }
    assert_eq!(bench.flights.len(), 1, "the lane goes one after the other");
    bench.answer_one(0, refused());
    assert_eq!(bench.flights.len(), 0, "what follows waits for the one that failed");
    bench.live(TimeDelta::seconds(2));
    assert_eq!(bench.answer(&Outcome::delivered()), 3);
    let received: Vec<_> = bench.received().split_off(1);
    assert!(received[0].contains("Waiting for Review") && received[2].contains("Ready for Sale"), "{received:?}");
}

#[test]
fn lanes_do_not_wait_for_each_other() {
    let mut bench = Bench::ready(SinkProfile::default());
    bench.push("1", "v", InReview);
    bench.push("2", "v", InReview);
    bench.push("3", "v", InReview);
    assert_eq!(bench.flights.len(), 3);
}

#[test]
fn a_sink_is_never_asked_for_more_at_once_than_it_takes() {
    let mut bench = Bench::ready(SinkProfile::default().with_concurrency(2));
    for app in ["1", "2", "3"] {
        bench.push(app, "v", InReview);
    }
    assert_eq!(bench.flights.len(), 2);
    bench.answer_one(0, Outcome::delivered());
    assert_eq!(bench.flights.len(), 2, "the third takes the free place");
    bench.answer(&Outcome::delivered());
    assert_eq!(bench.received().len(), 4);
}

#[test]
fn a_rate_is_kept() {
    let rate = Rate::new(2, Duration::from_secs(20));
    let mut bench = Bench::ready(SinkProfile::default().with_rate(rate));
    bench.pass(TimeDelta::seconds(60));
    for app in ["1", "2", "3"] {
        bench.push(app, "v", InReview);
    }
    assert_eq!(bench.answer(&Outcome::delivered()), 2, "the burst");
    bench.pass(TimeDelta::milliseconds(9_999));
    assert_eq!(bench.flights.len(), 0);
    bench.pass(TimeDelta::milliseconds(1));
    assert_eq!(bench.answer(&Outcome::delivered()), 1);
}

#[test]
fn five_retries_with_growing_waits_then_a_dead_letter() {
    let mut bench = Bench::ready(SinkProfile::default());
    bench.push("1", "v", InReview);
    bench.push("1", "v", Rejected);
    for retry in 0..5u32 {
        bench.answer_one(0, refused());
        let due = bench.records()[1].due_at.unwrap();
        assert!(due <= bench.now + TimeDelta::seconds(1 << retry), "retry {retry}");
        assert_eq!(bench.records()[1].attempts, retry + 1);
        bench.now = bench.now.max(due);
        bench.tell(Input::Woke);
        assert_eq!(bench.flying(), ["The status of your app 1 changed to In Review"]);
    }
    bench.answer_one(0, refused());
    assert_eq!(bench.records()[1].log.len(), 6);
    assert_eq!(bench.states()[1].1, "dead");
    assert_eq!(bench.told("has failed for good: 503"), 1);
    assert_eq!(bench.flying(), ["The status of your app 1 changed to Rejected"], "the lane goes on");
    assert_eq!(bench.engine.health().sinks[&"s".into()].dead, 1);
}

#[test]
fn retry_after_holds_the_whole_sink_is_never_undercut_and_uses_up_no_retry() {
    let mut bench = Bench::ready(SinkProfile::default().with_retry(RetryPolicy::exponential(0, Duration::ZERO)));
    bench.push("1", "v", InReview);
    for _ in 0..3 {
        bench.answer_one(0, Outcome::retry_after(Duration::from_secs(100), "slow down"));
        bench.push("2", "v", InReview);
        bench.live(TimeDelta::milliseconds(99_999));
        assert!(bench.flights.is_empty(), "the whole destination is left alone");
        bench.live(TimeDelta::milliseconds(1));
        assert!(bench.flying().contains(&"The status of your app 1 changed to In Review".to_owned()));
        bench.flights.retain(|(_, claim, _)| claim.notification.event.aggregate.to_string().ends_with("/1"));
    }
    assert_eq!(bench.records()[1].attempts, 0);
    bench.answer(&Outcome::delivered());
    assert_eq!(bench.states()[1].1, "delivered");
}

#[test]
fn a_hold_is_kept_over_a_restart() {
    let mut bench = Bench::ready(SinkProfile::default());
    bench.push("1", "v", InReview);
    bench.answer_one(0, Outcome::retry_after(Duration::from_secs(100), "slow down"));
    let mut bench = bench.restarted().with_sink("s", SinkProfile::default());
    bench.live(TimeDelta::milliseconds(99_999));
    assert!(bench.flights.is_empty());
    bench.live(TimeDelta::milliseconds(1));
    assert_eq!(bench.flights.len(), 1);
}

#[test]
fn a_destination_that_puts_off_for_days_gets_no_more_of_it() {
    let mut bench = Bench::ready(SinkProfile::default());
    bench.push("1", "v", InReview);
    for _ in 0..4 {
        bench.answer_one(0, Outcome::retry_after(Duration::from_secs(9_999_999), "never"));
        bench.live(TimeDelta::hours(24));
    }
    bench.answer_one(0, Outcome::retry_after(Duration::from_secs(1), "never"));
    assert_eq!(bench.states()[1].1, "dead", "a hold lasts a day at most, and a delivery three");
}

#[test]
fn a_dead_destination_is_parked_and_drains_in_order_when_it_is_freed() {
    let mut bench = Bench::ready(SinkProfile::default());
    for status in [WaitingForReview, InReview] {
        bench.push("1", "v", status);
    }
    bench.answer_one(0, Outcome::dead("410 Gone"));
    assert_eq!(bench.told("sink s is parked"), 1);
    bench.push("2", "v", InReview);
    let claims = bench.claims;
    bench.live(TimeDelta::hours(1));
    assert!(bench.flights.is_empty());
    assert_eq!(bench.claims, claims, "a parked sink is not even asked for");
    assert_eq!(bench.engine.health().sinks[&"s".into()].parked.as_deref(), Some("410 Gone"));
    assert!(!bench.engine.health().is_well());

    bench.tables.revive(&"s".into());
    bench.tell(Input::Revived("s".into()));
    assert_eq!(bench.told("sink s works again"), 1);
    assert_eq!(bench.answer(&Outcome::delivered()), 3);
    assert_eq!(bench.records()[1].attempts, 1, "the try that found it dead was none");
    let first = bench.records()[1].settled_at.unwrap();
    assert!(first <= bench.records()[2].settled_at.unwrap());
}

/// Otherwise it would be parked at the next start, and nobody would know.
#[test]
fn a_refusal_that_is_written_after_its_sink_was_freed_parks_it_again() {
    let mut bench = Bench::ready(SinkProfile::default());
    bench.push("1", "v", InReview);
    bench.mood = Mood::Fails;
    bench.answer_one(0, Outcome::dead("410 Gone"));
    bench.tables.revive(&"s".into());
    bench.tell(Input::Revived("s".into()));
    bench.mood = Mood::Works;
    bench.live(TimeDelta::seconds(2));
    let parked = |bench: &Bench| bench.engine.health().sinks[&"s".into()].parked.clone();
    assert_eq!(parked(&bench), bench.tables.sink_states()[&"s".into()].parked);
    assert_eq!(parked(&bench).as_deref(), Some("410 Gone"));
    assert_eq!(bench.told("sink s is parked"), 2);
    bench.tables.revive(&"s".into());
    bench.tell(Input::Revived("s".into()));
    assert_eq!(bench.answer(&Outcome::delivered()), 1);
}

#[test]
fn a_sink_that_another_process_has_freed_is_found_out() {
    let mut bench = Bench::ready(SinkProfile::default());
    bench.push("1", "v", InReview);
    bench.answer_one(0, Outcome::dead("410 Gone"));
    bench.tables.revive(&"s".into());
    bench.live(TimeDelta::seconds(31));
    assert_eq!(bench.flights.len(), 1);
}

#[test]
fn parked_over_a_restart() {
    let mut bench = Bench::ready(SinkProfile::default());
    bench.push("1", "v", InReview);
    bench.answer_one(0, Outcome::dead("410 Gone"));
    let mut bench = bench.restarted().with_sink("s", SinkProfile::default());
    bench.live(TimeDelta::hours(1));
    assert!(bench.flights.is_empty());
}

#[test]
fn a_dead_letter_is_redelivered_with_its_own_id() {
    let profile = SinkProfile::default().with_retry(RetryPolicy::exponential(0, Duration::ZERO));
    let mut bench = Bench::ready(profile);
    bench.push("1", "v", InReview);
    let id = bench.flights[0].1.notification.event.id;
    bench.answer_one(0, refused());
    let record = bench.records()[1].clone();
    assert_eq!(record.state.as_str(), "dead");
    assert_eq!(bench.tables.redeliver(record.id, bench.now), Some("s".into()));
    bench.tell(Input::Revived("s".into()));
    assert_eq!(bench.flights[0].1.notification.event.id, id);
    bench.answer(&Outcome::delivered());
    assert_eq!(bench.states()[1].1, "delivered");
    assert_eq!(bench.tables.redeliver(DeliveryId(999), bench.now), None);
}

#[test]
fn what_may_have_arrived_is_repeated_only_where_that_is_harmless() {
    for (profile, state) in
        [(SinkProfile::default(), "pending"), (SinkProfile::default().with_harmful_repeats(), "unknown")]
    {
        let mut bench = Bench::ready(profile);
        bench.push("1", "v", InReview);
        bench.answer_one(0, Outcome::ambiguous("timed out"));
        assert_eq!(bench.states()[1].1, state);
        bench.live(TimeDelta::seconds(5));
        assert_eq!(bench.flights.len(), usize::from(state == "pending"));
        assert_eq!(bench.told("may have arrived"), usize::from(state == "unknown"));
    }
}

#[test]
fn an_outcome_that_could_not_be_written_is_offered_again_and_the_delivery_is_not() {
    for mood in [Mood::Fails, Mood::Silent] {
        let mut bench = Bench::ready(SinkProfile::default());
        bench.push("1", "v", InReview);
        bench.mood = mood;
        bench.answer_one(0, Outcome::delivered());
        bench.live(TimeDelta::seconds(20));
        assert!(bench.flights.is_empty(), "{mood:?}");
        bench.mood = Mood::Works;
        bench.live(TimeDelta::seconds(2));
        assert_eq!(bench.states()[1].1, "delivered", "{mood:?}");
        // Even after the lease has ended it is this process that holds it.
        bench.live(TimeDelta::minutes(5));
        assert!(bench.flights.is_empty(), "{mood:?}");
        assert_eq!(bench.records()[1].log.len(), 1);
    }
}

#[test]
fn what_was_on_its_way_at_a_crash_is_delivered_again_once_its_lease_has_ended() {
    let mut bench = Bench::ready(SinkProfile::default());
    bench.push("1", "v", InReview);
    let id = bench.flights[0].1.notification.event.id;
    let mut bench = bench.restarted().with_sink("s", SinkProfile::default());
    assert!(bench.flights.is_empty(), "it may still be on its way");
    bench.live(TimeDelta::seconds(36));
    assert_eq!(bench.flights[0].1.notification.event.id, id);
}

#[test]
fn a_removed_sink_takes_nothing_and_what_waits_for_it_waits() {
    let mut bench = Bench::ready(SinkProfile::default());
    bench.tell(Input::SinkRemoved("s".into()));
    bench.push("1", "v", InReview);
    bench.live(TimeDelta::hours(1));
    assert!(bench.flights.is_empty());
    assert_eq!(bench.states()[1].1, "pending");
    let mut bench = bench.with_sink("s", SinkProfile::default());
    assert_eq!(bench.answer(&Outcome::delivered()), 1);
}

#[test]
fn a_clock_that_is_set_does_not_stall_deliveries() {
    for hours in [-48, 48] {
        let mut bench = Bench::ready(SinkProfile::default());
        bench.push("1", "v", InReview);
        bench.answer_one(0, refused());
        bench.pass(TimeDelta::hours(hours));
        bench.live(TimeDelta::seconds(10));
        assert_eq!(bench.answer(&Outcome::delivered()), 1, "{hours} h");
        bench.push("1", "v", Rejected);
        assert_eq!(bench.answer(&Outcome::delivered()), 1, "{hours} h");
    }
}

#[test]
fn no_delivery_starts_while_the_engine_drains() {
    let mut bench = Bench::ready(SinkProfile::default());
    bench.push("1", "v", InReview);
    bench.push("1", "v", Rejected);
    bench.tell(Input::Stop);
    bench.answer_one(0, Outcome::delivered());
    assert!(bench.flights.is_empty());
    assert_eq!(bench.states()[1].1, "delivered", "what was on its way is settled");
    bench.tell(Input::Run);
    assert_eq!(bench.flights.len(), 1);
}

#[test]
fn a_clock_set_forward_does_not_deliver_twice_what_is_on_its_way() {
    let mut bench = Bench::ready(SinkProfile::default());
    bench.push("1", "v", InReview);
    bench.pass(TimeDelta::hours(48));
    assert_eq!(bench.flights.len(), 1);
    assert_eq!(bench.answer(&Outcome::delivered()), 1);
    bench.live(TimeDelta::minutes(5));
    assert!(bench.flights.is_empty());
    assert_eq!(bench.states()[1].1, "delivered");
}

#[test]
fn a_try_that_nobody_answers_is_made_again() {
    let mut bench = Bench::ready(SinkProfile::default());
    bench.push("1", "v", InReview);
    bench.flights.clear();
    bench.live(TimeDelta::minutes(2));
    assert!(!bench.flights.is_empty(), "the runtime that carried it has gone");
}

#[test]
fn a_store_that_was_away_for_longer_than_a_lease_does_not_repeat_a_delivery() {
    let mut bench = Bench::ready(SinkProfile::default());
    bench.push("1", "v", InReview);
    bench.mood = Mood::Fails;
    bench.answer_one(0, Outcome::delivered());
    bench.pass(TimeDelta::minutes(5));
    bench.mood = Mood::Works;
    bench.live(TimeDelta::minutes(5));
    assert!(bench.flights.is_empty());
    assert_eq!(bench.states()[1].1, "delivered");
}

#[test]
fn a_sink_that_is_removed_and_comes_back_is_still_held() {
    let mut bench = Bench::ready(SinkProfile::default());
    bench.push("1", "v", InReview);
    bench.answer_one(0, Outcome::retry_after(Duration::from_secs(100), "slow down"));
    bench.tell(Input::SinkRemoved("s".into()));
    let mut bench = bench.with_sink("s", SinkProfile::default());
    bench.live(TimeDelta::milliseconds(99_999));
    assert!(bench.flights.is_empty());
    bench.live(TimeDelta::milliseconds(1));
    assert_eq!(bench.flights.len(), 1);
}
