//! Each bug that the hosted service's changelog owns up to, and those of the store that it met: none of them here.

use std::sync::Arc;

use statused::RuleWorkflow;
use statused::apple::testkit::{Endpoint, FakeApp, Fault};

use crate::receiver::Receiver;
use crate::support::{Live, Stage, changed, rollout, welcome};

const AGREEMENT: &str = r#"{"errors":[{"status":"403","code":"FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED",
    "title":"A required agreement is missing or has expired.","detail":"An agreement must be signed."}]}"#;

/// A stage with one app, and a monitor that will know it after the first round.
async fn stage() -> (Stage, FakeApp, Live) {
    let stage = Stage::new().await;
    let app = stage.apple.app("1", "MyApp", "com.acme.app");
    let live = stage.monitor().await;
    (stage, app, live)
}

/// What was told after the welcome.
fn news(stage: &Stage) -> Vec<String> {
    let told = stage.ci.told();
    assert_eq!(told.first(), Some(&welcome()));
    told[1..].to_vec()
}

#[tokio::test]
async fn a_build_is_not_paired_with_the_newest_store_version() {
    let (stage, app, live) = stage().await;
    app.version("1.9").state("READY_FOR_SALE");
    app.version("2.0").state("IN_REVIEW");
    live.ticks(2).await;
    app.build("1.9.1", "77").processing("VALID");
    live.ticks(3).await;
    assert_eq!(news(&stage), ["The status of build 1.9.1 (77) of MyApp changed to Valid"]);
    let hit = &stage.ci.taken()[1];
    assert_eq!((hit.data("version"), hit.data("build_number")), (Some("1.9.1".into()), Some("77".into())));
}

#[tokio::test]
async fn a_hundred_percent_is_announced() {
    for (days, share, last) in [(vec![6, 7], "50%", "100%"), (vec![6], "50%", "50%")] {
        let (stage, app, live) = stage().await;
        let version = app.version("1.0").state("READY_FOR_SALE").phased("ACTIVE", Some(5));
        live.ticks(2).await;
        let mut expected = Vec::new();
        for (day, share) in days.into_iter().zip([share, last]) {
            version.phased("ACTIVE", Some(day));
            live.ticks(2).await;
            expected.push(rollout("MyApp", &format!("is active, rolling out to {share} of your users.")));
        }
        version.phased("COMPLETE", Some(7));
        live.ticks(3).await;
        expected.push(rollout("MyApp", "is complete and your app update has rolled out to 100% of users."));
        assert_eq!(news(&stage), expected);
        assert_eq!(stage.ci.taken().last().unwrap().data("user_distribution").as_deref(), Some("100%"));
    }
}

#[tokio::test]
async fn a_second_workflow_on_the_same_app_is_notified() {
    let stage = Stage::new().await;
    let version = stage.apple.app("1", "MyApp", "com.acme.app").version("1.0");
    let other = Receiver::start().await;
    let (ci, chat) = (Arc::new(stage.ci.sink().build().unwrap()), Arc::new(other.sink().build().unwrap()));
    let workflow = |name: &str, sink: &str| Arc::new(RuleWorkflow::new(name).apps(["1"]).sinks([sink]));
    let (first, second) = (workflow("First", "ci"), workflow("Second", "chat"));
    let live = stage.monitor_with(|builder| builder.sink("ci", ci).sink("chat", chat).workflow("a", first)).await;
    live.ticks(2).await;
    live.monitor.add_workflow("b", second);
    version.state("WAITING_FOR_REVIEW");
    live.ticks(1).await;
    version.state("IN_REVIEW");
    live.ticks(2).await;
    let both = ["Waiting for Review", "In Review"].map(|label| changed("MyApp", label));
    assert_eq!(stage.ci.told()[1..], both);
    assert_eq!(other.told()[1..], both);
}

