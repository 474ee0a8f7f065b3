//! What a release goes through, and what is told of it.

use statused::google::testkit::FakeRelease;

use super::site::{Console, NO_PAUSE, PACKAGE, now, rollout};
use crate::support::until;

type Step = (fn(&FakeRelease) -> FakeRelease, String);

/// From a draft through review and the developer's own approval to everybody.
fn life() -> Vec<Step> {
    let halted = "Your phased rollout has been halted at 20% and your update is no longer rolling out to users.";
    let resumed = "Your phased rollout has been resumed and your update is rolling out to users again. You are currently \
                   rolling out your app update to 20% of your users.";
    let complete = "Your phased rollout is complete and your app update has rolled out to 100% of users.";
    vec![
        (FakeRelease::draft, now("Draft")),
        (|release| release.staged(0.05).in_review(), now("In Review")),
        (FakeRelease::approved, now("Approved")),
        (FakeRelease::publish, rollout(5)),
        (|release| release.rollout(0.2), rollout(20)),
        (FakeRelease::halt, halted.to_owned()),
        (FakeRelease::resume, resumed.to_owned()),
        (FakeRelease::complete, complete.to_owned()),
    ]
}

/// When the old release is gone for good takes looks of its own.
fn split(told: Vec<String>) -> (Vec<String>, usize) {
    let count = told.len();
    let rest: Vec<_> = told.into_iter().filter(|message| *message != now("Replaced with New Version")).collect();
    let replaced = count - rest.len();
    (rest, replaced)
}

#[tokio::test]
async fn a_release_is_told_from_its_draft_to_everybody() {
    let console = Console::new(&format!("{NO_PAUSE}managed_publishing = true\n")).await;
    let process = console.watched().await;
    assert_eq!(console.told(), [""; 0], "the app is taken as it is found");
    let mut expected = Vec::new();
    for (goes_on, message) in life() {
        goes_on(&console.release());
        expected.push(message);
        let told = || split(console.told()).0;
        until(|| format!("{expected:#?}; told {:#?}; {}", told(), process.log()), || told().len() >= expected.len())
            .await;
        assert_eq!(told(), expected);
    }
    until(|| format!("{:#?}", console.told()), || split(console.told()).1 == 1).await;
    console.looks(5).await;
    assert_eq!(split(console.told()), (expected, 1), "and nothing twice");
    assert_eq!(console.ci.hits().len(), console.events().len() + 1, "nothing was sent twice either");

    let approved = &console.events()[2].json();
    assert_eq!(approved["type"], "com.statused.app.status.updated");
    let data = &approved["data"];
    assert_eq!((&data["track"], &data["store_name"]), (&"Production".into(), &"Google Play Console".into()));
    assert_eq!((&data["app_id"], &data["version"]), (&PACKAGE.into(), &"1.2".into()), "{data:#}");
    assert_eq!(process.terminate().await.code(), Some(0));
}

/// Killed at every step: just after something has changed, or while nobody looks.
#[tokio::test]
async fn killed_at_every_step_it_tells_the_same() {
    let console = Console::new(&format!("{NO_PAUSE}managed_publishing = true\n")).await;
    let mut process = console.watched().await;
    let mut expected = Vec::new();
    for (number, (goes_on, message)) in life().into_iter().enumerate() {
        if number % 2 == 0 {
            process.kill();
            goes_on(&console.release());
        } else {
            goes_on(&console.release());
            process.kill();
        }
        process = console.start();
        expected.push(message);
        let told = || split(console.told()).0;
        until(|| format!("{expected:#?}; told {:#?}; {}", told(), process.log()), || told().len() >= expected.len())
            .await;
        assert_eq!(told(), expected);
    }
    until(|| format!("{:#?}", console.told()), || split(console.told()).1 == 1).await;
    console.looks(5).await;
    assert_eq!(split(console.told()), (expected, 1));
    let repeats = console.ci.hits().len() - console.events().len() - 1;
    assert!(repeats <= life().len(), "{repeats} repeats, one can be on its way at each kill");
    assert_eq!(process.terminate().await.code(), Some(0));
}

/// The two APIs learn of a release apart: what is told is true at both.
#[tokio::test]
async fn a_delay_between_the_two_apis_is_waited_out() {
    let console = Console::new(NO_PAUSE).await;
    let process = console.watched().await;
    // The developer's list says `completed` while the release is not even under review.
    console.play.freeze_lifecycle();
    console.release().in_review();
    console.looks(5).await;
    assert_eq!(console.told(), [""; 0]);
    console.play.propagate();
    console.tells(&process, &[now("In Review")]).await;
    // Its rollout is halted in the edits before the lifecycle knows that it has begun.
    console.play.freeze_lifecycle();
    console.release().rollout(0.05).halt();
    console.looks(5).await;
    assert_eq!(console.told().len(), 1);
    console.release().resume();
    // A look that begins now sees at both what is true.
    console.looks(1).await;
    console.play.propagate();
    console.tells(&process, &[now("In Review"), rollout(5)]).await;
    // The other way round: it is with everybody, and the edits still show the share.
    console.play.freeze_edits();
    console.release().rollout(0.5);
    console.looks(5).await;
    assert_eq!(console.told().len(), 2);
    console.play.propagate();
    console.tells(&process, &[now("In Review"), rollout(5), rollout(50)]).await;
    // What both show again of old says nothing: the direct look that it asks for finds the truth.
    console.looks(5).await;
    assert_eq!(console.told().len(), 3);
    assert_eq!(process.terminate().await.code(), Some(0));
}
