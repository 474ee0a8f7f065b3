//! Builds of Codemagic.

use serde_json::json;
use statused_core::sink::Verdict;
use statused_sinks::codemagic::Codemagic;
use wiremock::ResponseTemplate;

use crate::ci;
use crate::kit::{self, Case, Made, Setup, USER_AGENT, assert_each, conforms, request};
use crate::support::app;

const TOKEN: &str = "cm-hunter2hunter2";

const CASE: Case<'static> = Case {
    make: &make,
    secrets: &[TOKEN],
    service: |_| ResponseTemplate::new(200).set_body_json(json!({ "buildId": "5fabc6414c483700143f4f92" })),
    fits: ci::fits,
    reads_first: false,
    gone: (401, ""),
};

fn make(setup: Setup<'_>) -> Made {
    setup.make(Codemagic::builder("app-1", "ios", TOKEN).branch("main").label("statused").base_url(setup.origin))
}

#[tokio::test]
async fn a_build_gets_the_event_as_its_environment() {
    let request = request(&CASE, &app()).await;
    assert_eq!((request.method.as_str(), request.url.path()), ("POST", "/builds"));
    let headers = [("content-type", "application/json"), ("user-agent", USER_AGENT), ("x-auth-token", TOKEN)];
    assert_eq!(kit::headers(&request), headers.into());
    assert_eq!(
        kit::json(&request),
        json!({
            "appId": "app-1",
            "workflowId": "ios",
            "branch": "main",
            "labels": ["statused"],
            "environment": { "variables": ci::standard() },
        })
    );
}

#[tokio::test]
async fn a_tag_and_named_variables_take_the_place_of_the_standard() {
    let make = |setup: Setup<'_>| {
        let codemagic = Codemagic::builder("app-1", "ios", TOKEN).tag("v1").base_url(setup.origin);
        setup.make(codemagic.variable("VERSION", "{{version}}"))
    };
    let body = kit::json(&request(&Case { make: &make, ..CASE }, &app()).await);
    assert_eq!((&body["tag"], &body["branch"]), (&json!("v1"), &json!(null)));
    assert_eq!(body["environment"], json!({ "variables": { "VERSION": "1.2.3" } }));
}

#[tokio::test]
async fn refusals_for_good_are_dead_and_others_are_tried_again() {
    assert_each(&CASE, &[400, 401, 403, 404, 422], Verdict::Dead).await;
    assert_each(&CASE, &[408, 429, 500, 502, 503], Verdict::RetryAfter(None)).await;
    assert_each(&CASE, &[200, 201], Verdict::Delivered).await;
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    conforms(&CASE).await;
    ci::what_changes_nothing_starts_nothing(&CASE).await;
    ci::a_repeat_does_harm(|| Codemagic::builder("a", "w", "t").branch("main"));
}

#[test]
fn descriptions_that_cannot_work_are_refused() {
    assert!(Codemagic::builder("a", "w", "t").build().is_err());
    assert!(Codemagic::builder("a", "w", "t").branch("main").tag("v1").build().is_err());
    assert!(Codemagic::builder("a", "w", "").branch("main").build().is_err());
    assert!(Codemagic::builder("", "w", "t").branch("main").build().is_err());
}
