//! Finding the apps.

use statused_core::source::SourceErrorKind;
use statused_google::testkit::{Endpoint, Fault};

use crate::support::*;

fn apps(report: &statused_core::source::PollReport) -> Vec<String> {
    report.sightings.keys().filter_map(|key| Some(key.app()?.as_str().to_owned())).collect()
}

#[tokio::test]
async fn every_app_that_the_account_may_see_is_watched_by_its_name() {
    let mut watch = watch().await;
    watch.fake.page_size(2);
    for n in 0..4 {
        watch.fake.app(&format!("com.acme.app{n}"), &format!("App {n}"));
    }
    let report = watch.poll().await;
    assert_eq!(apps(&report).len(), 5);
    assert_eq!(sighting(&report).app.name.as_deref(), Some("Acme"));
    assert_eq!(watch.fake.count(Endpoint::Search), 3, "in pages");
    assert!(watch.fake.requests().iter().any(|logged| logged.query.contains("pageSize=1000")));
}

#[tokio::test]
async fn apps_are_searched_for_once_an_hour() {
    let mut watch = watch().await;
    watch.poll().await;
    let mut searches = 0;
    for _ in 0..180 {
        watch.poll().await;
        searches += watch.fake.count(Endpoint::Search);
    }
    assert_eq!(searches, 3);
    watch.fake.app("com.acme.late", "Late").track("production").release("1.0", [1]).publish();
    let report = watch.polls(60).await;
    assert_eq!(apps(&report), ["com.acme.app", "com.acme.late"]);
}

#[tokio::test]
async fn an_app_that_the_search_leaves_out_is_watched_until_that_lasts() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    watch.fake.app("com.acme.other", "Other");
    watch.poll().await;
    watch.fake.app("com.acme.other", "Other").hidden(true);
    assert_eq!(apps(&watch.polls(150).await).len(), 2, "two searches");
    assert_eq!(apps(&watch.polls(60).await).len(), 1, "three");
    watch.fake.app("com.acme.other", "Other").hidden(false);
    assert_eq!(apps(&watch.polls(60).await).len(), 2);
}

#[tokio::test]
async fn named_apps_are_watched_whatever_the_search_says() {
    let mut watch = watch_with(|builder| builder.packages([APP, APP])).await;
    watch.fake.app("com.acme.other", "Other");
    watch.fake.inject(Fault::disabled().on(Endpoint::Search).always());
    let report = watch.poll_through().await;
    assert_eq!(apps(&report), [APP]);
    let [trouble] = report.troubles.as_slice() else { panic!("{:?}", report.troubles) };
    assert_eq!(trouble.kind, SourceErrorKind::Credentials);
    for word in ["Reporting API", "playdeveloperreporting.googleapis.com", "without names"] {
        assert!(trouble.message.contains(word), "{trouble}");
    }
    assert_eq!(watch.poll_through().await.troubles, report.troubles, "the words stay the same");
    assert_eq!(watch.fake.count(Endpoint::Search), 0, "it is not asked at every poll");
    watch.fake.heal();
    watch.pass(300);
    assert_eq!(watch.poll().await.troubles, []);
}

#[tokio::test]
async fn named_apps_that_the_search_does_not_show_are_a_trouble() {
    let mut watch = watch_with(|builder| builder.packages([APP, "com.acme.typo"])).await;
    let report = watch.poll_through().await;
    let messages: Vec<_> = report.troubles.iter().map(|trouble| trouble.message.as_str()).collect();
    assert!(messages.iter().any(|it| it.contains("does not show com.acme.typo")), "{messages:?}");
    assert!(messages.iter().any(|it| it.contains("Package not found")), "{messages:?}");
    assert_eq!(apps(&report), [APP]);
}

#[tokio::test]
async fn without_any_app_the_poll_fails_with_the_reason() {
    let mut watch = watch().await;
    watch.fake.inject(Fault::disabled().on(Endpoint::Search));
    let error = watch.try_poll().await.unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::Credentials);
    watch.app().hidden(true);
    watch.pass(300);
    let error = watch.try_poll().await.unwrap_err();
    assert!(error.message.contains("invite the service account"), "{error}");
    watch.app().hidden(false);
    watch.pass(300);
    assert_eq!(apps(&watch.poll().await), [APP]);
}

#[tokio::test]
async fn a_failing_search_does_not_end_the_watch_of_what_is_known() {
    let mut watch = watch().await;
    watch.poll().await;
    watch.restart(|builder| builder);
    watch.fake.inject(Fault::status(500).on(Endpoint::Search).always());
    let report = watch.poll_through().await;
    assert_eq!(apps(&report), [APP]);
    assert!(report.troubles[0].message.contains("known apps are watched on"), "{:?}", report.troubles);
}

#[tokio::test]
async fn what_is_no_package_name_is_no_app() {
    let mut watch = watch().await;
    let body = r#"{"apps":[{"packageName":"com.acme.app"},{"packageName":"../../x.y"},{"packageName":"nodots"},{}]}"#;
    watch.fake.inject(Fault::json(200, body).on(Endpoint::Search));
    assert_eq!(apps(&watch.poll().await), [APP]);
}

#[tokio::test]
async fn a_list_that_does_not_end_is_an_error() {
    let mut watch = watch().await;
    let body = r#"{"apps":[{"packageName":"com.acme.app"}],"nextPageToken":"again"}"#;
    watch.fake.inject(Fault::json(200, body).on(Endpoint::Search).always());
    assert!(watch.try_poll().await.unwrap_err().message.contains("does not end"));
}

#[tokio::test]
async fn icons_are_asked_for_once_a_day_and_may_fail() {
    let mut watch = watch_with(|builder| builder.icons(true)).await;
    watch.app().icon("https://play-lh.googleusercontent.com/icon");
    let report = watch.poll().await;
    assert_eq!(sighting(&report).app.icon_url.as_deref(), Some("https://play-lh.googleusercontent.com/icon"));
    assert!(!format!("{report:?}").contains("jane.doe"), "how to reach people is nobody's business");
    for _ in 0..3 {
        watch.polls(60).await;
        assert_eq!(watch.fake.count(Endpoint::Icon), 0);
    }
    watch.pass(86_400);
    watch.fake.inject(Fault::status(500).on(Endpoint::Details).always());
    let report = watch.poll().await;
    assert_eq!((sighting(&report).app.icon_url.as_deref(), watch.fake.count(Endpoint::CloseEdit)), (None, 1));
}
