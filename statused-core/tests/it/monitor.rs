//! The monitor: driven, told, cut short, and put among misbehaving neighbours.

use std::sync::Arc;
use std::time::Duration;

use statused_core::model::{DeliveryState, Status};
use statused_core::monitor::{BuildError, MonitorError};
use statused_core::sink::Outcome;
use statused_core::store::{DeliveryQuery, HistoryQuery};
use statused_core::{MemoryStore, Monitor, RuleWorkflow};
use tokio::sync::oneshot;

use crate::bench::{sightings, version};
use crate::fakes::{Mailbox, Mischief, PanickingWorkflow, Rig, Script, within_an_hour};

use Status::{InReview, ReadyForSale, Rejected, WaitingForReview};

fn push(status: Status) -> statused_core::model::Sightings {
    let now = chrono::DateTime::<chrono::Utc>::UNIX_EPOCH + chrono::TimeDelta::days(20_000);
    let as_of = now + chrono::TimeDelta::seconds(status.code().len().try_into().unwrap());
    sightings("1", vec![version("v", status, now).with_as_of(as_of)])
}

#[tokio::test(start_paused = true)]
async fn a_tick_is_one_round() {
    let mut rig = Rig::new(&[InReview, ReadyForSale, Rejected]);
    let health = rig.monitor.tick().await;
    assert!(health.is_well(), "{health:?}");
    assert_eq!(rig.letters.all(), ["Welcome"]);
    rig.rounds(1).await;
    assert_eq!(rig.letters.all(), ["Ready for Sale"]);
    assert_eq!(rig.polls.len(), 2, "one poll a round");
}

#[tokio::test(start_paused = true)]
async fn a_tick_leaves_a_later_retry_to_a_later_round() {
    let mut rig = Rig::with(&[InReview], &[Outcome::retry_after(Duration::from_secs(60), "503")], |b| b);
    rig.rounds(1).await;
    assert_eq!(rig.letters.all(), ["Welcome"]);
    rig.rounds(1).await;
    assert_eq!(rig.letters.all(), [""; 0], "it is not due");
    tokio::time::advance(Duration::from_secs(60)).await;
    rig.rounds(1).await;
    assert_eq!(rig.letters.all(), ["Welcome"]);
}

