//! Review states that cannot be read: a quota that is used up, a permission that is missing.

use statused::google::testkit::{Endpoint, Fault};

use super::site::{Console, NO_PAUSE, PACKAGE, SOURCE, now, rollout};
use crate::support::until;

#[tokio::test]
async fn a_refusal_for_want_of_quota_is_waited_out_across_a_kill() {
    let console = Console::new(NO_PAUSE).await;
    console.app().track("production").release("1.1", [41]).rollout(0.1);
    let process = console.watched().await;
    console.play.lifecycle_quota(0);
    console.app().track("beta").release("2.0", [50]).in_review();
    let health = console.healthy("held", |health| health["review_states"][SOURCE]["held"][PACKAGE].is_string()).await;
    let until_when = health["review_states"][SOURCE]["held"][PACKAGE].as_str().unwrap().to_owned();
    let wait = until_when.parse::<chrono::DateTime<chrono::Utc>>().unwrap() - chrono::Utc::now();
    assert!((14..=17).contains(&wait.num_minutes()), "{until_when}");
    assert!(health["sources"][SOURCE]["troubles"].to_string().contains("quota for listing releases"), "{health:#}");
    assert_eq!(console.get("/health").await.status(), 200, "it is a wait, not a failure");
    let label = format!("{{source=\"{SOURCE}\"}}");
    assert_eq!(console.metric(&format!("statused_review_states_held_apps{label}")).await, 1);
    let seconds = console.metric(&format!("statused_review_states_held_until_seconds{label}")).await;
    assert!(seconds > u64::try_from(chrono::Utc::now().timestamp()).unwrap() + 800);

    // What is published is followed on all the same; what is not stays as it was.
    console.app().track("production").release("1.1", [41]).rollout(0.3);
    console.tells(&process, &[rollout(30)]).await;
    process.kill();
    let asked = console.asked(Endpoint::Lifecycle);
    let process = console.listening().await;
    console.looks(10).await;
    assert_eq!(console.asked(Endpoint::Lifecycle), asked, "it still waits");
    let held = console.health().await["review_states"][SOURCE]["held"][PACKAGE].clone();
    assert_eq!(held, until_when, "and for no longer");
    assert_eq!(console.told(), [rollout(30)], "completed is no word on a review");
    assert_eq!(process.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn without_the_permission_the_developers_word_is_told_and_marked() {
    let console = Console::new(NO_PAUSE).await;
    console.play.inject(Fault::permission().on(Endpoint::Lifecycle).always());
    let process = console.watched().await;
    console.release().staged(0.05).in_review();
    console.tells(&process, &[now("In Progress")]).await;
    let event = console.events()[0].json();
    assert_eq!(event["data"]["evidence"], "declared", "{event:#}");
    let health = console.health().await;
    let why = health["review_states"][SOURCE]["unavailable"][PACKAGE].as_str().unwrap_or_default().to_owned();
    assert!(why.contains("View app information"), "{health:#}");
    let label = format!("{{source=\"{SOURCE}\"}}");
    assert_eq!(console.metric(&format!("statused_review_states_unavailable_apps{label}")).await, 1);
    let said = console.say(&["status"]).await;
    assert!(said.out.contains("In Progress 5%"), "{said:?}");
    console.looks(3).await;
    until(|| process.log(), || console.asked(Endpoint::Lifecycle) == 1).await;
    assert_eq!(process.terminate().await.code(), Some(0));
}
