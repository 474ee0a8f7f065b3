//! What a webhook sends.

use std::collections::BTreeMap;

use cloudevents::AttributesReader as _;
use serde_json::Value;
use statused_core::model::Notification;
use statused_core::{Outcome, Sink};
use statused_sinks::DestinationError;
use statused_sinks::webhook::{ContentType, SecretError, Webhook, WebhookBuilder};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{account, app, build, notification};

const PLAIN: &str = "This is my secret";
const STANDARD: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// What arrives when `notification` is delivered to a webhook made by `describe`.
async fn sent(notification: &Notification, describe: impl FnOnce(WebhookBuilder) -> WebhookBuilder) -> Request {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let webhook = describe(Webhook::builder(format!("{}/hook?key=1", server.uri())).allow_http(true)).build().unwrap();
    assert_eq!(webhook.deliver(notification).await, Outcome::delivered().with_status(200));
    let mut requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers.get(name).unwrap().to_str().unwrap()
}

/// Every header but the ones that say how the request was transported.
fn headers(request: &Request) -> BTreeMap<&str, &str> {
    let transport = ["accept", "content-length", "host"];
    request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .filter(|(name, _)| !transport.contains(name))
        .collect()
}

/// The examples of the reference, without the blanks.
#[tokio::test]
async fn the_bodies_are_those_of_the_reference() {
    for (notification, body) in [
        (
            app(),
            r##"{"specversion":"1.0","type":"com.statused.app.status.updated","source":"statused","id":"6af15d63-dc69-4088-8adf-cdbb7d204eb4","time":"2025-01-12T22:12:03Z","datacontenttype":"application/json","data":{"message":"The status of your app Markdown Email changed to Ready for Sale","version":"1.2.3","status":"Ready for Sale","track":"Production","user_distribution":"30%","store_name":"App Store Connect","status_color":"#1eb6fc","app_name":"Markdown Email","app_icon_url":"https://example.com/app-icon.png","internal_store_url":"https://appstoreconnect.apple.com/...","timestamp":"2025-01-12T22:12:03Z"}}"##,
        ),
        (
            build(),
            r##"{"specversion":"1.0","type":"com.statused.build.status.updated","source":"statused","id":"7bf25e74-ed70-5199-9bee-eeccdd8e295f","time":"2025-01-12T22:15:47Z","datacontenttype":"application/json","data":{"message":"The status of build 1.0 (5) of Markdown Email changed to Valid","version":"1.2.3","status":"Valid","store_name":"App Store Connect","status_color":"#1eb6fc","app_name":"Markdown Email","app_icon_url":"https://example.com/app-icon.png","internal_store_url":"https://appstoreconnect.apple.com/...","timestamp":"2025-01-12T22:15:47Z"}}"##,
        ),
        (
            account(),
            r##"{"specversion":"1.0","type":"com.statused.account.status.updated","source":"statused","id":"8c036f85-fe81-6200-acff-ffddeeff9f40","time":"2025-01-12T22:20:15Z","datacontenttype":"application/json","data":{"message":"Action Needed: You Have Pending Agreements","status":"Pending Agreement Acceptance","store_name":"App Store Connect","status_color":"#ff6b6b","internal_store_url":"https://appstoreconnect.apple.com/...","timestamp":"2025-01-12T22:20:15Z"}}"##,
        ),
    ] {
        let request = sent(&notification, |builder| builder).await;
        assert_eq!(String::from_utf8_lossy(&request.body), body);
    }
}

#[tokio::test]
async fn the_request_is_that_of_the_reference() {
    let before = chrono::Utc::now().timestamp();
    let request = sent(&app(), |builder| builder.secret(STANDARD)).await;
    let after = chrono::Utc::now().timestamp();

    assert_eq!((request.method.as_str(), request.url.path(), request.url.query()), ("POST", "/hook", Some("key=1")));
    let signed_at = header(&request, "webhook-timestamp");
    assert!((before..=after).contains(&signed_at.parse().unwrap()), "{signed_at}");
    assert_eq!(
        headers(&request),
        BTreeMap::from([
            ("content-type", "application/json"),
            ("user-agent", "Statused-Webhooks/1.0"),
            // By openssl, of the body above.
            ("x-statused-signature", "sha256=5961febd21f45cbdcb5567ca292adfc6bf75ddde2dd53879fe5be028a3bd5892"),
            ("webhook-id", "6af15d63-dc69-4088-8adf-cdbb7d204eb4"),
            ("webhook-timestamp", signed_at),
            // Checked by the oracle below.
            ("webhook-signature", header(&request, "webhook-signature")),
        ])
    );
    standardwebhooks::Webhook::new(STANDARD).unwrap().verify(&request.body, &request.headers).unwrap();
}

