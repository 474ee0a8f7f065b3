//! Requests that an application has written as templates.

use serde_json::json;
use statused_core::sink::Verdict;
use statused_sinks::DestinationError;
use statused_sinks::http_request::{HttpRequest, HttpRequestBuilder};
use wiremock::{Request, ResponseTemplate};

use crate::ci;
use crate::kit::{self, Case, Made, Setup, USER_AGENT, assert_each, conforms, fields_of, request};
use crate::support::app;

const TOKEN: &str = "asana-hunter2hunter2";
const IN_PATH: &str = "path-hunter2hunter2";
const IN_BODY: &str = "body-hunter2hunter2";

const CASE: Case<'static> = Case {
    make: &make,
    secrets: &[TOKEN, IN_PATH, IN_BODY],
    service: |_| ResponseTemplate::new(201),
    fits,
    reads_first: false,
    gone: (401, ""),
};

fn describe(origin: &str) -> HttpRequestBuilder {
    HttpRequest::builder(format!(
        "{origin}/api/{IN_PATH}/tasks/{{{{version}}}}/{{{{app_name}}}} x?note={{{{message}}}}"
    ))
    .method("put")
    .header("Authorization", format!("Bearer {TOKEN}"))
    .header("X-What", "{{app_name}}: {{status}}")
    .secret(IN_BODY)
    .json(format!(
        r#"{{ "key": "{IN_BODY}", "name": "{{{{app_name}}}} {{{{version}}}}", "n": [1.5, true, null],
               "event": "{{{{event}}}}", "tags": ["{{{{track}}}}", ""] }}"#
    ))
}

fn make(setup: Setup<'_>) -> Made {
    setup.make(describe(setup.origin))
}

/// However long its values are, what a request is made of stays in its place.
fn fits(request: &Request) {
    assert_eq!(request.url.path_segments().unwrap().count(), 5, "{}", request.url);
    assert_eq!(request.url.query_pairs().map(|(name, _)| name.into_owned()).collect::<Vec<_>>(), ["note"]);
    assert!(request.url.as_str().len() < 20_000);
    let body = kit::json(request);
    let members: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["event", "key", "n", "name", "tags"]);
}

/// What an event's name becomes in a body of one kind.
async fn body_of(name: &str, describe: impl Fn(HttpRequestBuilder) -> HttpRequestBuilder) -> (String, String) {
    let make = |setup: Setup<'_>| setup.make(describe(HttpRequest::builder(format!("{}/x", setup.origin))));
    let case = Case { make: &make, fits: |_| (), ..CASE };
    let request = request(&case, &fields_of("app", &json!({ "app_name": name }))).await;
    let content_type = request.headers.get("content-type").map(|value| value.to_str().unwrap().to_owned());
    (content_type.unwrap_or_default(), String::from_utf8(request.body).unwrap())
}

#[tokio::test]
async fn a_request_is_filled_with_the_event() {
    let request = request(&CASE, &app()).await;
    let path = format!("/api/{IN_PATH}/tasks/1.2.3/Markdown%20Email%20x");
    assert_eq!((request.method.as_str(), request.url.path()), ("PUT", path.as_str()));
    let note = "note=The+status+of+your+app+Markdown+Email+changed+to+Ready+for+Sale";
    assert_eq!(request.url.query(), Some(note));
    let bearer = format!("Bearer {TOKEN}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("user-agent", USER_AGENT),
        ("x-what", "Markdown Email: Ready for Sale"),
    ];
    assert_eq!(kit::headers(&request), headers.into());
    let body = kit::json(&request);
    assert_eq!(body["event"]["data"], crate::support::app_data());
    assert_eq!(
        (&body["key"], &body["name"], &body["n"], &body["tags"]),
        (&json!(IN_BODY), &json!("Markdown Email 1.2.3"), &json!([1.5, true, null]), &json!(["Production", ""]))
    );
}

#[tokio::test]
async fn values_stay_in_their_place() {
    let nasty = json!({ "app_name": "../a?b#c%2F\"", "version": "..", "message": "x&admin=1", "status": "é\r\nX: 1" });
    let request = request(&CASE, &fields_of("app", &nasty)).await;
    // A segment of dots would be another path.
    assert_eq!(request.url.path(), format!("/api/{IN_PATH}/tasks/_/..%2Fa%3Fb%23c%252F%22%20x"));
    assert_eq!(request.url.query(), Some("note=x%26admin%3D1"));
    assert_eq!(kit::headers(&request)["x-what"], "../a?b#c%252F%22: %C3%A9  X: 1");
    assert_eq!(kit::json(&request)["name"], "../a?b#c%2F\" ..");
}

