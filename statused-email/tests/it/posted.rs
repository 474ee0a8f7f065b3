//! Mail that is posted, over real HTTP.

use std::sync::atomic::Ordering;

use statused_email::intake::forms::{Access, Postmark, Raw};
use statused_email::intake::{self, Intake, Reception};
use statused_email::testkit::forward;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::*;

async fn serve(intake: &Intake) -> String {
    let reception = Reception::new(intake.clone()).form(Raw::open()).form(Postmark::new(Access::basic("p", "hunter2")));
    let router: axum::Router = intake::router(move |source| (source == "acme").then(|| reception.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn post(url: &str, content_type: &str, body: Vec<u8>) -> u16 {
    let request = reqwest::Client::new().post(url).header("content-type", content_type).body(body);
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    assert_eq!(response.text().await.unwrap(), "", "bodies are bare");
    status
}

const RFC822: &str = "message/rfc822";

#[tokio::test]
async fn every_answer_of_the_route() {
    let world = world().await;
    let intake = world.builder().recipients([US]).largest_mail(50_000).build();
    let address = serve(&intake).await;
    let mail = format!("{address}/sources/acme/mail");
    // A mail that is made a second later has another id.
    let (first, third) = (warning(1), warning(3));
    let to_us = format!("{mail}?to={US}");
    assert_eq!(post(&to_us, RFC822, first.clone()).await, 200);
    assert_eq!(post(&to_us, RFC822, first.clone()).await, 200);
    assert_eq!(post(&format!("{mail}/raw?to={US}"), RFC822, warning(2)).await, 200);
    assert_eq!(post(&to_us, RFC822, forward::with_footer(&third, "x")).await, 202);
    assert_eq!(post(&to_us, "application/json", third.clone()).await, 422);
    assert_eq!(post(&to_us, RFC822, vec![b'x'; 50_001]).await, 413);
    assert_eq!(post(&to_us, RFC822, vec![b'x'; 1_000_000]).await, 413);
    assert_eq!(post(&format!("{address}/sources/other/mail"), RFC822, third.clone()).await, 404);
    assert_eq!(post(&format!("{mail}/mailgun"), RFC822, third.clone()).await, 404);
    let json = serde_json::json!({"RawEmail": String::from_utf8(third.clone()).unwrap(), "OriginalRecipient": US});
    let postmark = format!("{mail}/postmark");
    assert_eq!(post(&postmark, "application/json", json.to_string().into_bytes()).await, 401);
    let with_login = postmark.replace("http://", "http://p:hunter2@");
    assert_eq!(post(&with_login, "application/json", json.to_string().into_bytes()).await, 200);
    assert_eq!(post(&format!("{mail}/mailgun/mime"), RFC822, third.clone()).await, 404, "not taken here");
    assert_eq!(post(&format!("{mail}/raw/mime?to={US}"), RFC822, third.clone()).await, 200);
    assert_eq!(reqwest::get(&to_us).await.unwrap().status(), 405);
    world.store.broken.store(true, Ordering::SeqCst);
    assert_eq!(post(&to_us, RFC822, warning(4)).await, 503);
    world.store.broken.store(false, Ordering::SeqCst);
    assert_eq!(post(&to_us, RFC822, warning(4)).await, 200);
    assert_eq!(world.told().await.len(), 4);
    let health = intake.health();
    assert_eq!((health.taken, health.repeated, health.quarantined, health.failed), (4, 2, 1, 1), "{health:?}");
    assert!(!format!("{health:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_flood_is_answered_at_once() {
    let world = world().await;
    let address = serve(&world.builder().rate(1, 2).build()).await;
    let url = format!("{address}/sources/acme/mail");
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(post(&url, RFC822, b"x".to_vec()).await);
    }
    assert_eq!(statuses, [200, 200, 429]);
}

/// The bound holds without a length, too.
#[tokio::test]
async fn a_body_without_a_length_is_cut_off() {
    let world = world().await;
    let address = serve(&world.builder().largest_mail(1000).build()).await;
    let mut connection = TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
    let head = "POST /sources/acme/mail HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    connection.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("{:x}\r\n{}\r\n", 70_000, " ".repeat(70_000));
    connection.write_all(chunk.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    connection.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}
