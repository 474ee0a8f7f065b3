//! From the store to the receiver: the real source, the real store, the real webhook.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use statused::model::DeliveryState;
use statused::sink::Verdict;
use statused::store::{DeliveryQuery, HistoryQuery};
use statused::{RuleWorkflow, StateStore as _};

use crate::receiver::{Receiver, Reply, SECRET};
use crate::support::{PATIENCE, Stage, changed, rollout, until, welcome};

const APP: &str = "Markdown Email";

#[tokio::test]
async fn a_release_is_told_once_in_order_and_signed() {
    let stage = Stage::new().await;
    let app = stage.apple.app("1234567890", APP, "com.example.markdown-email");
    let old = app.version("1.2.2").state("READY_FOR_SALE");
    let live = stage.monitor().await.run();
    let mut expected = vec![welcome()];
    stage.ci.wait_for(1).await;
    stage.polls(1).await;

    let build = app.build("1.3.0", "42");
    expected.push(format!("The status of build 1.3.0 (42) of {APP} changed to Processing"));
    stage.ci.wait_for(expected.len()).await;
    build.processing("VALID");
    expected.push(format!("The status of build 1.3.0 (42) of {APP} changed to Valid"));
    stage.ci.wait_for(expected.len()).await;
    let version = app.version("1.3.0");
    expected.push(changed(APP, "Prepare for Submission"));
    stage.ci.wait_for(expected.len()).await;
    for (state, label) in [
        ("WAITING_FOR_REVIEW", "Waiting for Review"),
        ("IN_REVIEW", "In Review"),
        ("REJECTED", "Rejected"),
        ("WAITING_FOR_REVIEW", "Waiting for Review"),
        ("IN_REVIEW", "In Review"),
        ("PENDING_DEVELOPER_RELEASE", "Pending Developer Release"),
    ] {
        version.state(state);
        expected.push(changed(APP, label));
        stage.ci.wait_for(expected.len()).await;
    }
    version.phased("ACTIVE", Some(1)).state("READY_FOR_SALE");
    expected.push(changed(APP, "Ready for Sale"));
    expected.push(rollout(APP, "is active, rolling out to 1% of your users."));
    stage.ci.wait_for(expected.len()).await;
    old.state("REPLACED_WITH_NEW_VERSION");
    expected.push(changed(APP, "Replaced with New Version"));
    stage.ci.wait_for(expected.len()).await;
    for (state, day, said) in [
        ("ACTIVE", 2, "is active, rolling out to 2% of your users."),
        ("PAUSED", 2, "has been paused at 2%."),
        ("ACTIVE", 2, "has been resumed and is rolling out to 2% of your users."),
        ("ACTIVE", 7, "is active, rolling out to 100% of your users."),
        ("COMPLETE", 7, "is complete and your app update has rolled out to 100% of users."),
    ] {
        version.phased(state, Some(day));
        expected.push(rollout(APP, said));
        stage.ci.wait_for(expected.len()).await;
    }
    stage.polls(3).await;

    assert_eq!(stage.ci.told(), expected);
    let hits = stage.ci.hits();
    let mut ids: Vec<_> = hits.iter().map(|hit| &hit.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), expected.len(), "each event has an id of its own");
    for hit in &hits {
        assert_eq!(hit.signed_with, Some(SECRET));
        assert_eq!(
            (hit.header("content-type"), hit.header("user-agent")),
            ("application/json", "Statused-Webhooks/1.0")
        );
        assert_eq!(hit.json()["id"], json!(hit.id));
    }
    let history = live.monitor.history(HistoryQuery::default()).await.unwrap();
    let mut written: Vec<_> = history.into_iter().map(|event| event.data.message).collect();
    written.reverse();
    assert_eq!(written, expected[1..], "the history is what was told");
    live.stop().await;
}

