//! Dispatches to GitHub Actions.

use std::time::Duration;

use serde_json::json;
use statused_core::Sink;
use statused_core::sink::Verdict;
use statused_sinks::github::GitHub;
use wiremock::{Request, ResponseTemplate};

use crate::kit::{self, Case, Made, Setup, USER_AGENT, answered, assert_each, conforms, fields_of, request, sent};
use crate::support::app;

const RETRY: Verdict = Verdict::RetryAfter(None);
const TOKEN: &str = "github_pat_hunter2hunter2";

const REPOSITORY: Case<'static> = Case {
    make: &repository,
    secrets: &[TOKEN],
    service: |_| ResponseTemplate::new(204),
    fits,
    reads_first: false,
    gone: (401, ""),
};

const WORKFLOW: Case<'static> = Case { make: &workflow, ..REPOSITORY };

fn repository(setup: Setup<'_>) -> Made {
    setup.make(GitHub::repository_dispatch("acme/app", TOKEN, "app-status").base_url(setup.origin))
}

fn workflow(setup: Setup<'_>) -> Made {
    let github = GitHub::workflow_dispatch("acme/app", TOKEN, "release.yml", "main").base_url(setup.origin);
    setup.make(github.input("version", "v{{version}}").input("note", "{{message}}").input("track", "{{track}}"))
}

/// Ten members at the most, 65,535 characters at the most, and no line break in an input.
fn fits(request: &Request) {
    assert!(request.body.len() < 65_535, "{}", request.body.len());
    let body = kit::json(request);
    assert!(body["client_payload"].as_object().is_none_or(|payload| payload.len() <= 10));
    for value in body["inputs"].as_object().into_iter().flat_map(serde_json::Map::values) {
        let value = value.as_str().unwrap();
        assert!(!value.contains(char::is_control) && !value.contains("${"), "{value}");
    }
}

#[tokio::test]
async fn an_event_is_dispatched_to_a_repository() {
    let request = &request(&REPOSITORY, &app()).await;
    assert_eq!((request.method.as_str(), request.url.path()), ("POST", "/repos/acme/app/dispatches"));
    let bearer = format!("Bearer {TOKEN}");
    let expected = [
        ("accept", "application/vnd.github+json"),
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("user-agent", USER_AGENT),
        ("x-github-api-version", "2022-11-28"),
    ];
    let mut headers = kit::headers(request);
    headers.insert("accept", request.headers["accept"].to_str().unwrap());
    assert_eq!(headers, expected.into());
    let event = json!({
        "specversion": "1.0",
        "type": "com.statused.app.status.updated",
        "source": "statused",
        "id": "6af15d63-dc69-4088-8adf-cdbb7d204eb4",
        "time": "2025-01-12T22:12:03Z",
        "datacontenttype": "application/json",
        "data": crate::support::app_data(),
    });
    assert_eq!(kit::json(request), json!({ "event_type": "app-status", "client_payload": { "event": event } }));
}

#[tokio::test]
async fn a_workflow_gets_its_inputs_as_text() {
    let event = fields_of("app", &json!({ "message": "`id` $(id)\n${{ secrets.X }}", "track": null }));
    let request = &request(&WORKFLOW, &event).await;
    assert_eq!(request.url.path(), "/repos/acme/app/actions/workflows/release.yml/dispatches");
    assert_eq!(
        kit::json(request),
        json!({ "ref": "main", "inputs": {
            "version": "v1.2.3", "note": "`id` $\u{200b}(id) $\u{200b}{{ secrets.X }}", "track": "",
        } })
    );
}

#[tokio::test]
async fn refusals_for_good_are_dead_and_others_are_tried_again() {
    for case in [&REPOSITORY, &WORKFLOW] {
        assert_each(case, &[401, 403, 404, 422], Verdict::Dead).await;
        assert_each(case, &[400, 409, 500, 502, 503], RETRY).await;
    }
    assert_each(&REPOSITORY, &[200, 204], Verdict::Accepted).await;
    assert_each(&WORKFLOW, &[200, 204], Verdict::Delivered).await;
}

#[tokio::test]
async fn limits_are_waits_however_they_are_said() {
    let after = |seconds| Verdict::RetryAfter(Some(Duration::from_secs(seconds)));
    for status in [403, 429] {
        let answer = |name: &'static str, value: &str| ResponseTemplate::new(status).insert_header(name, value);
        let verdict = answered(&REPOSITORY, answer("retry-after", "90")).await.verdict;
        assert_eq!(verdict, after(90), "{status}");

        let words = ResponseTemplate::new(status).set_body_string("You have exceeded a secondary rate limit.");
        assert_eq!(answered(&REPOSITORY, words).await.verdict, after(60), "{status}");

        let reset = (chrono::Utc::now().timestamp() + 3600).to_string();
        let limited = answer("x-ratelimit-remaining", "0").insert_header("x-ratelimit-reset", reset.as_str());
        let Verdict::RetryAfter(Some(wait)) = answered(&REPOSITORY, limited).await.verdict else { panic!("{status}") };
        assert!((3500..=3600).contains(&wait.as_secs()), "{wait:?}");
    }
    // What is left of the primary limit does not make a refusal one for now.
    let refused = ResponseTemplate::new(403).insert_header("x-ratelimit-remaining", "4999");
    assert_eq!(answered(&REPOSITORY, refused).await.verdict, Verdict::Dead);
}

#[tokio::test]
async fn a_welcome_starts_nothing_and_a_test_does() {
    for kind in ["welcome", "explained"] {
        assert_eq!(sent(&REPOSITORY, &fields_of(kind, &json!({}))).await.len(), 0);
    }
    let requests = sent(&REPOSITORY, &fields_of("test", &json!({}))).await;
    assert_eq!(kit::json(&requests[0])["client_payload"]["event"]["type"], "com.statused.test");
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    conforms(&REPOSITORY).await;
    conforms(&WORKFLOW).await;
}

#[test]
fn descriptions_that_cannot_work_are_refused() {
    let refused = |builder: statused_sinks::github::GitHubBuilder| builder.build().unwrap_err().to_string();
    for repo in ["acme", "acme/app/x", "acme/", "/app", "acme/.."] {
        assert!(GitHub::repository_dispatch(repo, "t", "x").build().is_err(), "{repo}");
    }
    assert!(refused(GitHub::repository_dispatch("a/b", "", "x")).contains("a token"));
    assert!(refused(GitHub::repository_dispatch("a/b", "t", "x".repeat(101))).contains("100 characters"));
    assert!(refused(GitHub::repository_dispatch("a/b", "t", "x").input("a", "b")).contains("an input"));
    assert!(refused(GitHub::workflow_dispatch("a/b", "t", "w.yml", "")).contains("the ref"));
    assert!(refused(GitHub::workflow_dispatch("a/b", "t", "w.yml", "main").input("a", "{{x}}")).contains("\"x\""));
}

#[test]
fn a_repeat_does_harm_unless_the_application_says_otherwise() {
    let github = || GitHub::repository_dispatch("acme/app", "t", "x");
    assert!(!github().build().unwrap().profile().repeat_is_harmless);
    assert!(github().repeat_ambiguous(true).build().unwrap().profile().repeat_is_harmless);
}
