//! The self-check, line by line.

use std::time::Duration;

use statused_apple::testkit::{Endpoint, Fault};
use statused_apple::webhooks::Webhooks;
use statused_core::StatusSource as _;

use crate::receiver::SECRET;
use crate::support::*;

async fn lines(watch: &Watch) -> Vec<(bool, String, String)> {
    watch.source.check().await.into_iter().map(|line| (line.ok, line.what, line.hint)).collect()
}

fn bad(lines: &[(bool, String, String)]) -> Vec<(&str, &str)> {
    lines.iter().filter(|(ok, ..)| !ok).map(|(_, what, hint)| (what.as_str(), hint.as_str())).collect()
}

#[tokio::test]
async fn everything_in_order() {
    let watch = watch_with(|builder| builder.apps([APP])).await;
    watch.app();
    let lines = lines(&watch).await;
    let names: Vec<_> = lines.iter().map(|(_, what, _)| what.as_str()).collect();
    let expected = [
        "key format",
        "reachable",
        "token",
        "role",
        "agreements",
        "app 1000",
        "builds",
        "review submissions",
        "rate limit",
    ];
    assert_eq!((names, bad(&lines)), (expected.to_vec(), vec![]));
    assert!(lines[8].2.contains("3599 of 3600"), "{}", lines[8].2);
}

#[tokio::test]
async fn what_is_wrong_has_a_line_and_a_hint() {
    for (fault, what, hint) in [
        (Fault::status(401).times(3), "token", "Users and Access"),
        (Fault::status(403), "role", "Developer"),
        (Fault::status(429), "rate limit", "nothing else uses"),
        (Fault::html(502).times(3), "reachable", "system-status"),
        (Fault::text(200, "<html>"), "reachable", "base URL"),
        (Fault::status(500).on(Endpoint::Builds).times(3), "builds", "500"),
        (Fault::status(403).on(Endpoint::Reviews), "review submissions", "role"),
    ] {
        let watch = watch().await;
        watch.app();
        watch.fake.inject(fault);
        let lines = lines(&watch).await;
        let bad = bad(&lines);
        assert_eq!(bad.len(), 1, "{what}: {bad:?}");
        assert!(bad[0].0 == what && bad[0].1.contains(hint), "{bad:?}");
    }
}

#[tokio::test]
async fn a_pending_agreement_and_hidden_apps() {
    let watch = watch_with(|builder| builder.apps([APP, "4711"])).await;
    watch.fake.agreement_pending(true);
    let seen = lines(&watch).await;
    assert!(matches!(bad(&seen)[..], [("agreements", hint)] if hint.contains("/business")));
    watch.fake.agreement_pending(false);
    let seen = lines(&watch).await;
    let names: Vec<_> = bad(&seen).into_iter().map(|(what, _)| what).collect();
    assert_eq!(names, ["app 1000", "app 4711"]);
}

#[tokio::test]
async fn a_key_without_apps() {
    let watch = watch().await;
    assert!(matches!(bad(&lines(&watch).await)[..], [("apps", hint)] if hint.contains("shows none")));
}

#[tokio::test]
async fn a_pace_beyond_the_budget_is_warned_of() {
    let watch = watch_with(|builder| builder.poll_every(Duration::from_millis(250))).await;
    watch.app();
    let seen = watch.source.check().await;
    let warned: Vec<_> = seen.iter().filter(|line| line.warning).collect();
    assert!(
        matches!(warned[..], [line] if line.ok && line.what == "rate limit" && line.hint.contains("28800 requests an hour")),
        "{seen:?}"
    );
}

#[tokio::test]
async fn what_pushes_lack_is_a_warning() {
    let webhooks = || Webhooks::builder().app(APP, [SECRET]).app("2000", [SECRET]).build().unwrap();
    let watch = watch_with(|builder| builder.apps([APP, "2000", "3000"]).webhooks(webhooks())).await;
    let app = watch.app();
    watch.fake.app("2000", "Other", "com.acme.other");
    watch.fake.app("3000", "Third", "com.acme.third");
    let hook = app.webhook("https://example.com", SECRET);
    let warnings = async || {
        let lines = watch.source.check().await;
        assert!(lines.iter().all(|line| line.ok), "{lines:?}");
        let warned = lines.into_iter().filter(|line| line.warning);
        warned.map(|line| format!("{}: {}", line.what, line.hint)).collect::<Vec<_>>()
    };
    let seen = warnings().await;
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(seen[0].starts_with("webhooks of app 3000: no secret"), "{seen:?}");
    assert!(seen[1].starts_with("webhooks of app 2000: none is registered"), "{seen:?}");
    hook.enable(false);
    assert!(warnings().await[1].starts_with("webhooks of app 1000: it is registered but not enabled"));
    watch.fake.developer_key(true);
    let seen = warnings().await;
    assert!(seen.len() == 2 && seen[1].contains("App Manager, Admin or Account Holder"), "{seen:?}");
}
