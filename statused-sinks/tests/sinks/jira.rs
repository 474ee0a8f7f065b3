//! Issues of Jira.

use serde_json::{Value, json};
use statused_core::Sink;
use statused_core::model::Notification;
use statused_core::sink::Verdict;
use statused_sinks::jira::{Jira, JiraBuilder};
use wiremock::matchers::{any, method, path, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::kit::{self, Case, Made, Setup, USER_AGENT, assert_each, conforms, fields_of, sent};
use crate::support::app;

const RETRY: Verdict = Verdict::RetryAfter(None);
const TOKEN: &str = "ATATT-hunter2hunter2";
/// `base64` of `bot@acme.example:` and the token.
const BASIC: &str = "Ym90QGFjbWUuZXhhbXBsZTpBVEFUVC1odW50ZXIyaHVudGVyMg==";
const SEARCH: &str = "/rest/api/3/search/jql";

const CASE: Case<'static> =
    Case { make: &make, secrets: &[TOKEN, BASIC], service, fits, reads_first: true, gone: (401, "") };

fn describe(origin: &str) -> JiraBuilder {
    Jira::builder(origin, "bot@acme.example", TOKEN, "project = APP AND fixVersion = {{version}}")
}

fn make(setup: Setup<'_>) -> Made {
    setup.make(describe(setup.origin).transition("released").fix_version("iOS {{version}}"))
}

/// One issue that is to be changed.
fn service(request: &Request) -> ResponseTemplate {
    let ok = ResponseTemplate::new(200);
    match (request.method.as_str(), request.url.path()) {
        ("POST", SEARCH) => ok.set_body_json(page(&[issue("APP-1", "In QA", &["iOS 1.2.2"])], None)),
        ("GET", "/rest/api/3/issue/APP-1/transitions") => ok.set_body_json(transitions()),
        ("GET", "/rest/api/3/myself") => ok.set_body_json(json!({ "accountId": "5b10" })),
        _ => ResponseTemplate::new(204),
    }
}

fn issue(key: &str, status: &str, versions: &[&str]) -> Value {
    let versions: Vec<_> = versions.iter().map(|name| json!({ "id": "1", "name": name })).collect();
    json!({ "id": "1", "key": key, "fields": { "status": { "name": status }, "fixVersions": versions } })
}

fn page(issues: &[Value], next: Option<&str>) -> Value {
    json!({ "issues": issues, "isLast": next.is_none(), "nextPageToken": next })
}

fn transitions() -> Value {
    json!({ "transitions": [
        { "id": "11", "name": "Send back", "to": { "name": "In Progress" } },
        { "id": "31", "name": "Ship it", "to": { "name": "Released" } },
    ] })
}

/// A value can be nothing but one string of the question.
fn fits(request: &Request) {
    if request.url.path() == SEARCH {
        let body = kit::json(request);
        let jql = body["jql"].as_str().unwrap();
        let value = jql.strip_prefix("project = APP AND fixVersion = ").unwrap();
        let value: String = serde_json::from_str(value).unwrap();
        assert!((1..=255).contains(&value.encode_utf16().count()) && !value.contains(char::is_control), "{value}");
    }
}

fn say(request: &Request) -> String {
    format!("{} {} {}", request.method, request.url.path(), String::from_utf8_lossy(&request.body))
}

/// A Jira with these issues, whose changes are answered so.
async fn jira_with(issues: &[Value], change: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    let found = ResponseTemplate::new(200).set_body_json(page(issues, None));
    Mock::given(path(SEARCH)).respond_with(found).with_priority(1).mount(&server).await;
    let ways = ResponseTemplate::new(200).set_body_json(transitions());
    let look = Mock::given(method("GET")).and(path_regex("/transitions$"));
    look.respond_with(ways).with_priority(2).mount(&server).await;
    Mock::given(any()).respond_with(change).mount(&server).await;
    server
}

async fn changes(server: &MockServer, notification: &Notification) -> (Verdict, String, Vec<String>) {
    let outcome = CASE.at(&server.uri()).deliver(notification).await;
    let requests = server.received_requests().await.unwrap();
    let changes = requests.iter().filter(|request| request.method != "GET" && request.url.path() != SEARCH);
    (outcome.verdict, outcome.detail, changes.map(say).collect())
}

#[tokio::test]
async fn an_issue_is_found_looked_at_and_changed() {
    let requests = sent(&CASE, &app()).await;
    let question = json!({
        "jql": "project = APP AND fixVersion = \"1.2.3\"", "fields": ["status", "fixVersions"], "maxResults": 50,
    });
    let version = json!({ "update": { "fixVersions": [{ "add": { "name": "iOS 1.2.3" } }] } });
    assert_eq!(
        requests.iter().map(say).collect::<Vec<_>>(),
        [
            format!("POST {SEARCH} {question}"),
            format!("PUT /rest/api/3/issue/APP-1 {version}"),
            "GET /rest/api/3/issue/APP-1/transitions ".to_owned(),
            r#"POST /rest/api/3/issue/APP-1/transitions {"transition":{"id":"31"}}"#.to_owned(),
        ]
    );
    let basic = format!("Basic {BASIC}");
    let headers = [("authorization", basic.as_str()), ("content-type", "application/json"), ("user-agent", USER_AGENT)];
    assert_eq!(kit::headers(&requests[0]), headers.into());
}

#[tokio::test]
async fn what_is_as_it_should_be_is_left_alone() {
    let issues = [
        issue("APP-1", "RELEASED", &["ios 1.2.3"]),
        issue("APP-2", "In QA", &["iOS 1.2.3"]),
        issue("APP-3", "Released", &[]),
    ];
    let server = jira_with(&issues, ResponseTemplate::new(204)).await;
    let (verdict, detail, changes) = changes(&server, &app()).await;
    assert_eq!(
        (verdict, detail.as_str()),
        (Verdict::Delivered, "2 issues changed, 1 as they should be, 0 passed over")
    );
    let touched: Vec<_> = changes.iter().map(|change| change.split(' ').nth(1).unwrap()).collect();
    assert_eq!(touched, ["/rest/api/3/issue/APP-2/transitions", "/rest/api/3/issue/APP-3"]);
}

#[tokio::test]
async fn an_issue_that_cannot_be_changed_does_not_hold_up_the_others() {
    let issues = [issue("APP-1", "In QA", &["iOS 1.2.3"]), issue("APP-2", "In QA", &["iOS 1.2.3"])];
    for status in [400, 404, 409] {
        let server = jira_with(&issues, ResponseTemplate::new(status)).await;
        let (verdict, detail, changes) = changes(&server, &app()).await;
        assert_eq!((verdict, changes.len()), (Verdict::Delivered, 2), "{status}");
        assert!(detail.ends_with("2 passed over"), "{detail}");
    }
    // There is no way to the status.
    let server = jira_with(&issues, ResponseTemplate::new(204)).await;
    let jira = describe(&server.uri()).transition("Nirvana").allow_http(true).build().unwrap();
    let outcome = jira.deliver(&app()).await;
    assert!(outcome.is_success() && outcome.detail.ends_with("2 passed over"), "{outcome:?}");
}

#[tokio::test]
async fn a_change_that_fails_stops_the_try() {
    let issues = [issue("APP-1", "In QA", &[]), issue("APP-2", "In QA", &[])];
    for (status, expected) in [(401, Verdict::Dead), (403, Verdict::Dead), (429, RETRY), (500, RETRY), (503, RETRY)] {
        let server = jira_with(&issues, ResponseTemplate::new(status)).await;
        let (verdict, _, changes) = changes(&server, &app()).await;
        assert_eq!((verdict, changes.len()), (expected, 1), "{status}");
    }
}

#[tokio::test]
async fn searches_that_fail_are_judged() {
    assert_each(&CASE, &[401, 403, 404], Verdict::Dead).await;
    assert_each(&CASE, &[400, 409, 410, 429, 500, 503], RETRY).await;
    // A body that is no page.
    assert_each(&CASE, &[200], RETRY).await;
}

#[tokio::test]
async fn all_pages_are_read_and_not_for_ever() {
    let server = MockServer::start().await;
    let pages = |request: &Request| {
        let found = |key: &str, next| {
            ResponseTemplate::new(200).set_body_json(page(&[issue(key, "Released", &["iOS 1.2.3"])], next))
        };
        match kit::json(request)["nextPageToken"].as_str() {
            None => found("APP-1", Some("two")),
            Some("two") => found("APP-2", Some("again")),
            Some(_) => found("APP-3", Some("again")),
        }
    };
    Mock::given(path(SEARCH)).respond_with(pages).expect(10).mount(&server).await;
    let (verdict, detail, _) = changes(&server, &app()).await;
    assert_eq!(
        (verdict, detail.as_str()),
        (Verdict::Delivered, "0 issues changed, 10 as they should be, 0 passed over")
    );
}

#[tokio::test]
async fn events_without_what_is_asked_for_ask_nothing() {
    let lacking = fields_of("app", &json!({ "version": null }));
    for event in [lacking, fields_of("explained", &json!({})), fields_of("welcome", &json!({}))] {
        assert_eq!(sent(&CASE, &event).await.len(), 0);
    }
    let requests = sent(&CASE, &fields_of("test", &json!({}))).await;
    assert_eq!(requests.iter().map(say).collect::<Vec<_>>(), ["GET /rest/api/3/myself "]);
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    conforms(&CASE).await;
    assert!(describe("https://acme.atlassian.net").transition("x").build().unwrap().profile().repeat_is_harmless);
}

#[test]
fn descriptions_that_cannot_work_are_refused() {
    let jira = |jql: &str| Jira::builder("https://acme.atlassian.net", "u", "t", jql);
    let refused = |builder: JiraBuilder| builder.build().unwrap_err().to_string();
    assert!(refused(jira("project = APP")).contains("are both missing"));
    let without = Jira::builder("https://acme.atlassian.net", "u", "", "project = APP");
    assert!(refused(without.transition("x")).contains("a token"));
    assert!(refused(jira(" ").transition("x")).contains("the JQL is empty"));
    assert!(refused(jira("fixVersion = '{{version}}'").transition("x")).contains("in quotes"));
    assert!(refused(jira("fixVersion = {{verison}}").transition("x")).contains("verison"));
    assert!(refused(jira("project = APP").fix_version("{{")).contains("a template"));
}