#[tokio::test(start_paused = true)]
async fn run_polls_by_the_clock_and_shutdown_lets_deliveries_arrive() {
    let mut rig = Rig::new(&[InReview, InReview, ReadyForSale]);
    let (stop, stopped) = oneshot::channel::<()>();
    let monitor = rig.monitor.clone();
    let run = async move { monitor.run(async { drop(stopped.await) }).await };
    let drive = async {
        let first = within_an_hour(rig.polls.recv()).await.unwrap();
        let second = within_an_hour(rig.polls.recv()).await.unwrap();
        assert_eq!((second - first).num_seconds(), 30);
        assert_eq!(rig.letters.next().await.data.status, "");
        assert_eq!(rig.letters.next().await.data.status, "Ready for Sale");
        // The sink has it, and the store does not know yet.
        stop.send(()).unwrap();
    };
    tokio::join!(run, drive);
    let states: Vec<_> = deliveries(&rig.monitor).await.iter().map(|record| record.state).collect();
    assert_eq!(states, [DeliveryState::Delivered; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_push_is_durable_when_ingest_returns_though_nobody_drives() {
    let rig = Rig::new(&[InReview]);
    rig.monitor.ingest("apple", push(InReview)).await.unwrap();
    assert_eq!(rig.monitor.status().await.unwrap()[0].subjects[0].status, "In Review");
    rig.monitor.ingest("apple", push(ReadyForSale)).await.unwrap();
    assert_eq!(rig.monitor.history(HistoryQuery::default()).await.unwrap().len(), 1);
    let unknown = rig.monitor.ingest("nobody", push(ReadyForSale)).await.unwrap_err();
    assert_eq!(unknown, MonitorError::Unknown { kind: "source", id: "nobody".to_owned() });
}

#[tokio::test(start_paused = true)]
async fn a_push_is_durable_and_delivered_while_the_monitor_runs() {
    let mut rig = Rig::new(&[ReadyForSale]);
    rig.source.does(Mischief::Hangs);
    let monitor = rig.monitor.clone();
    let drive = async {
        monitor.ingest("apple", push(InReview)).await.unwrap();
        monitor.ingest("apple", push(ReadyForSale)).await.unwrap();
        assert_eq!(monitor.history(HistoryQuery::default()).await.unwrap().len(), 1);
        while rig.letters.next().await.data.status != "Ready for Sale" {}
    };
    tokio::select! {
        () = rig.monitor.run(std::future::pending()) => unreachable!("nobody has stopped it"),
        () = drive => {}
    }
}

#[tokio::test(start_paused = true)]
async fn misbehaving_neighbours_delay_nothing_but_themselves() {
    for mischief in [Mischief::Panics, Mischief::Hangs] {
        let (bad_source, _polls) = Script::new(&[InReview]);
        bad_source.does(mischief);
        let (bad_sink, mut hit) = Mailbox::new(&[], mischief);
        let mut rig = Rig::with(&[InReview, ReadyForSale], &[], |builder| {
            builder
                .source("bad", bad_source)
                .sink("bad", bad_sink)
                .workflow("a-panicking", Arc::new(PanickingWorkflow))
                .workflow("b-bad", Arc::new(RuleWorkflow::new("bad").sinks(["bad"])))
        });
        let monitor = rig.monitor.clone();
        let start = chrono_now(&rig);
        let drive = async {
            while rig.letters.next().await.data.status != "Ready for Sale" {}
            // Its welcome was tried.
            hit.next().await;
        };
        tokio::select! {
            () = monitor.run(std::future::pending()) => unreachable!("nobody has stopped it"),
            () = drive => {}
        }
        let late = chrono_now(&rig) - start;
        assert!(late < Duration::from_secs(31), "{mischief:?}: {late:?}");
    }
}

/// Tokio's time, which is the time of the rig.
#[expect(clippy::disallowed_methods, reason = "the time of a test is tokio's, which stands still")]
fn chrono_now(_: &Rig) -> tokio::time::Instant {
    tokio::time::Instant::now()
}

#[tokio::test(start_paused = true)]
async fn a_hanging_poll_and_a_hanging_sink_are_failures_in_time() {
    let (sink, mut letters) = Mailbox::new(&[], Mischief::Hangs);
    let rig = Rig::with(&[InReview], &[], |builder| {
        builder.sink("slow", sink).workflow("x", Arc::new(RuleWorkflow::new("x").sinks(["slow"])))
    });
    rig.source.does(Mischief::Hangs);
    let health = rig.monitor.tick().await;
    let failing = &health.sources[&"apple".into()];
    assert_eq!(failing.error.as_deref(), Some("the poll has taken too long"));
    assert!(letters.all().len() > 1, "a try that took too long is repeated");
    let record = deliveries(&rig.monitor).await.into_iter().find(|record| record.sink.as_str() == "slow").unwrap();
    assert_eq!((record.log[0].verdict.as_str(), record.log[0].millis), ("ambiguous", 30_000));
}

#[tokio::test(start_paused = true)]
async fn parts_come_change_and_go_while_it_runs() {
    let mut rig = Rig::new(&[InReview, WaitingForReview]);
    rig.rounds(1).await;
    let (sink, mut other) = Mailbox::new(&[], Mischief::None);
    rig.monitor.add_sink("t", sink);
    rig.monitor.add_workflow("x", Arc::new(RuleWorkflow::new("x").sinks(["t"])));
    let (google, _polls) = Script::new(&[InReview, ReadyForSale, Rejected]);
    rig.monitor.add_source("google", google);
    rig.monitor.remove_source("apple");
    rig.rounds(2).await;
    assert_eq!(rig.letters.all(), ["Welcome", "Ready for Sale"]);
    assert_eq!(other.all(), ["Welcome", "Ready for Sale"]);
    // Switched off, it routes nothing; its welcome is not repeated when it is switched on.
    rig.monitor.add_workflow("x", Arc::new(RuleWorkflow::new("x").sinks(["t"]).enabled(false)));
    rig.monitor.remove_workflow("w");
    let health = rig.rounds(2).await;
    assert_eq!((other.all(), rig.letters.all()), (vec![], vec![]));
    assert_eq!(health.sources.len(), 1);
    rig.monitor.add_workflow("x", Arc::new(RuleWorkflow::new("x").sinks(["t"])));
    rig.monitor.remove_sink("s");
    let health = rig.rounds(1).await;
    assert_eq!(other.all(), [""; 0]);
    assert_eq!(health.sinks.into_keys().collect::<Vec<_>>(), ["t".into()]);
}

#[tokio::test(start_paused = true)]
async fn a_test_revives_a_parked_sink_and_what_waited_goes_out() {
    let mut rig = Rig::with(&[InReview], &[Outcome::dead("410 Gone")], |b| b);
    let health = rig.monitor.tick().await;
    assert_eq!(health.sinks[&"s".into()].parked.as_deref(), Some("410 Gone"));
    assert_eq!(rig.letters.all(), ["Welcome"]);
    assert_eq!(rig.monitor.test_sink("s").await.unwrap(), Outcome::delivered());
    assert_eq!(rig.letters.all(), ["Test"]);
    let health = rig.monitor.tick().await;
    assert!(health.is_well());
    assert_eq!(rig.letters.all(), ["Welcome"]);
    let outcomes = rig.monitor.test_workflow("w").await.unwrap();
    assert_eq!(outcomes, [("s".into(), Outcome::delivered())]);
    assert!(rig.monitor.test_sink("nowhere").await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_delivery_goes_out_again_on_request_with_the_same_id() {
    let mut rig = Rig::new(&[InReview]);
    rig.rounds(1).await;
    let first = rig.letters.next().await;
    let record = deliveries(&rig.monitor).await.remove(0);
    rig.monitor.redeliver(record.id).await.unwrap();
    rig.rounds(1).await;
    assert_eq!(rig.letters.next().await, first);
    let missing = rig.monitor.redeliver(statused_core::model::DeliveryId(99)).await.unwrap_err();
    assert_eq!(missing, MonitorError::Unknown { kind: "delivery", id: "99".to_owned() });
}

#[tokio::test(start_paused = true)]
async fn health_and_status_answer_whether_or_not_somebody_drives() {
    let mut rig = Rig::new(&[InReview, ReadyForSale]);
    assert!(!rig.monitor.health().await.is_well(), "nothing has been seen");
    rig.rounds(2).await;
    let health = rig.monitor.health().await;
    assert!(health.is_well());
    assert_eq!((health.announced, health.sinks[&"s".into()].delivered), (1, 2));
    let status = rig.monitor.status().await.unwrap();
    assert_eq!(status.len(), 1, "a workflow's own record is no app");
    assert_eq!(status[0].app_id, Some("1".into()));
    assert_eq!(status[0].subjects[0].status, "Ready for Sale");
    assert_eq!(rig.monitor.check().await[&"apple".into()].len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_dropped_loses_nothing() {
    let mut rig = Rig::new(&[InReview]);
    let drive = async {
        rig.letters.next().await;
        within_an_hour(rig.polls.recv()).await.unwrap();
        rig.source.becomes(ReadyForSale);
        // Dropped at the moment at which the sink has been called.
        while rig.letters.next().await.data.status != "Ready for Sale" {}
    };
    tokio::select! {
        biased;
        () = rig.monitor.run(std::future::pending()) => unreachable!("nobody has stopped it"),
        () = drive => {}
    }
    rig.source.becomes(Rejected);
    let drive = async { while rig.letters.next().await.data.status != "Rejected" {} };
    tokio::select! {
        () = rig.monitor.run(std::future::pending()) => unreachable!("nobody has stopped it"),
        () = drive => {}
    }
    rig.monitor.tick().await;
    let states: Vec<_> = deliveries(&rig.monitor).await.iter().map(|record| record.state).collect();
    assert_eq!(states, [DeliveryState::Delivered; 3]);
    assert_eq!(rig.monitor.history(HistoryQuery::default()).await.unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn silence_writes_nothing() {
    let mut rig = Rig::new(&[InReview]);
    rig.rounds(2).await;
    let before = rig.store.writes();
    rig.rounds(20).await;
    assert_eq!(rig.store.writes(), before);
}

#[tokio::test(start_paused = true)]
async fn a_second_monitor_leaves_the_polls_to_the_one_that_runs() {
    let mut rig = Rig::new(&[InReview]);
    let (source, mut polls) = Script::new(&[InReview]);
    let second = Monitor::builder(rig.store.clone()).clock(rig.clock.clone()).source("apple", source).build().unwrap();
    let story = async {
        within_an_hour(rig.polls.recv()).await.unwrap();
        second.tick().await;
        assert!(polls.try_recv().is_err());
    };
    tokio::select! {
        () = rig.monitor.run(std::future::pending()) => unreachable!("nobody has stopped it"),
        () = story => {}
    }
}

#[test]
fn what_cannot_work_is_refused() {
    let sink = || Mailbox::new(&[], Mischief::None).0;
    let builder = || Monitor::builder(Arc::new(MemoryStore::new()));
    let twice = builder().sink("s", sink()).sink("s", sink()).build().unwrap_err();
    assert_eq!(twice, BuildError::Duplicate { kind: "sink", id: "s".to_owned() });
    let dangling = builder().workflow("w", Arc::new(RuleWorkflow::new("w").sinks(["s"]))).build().unwrap_err();
    assert_eq!(dangling, BuildError::UnknownSink { workflow: "w".into(), sink: "s".into() });
}

async fn deliveries(monitor: &Monitor) -> Vec<statused_core::model::DeliveryRecord> {
    monitor.deliveries(DeliveryQuery::default()).await.unwrap()
}
