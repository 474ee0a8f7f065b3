//! Incidents of PagerDuty.

use std::time::Duration;

use serde_json::{Value, json};
use statused_core::Sink;
use statused_core::model::Notification;
use statused_core::sink::Verdict;
use statused_sinks::pagerduty::PagerDuty;
use wiremock::{Request, ResponseTemplate};

use crate::kit::{self, Case, Made, Setup, USER_AGENT, answered, assert_each, conforms, fields_of, request, sent};
use crate::support::{account, app};

const KEY: &str = "R0hunter2hunter2hunter2hunter212";

const CASE: Case<'static> = Case {
    make: &make,
    secrets: &[KEY],
    service: |_| ResponseTemplate::new(202).set_body_json(json!({ "status": "success", "dedup_key": "x" })),
    fits,
    reads_first: false,
    gone: (400, ""),
};

fn make(setup: Setup<'_>) -> Made {
    setup.make(PagerDuty::builder(KEY).base_url(setup.origin))
}

/// Whether PagerDuty takes it.
fn fits(request: &Request) {
    assert!(request.body.len() < 512 * 1024);
    let body = kit::json(request);
    assert!((1..=255).contains(&body["dedup_key"].as_str().unwrap().len()));
    let Some(payload) = body.get("payload") else { return };
    let summary = payload["summary"].as_str().unwrap();
    assert!((1..=1024).contains(&summary.encode_utf16().count()) && !summary.contains(char::is_control), "{summary}");
    assert!(!payload["source"].as_str().unwrap().trim().is_empty());
    for image in body["images"].as_array().into_iter().flatten() {
        assert!(image["src"].as_str().unwrap().starts_with("https:"), "{image}");
    }
}

fn rejected(changes: &Value) -> Notification {
    let mut all = json!({ "status": "Rejected", "status_code": "REJECTED", "status_color": "#e0143d" });
    all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    fields_of("app", &all)
}

/// What an event does: the action and the severity, or nothing.
async fn done(case: &Case<'_>, notification: &Notification) -> Vec<(String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let say = |request: &Request| {
        let body = kit::json(request);
        (text(&body["event_action"]).unwrap(), text(&body["payload"]["severity"]))
    };
    sent(case, notification).await.iter().map(say).collect()
}

fn trigger(severity: &str) -> Vec<(String, Option<String>)> {
    vec![("trigger".to_owned(), Some(severity.to_owned()))]
}

fn resolve() -> Vec<(String, Option<String>)> {
    vec![("resolve".to_owned(), None)]
}

#[tokio::test]
async fn a_rejection_triggers() {
    let request = request(&CASE, &rejected(&json!({ "bundle_id": "com.acme.mail", "reason": "Guideline 2.1" }))).await;
    assert_eq!((request.method.as_str(), request.url.path()), ("POST", "/v2/enqueue"));
    let headers = [("content-type", "application/json"), ("user-agent", USER_AGENT)];
    assert_eq!(kit::headers(&request), headers.into());
    assert_eq!(
        kit::json(&request),
        json!({
            "routing_key": KEY,
            "event_action": "trigger",
            "dedup_key": "statused/app:acme-apple/1234567890/version/1",
            "client": "Statused",
            "links": [{ "href": "https://appstoreconnect.apple.com/...", "text": "Open App Store Connect" }],
            "images": [{ "src": "https://example.com/app-icon.png", "alt": "Markdown Email" }],
            "payload": {
                "summary": "The status of your app Markdown Email changed to Ready for Sale",
                "source": "com.acme.mail",
                "severity": "error",
                "timestamp": "2025-01-12T22:12:03Z",
                "group": "Markdown Email",
                "class": "Rejected",
                "custom_details": {
                    "App": "Markdown Email", "Version": "1.2.3", "Track": "Production", "Rollout": "30%",
                    "Reason": "Guideline 2.1",
                },
            },
        })
    );
}

#[tokio::test]
async fn what_is_over_is_resolved_under_the_same_key() {
    let request = request(&CASE, &app()).await;
    let key = "statused/app:acme-apple/1234567890/version/1";
    assert_eq!(kit::json(&request), json!({ "routing_key": KEY, "event_action": "resolve", "dedup_key": key }));
}