#[tokio::test]
async fn a_pending_agreement_is_not_repeated() {
    let (stage, app, live) = stage().await;
    let version = app.version("1.0").state("IN_REVIEW");
    live.ticks(2).await;
    stage.apple.inject(Fault::json(403, AGREEMENT));
    live.ticks(3).await;
    assert!(news(&stage).is_empty(), "one refusal is no agreement");
    stage.apple.agreement_pending(true);
    live.ticks(8).await;
    drop(live);
    let live = stage.monitor().await;
    live.ticks(8).await;
    version.state("PENDING_DEVELOPER_RELEASE");
    live.ticks(1).await;
    assert_eq!(news(&stage), ["Action Needed: You Have Pending Agreements"]);
    stage.apple.agreement_pending(false);
    live.ticks(6).await;
    let mut rest = news(&stage).split_off(1);
    rest.sort();
    let accepted = "All Set: Your Agreements Are Accepted".to_owned();
    assert_eq!(rest, [accepted, changed("MyApp", "Pending Developer Release")]);
}

#[tokio::test]
async fn a_release_is_not_told_twice() {
    let (stage, app, live) = stage().await;
    let version = app.version("1.0").state("PENDING_DEVELOPER_RELEASE");
    live.ticks(2).await;
    // Apple has two names for one state, in two attributes of which either may be missing.
    for (newer, older) in [
        (None, Some("PROCESSING_FOR_APP_STORE")),
        (Some("PROCESSING_FOR_DISTRIBUTION"), None),
        (Some("READY_FOR_DISTRIBUTION"), None),
        (None, Some("READY_FOR_SALE")),
        (Some("READY_FOR_DISTRIBUTION"), Some("READY_FOR_SALE")),
        (Some("READY_FOR_SALE"), Some("READY_FOR_SALE")),
        (None, Some("READY_FOR_SALE")),
    ] {
        version.states(newer, older);
        live.ticks(2).await;
    }
    drop(live);
    stage.monitor().await.ticks(3).await;
    let labels = ["Processing for Distribution", "Ready for Sale"];
    assert_eq!(news(&stage), labels.map(|label| changed("MyApp", label)));
}

#[tokio::test]
async fn a_rollouts_percentage_is_the_one_of_now() {
    let (stage, app, live) = stage().await;
    let version = app.version("1.0").state("READY_FOR_SALE").phased("ACTIVE", Some(1));
    live.ticks(2).await;
    drop(live);
    version.phased("ACTIVE", Some(4));
    let live = stage.monitor().await;
    live.ticks(2).await;
    version.phased("PAUSED", Some(5));
    live.ticks(2).await;
    let said = ["is active, rolling out to 10% of your users.", "has been paused at 20%."];
    assert_eq!(news(&stage), said.map(|said| rollout("MyApp", said)));
    let shares: Vec<_> = stage.ci.taken()[1..].iter().filter_map(|hit| hit.data("user_distribution")).collect();
    assert_eq!(shares, ["10%", "20%"]);
}

#[tokio::test]
async fn nothing_is_halted_without_a_phased_release() {
    let (stage, app, live) = stage().await;
    let version = app.version("1.0").state("PENDING_DEVELOPER_RELEASE");
    live.ticks(2).await;
    version.state("READY_FOR_SALE");
    live.ticks(6).await;
    app.version("1.1").state("IN_REVIEW").phased("INACTIVE", None);
    live.ticks(2).await;
    version.state("DEVELOPER_REMOVED_FROM_SALE");
    live.ticks(2).await;
    let labels = ["Ready for Sale", "In Review", "Developer Removed from Sale"];
    assert_eq!(news(&stage), labels.map(|label| changed("MyApp", label)));
    assert!(stage.ci.taken().iter().all(|hit| hit.data("user_distribution").is_none()));
}

#[tokio::test]
async fn states_after_a_final_one_are_not_missed() {
    let (stage, app, live) = stage().await;
    let version = app.version("1.0").state("READY_FOR_SALE").phased("ACTIVE", Some(7));
    live.ticks(2).await;
    version.phased("COMPLETE", Some(7));
    live.ticks(4).await;
    version.state("REMOVED_FROM_SALE");
    live.ticks(2).await;
    version.state("READY_FOR_SALE");
    live.ticks(3).await;
    version.state("DEVELOPER_REMOVED_FROM_SALE");
    live.ticks(3).await;
    let mut expected = vec![rollout("MyApp", "is complete and your app update has rolled out to 100% of users.")];
    let labels = ["Removed from Sale", "Ready for Sale", "Developer Removed from Sale"];
    expected.extend(labels.map(|label| changed("MyApp", label)));
    assert_eq!(news(&stage), expected);
}