#[tokio::test]
async fn a_receiver_that_fails_twice_gets_the_same_event_again() {
    let stage = Stage::new().await;
    let version = stage.apple.app("1", "MyApp", "com.acme.app").version("1.0");
    let live = stage.monitor().await.run();
    stage.ci.wait_for(1).await;
    stage.polls(1).await;
    stage.ci.script([Reply::Status(500), Reply::Status(500)]);
    version.state("WAITING_FOR_REVIEW");
    stage.ci.wait_for(2).await;
    version.state("IN_REVIEW");
    stage.ci.wait_for(3).await;
    live.settled().await;

    let hits = stage.ci.hits();
    let replies: Vec<_> = hits.iter().map(|hit| hit.reply).collect();
    assert_eq!(replies, [200, 500, 500, 200, 200].map(Reply::Status));
    let (first, again) = (&hits[1], &hits[2..4]);
    assert!(again.iter().all(|hit| (&hit.id, &hit.body) == (&first.id, &first.body)), "{hits:#?}");
    assert_ne!(hits[4].id, first.id);
    let records = live.monitor.deliveries(DeliveryQuery::default()).await.unwrap();
    let record = records.iter().find(|record| record.event_id.to_string() == first.id).unwrap();
    let tries: Vec<_> = record.log.iter().map(|attempt| (attempt.verdict.as_str(), attempt.status)).collect();
    assert_eq!(tries, [("retry", Some(500)), ("retry", Some(500)), ("delivered", Some(200))]);
    assert_eq!(record.state, DeliveryState::Delivered);
    live.stop().await;
}

#[tokio::test]
async fn a_gone_receiver_is_parked_until_a_test_frees_it() {
    let stage = Stage::new().await;
    let version = stage.apple.app("1", "MyApp", "com.acme.app").version("1.0");
    let live = stage.monitor().await.run();
    stage.ci.wait_for(1).await;
    stage.polls(1).await;
    stage.ci.always(Reply::Status(410));
    version.state("WAITING_FOR_REVIEW");
    stage.ci.wait_for_hits(2).await;
    for state in ["IN_REVIEW", "PENDING_DEVELOPER_RELEASE"] {
        version.state(state);
        stage.polls(2).await;
    }
    assert_eq!(stage.ci.hits().len(), 2, "nobody knocks at a dead door");
    let health = live.monitor.health().await;
    let parked = health.sinks[&"ci".into()].parked.clone();
    assert!(parked.as_deref().is_some_and(|reason| reason.contains("410")) && !health.is_well(), "{parked:?}");
    assert_eq!(live.store.sink_states().await.unwrap()[&"ci".into()].parked, parked);
    assert_eq!(live.monitor.test_sink("ci").await.unwrap().verdict, Verdict::Dead, "a test that fails frees nothing");
    stage.polls(1).await;
    assert_eq!(stage.ci.hits().len(), 3);

    stage.ci.always(Reply::Status(200));
    assert_eq!(live.monitor.test_sink("ci").await.unwrap().verdict, Verdict::Delivered);
    stage.ci.wait_for(5).await;
    live.settled().await;
    let told = stage.ci.told();
    assert_eq!(told[1], "This is a test notification for ci. No status has changed.");
    let backlog = ["Waiting for Review", "In Review", "Pending Developer Release"].map(|to| changed("MyApp", to));
    assert_eq!(told[2..], backlog);
    assert!(live.monitor.health().await.is_well());
    live.stop().await;
}

