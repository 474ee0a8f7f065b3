//! The ready route, over real HTTP.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use statused_apple::webhooks::{self, Answer, Webhooks};
use statused_core::{MemoryStore, Monitor};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::broken_store::BrokenStore;
use crate::receiver::{SECRET, sign, webhooks};
use crate::support::*;

/// A monitor with one source, its receiver, and where it listens.
pub(crate) async fn serve(webhooks: &Webhooks, monitor: &Monitor) -> String {
    let webhooks = webhooks.clone();
    let router = webhooks::router(monitor.clone(), move |source| (source == "acme").then(|| webhooks.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn served(largest_body: usize) -> (String, Webhooks, Monitor) {
    let watch = watch().await;
    let webhooks = Webhooks::builder().app(APP, [SECRET]).largest_body(largest_body).rate(1, 20).build().unwrap();
    let source = Arc::new(watch.source);
    let monitor = Monitor::builder(Arc::new(MemoryStore::new())).source("acme", source).build().unwrap();
    (serve(&webhooks, &monitor).await, webhooks, monitor)
}

const PING: &str =
    r#"{"data":{"type":"webhookPingCreated","id":"p1","attributes":{"timestamp":"2025-12-26T15:47:38Z"}}}"#;
const STATE: &str = r#"{"data":{"type":"appStoreVersionAppVersionStateUpdated","id":"e1","attributes":{
    "newValue":"IN_REVIEW","oldValue":"WAITING_FOR_REVIEW","timestamp":"2025-12-18T22:05:50.038Z"},
    "relationships":{"instance":{"data":{"type":"appStoreVersions","id":"v1"}}}}}"#;

async fn post(address: &str, path: &str, secret: &str, body: &str) -> u16 {
    let http = reqwest::Client::new();
    let request = http.post(format!("{address}{path}")).header("X-Apple-Signature", sign(secret, body));
    let response = request.body(body.to_owned()).send().await.unwrap();
    let status = response.status().as_u16();
    assert_eq!(response.text().await.unwrap(), "", "bodies are bare");
    status
}

#[tokio::test]
async fn every_answer_of_the_route() {
    let (address, webhooks, _monitor) = served(2000).await;
    let path = "/sources/acme/webhook/1000";
    assert_eq!(post(&address, path, SECRET, PING).await, 200);
    assert_eq!(post(&address, path, SECRET, STATE).await, 200);
    assert_eq!(post(&address, path, SECRET, STATE).await, 200);
    assert_eq!(webhooks.health().repeated, 1);
    assert_eq!(post(&address, path, SECRET, "{").await, 400);
    assert_eq!(post(&address, path, "another", STATE).await, 401);
    assert_eq!(post(&address, "/sources/acme/webhook/2000", SECRET, STATE).await, 404);
    assert_eq!(post(&address, "/sources/other/webhook/1000", SECRET, STATE).await, 404);
    assert_eq!(post(&address, path, SECRET, &" ".repeat(2001)).await, 413);
    let refused = webhooks.health().refused;
    assert_eq!(reqwest::get(format!("{address}{path}")).await.unwrap().status(), 405);
    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(post(&address, path, SECRET, PING).await);
    }
    assert_eq!(statuses.last(), Some(&429));
    assert!(webhooks.health().refused > refused);
}

/// The bound holds without a length, too, and is met before the body is at its end.
#[tokio::test]
async fn a_body_without_a_length_is_cut_off() {
    let (address, ..) = served(2000).await;
    let mut connection = TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
    let head = "POST /sources/acme/webhook/1000 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    connection.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("7d1\r\n{}\r\n", " ".repeat(2001));
    connection.write_all(chunk.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    connection.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

/// What cannot be made durable is not acknowledged, and is taken when it comes again.
#[tokio::test]
async fn a_push_is_acknowledged_only_when_it_is_durable() {
    let watch = watch().await;
    watch.app().version("1.0").state("WAITING_FOR_REVIEW");
    let store = Arc::new(BrokenStore::default());
    let monitor = Monitor::builder(Arc::<BrokenStore>::clone(&store)).source("acme", Arc::new(watch.source));
    let monitor = monitor.build().unwrap();
    monitor.tick().await;
    let webhooks = webhooks();
    let signature = sign(SECRET, FEEDBACK);
    let accept = || webhooks.accept(&monitor, "acme", APP, Some(&signature), FEEDBACK.as_bytes());
    store.broken.store(true, Ordering::SeqCst);
    assert_eq!(accept().await.status(), 503);
    store.broken.store(false, Ordering::SeqCst);
    let Answer::Taken(received) = accept().await else { panic!("the store is whole again") };
    assert!(!received.repeated);
    assert!(matches!(accept().await, Answer::Repeated(_)));
}

const FEEDBACK: &str = r#"{"data":{"type":"betaFeedbackCrashSubmissionCreated","id":"f1","attributes":{"timestamp":"2026-01-02T00:00:00Z"},
    "relationships":{"instance":{"data":{"type":"betaFeedbackCrashSubmissions","id":"AK7U"}}}}}"#;

#[tokio::test]
async fn a_source_that_the_monitor_has_not_is_not_found() {
    let (_, webhooks, _) = served(2000).await;
    let monitor = Monitor::builder(Arc::new(MemoryStore::new())).build().unwrap();
    let signature = sign(SECRET, STATE);
    let answer = webhooks.accept(&monitor, "acme", APP, Some(&signature), STATE.as_bytes()).await;
    assert_eq!(answer.status(), 404, "{answer:?}");
    let again = webhooks.receive(APP, Some(&signature), STATE.as_bytes()).unwrap();
    assert!(!again.repeated);
}
