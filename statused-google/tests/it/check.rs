//! The self-check.

use statused_core::StatusSource as _;
use statused_core::source::CheckLine;
use statused_google::testkit::{Endpoint, Fault};
use statused_google::{GooglePlayBuilder, ServiceAccount};

use crate::support::*;

async fn lines(adjust: impl FnOnce(GooglePlayBuilder) -> GooglePlayBuilder, fault: Option<Fault>) -> Vec<CheckLine> {
    let watch = watch_with(adjust).await;
    watch.release("1.0", 1).publish();
    fault.into_iter().for_each(|fault| watch.fake.inject(fault.always()));
    watch.source.check().await
}

fn line<'a>(lines: &'a [CheckLine], what: &str) -> &'a CheckLine {
    lines.iter().find(|line| line.what == what).unwrap_or_else(|| panic!("{what} in {lines:?}"))
}

#[tokio::test]
async fn all_is_well() {
    let lines = lines(|builder| builder.packages([APP]), None).await;
    assert!(lines.iter().all(|line| line.ok), "{lines:?}");
    let what: Vec<_> = lines.iter().map(|line| line.what.as_str()).collect();
    assert_eq!(
        what,
        ["key format", "token", "Google Play Developer Reporting API", "app com.acme.app", "review states", "edits"]
    );
    let edits = line(&lines, "edits");
    assert!(
        edits.warning && edits.hint.contains("uploader") && edits.hint.contains("watcher@fake-project"),
        "{edits:?}"
    );
}

#[tokio::test]
async fn what_is_wrong_is_named_with_what_to_do() {
    let bad = |lines: &[CheckLine], what: &str, words: &[&str]| {
        let line = line(lines, what);
        assert!(!line.ok, "{line:?}");
        words.iter().for_each(|word| assert!(line.hint.contains(word), "{word:?} in {line:?}"));
    };
    let named = |builder: GooglePlayBuilder| builder.packages([APP]);
    let key = lines(named, Some(Fault::invalid_grant().on(Endpoint::Token))).await;
    bad(&key, "token", &["Service accounts"]);
    assert_eq!(key.len(), 2, "nothing else can be told");

    let reporting = lines(|builder| builder, Some(Fault::disabled().on(Endpoint::Search))).await;
    bad(&reporting, "Google Play Developer Reporting API", &["playdeveloperreporting"]);
    bad(&reporting, "apps", &["name packages"]);
    let names = lines(named, Some(Fault::disabled().on(Endpoint::Search))).await;
    assert!(line(&names, "Google Play Developer Reporting API").warning, "names alone are missing");

    let disabled = lines(named, Some(Fault::disabled().on(Endpoint::OpenEdit))).await;
    bad(&disabled, "app com.acme.app", &["androidpublisher.googleapis.com"]);
    let permission = lines(named, Some(Fault::permission().on(Endpoint::OpenEdit))).await;
    bad(&permission, "app com.acme.app", &["Users and permissions", "View app information"]);
    let unknown = lines(|builder| builder.packages(["com.acme.typo"]), None).await;
    bad(&unknown, "app com.acme.typo", &["Package not found", "package name"]);

    let lifecycle = lines(named, Some(Fault::permission().on(Endpoint::Lifecycle))).await;
    bad(&lifecycle, "review states", &["View app information", "declared"]);
    let quota = lines(named, Some(Fault::quota().on(Endpoint::Lifecycle))).await;
    assert!(line(&quota, "review states").warning);
    let pace = lines(|builder| builder.lifecycle_every(std::time::Duration::from_secs(180)), None).await;
    assert!(line(&pace, "pace of review states").warning);
    let polls = lines(|builder| builder.packages([APP]).poll_every(std::time::Duration::from_millis(100)), None).await;
    let polls = line(&polls, "pace of polls");
    assert!(polls.warning && polls.hint.contains("1800 requests a minute"), "{polls:?}");
    let track = lines(|builder| builder.packages([APP]).tracks(["prodution"]), None).await;
    let track = line(&track, "app com.acme.app");
    assert!(track.warning && track.hint.contains("no track prodution"), "{track:?}");
}

#[tokio::test]
async fn without_edits_nothing_is_opened() {
    let watch = watch_with(|builder| builder.edits(false)).await;
    watch.release("1.0", 1).publish();
    let lines = watch.source.check().await;
    assert!(lines.iter().all(|line| line.ok), "{lines:?}");
    assert_eq!(watch.fake.count(Endpoint::OpenEdit), 0);
}

#[tokio::test]
async fn settings_that_cannot_be_are_named() {
    let watch = watch().await;
    let build = |adjust: &dyn Fn(GooglePlayBuilder) -> GooglePlayBuilder| {
        let account = ServiceAccount::from_json(watch.fake.key_file()).unwrap();
        adjust(statused_google::GooglePlay::builder(account)).build().unwrap_err().to_string()
    };
    assert!(build(&|it| it.packages(["Acme"])).contains("com.acme.app"));
    assert!(build(&|it| it.packages([""])).contains("no package name"));
    assert!(build(&|it| it.tracks(["a/b"])).contains("wear:production"));
    assert!(build(&|it| it.poll_every(std::time::Duration::ZERO)).contains("zero"));
    assert!(build(&|it| it.edits(false).lifecycle(false)).contains("nothing to watch"));
    assert!(build(&|it| it.base_url("http://example.com")).contains("https"));
    assert!(build(&|it| it.reporting_url("nonsense")).contains("reporting URL"));
}
