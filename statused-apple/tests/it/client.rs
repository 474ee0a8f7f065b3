//! Tokens, pages and addresses.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use statused_apple::client::{ApiErrorKind, BaseUrlError, Client, ClientError};
use statused_apple::testkit::{FakeAppStoreConnect, Fault};
use wiremock::matchers::{any, header_exists, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

const APPS: &str = "/v1/apps";

async fn get(client: &Client) -> Result<Value, ApiErrorKind> {
    client.get::<Value>(APPS, &[]).await.map_err(|error| error.kind)
}

/// A clock that stands still until it is set, for both sides.
fn clock() -> (Arc<AtomicI64>, impl Fn() -> DateTime<Utc> + Clone + Send + Sync + 'static) {
    let seconds = Arc::new(AtomicI64::new(1_800_000_000));
    let shared = Arc::clone(&seconds);
    (seconds, move || DateTime::from_timestamp(shared.load(Ordering::SeqCst), 0).unwrap())
}

async fn fake_with_clock() -> (FakeAppStoreConnect, Client, Arc<AtomicI64>) {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    let (seconds, clock) = clock();
    fake.clock(clock.clone());
    let client = Client::builder(fake.credentials()).base_url(fake.base_url()).retry_delay(Duration::from_millis(1));
    (fake, client.clock(clock).build().unwrap(), seconds)
}

#[tokio::test]
async fn a_token_is_reused_until_shortly_before_its_end() {
    let (fake, client, seconds) = fake_with_clock().await;
    let begin = seconds.load(Ordering::SeqCst);
    // Fifteen minutes from a back-dated beginning, less the two that must be left.
    for (after, tokens) in [(0, 1), (60, 1), (719, 1), (720, 2), (1439, 2), (1440, 3)] {
        seconds.store(begin + after, Ordering::SeqCst);
        get(&client).await.unwrap();
        assert_eq!(fake.tokens().len(), tokens, "after {after} s");
    }
    let claims = &fake.tokens()[0];
    assert_eq!(claims.iat, begin - 60, "clocks differ");
    assert_eq!(claims.exp - claims.iat, 15 * 60);
    assert_eq!((claims.aud.as_str(), claims.iss.as_deref()), ("appstoreconnect-v1", Some(fake.issuer_id())));
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_a_new_token() {
    let (fake, client, seconds) = fake_with_clock().await;
    get(&client).await.unwrap();
    seconds.fetch_sub(3600, Ordering::SeqCst);
    get(&client).await.unwrap();
    assert_eq!(fake.requests().iter().map(|logged| logged.status).collect::<Vec<_>>(), [Some(200); 2]);
}

#[tokio::test]
async fn an_individual_key_has_no_issuer() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    let client = Client::builder(fake.individual_credentials()).base_url(fake.base_url()).build().unwrap();
    get(&client).await.unwrap();
    let claims = &fake.tokens()[0];
    assert_eq!((claims.iss.as_deref(), claims.sub.as_deref()), (None, Some("user")));
}

#[tokio::test]
async fn a_refused_token_is_replaced_and_three_refusals_are_believed() {
    let (fake, client, seconds) = fake_with_clock().await;
    get(&client).await.unwrap();
    // A later token differs in its dates.
    seconds.fetch_add(1, Ordering::SeqCst);
    fake.inject(Fault::status(401));
    get(&client).await.unwrap();
    let seen: Vec<_> = fake.requests().iter().map(|logged| (logged.token, logged.status)).collect();
    assert_eq!(seen, [(0, Some(200)), (0, Some(401)), (1, Some(200))]);

    fake.forget();
    fake.inject(Fault::status(401).always());
    assert_eq!(get(&client).await, Err(ApiErrorKind::Unauthorized));
    assert_eq!(fake.requests().len(), 3);
}

/// The real API refuses good tokens at times.
#[tokio::test]
async fn random_refusals_are_survived() {
    let (fake, client, _) = fake_with_clock().await;
    fake.refuse_every(3);
    for _ in 0..20 {
        get(&client).await.unwrap();
    }
}

#[tokio::test]
async fn the_fake_judges_tokens_as_apple_does() {
    let (fake, _, seconds) = fake_with_clock().await;
    let elsewhere = FakeAppStoreConnect::start().await.unwrap();
    let begin = seconds.load(Ordering::SeqCst);
    let with = |credentials, offset: i64| {
        let now = DateTime::from_timestamp(begin + offset, 0).unwrap();
        Client::builder(credentials)
            .base_url(fake.base_url())
            .clock(move || now)
            .retry_delay(Duration::ZERO)
            .build()
            .unwrap()
    };
    assert!(get(&with(fake.credentials(), 59)).await.is_ok(), "a clock that is a little fast");
    assert_eq!(get(&with(fake.credentials(), 62)).await, Err(ApiErrorKind::Unauthorized), "made in the future");
    assert_eq!(get(&with(fake.credentials(), -900)).await, Err(ApiErrorKind::Unauthorized), "over");
    assert_eq!(get(&with(elsewhere.credentials(), 0)).await, Err(ApiErrorKind::Unauthorized), "another key");
}

#[tokio::test]
async fn a_skewed_clock_is_named() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    let (_, clock) = clock();
    let client = Client::builder(fake.credentials()).base_url(fake.base_url()).clock(clock).retry_delay(Duration::ZERO);
    let error = client.build().unwrap().get::<Value>(APPS, &[]).await.unwrap_err();
    assert!(error.to_string().contains("clock differs from Apple's by"), "{error}");
}

