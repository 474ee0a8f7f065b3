//! The `monitor` example's routes.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

use reqwest::Client;
use serde_json::Value;

use crate::process::{Process, Site};
use crate::support::until;

const TOKEN: &str = "a token for readers";

/// A port that nobody listens on, outside of those that the system hands out by itself.
pub(crate) fn free_port() -> u16 {
    // Each is given away once: two tests that look at the same time must not find the same one.
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    loop {
        let port = first + GIVEN.fetch_add(1, Ordering::Relaxed);
        assert!(port < 32_000, "no port is free");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// A monitor with a status API, and its address.
pub(crate) async fn serving(table: &str) -> (Site, Process, String) {
    let site = Site::new().await;
    site.apple.app("1", "MyApp", "com.acme.app").version("1.0").state("IN_REVIEW");
    let address = format!("127.0.0.1:{}", free_port());
    let text = site.text("") + &format!("\n[server]\nlisten = \"{address}\"\n{table}");
    std::fs::write(site.path("statused.toml"), text).unwrap();
    let process = site.start();
    until(|| process.log(), || process.log().contains("listening on")).await;
    site.ci.wait_for(1).await;
    let seen = site.apple.requests().len();
    until(|| process.log(), || site.apple.requests().len() > seen + 6).await;
    (site, process, format!("http://{address}"))
}

#[tokio::test]
async fn without_a_token_this_machine_may_read() {
    let (site, process, base) = serving("").await;
    let get = |path: &str| Client::new().get(format!("{base}{path}")).send();
    let status: Value = get("/status").await.unwrap().json().await.unwrap();
    assert!(status.as_array().unwrap().iter().any(|app| app["subjects"][0]["status"] == "In Review"), "{status:#}");
    let history: Value = get("/history?limit=5").await.unwrap().json().await.unwrap();
    assert_eq!(history, Value::Array(Vec::new()));
    let deliveries: Value = get("/deliveries?sink=ci&state=delivered").await.unwrap().json().await.unwrap();
    assert_eq!(deliveries[0]["event_id"], Value::from(site.ci.taken()[0].id.clone()));
    let health = get("/health").await.unwrap();
    assert_eq!(health.status(), 200);
    let health: Value = health.json().await.unwrap();
    assert_eq!(health["sources"]["acme"]["failed_polls"], 0, "{health:#}");
    let metrics = get("/metrics").await.unwrap().text().await.unwrap();
    assert!(
        metrics.contains("statused_up 1\n") && metrics.contains("statused_polls_total{source=\"acme\"}"),
        "{metrics}"
    );
    assert_eq!(get("/history?limt=5").await.unwrap().status(), 400);
    assert_eq!(get("/").await.unwrap().status(), 404);

    site.apple.agreement_pending(true);
    site.ci.wait_for(2).await;
    assert_eq!(get("/health").await.unwrap().status(), 503);
    assert_eq!(process.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn with_a_token_only_its_holder_may_read() {
    let (_site, process, base) = serving(&format!("token = \"{TOKEN}\"\n")).await;
    for path in ["/status", "/history", "/deliveries", "/health", "/metrics"] {
        let get = || Client::new().get(format!("{base}{path}"));
        for wrong in
            [get(), get().bearer_auth("another token"), get().bearer_auth(""), get().bearer_auth(format!("{TOKEN}!"))]
        {
            let answer = wrong.send().await.unwrap();
            assert_eq!(answer.status(), 401, "{path}");
            assert!(answer.text().await.unwrap().is_empty(), "{path}");
        }
        assert_eq!(get().bearer_auth(TOKEN).send().await.unwrap().status(), 200, "{path}");
    }
    assert!(!process.log().contains(TOKEN));
    assert_eq!(process.terminate().await.code(), Some(0));
}
