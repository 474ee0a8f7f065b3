//! Pipelines of Azure DevOps.

use statused_core::sink::Verdict;
use statused_sinks::azure_devops::AzureDevOps;
use wiremock::ResponseTemplate;

use crate::ci;
use crate::kit::{self, Case, Made, Setup, USER_AGENT, assert_each, conforms, request};
use crate::support::app;

const SECRET: &str = "azure-hunter2hunter2";
const PATH: &str = "/acme-hunter2/_apis/public/distributedtask/webhooks/statused-hunter2";

const CASE: Case<'static> = Case {
    make: &make,
    secrets: &[SECRET, "acme-hunter2", "statused-hunter2"],
    service: |_| ResponseTemplate::new(200),
    // The body is JSON, of which a pipeline is told paths.
    fits: |request| drop(kit::json(request)),
    reads_first: false,
    gone: (401, ""),
};

fn url(origin: &str) -> String {
    format!("{origin}{PATH}?api-version=6.0-preview")
}

fn make(setup: Setup<'_>) -> Made {
    setup.make(AzureDevOps::builder(url(setup.origin)).secret(SECRET))
}

/// The signature is that of `openssl dgst -sha1 -hmac` over the body that is compared here.
#[tokio::test]
async fn an_event_is_posted_and_signed() {
    let request = request(&CASE, &app()).await;
    assert_eq!((request.method.as_str(), request.url.path()), ("POST", PATH));
    assert_eq!(request.url.query(), Some("api-version=6.0-preview"));
    let headers = [
        ("content-type", "application/json"),
        ("user-agent", USER_AGENT),
        ("x-hub-signature", "sha1=31eba9e947c9c5528a47078c190b0d9e6f71a652"),
    ];
    let data = r##"{"message":"The status of your app Markdown Email changed to Ready for Sale","version":"1.2.3","status":"Ready for Sale","track":"Production","user_distribution":"30%","store_name":"App Store Connect","status_color":"#1eb6fc","app_name":"Markdown Email","app_icon_url":"https://example.com/app-icon.png","internal_store_url":"https://appstoreconnect.apple.com/...","timestamp":"2025-01-12T22:12:03Z"}"##;
    let body = format!(
        r#"{{"specversion":"1.0","type":"com.statused.app.status.updated","source":"statused","id":"6af15d63-dc69-4088-8adf-cdbb7d204eb4","time":"2025-01-12T22:12:03Z","datacontenttype":"application/json","data":{data}}}"#
    );
    assert_eq!(String::from_utf8_lossy(&request.body), body);
    assert_eq!(kit::headers(&request), headers.into());
}

#[tokio::test]
async fn the_header_is_configurable_and_a_secret_is_not_needed() {
    let named =
        |setup: Setup<'_>| setup.make(AzureDevOps::builder(url(setup.origin)).secret(SECRET).header("X-Acme-Checksum"));
    let request = request(&Case { make: &named, ..CASE }, &app()).await;
    assert!(kit::headers(&request)["x-acme-checksum"].starts_with("sha1="));

    let unsigned = |setup: Setup<'_>| setup.make(AzureDevOps::builder(url(setup.origin)));
    let request = kit::request(&Case { make: &unsigned, ..CASE }, &app()).await;
    let headers = [("content-type", "application/json"), ("user-agent", USER_AGENT)];
    assert_eq!(kit::headers(&request), headers.into());
}

#[tokio::test]
async fn refusals_for_good_are_dead_and_others_are_tried_again() {
    assert_each(&CASE, &[400, 401, 403, 404], Verdict::Dead).await;
    assert_each(&CASE, &[408, 429, 500, 502, 503], Verdict::RetryAfter(None)).await;
    assert_each(&CASE, &[200, 202, 204], Verdict::Accepted).await;
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    conforms(&CASE).await;
    ci::what_changes_nothing_starts_nothing(&CASE).await;
    ci::a_repeat_does_harm(|| AzureDevOps::builder(url("https://dev.azure.com")));
}

#[test]
fn descriptions_that_cannot_work_are_refused() {
    let azure = || AzureDevOps::builder(url("https://dev.azure.com"));
    assert!(azure().secret("").build().is_err());
    assert!(azure().header("X Y").build().is_err());
    assert!(azure().header("Content-Type").build().is_err() && azure().header("Host").build().is_err());
}
