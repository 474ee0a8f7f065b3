//! Feature flags: what every service has in common, then each.

use std::time::Duration;

use serde_json::{Value, json};
use statused_core::Outcome;
use statused_core::model::Notification;
use statused_core::sink::Verdict;
use statused_sinks::flagsmith::Flagsmith;
use statused_sinks::launchdarkly::LaunchDarkly;
use statused_sinks::unleash::Unleash;
use wiremock::matchers::{any, method};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::kit::{self, Case, USER_AGENT, answered, assert_each, conforms, fields_of, sent};
use crate::support::app;

const RETRY: Verdict = Verdict::RetryAfter(None);
const TOKEN: &str = "flag-hunter2hunter2";
const ENVIRONMENT_KEY: &str = "env-hunter2hunter2";

/// What a service answers to a look at a flag that is on or off.
type Shown = fn(bool) -> Value;

/// A service: the case with a flag that is off, what it shows, and the request that switches the flag on and off.
struct Service {
    case: Case<'static>,
    shown: Shown,
    look: &'static str,
    set: fn(bool) -> String,
}

fn say(request: &Request) -> String {
    let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{} {}{query} {}", request.method, request.url.path(), String::from_utf8_lossy(&request.body))
}

/// A flag that is off, at a service that takes what it is told.
fn answer(request: &Request, shown: Shown) -> ResponseTemplate {
    match request.method.as_str() {
        "GET" => ResponseTemplate::new(200).set_body_json(shown(false)),
        _ => ResponseTemplate::new(200),
    }
}

const LAUNCHDARKLY: Service = Service {
    case: Case {
        make: &|setup| {
            let flag = LaunchDarkly::builder("ios", "new/checkout", "production", TOKEN).base_url(setup.origin);
            setup.make(flag.on(["Ready for Sale"]).off(["IN_REVIEW"]))
        },
        secrets: &[TOKEN],
        service: |request| answer(request, shown_by_launchdarkly),
        fits,
        reads_first: true,
        gone: (401, ""),
    },
    shown: shown_by_launchdarkly,
    look: "GET /api/v2/flags/ios/new%2Fcheckout?env=production ",
    set: |on| {
        let kind = if on { "turnFlagOn" } else { "turnFlagOff" };
        let patch = json!({
            "comment": "The status of your app Markdown Email changed to Ready for Sale",
            "environmentKey": "production",
            "instructions": [{ "kind": kind }],
        });
        format!("PATCH /api/v2/flags/ios/new%2Fcheckout {patch}")
    },
};

fn shown_by_launchdarkly(on: bool) -> Value {
    json!({ "key": "checkout", "environments": { "production": { "on": on }, "test": { "on": !on } } })
}

const UNLEASH: Service = Service {
    case: Case {
        make: &|setup| {
            let flag = Unleash::builder(format!("{}/eu", setup.origin), "ios", "checkout", "production", TOKEN);
            setup.make(flag.on(["Ready for Sale"]).off(["IN_REVIEW"]))
        },
        service: |request| answer(request, shown_by_unleash),
        ..LAUNCHDARKLY.case
    },
    shown: shown_by_unleash,
    look: "GET /eu/api/admin/projects/ios/features/checkout/environments/production ",
    set: |on| {
        let verb = if on { "on" } else { "off" };
        format!("POST /eu/api/admin/projects/ios/features/checkout/environments/production/{verb} ")
    },
};

fn shown_by_unleash(on: bool) -> Value {
    json!({ "name": "production", "enabled": on, "strategies": [] })
}

const FLAGSMITH: Service = Service {
    case: Case {
        make: &|setup| {
            let flag = Flagsmith::builder(ENVIRONMENT_KEY, "checkout", TOKEN).base_url(setup.origin);
            setup.make(flag.on(["Ready for Sale"]).off(["IN_REVIEW"]))
        },
        secrets: &[TOKEN, ENVIRONMENT_KEY],
        service: |request| answer(request, shown_by_flagsmith),
        ..LAUNCHDARKLY.case
    },
    shown: shown_by_flagsmith,
    look: "GET /api/v1/flags/?feature=checkout ",
    set: |on| {
        let body = json!({ "feature": { "name": "checkout" }, "enabled": on });
        format!("POST /api/experiments/environments/{ENVIRONMENT_KEY}/update-flag-v1/ {body}")
    },
};

