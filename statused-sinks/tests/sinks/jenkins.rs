//! Jobs of Jenkins.

use serde_json::{Value, json};
use statused_core::sink::Verdict;
use statused_core::{Outcome, Sink};
use statused_sinks::jenkins::Jenkins;
use wiremock::ResponseTemplate;

use crate::ci;
use crate::kit::{self, Case, Made, Setup, USER_AGENT, answered, assert_each, conforms, fields_of, request};
use crate::support::{Server, app};

const RETRY: Verdict = Verdict::RetryAfter(None);
const TOKEN: &str = "gwt-hunter2hunter2";

const CASE: Case<'static> = Case {
    make: &make,
    secrets: &[TOKEN],
    service: |_| ResponseTemplate::new(200).set_body_json(report(&[true])),
    // The body is JSON, in which the plugin looks for what it is told to.
    fits: |request| drop(kit::json(request)),
    reads_first: false,
    gone: (401, ""),
};

fn make(setup: Setup<'_>) -> Made {
    setup.make(Jenkins::builder(format!("{}/ci", setup.origin), TOKEN))
}

fn report(triggered: &[bool]) -> Value {
    let jobs = triggered.iter().enumerate().map(|(number, triggered)| {
        let job = json!({ "id": number, "regexpFilterExpression": "", "triggered": triggered, "url": "queue/item/1/" });
        (format!("job-{number}"), job)
    });
    json!({ "jobs": jobs.collect::<serde_json::Map<_, _>>(), "message": "Triggered jobs." })
}

async fn said(status: u16, body: &Value) -> Outcome {
    answered(&CASE, ResponseTemplate::new(status).set_body_json(body)).await
}

#[tokio::test]
async fn an_event_is_posted_with_the_token() {
    let request = request(&CASE, &app()).await;
    assert_eq!((request.method.as_str(), request.url.path()), ("POST", "/ci/generic-webhook-trigger/invoke"));
    let headers = [("content-type", "application/json"), ("token", TOKEN), ("user-agent", USER_AGENT)];
    assert_eq!(kit::headers(&request), headers.into());
    let event = kit::json(&request);
    assert_eq!((&event["specversion"], &event["data"]), (&json!("1.0"), &crate::support::app_data()));
}

#[tokio::test]
async fn a_test_is_a_dry_run() {
    let request = request(&CASE, &fields_of("test", &json!({}))).await;
    assert_eq!(kit::headers(&request)["gwt-dry-run"], "true");
}

#[tokio::test]
async fn the_list_of_jobs_says_what_came_of_it() {
    for (jobs, detail) in [
        (&[true, false][..], "1 of 2 jobs triggered"),
        (&[false], "0 of 1 jobs triggered"),
        (&[], "0 of 0 jobs triggered"),
    ] {
        let outcome = said(200, &report(jobs)).await;
        assert_eq!((outcome.verdict, outcome.detail.as_str()), (Verdict::Delivered, detail));
    }
    // Of several jobs, one has begun.
    assert_eq!(said(500, &report(&[false, true])).await.verdict, Verdict::Ambiguous);
    assert_eq!(said(500, &report(&[false])).await.verdict, RETRY);
}

#[tokio::test]
async fn answers_without_a_list_are_told_apart() {
    assert_each(&CASE, &[200], Verdict::Accepted).await;
    assert_each(&CASE, &[401, 403, 404], Verdict::Dead).await;
    assert_each(&CASE, &[400, 429, 500, 503], RETRY).await;
    let login = ResponseTemplate::new(200).set_body_string("<html>Sign in to Jenkins</html>");
    assert_eq!(answered(&CASE, login).await.verdict, RETRY);

    let breaking_off = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"jobs\"").await;
    let jenkins = Jenkins::builder(breaking_off.origin.as_str(), TOKEN).allow_http(true).build().unwrap();
    assert_eq!(jenkins.deliver(&app()).await.verdict, Verdict::Ambiguous);
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    conforms(&CASE).await;
    ci::what_changes_nothing_starts_nothing(&CASE).await;
    assert!(Jenkins::builder("https://ci.example.com", "").build().is_err());
    ci::a_repeat_does_harm(|| Jenkins::builder("https://ci.example.com", "t"));
}
