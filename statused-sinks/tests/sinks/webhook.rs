//! What a webhook makes of answers, and of their absence.

use std::time::{Duration, SystemTime};

use statused_core::sink::Verdict;
use statused_core::{Outcome, Sink};
use statused_sinks::webhook::{Received, Webhook};
use tokio::io::AsyncWriteExt;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::kit::{Case, conforms};
use crate::support::{Server, app, read_request};

async fn deliver(origin: &str) -> Outcome {
    let webhook = Webhook::builder(format!("{origin}/hook")).allow_http(true).build().unwrap();
    webhook.deliver(&app()).await
}

async fn deliver_to(answer: ResponseTemplate) -> Outcome {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).expect(1).mount(&server).await;
    deliver(&server.uri()).await
}

const RETRY: Verdict = Verdict::RetryAfter(None);

fn retry_after(seconds: u64) -> Verdict {
    Verdict::RetryAfter(Some(Duration::from_secs(seconds)))
}

#[tokio::test]
async fn the_status_decides() {
    for (status, verdict) in [
        (200, Verdict::Delivered),
        (202, Verdict::Delivered),
        (204, Verdict::Delivered),
        (304, RETRY),
        (400, RETRY),
        (401, RETRY),
        (404, RETRY),
        (408, RETRY),
        (410, Verdict::Dead),
        (425, RETRY),
        (429, RETRY),
        (500, RETRY),
        (503, RETRY),
    ] {
        let outcome = deliver_to(ResponseTemplate::new(status)).await;
        assert_eq!((outcome.verdict, outcome.status), (verdict, Some(status)));
    }
}

#[tokio::test]
async fn a_wait_is_passed_on_from_any_failure() {
    for (status, value, verdict) in [
        (429, "7", retry_after(7)),
        (500, "0", retry_after(0)),
        (404, "999999999", retry_after(86_400)),
        (503, "Sun, 06 Nov 1994 08:49:37 GMT", retry_after(0)),
        (503, "whenever", RETRY),
        (410, "7", Verdict::Dead),
        (200, "7", Verdict::Delivered),
    ] {
        let outcome = deliver_to(ResponseTemplate::new(status).insert_header("retry-after", value)).await;
        assert_eq!(outcome.verdict, verdict, "{status} {value}");
    }
    let in_an_hour: chrono::DateTime<chrono::Utc> = (SystemTime::now() + Duration::from_secs(3600)).into();
    let date = in_an_hour.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let outcome = deliver_to(ResponseTemplate::new(503).insert_header("retry-after", date.as_str())).await;
    let Verdict::RetryAfter(Some(wait)) = outcome.verdict else { panic!("{outcome:?}") };
    assert!((3500..=3600).contains(&wait.as_secs()), "{wait:?}");
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    conforms(&Case {
        make: &|setup| {
            let url = format!("{}/h/tok-path-1?k=tok-query-2", setup.origin);
            setup.make(Webhook::builder(url).secret("tok-secret-3").header("Authorization", "Bearer tok-header-4"))
        },
        secrets: &["tok-path-1", "tok-query-2", "tok-secret-3", "tok-header-4"],
        service: |_| ResponseTemplate::new(200),
        fits: |request| assert!(Received::parse(&request.body).is_ok()),
        reads_first: false,
        gone: (410, ""),
    })
    .await;
}

#[tokio::test]
async fn a_host_that_does_not_answer_at_all_leaves_no_doubt() {
    let hanging = Server::start(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let webhook = Webhook::builder(hanging.origin.replace("http:", "https:")).timeout(Duration::from_millis(300));
    let outcome = webhook.build().unwrap().deliver(&app()).await;
    assert_eq!((outcome.verdict, hanging.connections()), (RETRY, 1));
    assert!(outcome.detail.contains("no connection in time"), "{outcome:?}");
}

#[tokio::test]
async fn the_body_of_an_answer_does_not_matter() {
    let endless = Server::endless("HTTP/1.1 200 OK\r\n").await;
    assert_eq!(deliver(&endless.origin).await.verdict, Verdict::Delivered);

    let breaking_off = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<ht").await;
    assert_eq!(deliver(&breaking_off.origin).await.verdict, Verdict::Delivered);

    let endless = Server::endless("HTTP/1.1 500 Oops\r\n").await;
    let outcome = deliver(&endless.origin).await;
    assert_eq!((outcome.verdict, outcome.status), (RETRY, Some(500)));
    assert!(outcome.detail.contains("hellohello") && outcome.detail.chars().count() < 300, "{}", outcome.detail);

    let garbage = ResponseTemplate::new(500).set_body_bytes([0xff, 0x00, 0x1b, b'x']);
    assert_eq!(deliver_to(garbage).await.detail, "500 Internal Server Error: \u{fffd}x");
}

/// A connection that the server closed while it was idle is not used again.
#[tokio::test]
async fn deliveries_do_not_depend_on_the_connection_before() {
    let server = Server::start(|mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await.unwrap();
    })
    .await;
    let webhook = Webhook::builder(&*server.origin).allow_http(true).build().unwrap();
    for _ in 0..3 {
        assert_eq!(webhook.deliver(&app()).await.verdict, Verdict::Delivered);
    }
    assert_eq!(server.connections(), 3);
}