fn shown_by_flagsmith(on: bool) -> Value {
    json!({ "feature": { "name": "checkout" }, "enabled": on, "feature_state_value": "kept" })
}

const ALL: [Service; 3] = [LAUNCHDARKLY, UNLEASH, FLAGSMITH];

/// A comment is all that comes of an event's text.
fn fits(request: &Request) {
    if let Ok(body) = serde_json::from_slice::<Value>(&request.body)
        && let Some(comment) = body["comment"].as_str()
    {
        assert!(
            (1..=500).contains(&comment.encode_utf16().count()) && !comment.contains(char::is_control),
            "{comment}"
        );
    }
}

fn in_review() -> Notification {
    fields_of("app", &json!({ "status": "In Review", "status_code": "IN_REVIEW" }))
}

/// What comes of an event at a flag that is on or off, and the requests that were made.
async fn follow(service: &Service, is_on: bool, notification: &Notification) -> (Outcome, Vec<String>) {
    let server = MockServer::start().await;
    let shown = ResponseTemplate::new(200).set_body_json((service.shown)(is_on));
    Mock::given(method("GET")).respond_with(shown).with_priority(1).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(204)).mount(&server).await;
    let outcome = service.case.at(&server.uri()).deliver(notification).await;
    let requests = server.received_requests().await.unwrap();
    (outcome, requests.iter().map(say).collect())
}

#[tokio::test]
async fn a_flag_is_looked_at_and_switched_if_it_differs() {
    for service in ALL {
        let look = service.look.to_owned();
        for (is, wanted, event) in
            [(false, true, app()), (true, false, in_review()), (true, true, app()), (false, false, in_review())]
        {
            let (outcome, requests) = follow(&service, is, &event).await;
            assert_eq!(outcome.verdict, Verdict::Delivered, "{outcome:?}");
            let mut expected = vec![look.clone()];
            expected.extend((is != wanted).then(|| (service.set)(wanted)));
            assert_eq!(requests, expected);
            assert_eq!(outcome.detail.contains("already"), is == wanted, "{outcome:?}");
        }
    }
}

#[tokio::test]
async fn other_events_leave_it_alone() {
    for service in ALL {
        let other = fields_of("app", &json!({ "status": "Waiting for Review" }));
        let explained = fields_of("explained", &json!({ "status": "In Review" }));
        for event in [other, explained, fields_of("welcome", &json!({}))] {
            let (outcome, requests) = follow(&service, true, &event).await;
            assert_eq!((outcome.verdict, requests), (Verdict::Delivered, vec![]));
        }
        // A test looks, and says what it sees.
        let (outcome, requests) = follow(&service, true, &fields_of("test", &json!({}))).await;
        assert_eq!((outcome.verdict, requests), (Verdict::Delivered, vec![service.look.to_owned()]));
        assert!(outcome.detail.starts_with("the flag is on"), "{outcome:?}");
    }
}

/// A switch that has failed is looked at again by the next try, so that a repeat is harmless.
#[tokio::test]
async fn what_cannot_be_read_or_written_is_tried_again() {
    for service in ALL {
        for body in ["", "null", "{}", "{\"environments\":[]}", "<html>"] {
            let outcome = answered(&service.case, ResponseTemplate::new(200).set_body_string(body)).await;
            assert_eq!(outcome.verdict, RETRY, "{body}: {outcome:?}");
        }
        let server = MockServer::start().await;
        let shown = ResponseTemplate::new(200).set_body_json((service.shown)(false));
        Mock::given(method("GET")).respond_with(shown).with_priority(1).mount(&server).await;
        Mock::given(any()).respond_with(ResponseTemplate::new(503)).mount(&server).await;
        let sink = service.case.at(&server.uri());
        assert_eq!(sink.deliver(&app()).await.verdict, RETRY);
        assert!(sink.profile().repeat_is_harmless);
    }
}

