//! The `monitor` example's `[source.webhooks]`: its route, its commands, and a secret that is replaced.

use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Client;
use serde_json::{Value, json};
use statused::apple::testkit::FakeVersion;

use crate::process::{Process, Site};
use crate::routes::free_port;
use crate::support::{changed, until};

const OLD: &str = "the first push secret";
const NEW: &str = "the next push secret";

/// A monitor that takes pushes for app 1 and hardly polls, and the base of its routes.
struct Pushed {
    site: Site,
    version: FakeVersion,
    process: Process,
    base: String,
}

impl Pushed {
    async fn new() -> Self {
        let site = Site::new().await;
        let version = site.apple.app("1", "MyApp", "com.acme.app").version("1.0").state("WAITING_FOR_REVIEW");
        let base = format!("127.0.0.1:{}", free_port());
        let text = site
            .text("")
            .replace("poll_every = \"30ms\"", "poll_every = \"1h\"")
            .replace("\n[[sink]]", "[source.webhooks]\n1 = \"file:push.txt\"\n\n[[sink]]");
        let server =
            format!("\n[server]\nlisten = \"{base}\"\npublic_url = \"http://{base}/\"\ntoken = \"for readers\"\n");
        std::fs::write(site.path("statused.toml"), text + &server).unwrap();
        std::fs::write(site.path("push.txt"), OLD).unwrap();
        let process = site.start();
        until(|| process.log(), || process.log().contains("listening on")).await;
        site.ci.wait_for(1).await;
        let pushed = Self { site, version, process, base: format!("http://{base}") };
        pushed.health_of_pushes("received", 0).await;
        pushed
    }

    async fn post(&self, path: &str, signature: Option<&str>, body: Vec<u8>) -> u16 {
        let mut request = Client::new().post(format!("{}{path}", self.base)).body(body);
        if let Some(signature) = signature {
            request = request.header("x-apple-signature", signature);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        assert_eq!(answer.text().await.unwrap(), "", "a bare status");
        status
    }

    /// Waits until a count of the pushes is as given.
    async fn health_of_pushes(&self, what: &str, count: u64) -> Value {
        let mut health = Value::Null;
        for _ in 0..1000 {
            let get = Client::new().get(format!("{}/health", self.base)).bearer_auth("for readers");
            health = get.send().await.unwrap().json().await.unwrap();
            if health["sources"]["acme"]["push"][what] == count && health["sources"]["acme"]["last_success"].is_string()
            {
                return health["sources"]["acme"]["push"].clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{what} is not {count}: {health:#}");
    }
}

fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("hmacsha256={hex}")
}

const PATH: &str = "/sources/acme/webhook/1";

#[tokio::test]
async fn what_is_not_apples_is_refused_and_what_is_has_its_effect() {
    let pushed = Pushed::new().await;
    let body = json!({ "data": { "type": "webhookPingCreated", "id": "p1", "version": 1, "attributes": {} } });
    let body = body.to_string().into_bytes();
    let good = sign(OLD, &body);
    assert_eq!(pushed.post(PATH, None, body.clone()).await, 401);
    assert_eq!(pushed.post(PATH, Some(&sign("guessed", &body)), body.clone()).await, 401);
    assert_eq!(pushed.post("/sources/acme/webhook/2", Some(&good), body.clone()).await, 404);
    assert_eq!(pushed.post("/sources/nobody/webhook/1", Some(&good), body.clone()).await, 404);
    assert_eq!(pushed.post(PATH, Some(&sign(OLD, b"{")), b"{".to_vec()).await, 400);
    assert_eq!(pushed.post(PATH, Some(&good), vec![b' '; 2 * 1024 * 1024]).await, 413);
    assert_eq!(pushed.post(PATH, Some(&good), body).await, 200, "without the readers' token");
    let health = pushed.health_of_pushes("unreadable", 1).await;
    assert!(health["last_ping"].is_string(), "{health:#}");

    let instance = json!({ "data": { "type": "appStoreVersions", "id": pushed.version.id() } });
    let attributes = json!({ "oldValue": "WAITING_FOR_REVIEW", "newValue": "IN_REVIEW",
                             "timestamp": chrono::Utc::now() });
    let data = json!({ "type": "appStoreVersionAppVersionStateUpdated", "id": "e1", "version": 1,
                       "attributes": attributes, "relationships": { "instance": instance } });
    let body = json!({ "data": data }).to_string().into_bytes();
    // Nobody has registered a webhook: the store itself says nothing.
    pushed.version.state("IN_REVIEW");
    assert_eq!(pushed.post(PATH, Some(&sign(OLD, &body)), body.clone()).await, 200);
    pushed.site.ci.wait_for(2).await;
    assert_eq!(pushed.site.ci.told()[1], changed("MyApp", "In Review"));
    assert_eq!(pushed.post(PATH, Some(&sign(OLD, &body)), body).await, 200);
    pushed.health_of_pushes("repeated", 1).await;
    assert_eq!(pushed.site.ci.told().len(), 2);
    assert!(!pushed.process.log().contains(OLD));
    assert_eq!(pushed.process.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn the_commands_register_ping_and_remove() {
    let pushed = Pushed::new().await;
    let site = &pushed.site;
    let said = site.say(&["webhooks", "list"]).await;
    assert!(said.code == Some(0) && said.out.contains("acme 1 -: none is registered"), "{said:?}");
    let said = site.say(&["webhooks", "ping"]).await;
    assert!(said.code == Some(3) && said.out.contains("none sends here"), "{said:?}");
    let said = site.say(&["webhooks", "ensure"]).await;
    let place = format!("created, sends to {}{PATH}", pushed.base);
    assert!(said.code == Some(0) && said.out.contains(&place), "{said:?}");
    let again = site.say(&["webhooks", "ensure", "--json"]).await;
    let lines: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(lines.as_array().unwrap().len(), 1);
    assert!(lines[0]["done"].as_str().unwrap().starts_with("as it should be"), "{lines:#}");

    assert_eq!(site.say(&["webhooks", "ping"]).await.code, Some(0));
    let health = pushed.health_of_pushes("received", 1).await;
    assert!(health["last_ping"].is_string() && health["trusted"] == true, "{health:#}");
    // A new secret is taken from the file, and given to Apple.
    std::fs::write(site.path("push.txt"), NEW).unwrap();
    until(|| pushed.process.log(), || pushed.process.log().contains("secret file has changed")).await;
    assert_eq!(site.say(&["webhooks", "ensure"]).await.code, Some(0));
    pushed.version.state("IN_REVIEW");
    site.ci.wait_for(2).await;

    let said = site.say(&["webhooks", "remove"]).await;
    assert!(said.code == Some(0) && said.out.contains("removed"), "{said:?}");
    let said = site.say(&["webhooks", "list"]).await;
    assert!(said.out.contains("none is registered"), "{said:?}");
    site.apple.developer_key(true);
    let said = site.say(&["webhooks", "ensure"]).await;
    assert!(said.code == Some(3) && said.out.contains("App Manager"), "{said:?}");
    assert!(![&said.out, &said.err, &pushed.process.log()].iter().any(|text| text.contains(NEW)));
    assert_eq!(pushed.process.terminate().await.code(), Some(0));
}
