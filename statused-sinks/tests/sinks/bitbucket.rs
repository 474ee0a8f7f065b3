//! Pipelines of Bitbucket.

use serde_json::{Value, json};
use statused_core::sink::Verdict;
use statused_sinks::bitbucket::Bitbucket;
use wiremock::ResponseTemplate;

use crate::ci;
use crate::kit::{self, Case, Made, Setup, USER_AGENT, assert_each, conforms, request};
use crate::support::app;

const TOKEN: &str = "ATCTT-hunter2hunter2";
/// `base64` of `ci@acme.example:` and the token.
const BASIC: &str = "Y2lAYWNtZS5leGFtcGxlOkFUQ1RULWh1bnRlcjJodW50ZXIy";

const CASE: Case<'static> = Case {
    make: &make,
    secrets: &[TOKEN],
    service: |_| ResponseTemplate::new(201).set_body_json(json!({ "type": "pipeline" })),
    fits: ci::fits,
    reads_first: false,
    gone: (401, ""),
};

/// With the token of a person, and a custom pipeline.
const PERSONAL: Case<'static> = Case { make: &personal, secrets: &[TOKEN, BASIC], ..CASE };

fn make(setup: Setup<'_>) -> Made {
    setup.make(Bitbucket::builder("acme/app", "main", TOKEN).base_url(setup.origin))
}

fn personal(setup: Setup<'_>) -> Made {
    let bitbucket = Bitbucket::builder("acme/app", "main", TOKEN).user("ci@acme.example").base_url(setup.origin);
    setup.make(bitbucket.custom("release").variable("VERSION", "{{version}}"))
}

fn variables(values: &Value) -> Vec<Value> {
    let values = values.as_object().unwrap().iter();
    values.map(|(key, value)| json!({ "key": key, "value": value, "secured": false })).collect()
}

#[tokio::test]
async fn a_pipeline_gets_the_event_as_variables() {
    let request = request(&CASE, &app()).await;
    assert_eq!((request.method.as_str(), request.url.path()), ("POST", "/2.0/repositories/acme/app/pipelines"));
    let bearer = format!("Bearer {TOKEN}");
    let headers =
        [("authorization", bearer.as_str()), ("content-type", "application/json"), ("user-agent", USER_AGENT)];
    assert_eq!(kit::headers(&request), headers.into());
    let target = json!({ "type": "pipeline_ref_target", "ref_type": "branch", "ref_name": "main" });
    assert_eq!(kit::json(&request), json!({ "target": target, "variables": variables(&ci::standard()) }));
}

#[tokio::test]
async fn a_person_runs_a_custom_pipeline() {
    let request = request(&PERSONAL, &app()).await;
    assert_eq!(kit::headers(&request)["authorization"], format!("Basic {BASIC}"));
    let selector = json!({ "type": "custom", "pattern": "release" });
    let target =
        json!({ "type": "pipeline_ref_target", "ref_type": "branch", "ref_name": "main", "selector": selector });
    let variables = variables(&json!({ "VERSION": "1.2.3" }));
    assert_eq!(kit::json(&request), json!({ "target": target, "variables": variables }));
}

#[tokio::test]
async fn refusals_for_good_are_dead_and_others_are_tried_again() {
    assert_each(&CASE, &[400, 401, 403, 404, 422], Verdict::Dead).await;
    assert_each(&CASE, &[408, 429, 500, 502, 503], Verdict::RetryAfter(None)).await;
    assert_each(&CASE, &[200, 201], Verdict::Delivered).await;
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    for case in [&CASE, &PERSONAL] {
        conforms(case).await;
        ci::what_changes_nothing_starts_nothing(case).await;
    }
    ci::a_repeat_does_harm(|| Bitbucket::builder("acme/app", "main", "t"));
}

#[test]
fn descriptions_that_cannot_work_are_refused() {
    for repo in ["acme", "acme/app/x", "/app", "acme/"] {
        assert!(Bitbucket::builder(repo, "main", "t").build().is_err(), "{repo}");
    }
    assert!(Bitbucket::builder("acme/app", " ", "t").build().is_err());
    assert!(Bitbucket::builder("acme/app", "main", "").build().is_err());
    assert!(Bitbucket::builder("acme/app", "main", "t").user("a:b").build().is_err());
    assert!(Bitbucket::builder("acme/app", "main", "").user("a").build().is_err());
}