#[tokio::test]
async fn refusals_for_good_are_dead_and_others_are_tried_again() {
    for (service, dead, retry) in [
        (LAUNCHDARKLY, &[400, 401, 403, 404, 405][..], &[409, 429, 500, 503][..]),
        (UNLEASH, &[401, 403, 404, 409], &[400, 429, 500, 503]),
        (FLAGSMITH, &[400, 401, 403, 404], &[409, 429, 500, 503]),
    ] {
        assert_each(&service.case, dead, Verdict::Dead).await;
        assert_each(&service.case, retry, RETRY).await;
    }
}

#[tokio::test]
async fn launchdarklys_limit_is_a_wait_until_its_reset() {
    let reset = (chrono::Utc::now().timestamp_millis() + 90_000).to_string();
    let limited = ResponseTemplate::new(429).insert_header("x-ratelimit-reset", reset.as_str());
    let Verdict::RetryAfter(Some(wait)) = answered(&LAUNCHDARKLY.case, limited.clone()).await.verdict else { panic!() };
    assert!((80..=90).contains(&wait.as_secs()), "{wait:?}");
    let both = limited.insert_header("retry-after", "3");
    assert_eq!(answered(&LAUNCHDARKLY.case, both).await.verdict, Verdict::RetryAfter(Some(Duration::from_secs(3))));
}

#[tokio::test]
async fn each_service_has_its_headers() {
    let api_key = format!("Api-Key {TOKEN}");
    let (agent, json) = (("user-agent", USER_AGENT), "application/json");
    let flagsmith = [("authorization", api_key.as_str()), agent, ("x-environment-key", ENVIRONMENT_KEY)];
    let patch = "application/json; domain-model=launchdarkly.semanticpatch";
    for (service, mut look, content_type) in [
        (LAUNCHDARKLY, vec![("authorization", TOKEN), agent], Some(patch)),
        (UNLEASH, vec![("authorization", TOKEN), agent], None),
        (FLAGSMITH, flagsmith.to_vec(), Some(json)),
    ] {
        let requests = sent(&service.case, &app()).await;
        assert_eq!(kit::headers(&requests[0]), look.iter().copied().collect());
        look.extend(content_type.map(|kind| ("content-type", kind)));
        assert_eq!(kit::headers(&requests[1]), look.into_iter().collect());
    }
}

#[tokio::test]
async fn they_keep_to_what_every_sink_promises() {
    for service in ALL {
        conforms(&service.case).await;
    }
}

#[test]
fn descriptions_that_cannot_work_are_refused() {
    let launchdarkly = || LaunchDarkly::builder("ios", "checkout", "production", TOKEN);
    assert!(launchdarkly().build().unwrap_err().to_string().contains("are empty"));
    assert!(launchdarkly().on(["In Review"]).off(["IN_REVIEW"]).build().is_err());
    assert!(LaunchDarkly::builder("ios", "checkout", " ", TOKEN).on(["x"]).build().is_err());
    assert!(LaunchDarkly::builder("ios", "..", "production", TOKEN).on(["x"]).build().is_err());
    let unleash = |flag: &str| Unleash::builder("https://unleash.example.com", "ios", flag, "production", TOKEN);
    assert!(unleash("..").on(["x"]).build().is_err() && unleash("").on(["x"]).build().is_err());
    assert!(LaunchDarkly::builder("ios", "checkout", "production", "").on(["x"]).build().is_err());
    assert!(Flagsmith::builder("env", "checkout", "").on(["x"]).build().is_err());
    assert!(Flagsmith::builder("", "checkout", TOKEN).on(["x"]).build().is_err());
}
