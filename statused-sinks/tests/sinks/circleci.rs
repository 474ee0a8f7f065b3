//! Pipelines of CircleCI.

use serde_json::json;
use statused_core::sink::Verdict;
use statused_sinks::circleci::{CircleCi, CircleCiBuilder};
use wiremock::ResponseTemplate;

use crate::ci;
use crate::kit::{self, Case, Made, Setup, USER_AGENT, assert_each, conforms, request};
use crate::support::app;

const TOKEN: &str = "CCIPAT_hunter2hunter2";
const DEFINITION: &str = "2338d0ae-5541-4bbf-88a2-55e9f7281f80";

const CASE: Case<'static> = Case {
    make: &make,
    secrets: &[TOKEN],
    service: |_| {
        ResponseTemplate::new(201).set_body_json(json!({ "id": "5034460f", "number": 25, "state": "created" }))
    },
    fits: ci::fits,
    reads_first: false,
    gone: (401, ""),
};

fn circleci() -> CircleCiBuilder {
    CircleCi::builder("gh/acme/app", DEFINITION, TOKEN)
}

fn make(setup: Setup<'_>) -> Made {
    let circleci = circleci().branch("main").base_url(setup.origin);
    setup.make(circleci.parameter("version", "{{version}}").parameter("note", "{{app_name}}: {{reason}}"))
}

#[tokio::test]
async fn a_pipeline_is_run_on_a_branch() {
    let request = request(&CASE, &app()).await;
    assert_eq!((request.method.as_str(), request.url.path()), ("POST", "/api/v2/project/gh/acme/app/pipeline/run"));
    let headers = [("circle-token", TOKEN), ("content-type", "application/json"), ("user-agent", USER_AGENT)];
    assert_eq!(kit::headers(&request), headers.into());
    assert_eq!(
        kit::json(&request),
        json!({
            "definition_id": DEFINITION,
            "config": { "branch": "main" },
            "checkout": { "branch": "main" },
            "parameters": { "version": "1.2.3", "note": "Markdown Email: " },
        })
    );
}

#[tokio::test]
async fn a_pipeline_is_run_on_a_tag_without_parameters() {
    let make = |setup: Setup<'_>| setup.make(circleci().tag("v1").base_url(setup.origin));
    let request = request(&Case { make: &make, ..CASE }, &app()).await;
    let body = kit::json(&request);
    let tag = json!({ "tag": "v1" });
    assert_eq!((&body["config"], &body["checkout"], &body["parameters"]), (&tag, &tag, &json!({})));
}

#[tokio::test]
async fn refusals_for_good_are_dead_and_others_are_tried_again() {
    assert_each(&CASE, &[400, 401, 403, 404], Verdict::Dead).await;
    assert_each(&CASE, &[409, 429, 500, 502, 503], Verdict::RetryAfter(None)).await;
    assert_each(&CASE, &[200, 201], Verdict::Delivered).await;
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    conforms(&CASE).await;
    ci::what_changes_nothing_starts_nothing(&CASE).await;
    ci::a_repeat_does_harm(|| circleci().branch("main"));
}

#[test]
fn descriptions_that_cannot_work_are_refused() {
    let refused = |builder: CircleCiBuilder| builder.build().unwrap_err().to_string();
    assert!(refused(circleci()).contains("the branch or tag is missing"));
    assert!(refused(circleci().branch("main").tag("v1")).contains("the branch or tag is said twice"));
    assert!(refused(CircleCi::builder("gh/acme/app", DEFINITION, " ").branch("main")).contains("a token"));
    assert!(refused(CircleCi::builder("acme/app", DEFINITION, "t").branch("main")).contains("the project"));
    assert!(refused(CircleCi::builder("gh/acme/app", "", "t").branch("main")).contains("the pipeline definition"));
}
