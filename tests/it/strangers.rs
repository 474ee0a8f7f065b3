//! What strangers may try on the monitor's port.

use std::time::{Duration, Instant};

use reqwest::Client;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::routes::serving;
use crate::support::PATIENCE;

/// More than half of the places, each held by a head that never ends.
#[tokio::test]
async fn who_sends_a_head_that_never_ends_keeps_nobody_waiting_and_no_place() {
    let (_site, process, base) = serving("").await;
    let address = base.trim_start_matches("http://").to_owned();
    let mut slow = Vec::new();
    for _ in 0..300 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(b"POST /sources/acme/webhook/1 HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
        slow.push(stream);
    }
    let start = Instant::now();
    let health = Client::new().get(format!("{base}/health")).timeout(PATIENCE).send().await.unwrap();
    assert_eq!(health.status(), 200);
    assert!(start.elapsed() < Duration::from_secs(8), "it waited until they were shown out: {:?}", start.elapsed());

    let shown_out = async {
        for stream in &mut slow {
            // A byte now and then is no excuse.
            stream.write_all(b"x").await.ok();
            let mut rest = Vec::new();
            // Closed, with or without a word.
            stream.read_to_end(&mut rest).await.ok();
        }
    };
    assert!(tokio::time::timeout(PATIENCE, shown_out).await.is_ok(), "their places are kept: {}", process.log());
}

/// A head that is too long, and one with too many fields, are refused and end nothing else.
#[tokio::test]
async fn heads_are_bounded() {
    let (_site, process, base) = serving("").await;
    let address = base.trim_start_matches("http://").to_owned();
    for flood in [format!("X: {}\r\n", "a".repeat(1 << 20)), "X: a\r\n".repeat(5000)] {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        // It may be shown out before it has said everything.
        stream.write_all(format!("GET /health HTTP/1.1\r\nHost: x\r\n{flood}\r\n").as_bytes()).await.ok();
        let mut answer = Vec::new();
        tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap().ok();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    let health = Client::new().get(format!("{base}/health")).send().await.unwrap();
    assert_eq!(health.status(), 200, "{}", process.log());
}
