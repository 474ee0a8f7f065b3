//! What a webhook makes of answers, and of their absence.

use std::time::{Duration, SystemTime};

use statused_core::sink::Verdict;
use statused_core::{Outcome, Sink};
use statused_sinks::webhook::Webhook;
use tokio::io::AsyncWriteExt;
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

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
async fn redirects_are_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let server = MockServer::start().await;
        let elsewhere = format!("{}/elsewhere", server.uri());
        let redirect = ResponseTemplate::new(status).insert_header("location", elsewhere.as_str());
        Mock::given(path("/hook")).respond_with(redirect).expect(1).mount(&server).await;
        Mock::given(path("/elsewhere")).respond_with(ResponseTemplate::new(200)).expect(0).mount(&server).await;
        assert_eq!(deliver(&server.uri()).await.verdict, RETRY, "{status}");
    }
}

#[tokio::test]
async fn what_was_never_sent_is_no_doubt() {
    let outcome = deliver(&Server::nobody().await).await;
    assert_eq!((outcome.verdict, outcome.status), (RETRY, None));

    // Where TLS cannot be agreed on, nothing has been sent either.
    let no_tls = Server::start(|mut stream| async move {
        stream.write_all(b"no TLS here").await.ok();
    })
    .await;
    let outcome = deliver(&no_tls.origin.replace("http:", "https:")).await;
    assert_eq!((outcome.verdict, no_tls.connections()), (RETRY, 1));

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
async fn what_may_have_arrived_is_ambiguous() {
    let closing_at_once = Server::start(async |_| {}).await;
    let closing_after_reading = Server::answering("").await;
    let breaking_off = Server::answering("HTTP/1.1 200 OK\r\nContent-").await;
    let talking_rubbish = Server::answering("\u{0}\u{1}RUBBISH RUBBISH\r\n\r\n").await;
    for server in [closing_at_once, closing_after_reading, breaking_off, talking_rubbish] {
        let outcome = deliver(&server.origin).await;
        assert_eq!((outcome.verdict, outcome.status), (Verdict::Ambiguous, None), "{outcome:?}");
        assert_eq!(server.connections(), 1, "tried again behind the schedule's back");
    }
}

#[tokio::test]
async fn a_hanging_destination_is_left_in_time() {
    let server = Server::start(|mut stream| async move {
        read_request(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let webhook =
        Webhook::builder(&*server.origin).allow_http(true).timeout(Duration::from_millis(300)).build().unwrap();
    assert!(webhook.profile().timeout > Duration::from_millis(300));
    let outcome = webhook.deliver(&app()).await;
    assert_eq!((outcome.verdict, outcome.status), (Verdict::Ambiguous, None));
    assert!(outcome.detail.contains("in time"), "{outcome:?}");
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

/// The server repeats the whole request in its answer.
#[tokio::test]
async fn secrets_are_in_no_outcome_and_no_debug_output() {
    let server = MockServer::start().await;
    let echo = |request: &Request| {
        let mut text = format!("{} ", request.url);
        for (name, value) in &request.headers {
            if !["user-agent", "content-type"].contains(&name.as_str()) {
                text.push_str(&format!("{name}={} ", value.to_str().unwrap()));
            }
        }
        ResponseTemplate::new(500).set_body_string(text)
    };
    Mock::given(any()).respond_with(echo).mount(&server).await;

    let secrets = ["tok-path-1", "tok-query-2", "tok-secret-3", "tok-header-4"];
    let [in_path, in_query, secret, in_header] = secrets;
    for builder in [
        Webhook::builder(format!("{}/h/{in_path}?k={in_query}", server.uri())),
        Webhook::builder(format!("{}/h/{in_path}?k={in_query}", Server::nobody().await)),
    ] {
        let builder = builder.allow_http(true).secret(secret).header("Authorization", format!("Bearer {in_header}"));
        let mut seen = format!("{builder:?}");
        let webhook = builder.build().unwrap();
        let outcome = webhook.deliver(&app()).await;
        assert!(!outcome.is_success());
        seen.push_str(&format!("{webhook:?} {webhook:#?} {outcome:?}"));
        assert!(seen.contains("127.0.0.1"), "{seen}");
        for secret in secrets {
            assert!(!seen.contains(secret), "{secret} in {seen}");
        }
    }
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
