//! The monitor and its store are dropped and opened again, by plan and by accident.

use std::sync::Arc;

use statused::RuleWorkflow;

use crate::receiver::Reply;
use crate::support::{PATIENCE, Stage, changed, rollout, welcome};

#[tokio::test]
async fn restarts_repeat_nothing_and_lose_nothing() {
    let stage = Stage::new().await;
    let app = stage.apple.app("1", "MyApp", "com.acme.app");
    let version = app.version("1.0").state("PREPARE_FOR_SUBMISSION");
    let mut expected = vec![welcome()];
    let live = stage.monitor().await.run();
    stage.ci.wait_for(1).await;
    stage.polls(1).await;
    version.state("WAITING_FOR_REVIEW");
    expected.push(changed("MyApp", "Waiting for Review"));
    stage.ci.wait_for(2).await;
    live.stop().await;

    // While nobody looks, one state is skipped: it is not invented afterwards.
    version.state("IN_REVIEW");
    version.state("REJECTED");
    let live = stage.monitor().await.run();
    expected.push(changed("MyApp", "Rejected"));
    stage.ci.wait_for(3).await;
    stage.polls(1).await;
    live.settled().await;
    live.crash().await;

    version.state("READY_FOR_SALE").phased("ACTIVE", Some(1));
    app.build("1.1", "7").processing("VALID");
    let live = stage.monitor().await.run();
    stage.ci.wait_for(6).await;
    live.settled().await;
    live.crash().await;
    let mut meanwhile = stage.ci.told().split_off(3);
    meanwhile.sort();
    let mut news = vec![
        changed("MyApp", "Ready for Sale"),
        rollout("MyApp", "is active, rolling out to 1% of your users."),
        "The status of build 1.1 (7) of MyApp changed to Valid".to_owned(),
    ];
    news.sort();
    assert_eq!(meanwhile, news);

    version.phased("ACTIVE", Some(5));
    let live = stage.monitor().await.run();
    stage.ci.wait_for(7).await;
    stage.polls(3).await;
    live.stop().await;
    let told = stage.ci.told();
    assert_eq!(told[..3], expected);
    assert_eq!(told[6..], [rollout("MyApp", "is active, rolling out to 20% of your users.")]);
    let mut ids: Vec<_> = stage.ci.hits().into_iter().map(|hit| hit.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), told.len());
}

#[tokio::test]
async fn what_was_on_its_way_comes_again_with_the_same_id() {
    let stage = Stage::new().await;
    let version = stage.apple.app("1", "MyApp", "com.acme.app").version("1.0");
    // Longer than this test may take: what waited for it would not be done.
    let patient = Arc::new(stage.ci.sink().timeout(10 * PATIENCE).build().unwrap());
    let workflow = Arc::new(RuleWorkflow::new("Everything").sinks(["ci"]));
    let live = stage.monitor_with(|builder| builder.sink("ci", patient).workflow("all", workflow)).await.run();
    stage.ci.wait_for(1).await;
    stage.polls(1).await;
    stage.ci.script([Reply::Hang]);
    version.state("WAITING_FOR_REVIEW");
    stage.ci.wait_for_hits(2).await;
    version.state("IN_REVIEW");
    stage.polls(1).await;
    live.crash().await;

    // A call that outlived its monitor would keep the store.
    let live = stage.monitor().await.run();
    stage.ci.wait_for(3).await;
    stage.polls(1).await;
    live.stop().await;
    let hits = stage.ci.hits();
    assert_eq!(hits.len(), 4, "{hits:#?}");
    assert_eq!((&hits[1].id, &hits[1].body), (&hits[2].id, &hits[2].body));
    assert_eq!(stage.ci.told(), [welcome(), changed("MyApp", "Waiting for Review"), changed("MyApp", "In Review")]);
}

#[tokio::test]
async fn a_parked_sink_and_a_held_one_stay_so() {
    let stage = Stage::new().await;
    let version = stage.apple.app("1", "MyApp", "com.acme.app").version("1.0");
    let live = stage.monitor().await;
    live.ticks(1).await;
    stage.ci.script([Reply::Status(410)]);
    version.state("WAITING_FOR_REVIEW");
    live.ticks(1).await;
    drop(live);
    let live = stage.monitor().await;
    version.state("IN_REVIEW");
    live.ticks(2).await;
    assert_eq!(stage.ci.hits().len(), 2, "parked");
    assert!(live.monitor.test_sink("ci").await.unwrap().is_success());
    stage.ci.script([Reply::Status(200), Reply::Later(3600)]);
    live.ticks(1).await;
    assert_eq!(stage.ci.hits().len(), 5, "the sample, the backlog, and the wish to be left alone");
    drop(live);
    let live = stage.monitor().await;
    version.state("REJECTED");
    live.ticks(2).await;
    assert_eq!(stage.ci.hits().len(), 5, "held");
    assert!(live.monitor.health().await.sinks[&"ci".into()].held_until.is_some());
}
