//! Which apps and tracks are watched.

use statused::google::testkit::{Endpoint, Fault};

use super::site::{Console, NO_PAUSE, PACKAGE, SOURCE, now};
use crate::support::{changed, until};

#[tokio::test]
async fn every_app_that_the_account_shows_is_watched_where_none_is_named() {
    let console = Console::new(NO_PAUSE).await;
    console.play.page_size(2);
    for n in 0..4 {
        console
            .play
            .app(&format!("com.acme.app{n}"), &format!("App {n}"))
            .track("production")
            .release("1.0", [1])
            .publish();
    }
    let process = console.watched().await;
    console.play.app("com.acme.app3", "App 3").track("wear:production").release("2.0", [2]).in_review();
    console.release().in_review();
    let mut expected = vec![now("In Review"), changed("App 3", "In Review")];
    until(|| format!("{:#?}", console.told()), || console.told().len() >= 2).await;
    let mut told = console.told();
    told.sort();
    expected.sort();
    assert_eq!(told, expected, "every app by its name, every track");
    process.kill();
    // An app that appears while nobody looks is taken as it is found.
    console.play.app("com.acme.late", "Late").track("beta").release("1.0", [1]).reject();
    let process = console.listening().await;
    let found = || console.play.requests().iter().filter(|it| it.package.as_deref() == Some("com.acme.late")).count();
    until(|| process.log(), || found() > 30).await;
    assert_eq!(console.told().len(), 2, "{:#?}", console.told());
    console.play.app("com.acme.late", "Late").track("beta").release("1.0", [1]).publish();
    until(|| process.log(), || console.told().len() >= 3).await;
    assert_eq!(console.told()[2], changed("Late", "Live"));
    assert_eq!(process.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn where_the_search_is_refused_named_apps_are_watched_and_else_it_says_what_to_do() {
    let console = Console::new(&format!("{NO_PAUSE}packages = [\"{PACKAGE}\"]\n")).await;
    console.play.inject(Fault::disabled().on(Endpoint::Search).always());
    let process = console.watched().await;
    console.release().in_review();
    // The name is what the search would have told.
    console.tells(&process, &[changed(PACKAGE, "In Review")]).await;
    let health = console.health().await;
    let source = &health["sources"][SOURCE];
    assert!(
        source["error"].is_null() && source["troubles"].to_string().contains("playdeveloperreporting"),
        "{health:#}"
    );
    assert_eq!(console.get("/health").await.status(), 200);
    assert_eq!(process.terminate().await.code(), Some(0));

    // Without a name there is nothing to look at until somebody enables the API.
    let console = Console::new(NO_PAUSE).await;
    console.play.inject(Fault::disabled().on(Endpoint::Search).always());
    let process = console.listening().await;
    let health = console.healthy("the reason", |health| !health["sources"][SOURCE]["error"].is_null()).await;
    let source = &health["sources"][SOURCE];
    assert!(source["error"].as_str().unwrap().contains("playdeveloperreporting.googleapis.com"), "{health:#}");
    assert_eq!(console.get("/health").await.status(), 503);
    assert_eq!(process.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn only_the_tracks_that_are_named_are_read_and_told() {
    let console = Console::new(&format!("{NO_PAUSE}tracks = [\"production\"]\n")).await;
    console.app().track("beta").release("2.0", [50]).in_review();
    let process = console.watched().await;
    console.app().track("beta").release("2.0", [50]).publish();
    console.app().track("internal").release("2.1", [51]).publish();
    console.release().in_review();
    console.tells(&process, &[now("In Review")]).await;
    console.looks(3).await;
    assert_eq!(console.told().len(), 1);
    let read = |track: &str| console.play.requests().iter().filter(|it| it.track.as_deref() == Some(track)).count();
    assert!(read("production") > 0 && read("beta") == 0 && read("internal") == 0);
    assert_eq!(process.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn without_edits_none_is_opened_and_reviews_are_told_all_the_same() {
    let console = Console::new(&format!("{NO_PAUSE}edits = false\npackages = [\"{PACKAGE}\"]\n")).await;
    let process = console.listening().await;
    console.ci.wait_for(1).await;
    until(|| process.log(), || console.asked(Endpoint::Lifecycle) > 5).await;
    console.release().in_review();
    console.tells(&process, &[now("In Review")]).await;
    console.release().approved();
    console.tells(&process, &[now("In Review"), now("Approved")]).await;
    assert_eq!(console.asked(Endpoint::OpenEdit), 0, "an uploader's edit would end");
    assert_eq!(process.terminate().await.code(), Some(0));
}
