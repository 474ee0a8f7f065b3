//! Pipelines of GitLab.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use statused_core::sink::Verdict;
use statused_sinks::gitlab::GitLab;
use wiremock::ResponseTemplate;

use crate::ci;
use crate::kit::{self, Case, Made, Setup, USER_AGENT, answered, assert_each, conforms, request};
use crate::support::app;

const RETRY: Verdict = Verdict::RetryAfter(None);
const TOKEN: &str = "glptt-hunter2hunter2";

const TRIGGER: Case<'static> = Case {
    make: &trigger,
    secrets: &[TOKEN],
    service: |_| ResponseTemplate::new(201).set_body_json(json!({ "id": 257, "status": "created" })),
    fits: ci::fits,
    reads_first: false,
    gone: (401, ""),
};

/// The payload is a file of JSON, in which nothing is interpreted: it is the event as it is.
const WEBHOOK: Case<'static> = Case { make: &webhook, fits: |request| drop(kit::json(request)), ..TRIGGER };

fn trigger(setup: Setup<'_>) -> Made {
    setup.make(GitLab::trigger("acme/app", "main", TOKEN).base_url(setup.origin))
}

fn webhook(setup: Setup<'_>) -> Made {
    setup.make(GitLab::webhook("42", "release/1", TOKEN).base_url(setup.origin))
}

#[tokio::test]
async fn a_trigger_is_a_form_of_variables() {
    let request = request(&TRIGGER, &app()).await;
    let path = "/api/v4/projects/acme%2Fapp/trigger/pipeline";
    assert_eq!((request.method.as_str(), request.url.path(), request.url.query()), ("POST", path, None));
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("user-agent", USER_AGENT)];
    assert_eq!(kit::headers(&request), headers.into());
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    let mut expected = BTreeMap::from([("token".to_owned(), TOKEN.to_owned()), ("ref".to_owned(), "main".to_owned())]);
    for (name, value) in ci::standard().as_object().unwrap() {
        expected.insert(format!("variables[{name}]"), value.as_str().unwrap().to_owned());
    }
    assert_eq!(form, expected);
}

/// GitLab would expand them, and knows no escape.
#[tokio::test]
async fn variables_refer_to_nothing() {
    let make = |setup: Setup<'_>| {
        let gitlab = GitLab::trigger("42", "main", TOKEN).base_url(setup.origin);
        setup.make(gitlab.variable("WHAT", "{{app_name}} $KEPT {{version}}{{track}}"))
    };
    let request = request(&Case { make: &make, ..TRIGGER }, &ci::hostile()).await;
    let form: Vec<_> = url::form_urlencoded::parse(&request.body).into_owned().skip(2).collect();
    let value = "$\u{200b}CI_JOB_TOKEN `id` %\u{200b}PATH% $KEPT $\u{200b}{X}";
    assert_eq!(form, [("variables[WHAT]".to_owned(), value.to_owned())]);
}

#[tokio::test]
async fn the_webhook_hands_over_the_event() {
    let request = request(&WEBHOOK, &app()).await;
    assert_eq!(request.url.path(), "/api/v4/projects/42/ref/release%2F1/trigger/pipeline");
    assert_eq!(request.url.query(), Some(format!("token={TOKEN}").as_str()));
    let headers = [("content-type", "application/json"), ("user-agent", USER_AGENT)];
    assert_eq!(kit::headers(&request), headers.into());
    let event = kit::json(&request);
    assert_eq!(
        (&event["type"], &event["data"]),
        (&json!("com.statused.app.status.updated"), &crate::support::app_data())
    );
}

#[tokio::test]
async fn refusals_for_good_are_dead_and_others_are_tried_again() {
    for case in [&TRIGGER, &WEBHOOK] {
        assert_each(case, &[400, 401, 403, 404], Verdict::Dead).await;
        assert_each(case, &[409, 429, 500, 502, 503], RETRY).await;
        assert_each(case, &[200, 201], Verdict::Delivered).await;
    }
}

#[tokio::test]
async fn the_time_of_the_limits_reset_is_the_wait() {
    let reset = (chrono::Utc::now().timestamp() + 600).to_string();
    let limited = ResponseTemplate::new(429).insert_header("ratelimit-reset", reset.as_str());
    let Verdict::RetryAfter(Some(wait)) = answered(&TRIGGER, limited.clone()).await.verdict else { panic!() };
    assert!((500..=600).contains(&wait.as_secs()), "{wait:?}");
    let both = limited.insert_header("retry-after", "30");
    assert_eq!(answered(&TRIGGER, both).await.verdict, Verdict::RetryAfter(Some(Duration::from_secs(30))));
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    for case in [&TRIGGER, &WEBHOOK] {
        conforms(case).await;
        ci::what_changes_nothing_starts_nothing(case).await;
    }
    ci::a_repeat_does_harm(|| GitLab::trigger("42", "main", "t"));
}

#[test]
fn descriptions_that_cannot_work_are_refused() {
    let refused = |builder: statused_sinks::gitlab::GitLabBuilder| builder.build().unwrap_err().to_string();
    assert!(refused(GitLab::trigger("", "main", "t")).contains("a part of the address"));
    assert!(refused(GitLab::trigger("42", " ", "t")).contains("the ref"));
    assert!(refused(GitLab::trigger("42", "main", "")).contains("a token"));
    assert!(refused(GitLab::trigger("42", "main", "t").variable("A B", "x")).contains("the name of a value"));
    assert!(refused(GitLab::webhook("42", "main", "t").variable("A", "x")).contains("a variable"));
}