async fn paged(next: impl FnOnce(&str) -> Value) -> (Result<usize, String>, usize) {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    let (home, foreign) = (MockServer::start().await, MockServer::start().await);
    let app = |id: &str| json!({"type": "apps", "id": id, "relationships": {"appStoreVersions": {"data": []}}});
    let mut first = json!({"data": [app("1")]});
    if let Value::Object(more) = next(&foreign.uri().replace("127.0.0.1", "localhost")) {
        first.as_object_mut().unwrap().extend(more);
    }
    let second = json!({"data": [app("2")], "links": {}});
    Mock::given(query_param("cursor", "abc"))
        .and(header_exists("authorization"))
        .respond_with(ResponseTemplate::new(200).set_body_json(second))
        .with_priority(1)
        .mount(&home)
        .await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(first)).mount(&home).await;
    let source = statused_apple::AppStoreConnect::builder(fake.credentials()).base_url(home.uri()).build().unwrap();
    let request = statused_core::source::PollRequest::new("acme".into(), Utc::now());
    let report = statused_core::StatusSource::poll(&source, request).await;
    let elsewhere = foreign.received_requests().await.unwrap().len();
    (report.map(|report| report.sightings.len() - 1).map_err(|error| error.to_string()), elsewhere)
}

#[tokio::test]
async fn the_token_never_follows_a_link_to_another_host() {
    let (apps, elsewhere) = paged(|foreign| json!({"links": {"next": format!("{foreign}/v1/apps?cursor=abc")}})).await;
    assert_eq!((apps, elsewhere), (Ok(2), 0), "the cursor is used at home");
    let (apps, elsewhere) = paged(
        |foreign| json!({"links": {"next": format!("{foreign}/v1/apps")}, "meta": {"paging": {"nextCursor": "abc"}}}),
    )
    .await;
    assert_eq!((apps, elsewhere), (Ok(2), 0));
    let (apps, elsewhere) = paged(|foreign| json!({"links": {"next": format!("{foreign}/v1/apps")}})).await;
    assert_eq!(elsewhere, 0);
    assert!(apps.unwrap_err().contains("leads elsewhere"));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    let (home, foreign) = (MockServer::start().await, MockServer::start().await);
    let to = ResponseTemplate::new(307).insert_header("location", format!("{}/v1/apps", foreign.uri()));
    Mock::given(any()).respond_with(to).mount(&home).await;
    let client = Client::builder(fake.credentials()).base_url(home.uri()).build().unwrap();
    assert_eq!(get(&client).await, Err(ApiErrorKind::BadData));
    assert_eq!(foreign.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    fake.inject(Fault::json(200, "[".repeat(17 * 1024 * 1024)));
    let client = Client::builder(fake.credentials()).base_url(fake.base_url()).build().unwrap();
    let error = client.get::<Value>(APPS, &[]).await.unwrap_err();
    assert_eq!((error.kind, error.detail.as_str()), (ApiErrorKind::BadData, "the answer is too long"));
}

#[test]
fn a_token_is_not_sent_in_the_clear() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let fake = runtime.block_on(FakeAppStoreConnect::start()).unwrap();
    let refused = |url: &str| Client::builder(fake.credentials()).base_url(url).build().unwrap_err();
    assert_eq!(refused("http://api.appstoreconnect.apple.com"), ClientError::BaseUrl(BaseUrlError::Insecure));
    assert_eq!(refused("nowhere"), ClientError::BaseUrl(BaseUrlError::Invalid));
}

#[tokio::test]
async fn the_client_names_itself() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    let home = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("{}")).mount(&home).await;
    let client = Client::builder(fake.credentials()).base_url(home.uri()).build().unwrap();
    get(&client).await.unwrap();
    let seen = home.received_requests().await.unwrap();
    let agent = seen[0].headers.get("user-agent").unwrap().to_str().unwrap();
    assert!(agent.starts_with("statused-apple/"), "{agent}");
}

#[tokio::test]
async fn health_is_counted_and_averaged() {
    let (fake, client, seconds) = fake_with_clock().await;
    get(&client).await.unwrap();
    let good = client.health();
    assert_eq!((good.requests, good.failures, good.error_rate), (1, 0, 0.0));
    assert_eq!(good.last_success.map(|at| at.timestamp()), Some(seconds.load(Ordering::SeqCst)));
    assert_eq!(good.rate_limit.map(|rate| (rate.limit, rate.remaining)), Some((3600, 3599)));
    assert!(good.latency_ms > 0.0);

    fake.inject(Fault::status(503).times(3));
    assert_eq!(get(&client).await, Err(ApiErrorKind::Server));
    let bad = client.health();
    assert_eq!((bad.requests, bad.failures), (4, 3));
    assert!(bad.error_rate > 0.25 && bad.error_rate < 0.3, "{}", bad.error_rate);
    assert!(bad.last_failure.is_some_and(|failure| failure.message.contains("GET /v1/apps answered 503")));

    fake.inject(Fault::broken_json());
    assert_eq!(get(&client).await, Err(ApiErrorKind::BadData));
    assert_eq!(client.health().failures, 4);
    fake.inject(Fault::status(404));
    assert_eq!(get(&client).await, Err(ApiErrorKind::NotFound));
    assert_eq!(client.health().failures, 4, "the question was at fault");
}