/// Where an address is signed, the way it is encoded matters.
#[tokio::test]
async fn an_address_without_placeholders_is_left_as_it_is() {
    for address in ["/a%2Fb/c/?sp=%2Ftriggers%20x&sig=a+b&flag", "/"] {
        let make = |setup: Setup<'_>| setup.make(HttpRequest::builder(format!("{}{address}", setup.origin)));
        let request = request(&Case { make: &make, fits: |_| (), ..CASE }, &app()).await;
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        assert_eq!(format!("{}{query}", request.url.path()), address);
    }
}

#[tokio::test]
async fn every_kind_of_body_escapes_in_its_own_way() {
    let nasty = "a\"&=\n{{version}}\\";
    let (kind, body) = body_of(nasty, |to| to.json(r#"{ "x": "<{{app_name}}>" }"#)).await;
    assert_eq!((kind.as_str(), body.as_str()), ("application/json", r#"{"x":"<a\"&=\n{{version}}\\>"}"#));
    let (kind, body) = body_of(nasty, |to| to.form("x", "{{app_name}}").form("y", "1 2")).await;
    assert_eq!(kind, "application/x-www-form-urlencoded");
    assert_eq!(body, "x=a%22%26%3D%0A%7B%7Bversion%7D%7D%5C&y=1+2");
    let (kind, body) = body_of(nasty, |to| to.text("<{{app_name}}>")).await;
    assert_eq!((kind.as_str(), body), ("text/plain; charset=utf-8", format!("<{nasty}>")));
    assert_eq!(body_of(nasty, |to| to.method("GET")).await, (String::new(), String::new()));
    let (kind, _) = body_of(nasty, |to| to.json("{}").header("Content-Type", "application/vnd.api+json")).await;
    assert_eq!(kind, "application/vnd.api+json");
    let (_, body) = body_of(&"é".repeat(20_000), |to| to.text("{{app_name}}")).await;
    assert_eq!(body.chars().count(), 10_000);
}

#[tokio::test]
async fn answers_mean_what_is_declared() {
    assert_each(&CASE, &[200, 201, 204], Verdict::Delivered).await;
    assert_each(&CASE, &[401, 403, 404, 410], Verdict::Dead).await;
    assert_each(&CASE, &[400, 409, 422, 429, 500, 503], Verdict::RetryAfter(None)).await;
    let make = |setup: Setup<'_>| setup.make(describe(setup.origin).success([200, 409]).dead([422]));
    let case = Case { make: &make, ..CASE };
    assert_each(&case, &[200, 409], Verdict::Delivered).await;
    assert_each(&case, &[422], Verdict::Dead).await;
    assert_each(&case, &[201, 401, 404], Verdict::RetryAfter(None)).await;
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    conforms(&CASE).await;
    ci::what_changes_nothing_starts_nothing(&CASE).await;
    ci::a_repeat_does_harm(|| describe("https://api.example.com"));
}

#[test]
fn descriptions_that_cannot_work_are_refused() {
    let at = |url: &str| HttpRequest::builder(url);
    let refused = |builder: HttpRequestBuilder| builder.build().unwrap_err();
    let fine = || at("https://api.example.com/x");
    assert!(refused(at("https://{{app_name}}.example.com/")).to_string().contains("before its path"));
    assert!(matches!(refused(at("{{message}}")), DestinationError::NotAUrl { .. }));
    assert!(matches!(refused(at("https://a.example/{{nothing}}")), DestinationError::UnknownPlaceholder { .. }));
    assert!(refused(fine().method("CONNECT")).to_string().contains("the method"));
    assert!(refused(fine().method("BAD METHOD")).to_string().contains("the method"));
    assert!(matches!(refused(fine().header("Host", "b")), DestinationError::ReservedHeader { .. }));
    assert!(matches!(refused(fine().header("X Y", "b")), DestinationError::BadHeader { .. }));
    assert!(matches!(refused(fine().header("X", "b\n{{version}}")), DestinationError::BadHeader { .. }));
    let position = DestinationError::BodyNotJson { line: 2, column: 9 };
    assert_eq!(refused(fine().json("{\n  \"a\": {{version}} }")), position);
    assert!(matches!(refused(fine().json(r#"["{{nothing}}"]"#)), DestinationError::UnknownPlaceholder { .. }));
}
