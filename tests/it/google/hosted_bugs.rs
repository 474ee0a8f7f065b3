//! What went wrong in the hosted product once with Google Play's releases, and must not here. Its bugs with mail have their
//! tests beside the intake.

use statused::google::testkit::{Endpoint, FakeRelease, Fault};

use super::site::{Console, NO_PAUSE, now, rollout};
use crate::process::Process;

const HALTED: &str = "Your phased rollout has been halted at 20% and your update is no longer rolling out to users.";
const COMPLETE: &str = "Your phased rollout is complete and your app update has rolled out to 100% of users.";

/// A monitor that runs, and a release on a track that has no other.
async fn stage() -> (Console, Process, FakeRelease) {
    let console = Console::new(NO_PAUSE).await;
    let release = console.app().track("beta").release("2.0", [50]);
    let process = console.watched().await;
    (console, process, release)
}

async fn ends(console: &Console, process: Process, expected: &[String]) {
    console.looks(5).await;
    assert_eq!(console.told(), expected);
    assert_eq!(process.terminate().await.code(), Some(0));
}

/// The developer's word for it is `completed`, and where reviews cannot be read it is the only word.
#[tokio::test]
async fn what_is_live_is_not_told_again_as_completed() {
    let (console, process, release) = stage().await;
    release.in_review();
    console.tells(&process, &[now("In Review")]).await;
    release.publish();
    let told = [now("In Review"), now("Live")];
    console.tells(&process, &told).await;
    console.play.inject(Fault::permission().on(Endpoint::Lifecycle).always());
    ends(&console, process, &told).await;
}

#[tokio::test]
async fn a_halt_after_everybody_has_it_is_told() {
    let (console, process, release) = stage().await;
    release.rollout(0.2);
    console.tells(&process, &[rollout(20)]).await;
    release.complete();
    console.tells(&process, &[rollout(20), COMPLETE.to_owned()]).await;
    release.halt();
    let told = [rollout(20), COMPLETE.to_owned(), now("Halted")];
    console.tells(&process, &told).await;
    ends(&console, process, &told).await;
}

#[tokio::test]
async fn a_newer_upload_halts_the_rollout_and_is_named() {
    let (console, process, release) = stage().await;
    release.rollout(0.2);
    console.tells(&process, &[rollout(20)]).await;
    console.app().track("beta").release("2.1", [51]).rollout(0.05);
    let told = [rollout(20), rollout(5), HALTED.to_owned()];
    console.tells(&process, &told).await;
    let reason = console.events()[2].data("reason").unwrap();
    assert!(reason.contains("2.1"), "{reason}");
    ends(&console, process, &told).await;
}

#[tokio::test]
async fn the_percentage_is_the_one_of_now() {
    let (console, process, release) = stage().await;
    release.rollout(0.05);
    console.tells(&process, &[rollout(5)]).await;
    process.kill();
    release.rollout(0.1).rollout(0.2).rollout(0.5);
    let process = console.listening().await;
    let told = [rollout(5), rollout(50)];
    console.tells(&process, &told).await;
    let said = console.say(&["status"]).await;
    assert!(said.out.contains("Phased Rollout Is In Progress 50%"), "{said:?}");
    ends(&console, process, &told).await;
}

#[tokio::test]
async fn no_rollout_is_halted_where_there_is_none() {
    let (console, process, release) = stage().await;
    release.publish();
    console.tells(&process, &[now("Live")]).await;
    release.halt();
    let told = [now("Live"), now("Halted")];
    console.tells(&process, &told).await;
    ends(&console, process, &told).await;
}