#[tokio::test]
async fn every_secret_signs_and_the_newest_signs_for_the_original() {
    let request = sent(&app(), |builder| builder.secret(PLAIN).secret(STANDARD)).await;
    assert_eq!(
        header(&request, "x-statused-signature"),
        "sha256=0d666d552c88b671f0a2a298fc5140e8d6d4d8f8cf692faafd4764a8b3e1ba55"
    );
    assert_eq!(header(&request, "webhook-signature").split(' ').count(), 2);
    for receiver in [
        standardwebhooks::Webhook::from_bytes(PLAIN.into()).unwrap(),
        standardwebhooks::Webhook::new(STANDARD).unwrap(),
    ] {
        receiver.verify(&request.body, &request.headers).unwrap();
    }
    let stranger = standardwebhooks::Webhook::from_bytes(b"another".to_vec()).unwrap();
    assert!(stranger.verify(&request.body, &request.headers).is_err());
}

#[tokio::test]
async fn without_a_secret_nothing_is_signed() {
    let request = sent(&app(), |builder| builder).await;
    let names: Vec<&str> = headers(&request).into_keys().collect();
    assert_eq!(names, ["content-type", "user-agent", "webhook-id", "webhook-timestamp"]);
}

#[tokio::test]
async fn by_choice_it_is_a_structured_cloudevent() {
    let request = sent(&app(), |builder| builder.content_type(ContentType::CloudEvents)).await;
    assert_eq!(header(&request, "content-type"), "application/cloudevents+json");

    let event: cloudevents::Event = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(event.specversion().as_str(), "1.0");
    assert_eq!(
        (event.ty(), event.id(), event.source().as_str()),
        ("com.statused.app.status.updated", "6af15d63-dc69-4088-8adf-cdbb7d204eb4", "statused")
    );
    assert_eq!(event.time().unwrap().to_rfc3339(), "2025-01-12T22:12:03+00:00");
    let data: Value = event.data().unwrap().clone().try_into().unwrap();
    assert_eq!(data, crate::support::app_data());
}

#[tokio::test]
async fn welcomes_and_tests_go_the_same_way() {
    for (kind, event_type) in [
        ("welcome", "com.statused.workflow.welcome"),
        ("test", "com.statused.test"),
        ("test_flight", "com.statused.testflight.status.updated"),
    ] {
        let data = serde_json::json!({
            "message": "Your workflow is active", "store_name": "Statused", "status_color": "#1eb6fc",
            "timestamp": "2025-01-12T22:12:03Z", "workflow_id": "ios-production",
        });
        let id = "6af15d63-dc69-4088-8adf-cdbb7d204eb4";
        let request =
            sent(&notification(kind, id, "2025-01-12T22:12:03Z", &data), |builder| builder.secret(PLAIN)).await;
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!((&body["type"], &body["data"]), (&event_type.into(), &data));
    }
}

#[tokio::test]
async fn a_repeat_differs_in_the_time_of_signing_only() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(503)).mount(&server).await;
    let webhook = Webhook::builder(server.uri()).allow_http(true).secret(PLAIN).build().unwrap();
    for _ in 0..2 {
        webhook.deliver(&app()).await;
    }
    let requests = server.received_requests().await.unwrap();
    let [first, second] = requests.as_slice() else { panic!("{} requests", requests.len()) };
    assert_eq!(first.body, second.body);
    let lasting = |request| {
        let mut headers = headers(request);
        headers.retain(|name, _| !["webhook-timestamp", "webhook-signature"].contains(name));
        headers.into_iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
    };
    assert_eq!(lasting(first), lasting(second));
}

#[tokio::test]
async fn extra_headers_are_sent() {
    let request =
        sent(&app(), |b| b.header("Authorization", "Bearer abc").header("X-Tag", "a").header("X-Tag", "b")).await;
    assert_eq!(header(&request, "authorization"), "Bearer abc");
    assert_eq!(request.headers.get_all("x-tag").iter().collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn descriptions_that_cannot_work_are_refused() {
    let build = |describe: fn(WebhookBuilder) -> WebhookBuilder| {
        describe(Webhook::builder("https://example.com/hunter2")).build().unwrap_err()
    };
    for (error, expected) in [
        (build(|b| b.header("Webhook-Id", "1")), DestinationError::ReservedHeader { name: "Webhook-Id".to_owned() }),
        (build(|b| b.header("user-agent", "me")), DestinationError::ReservedHeader { name: "user-agent".to_owned() }),
        (build(|b| b.header("X-A", "hunter2\n")), DestinationError::BadHeader { name: "X-A".to_owned() }),
        (build(|b| b.header("X A", "hunter2")), DestinationError::BadHeader { name: "X A".to_owned() }),
        (build(|b| b.secret("")), DestinationError::Secret(SecretError::Empty { position: 1 })),
        (
            build(|b| b.secret("hunter2").secret("whsec_hunter2!")),
            DestinationError::Secret(SecretError::NotBase64 { position: 2 }),
        ),
    ] {
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        assert_eq!(error, expected);
    }
}