#[tokio::test]
async fn retry_after_holds_every_app_of_the_sink() {
    let wait = Duration::from_secs(2);
    let stage = Stage::new().await;
    let versions = ["1", "2"].map(|id| stage.apple.app(id, &format!("App {id}"), id).version("1.0"));
    let other = Receiver::start().await;
    let sinks = [stage.ci.sink(), other.sink()].map(|sink| Arc::new(sink.build().unwrap()));
    let workflow = Arc::new(RuleWorkflow::new("Everything").sinks(["ci", "other"]));
    let [ci, free] = sinks;
    let live = stage.monitor_with(|builder| builder.sink("ci", ci).sink("other", free).workflow("all", workflow)).await;
    let live = live.run();
    stage.ci.wait_for(1).await;
    stage.polls(1).await;
    stage.ci.script([Reply::Later(wait.as_secs())]);
    versions[0].state("WAITING_FOR_REVIEW");
    stage.ci.wait_for_hits(2).await;
    versions[1].state("WAITING_FOR_REVIEW");
    other.wait_for(3).await;
    stage.ci.wait_for(3).await;

    let hits = stage.ci.hits();
    assert_eq!(hits[1].reply, Reply::Later(wait.as_secs()));
    assert!(hits[2..].iter().all(|hit| hit.at - hits[1].at >= wait), "both apps wait");
    assert!(other.taken()[2].at < hits[2].at, "the other sink does not");
    assert_eq!((hits.len(), hits[2..].iter().filter(|hit| hit.id == hits[1].id).count()), (4, 1));
    live.stop().await;
}

#[tokio::test]
async fn two_workflows_send_each_their_own() {
    let stage = Stage::new().await;
    let chat = Receiver::start().await;
    let version = stage.apple.app("1", "MyApp", "com.acme.app").version("1.0");
    let sinks = [stage.ci.sink(), chat.sink()].map(|sink| Arc::new(sink.build().unwrap()));
    let sales = RuleWorkflow::new("Sales").apps(["1"]).statuses(["Ready for Sale"]).sinks(["chat"]);
    let [to_ci, to_chat] = sinks;
    let live = stage
        .monitor_with(|builder| {
            let all = RuleWorkflow::new("Everything").sinks(["ci"]);
            let builder = builder.sink("ci", to_ci).sink("chat", to_chat);
            builder.workflow("all", Arc::new(all)).workflow("sales", Arc::new(sales))
        })
        .await;
    live.ticks(1).await;
    for state in ["WAITING_FOR_REVIEW", "IN_REVIEW", "READY_FOR_SALE"] {
        version.state(state);
        live.ticks(1).await;
    }
    let labels = ["Waiting for Review", "In Review", "Ready for Sale"].map(|label| changed("MyApp", label));
    assert_eq!(stage.ci.told(), [&[welcome()], &labels[..]].concat());
    let greeting = "Your workflow Sales is active and watching for status changes.".to_owned();
    assert_eq!(chat.told(), [greeting, labels[2].clone()]);
    let (all, sales) = (stage.ci.taken(), chat.taken());
    assert_eq!(all[3].id, sales[1].id, "it is one event");
    assert_eq!((all[3].data("workflow_id"), sales[1].data("workflow_id")), (Some("all".into()), Some("sales".into())));
}

#[tokio::test]
async fn a_hanging_receiver_delays_only_itself() {
    let stage = Stage::new().await;
    let stuck = Receiver::start().await;
    let version = stage.apple.app("1", "MyApp", "com.acme.app").version("1.0");
    // Longer than this test may take: what waited for it would not be done.
    let patient = stuck.sink().timeout(10 * PATIENCE);
    let (to_ci, to_stuck) = (Arc::new(stage.ci.sink().build().unwrap()), Arc::new(patient.build().unwrap()));
    let workflow = Arc::new(RuleWorkflow::new("Everything").sinks(["ci", "stuck"]));
    let live =
        stage.monitor_with(|builder| builder.sink("ci", to_ci).sink("stuck", to_stuck).workflow("all", workflow)).await;
    let live = live.run();
    stuck.wait_for(1).await;
    stage.polls(1).await;
    stuck.always(Reply::Hang);
    for (count, state) in (2..).zip(["WAITING_FOR_REVIEW", "IN_REVIEW", "REJECTED"]) {
        version.state(state);
        stage.ci.wait_for(count).await;
    }
    until(|| "the stuck one was called".to_owned(), || stuck.hits().len() == 2).await;
    assert_eq!(stage.ci.told().len(), 4);
    let pending = DeliveryQuery::default().with_sink("stuck").with_state(DeliveryState::Pending);
    assert_eq!(live.monitor.deliveries(pending).await.unwrap().len(), 3, "in order: the rest waits behind the first");
    live.crash().await;
}
