//! The fake itself: as strict as Apple, and the same in every run.

use std::time::Duration;

use serde_json::Value;
use statused_apple::client::{ApiErrorKind, Client};
use statused_apple::testkit::FakeAppStoreConnect;

use crate::receiver::{SECRET, sign};

async fn ask(fake: &FakeAppStoreConnect, path: &str, query: &[(&str, &str)]) -> Result<Value, (ApiErrorKind, String)> {
    let client =
        Client::builder(fake.credentials()).base_url(fake.base_url()).retry_delay(Duration::ZERO).build().unwrap();
    let query: Vec<_> = query.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    client.get(path, &query).await.map_err(|error| (error.kind, error.code.unwrap_or_default()))
}

#[tokio::test]
async fn parameters_that_apple_refuses_are_refused() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    for (path, query, code) in [
        ("/v1/apps", ("limit", "201"), "PARAMETER_ERROR.INVALID"),
        ("/v1/apps", ("limit[appStoreVersions]", "51"), "PARAMETER_ERROR.INVALID"),
        ("/v1/apps", ("include", "everything"), "PARAMETER_ERROR.INVALID"),
        ("/v1/apps", ("fields[apps]", "name,colour"), "PARAMETER_ERROR.INVALID"),
        ("/v1/apps", ("sort", "-uploadedDate"), "PARAMETER_ERROR.ILLEGAL"),
        ("/v1/builds", ("filter[processingState]", "DONE"), "PARAMETER_ERROR.INVALID"),
        ("/v1/builds", ("filter[colour]", "red"), "PARAMETER_ERROR.ILLEGAL"),
        ("/v1/reviewSubmissions", ("limit", "1"), "PARAMETER_ERROR.REQUIRED"),
        ("/v1/appStoreVersions/x", ("limit", "1"), "PARAMETER_ERROR.ILLEGAL"),
        ("/v1/buildUploads/x", ("include", "app"), "PARAMETER_ERROR.INVALID"),
        ("/v1/buildBetaDetails", ("filter[app]", "1"), "PARAMETER_ERROR.ILLEGAL"),
        ("/v1/webhooks/x/deliveries", ("include", "event"), "PARAMETER_ERROR.REQUIRED"),
        ("/v1/webhooks/x/deliveries", ("filter[deliveryState]", "FAILED"), "PARAMETER_ERROR.ILLEGAL"),
        ("/v1/webhooks/x/deliveries", (SINCE, "2020-01-01T00:00:00Z"), "PARAMETER_ERROR.REQUIRED"),
    ] {
        let refused = ask(&fake, path, &[query]).await.unwrap_err();
        assert_eq!(refused, (ApiErrorKind::Request, code.to_owned()), "{path} {query:?}");
    }
    let paths = ["/v1/appStoreVersions", "/v1/appStoreVersions/x", "/v1/apps/x/appStoreVersions", "/v2/apps"];
    for path in paths.into_iter().chain(["/v1/webhooks", "/v1/webhooks/x", "/v1/buildUploads", "/v1/buildUploads/x"]) {
        assert_eq!(ask(&fake, path, &[]).await.unwrap_err().0, ApiErrorKind::NotFound, "{path}");
    }
}

const SINCE: &str = "filter[createdDateGreaterThanOrEqualTo]";

/// The API's clock is on every answer, whoever refuses.
#[tokio::test]
async fn answers_carry_the_date_of_the_fakes_clock() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    fake.clock(|| chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let answer = reqwest::get(format!("{}/v1/apps", fake.base_url())).await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["date"], "Fri, 15 Jan 2027 08:00:00 GMT");
}

/// What is sent is signed, has a type and an id, and is logged as it was sent.
#[tokio::test]
async fn a_push_has_the_shape_of_apples() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    fake.clock(|| chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let home = wiremock::MockServer::start().await;
    wiremock::Mock::given(wiremock::matchers::any())
        .respond_with(wiremock::ResponseTemplate::new(202))
        .mount(&home)
        .await;
    let app = fake.app("1", "MyApp", "com.acme.app");
    let hook = app.webhook(&home.uri(), SECRET);
    app.version("1.0").state("WAITING_FOR_REVIEW").state("WAITING_FOR_REVIEW");
    fake.wait_for_deliveries(1).await;
    let sent = home.received_requests().await.unwrap();
    assert_eq!(sent.len(), 1, "a state that stays is no change");
    let body = String::from_utf8(sent[0].body.clone()).unwrap();
    assert_eq!(sent[0].headers["x-apple-signature"], sign(SECRET, &body));
    let data: Value = serde_json::from_str::<Value>(&body).unwrap()["data"].take();
    assert_eq!(data["type"], "appStoreVersionAppVersionStateUpdated");
    assert_eq!(data["attributes"]["oldValue"], "PREPARE_FOR_SUBMISSION");
    assert_eq!(data["attributes"]["timestamp"], "2027-01-15T08:00:00.000Z");
    let logged = &hook.deliveries()[0];
    assert_eq!((logged.payload.as_str(), logged.state, logged.status), (&*body, "SUCCEEDED", Some(202)));
}

/// As the live API was seen to do.
#[tokio::test]
async fn a_relationship_that_fields_leaves_out_is_not_there() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    fake.app("1", "MyApp", "com.acme.app").version("1.0");
    let include = ("include", "appStoreVersions");
    let without = ask(&fake, "/v1/apps", &[include, ("fields[apps]", "name")]).await.unwrap();
    assert_eq!(without["data"][0]["attributes"], serde_json::json!({"name": "MyApp"}));
    assert!(without["data"][0].get("relationships").is_none());
    assert_eq!(without["included"].as_array().map(Vec::len), Some(1));
    let with = ask(&fake, "/v1/apps", &[include, ("fields[apps]", "appStoreVersions")]).await.unwrap();
    assert_eq!(with["data"][0]["relationships"]["appStoreVersions"]["data"][0]["type"], "appStoreVersions");
    assert_eq!(with["data"][0]["relationships"]["appStoreVersions"]["meta"]["paging"]["total"], 1);
}

#[tokio::test]
async fn two_runs_are_alike() {
    let mut answers = Vec::new();
    for _ in 0..2 {
        let fake = FakeAppStoreConnect::start().await.unwrap();
        let app = fake.app("1", "MyApp", "com.acme.app");
        app.version("1.0").state("READY_FOR_SALE").phased("ACTIVE", Some(1));
        app.build("1.0", "1");
        let mut text = String::new();
        for path in ["/v1/apps", "/v1/builds", "/v1/apps/1/appStoreVersions"] {
            text.push_str(&ask(&fake, path, &[]).await.unwrap().to_string().replace(fake.base_url(), "home"));
        }
        answers.push(text);
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn lists_come_in_pages() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    for n in 0..5 {
        fake.app(&format!("{n}"), "App", "com.acme.app");
    }
    let page = ask(&fake, "/v1/apps", &[("limit", "2"), ("cursor", "c2")]).await.unwrap();
    let ids: Vec<_> =
        page["data"].as_array().unwrap().iter().map(|app| app["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["2", "3"]);
    assert_eq!(
        (page["meta"]["paging"]["total"].as_u64(), page["meta"]["paging"]["nextCursor"].as_str()),
        (Some(5), Some("c4"))
    );
    assert!(page["links"]["next"].as_str().unwrap().contains("cursor=c4"));
}