#[tokio::test]
async fn statuses_have_their_severity() {
    let of = |code: &str, color: &str| rejected(&json!({ "status_code": code, "status_color": color }));
    for (notification, expected) in [
        (of("INVALID_BINARY", "#e0143d"), trigger("error")),
        (of("REMOVED_FROM_SALE", "#e0143d"), trigger("critical")),
        (account(), trigger("warning")),
        (of("IN_REVIEW", "#1eb6fc"), resolve()),
        (of("PENDING_DEVELOPER_RELEASE", "#14ba40"), resolve()),
        (of("DEVELOPER_REJECTED", "#e0143d"), resolve()),
        (of("REPLACED_WITH_NEW_VERSION", "#8e8e8e"), resolve()),
        // It is no trouble of which somebody has to be told.
        (of("DEVELOPER_REMOVED_FROM_SALE", "#e0143d"), vec![]),
        (of("PREPARE_FOR_SUBMISSION", "#8e8e8e"), vec![]),
        (of("ROLLOUT_PAUSED", "#f4f124"), vec![]),
    ] {
        assert_eq!(done(&CASE, &notification).await, expected, "{:?}", notification.event.data.status_code);
    }
}

#[tokio::test]
async fn lists_take_the_place_of_the_usual() {
    let make = |setup: Setup<'_>| {
        let pagerduty = PagerDuty::builder(KEY).base_url(setup.origin);
        setup.make(pagerduty.trigger(["ROLLOUT_PAUSED"]).resolve(["phased rollout finished"]))
    };
    let case = Case { make: &make, ..CASE };
    let of = |code: &str, label: &str| rejected(&json!({ "status_code": code, "status": label }));
    assert_eq!(done(&case, &rejected(&json!({}))).await, vec![]);
    assert_eq!(done(&case, &of("ROLLOUT_PAUSED", "Phased Rollout Paused")).await, trigger("warning"));
    assert_eq!(done(&case, &of("ROLLOUT_FINISHED", "Phased Rollout Finished")).await, resolve());
}

#[tokio::test]
async fn a_test_pages_nobody_for_long_and_a_welcome_nobody() {
    let requests = sent(&CASE, &fields_of("test", &json!({}))).await;
    let bodies: Vec<_> = requests.iter().map(kit::json).collect();
    let key = json!("statused/test/6af15d63-dc69-4088-8adf-cdbb7d204eb4");
    assert_eq!((&bodies[0]["event_action"], &bodies[0]["dedup_key"]), (&json!("trigger"), &key));
    assert_eq!((&bodies[1]["event_action"], &bodies[1]["dedup_key"]), (&json!("resolve"), &key));
    assert_eq!((&bodies[0]["payload"]["severity"], bodies.len()), (&json!("info"), 2));
    assert_eq!(done(&CASE, &fields_of("welcome", &json!({}))).await, vec![]);
}

#[tokio::test]
async fn whatever_a_rejection_carries_fits() {
    let nasty = "@everyone <b>\u{0}\r\n🚀".repeat(5000);
    let mut notification = rejected(&json!({ "message": nasty, "reason": nasty, "app_name": nasty, "bundle_id": " " }));
    notification.event.subject.id = "9".repeat(300);
    let request = request(&CASE, &notification).await;
    fits(&request);
    let summary = kit::json(&request)["payload"]["summary"].as_str().unwrap().encode_utf16().count();
    assert!(summary > 1020, "{summary}");
    // Keys that are too long still tell subjects apart.
    let first = kit::json(&request)["dedup_key"].take();
    notification.event.subject.id.push('8');
    assert_ne!(kit::json(&kit::request(&CASE, &notification).await)["dedup_key"], first);
}

#[tokio::test]
async fn refusals_for_good_are_dead_and_others_are_tried_again() {
    assert_each(&CASE, &[400], Verdict::Dead).await;
    assert_each(&CASE, &[401, 403, 404, 500, 502, 503], Verdict::RetryAfter(None)).await;
    assert_each(&CASE, &[429], Verdict::RetryAfter(Some(Duration::from_secs(120)))).await;
    assert_each(&CASE, &[200, 202], Verdict::Delivered).await;
    let said = ResponseTemplate::new(429).insert_header("retry-after", "5");
    assert_eq!(answered(&CASE, said).await.verdict, Verdict::RetryAfter(Some(Duration::from_secs(5))));
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    conforms(&CASE).await;
    assert!(PagerDuty::builder(KEY).build().unwrap().profile().repeat_is_harmless);
}

#[test]
fn descriptions_that_cannot_work_are_refused() {
    assert!(PagerDuty::builder(" ").build().is_err());
    assert!(PagerDuty::builder(KEY).trigger(["Rejected"]).resolve(["REJECTED"]).build().is_err());
}
