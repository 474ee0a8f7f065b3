//! Builds of Bitrise.

use serde_json::{Value, json};
use statused_core::sink::Verdict;
use statused_sinks::bitrise::Bitrise;
use wiremock::ResponseTemplate;

use crate::ci;
use crate::kit::{self, Case, Made, Setup, USER_AGENT, assert_each, conforms, request};
use crate::support::app;

const TOKEN: &str = "brpat_hunter2hunter2";

const CASE: Case<'static> = Case {
    make: &make,
    secrets: &[TOKEN],
    service: |_| ResponseTemplate::new(201).set_body_json(json!({ "status": "ok", "build_slug": "abe5" })),
    fits: ci::fits,
    reads_first: false,
    gone: (401, ""),
};

fn make(setup: Setup<'_>) -> Made {
    setup.make(Bitrise::builder("0f9a3c", "deploy", TOKEN).branch("main").base_url(setup.origin))
}

/// Values that Bitrise takes as they are.
fn environments(values: &Value) -> Vec<Value> {
    let values = values.as_object().unwrap().iter();
    values.map(|(name, value)| json!({ "mapped_to": name, "value": value, "is_expand": false })).collect()
}

#[tokio::test]
async fn a_build_gets_the_event_as_its_environment() {
    let request = request(&CASE, &app()).await;
    assert_eq!((request.method.as_str(), request.url.path()), ("POST", "/v0.1/apps/0f9a3c/builds"));
    let headers = [("authorization", TOKEN), ("content-type", "application/json"), ("user-agent", USER_AGENT)];
    assert_eq!(kit::headers(&request), headers.into());
    let build = json!({ "workflow_id": "deploy", "branch": "main", "environments": environments(&ci::standard()) });
    assert_eq!(kit::json(&request), json!({ "hook_info": { "type": "bitrise" }, "build_params": build }));
}

#[tokio::test]
async fn variables_are_those_that_are_named() {
    let make = |setup: Setup<'_>| {
        let bitrise = Bitrise::builder("0f9a3c", "deploy", TOKEN).base_url(setup.origin);
        setup.make(bitrise.variable("VERSION", "v{{version}}"))
    };
    let request = request(&Case { make: &make, ..CASE }, &app()).await;
    let build = json!({ "workflow_id": "deploy", "environments": environments(&json!({ "VERSION": "v1.2.3" })) });
    assert_eq!(kit::json(&request)["build_params"], build);
}

#[tokio::test]
async fn variables_can_be_left_out() {
    let make = |setup: Setup<'_>| {
        setup.make(Bitrise::builder("0f9a3c", "deploy", TOKEN).base_url(setup.origin).without_variables())
    };
    let request = request(&Case { make: &make, ..CASE }, &app()).await;
    assert_eq!(kit::json(&request)["build_params"]["environments"], json!([]));
}

#[tokio::test]
async fn refusals_for_good_are_dead_and_others_are_tried_again() {
    assert_each(&CASE, &[400, 401, 403, 404, 422], Verdict::Dead).await;
    assert_each(&CASE, &[408, 409, 429, 500, 502, 503], Verdict::RetryAfter(None)).await;
    assert_each(&CASE, &[200, 201, 202], Verdict::Delivered).await;
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    conforms(&CASE).await;
    ci::what_changes_nothing_starts_nothing(&CASE).await;
    ci::a_repeat_does_harm(|| Bitrise::builder("a", "w", "t"));
}

#[test]
fn descriptions_that_cannot_work_are_refused() {
    assert!(Bitrise::builder("", "deploy", "t").build().is_err());
    assert!(Bitrise::builder("a", " ", "t").build().is_err());
    assert!(Bitrise::builder("a", "deploy", "t\n").build().is_err());
    assert!(Bitrise::builder("a", "deploy", "").build().is_err());
}