#[tokio::test]
async fn the_welcome_is_not_repeated() {
    let (stage, _, live) = stage().await;
    live.ticks(2).await;
    live.monitor.remove_workflow("all");
    live.ticks(1).await;
    live.monitor.add_workflow("all", Arc::new(RuleWorkflow::new("Everything").sinks(["ci"])));
    live.ticks(2).await;
    drop(live);
    for _ in 0..3 {
        stage.monitor().await.ticks(2).await;
    }
    assert_eq!(stage.ci.told(), [welcome()]);
}

#[tokio::test]
async fn a_stale_page_misses_and_invents_nothing() {
    let (stage, app, live) = stage().await;
    let version = app.version("1.0").state("WAITING_FOR_REVIEW");
    app.build("1.0", "1");
    live.ticks(2).await;
    let stale = stage.apple.snapshot();
    version.state("IN_REVIEW");
    app.build("1.0", "1").processing("VALID");
    live.ticks(1).await;
    // One look at the lists as they were.
    stage.apple.serve_stale(&stale, 2);
    live.ticks(4).await;
    version.state("REJECTED");
    live.ticks(2).await;
    let build = "The status of build 1.0 (1) of MyApp changed to Valid".to_owned();
    let mut told = news(&stage);
    assert_eq!(told.pop(), Some(changed("MyApp", "Rejected")));
    told.sort();
    assert_eq!(told, [build, changed("MyApp", "In Review")]);
}

#[tokio::test]
async fn an_hour_of_old_versions_announces_nothing() {
    let (stage, app, live) = stage().await;
    app.version("0.9").state("REPLACED_WITH_NEW_VERSION");
    let old = app.version("1.0").state("REPLACED_WITH_NEW_VERSION");
    let version = app.version("1.1").state("READY_FOR_SALE").phased("ACTIVE", Some(1));
    live.ticks(2).await;
    version.phased("ACTIVE", Some(2));
    live.ticks(1).await;
    // The list lacks the newest version, and shows the one before as it once was.
    stage.apple.old_versions_only(true);
    old.state("READY_FOR_SALE");
    live.ticks(40).await;
    version.phased("ACTIVE", Some(3));
    live.ticks(5).await;
    old.state("REPLACED_WITH_NEW_VERSION");
    stage.apple.heal();
    live.ticks(3).await;
    version.state("REMOVED_FROM_SALE");
    live.ticks(2).await;
    let day = |share| rollout("MyApp", &format!("is active, rolling out to {share} of your users."));
    assert_eq!(news(&stage), [day("2%"), day("5%"), changed("MyApp", "Removed from Sale")]);
}

/// As above, but the direct looks are as old as the lists: a version that has been live cannot have been deleted.
#[tokio::test]
async fn an_hour_of_an_old_world_announces_nothing() {
    let (stage, app, live) = stage().await;
    let old = app.version("1.0").state("READY_FOR_SALE");
    let long_ago = stage.apple.snapshot();
    let version = app.version("1.1").state("READY_FOR_SALE");
    old.state("REPLACED_WITH_NEW_VERSION");
    live.ticks(2).await;
    stage.apple.serve_stale(&long_ago, u32::MAX);
    live.ticks(40).await;
    stage.apple.heal();
    live.ticks(3).await;
    assert!(news(&stage).is_empty(), "{:#?}", news(&stage));
    version.state("REMOVED_FROM_SALE");
    live.ticks(2).await;
    assert_eq!(news(&stage), [changed("MyApp", "Removed from Sale")]);
    assert!(stage.apple.count(Endpoint::Apps) > 40);
}
