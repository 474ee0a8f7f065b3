//! Files and answers that are spoiled in every way, read by the whole system.

use std::time::Duration;

use statused::apple::testkit::{Endpoint, Fault};
use statused::model::Status;
use statused::store::HistoryQuery;
use statused::testkit::hostile::{Spoiler, withstands};
use tempfile::TempDir;

use crate::config::Config;
use crate::support::Stage;

const FILE: &str = r#"
[store]
url = "sqlite:statused.db"
[server]
listen = "127.0.0.1:8080"
token = "a-secret-token"
[[source]]
id = "acme"
type = "app-store-connect"
key_id = "2X9R4HXF34"
issuer_id = "57246542-96fe-1a63-e053-0824d011072a"
private_key = "file:key.p8"
apps = ["1234567890"]
poll_every = "30s"
[source.webhooks]
1234567890 = "a-secret-webhook"
[[sink]]
id = "ci"
type = "http"
url = "https://ci.example.com/{{version}}"
body = "{\"text\": \"{{message}}\"}"
[[workflow]]
id = "all"
apps = ["1234567890"]
events = ["app", "build"]
sinks = ["ci"]
"#;

#[test]
fn a_secret_in_the_wrong_place_is_not_shown() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("statused.toml");
    for (right, wrong) in [
        ("apps = [\"1234567890\"]", "apps = \"a-secret\""),
        ("[source.webhooks]\n1234567890 = \"a-secret-webhook\"", "webhooks = \"a-secret\""),
        ("sinks = [\"ci\"]", "sinks = \"a-secret\""),
        ("type = \"http\"", "type = \"http\"\nallow_http = \"a-secret \\\", expected\""),
    ] {
        assert!(FILE.contains(right), "{right}");
        std::fs::write(&path, FILE.replacen(right, wrong, 1)).unwrap();
        let error = Config::load(&path).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("a-secret"), "{error}");
        assert!(error.to_string().contains("a text"), "{error}");
    }
}

#[test]
fn no_configuration_breaks_its_reader() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("statused.toml");
    let words =
        ["[[source]]\n", "[", "]", "\"\"\"", "= ", "{{", "}}", "env:", "file:", "\\u0000", "id = \"acme\"\n", "'"];
    let (mut good, mut refused) = (0, 0);
    let bomb = format!("a = {}", "[".repeat(100_000));
    let samples = [FILE.as_bytes(), bomb.as_bytes()];
    withstands(&samples[..1], &words, 3000, |file| {
        std::fs::write(&path, file).unwrap();
        match Config::load(&path) {
            Ok(_) => good += 1,
            Err(_) => refused += 1,
        }
    });
    assert!(good > 100 && refused > 100, "{good} good, {refused} refused");
    std::fs::write(&path, samples[1]).unwrap();
    assert!(Config::load(&path).is_err());
}

/// Pages of the real shape, spoiled: the source may fail and the monitor may wait, but nothing is told that is not so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_of_apples_api_breaks_the_source_or_makes_it_lie() {
    let stage = Stage::new().await;
    for number in 1..=3 {
        let app = stage.apple.app(&number.to_string(), &format!("App {number}"), &format!("com.acme.{number}"));
        app.version("1.0").state("IN_REVIEW");
        app.build("1.0", "7").external("IN_BETA_TESTING");
    }
    let live = stage.monitor().await;
    live.ticks(2).await;
    let token = stage.apple.base_url().to_owned();
    let page = format!(
        r#"{{"data":[{{"type":"apps","id":"1","attributes":{{"name":"App 1","bundleId":"com.acme.1"}},
            "relationships":{{"appStoreVersions":{{"data":[{{"type":"appStoreVersions","id":"v1"}}]}}}}}}],
            "included":[{{"type":"appStoreVersions","id":"v1","attributes":{{"platform":"IOS","versionString":"1.0",
            "appVersionState":"IN_REVIEW","createdDate":"2026-01-01T00:00:00Z"}}}}],
            "links":{{"self":"{token}/v1/apps"}},"meta":{{"paging":{{"total":1,"limit":200}}}}}}"#
    );
    let words = ["{", "[", "null", "\"IN_REVIEW\"", "\"data\"", "1e400", "\\ud800", "\"links\":{\"next\":\"x\"}"];
    let mut spoiler = Spoiler::new(11, &words);
    let nested = "[".repeat(200_000);
    for round in 0..300 {
        let body = if round == 0 {
            nested.clone()
        } else {
            String::from_utf8_lossy(&spoiler.spoil(page.as_bytes())).into_owned()
        };
        stage.apple.inject(Fault::json(200, body).on(if round % 2 == 0 { Endpoint::Apps } else { Endpoint::Builds }));
        live.ticks(1).await;
    }
    stage.apple.heal();
    let told = live.monitor.history(HistoryQuery::default().with_limit(1000)).await.unwrap();
    // A word that the page itself was made to say may be told; what is said of users or reviewers is not.
    let lies: Vec<_> = told
        .iter()
        .filter(|event| matches!(event.data.status_code, Some(Status::ReadyForSale | Status::Rejected)))
        .collect();
    assert!(lies.is_empty(), "{lies:#?}");
    let health = tokio::time::timeout(Duration::from_secs(30), live.monitor.health()).await.unwrap();
    assert!(health.store_error.is_none(), "{health:?}");
}
