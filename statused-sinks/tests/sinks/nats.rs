//! NATS: what is published, to a real server, and what is made of failures, by a fake one.

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::jetstream;
use serde_json::json;
use statused_core::Sink;
use statused_core::sink::Verdict;
use statused_sinks::DestinationError;
use statused_sinks::nats::{Nats, NatsBuilder};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::kit::{Logs, RETRY};
use crate::support::{Server, account, app, app_data};

const SUBJECT: &str = "statused.acme.events";

pub(crate) fn builder(url: &str) -> NatsBuilder {
    Nats::builder(url, SUBJECT).allow_plaintext(true).timeout(Duration::from_secs(5))
}

/// A stream of its own on the server that `STATUSED_TEST_NATS` names, or on this machine's, if there is one.
async fn stream(name: &str, subject: &str) -> Option<(String, jetstream::Context, jetstream::stream::Stream)> {
    let named = std::env::var("STATUSED_TEST_NATS");
    let url = named.clone().unwrap_or_else(|_| "nats://127.0.0.1:4222".to_owned());
    let client = match async_nats::connect(&*url).await {
        Ok(client) => client,
        Err(error) if named.is_ok() => panic!("STATUSED_TEST_NATS: {error}"),
        Err(error) => {
            let mut console = std::io::stderr().lock();
            writeln!(console, "!! SKIPPED: no NATS server at {url} ({error}); STATUSED_TEST_NATS names another")
                .unwrap();
            return None;
        }
    };
    let context = jetstream::new(client);
    let config = jetstream::stream::Config {
        name: format!("{name}-{}", std::process::id()),
        subjects: vec![format!("{subject}.{}", std::process::id())],
        storage: jetstream::stream::StorageType::Memory,
        ..Default::default()
    };
    let stream = context.create_stream(config).await.unwrap();
    Some((url, context, stream))
}

#[tokio::test]
async fn an_event_is_published_once_however_often_it_is_delivered() {
    let Some((url, context, stream)) = stream("statused-once", "statused.once").await else { return };
    let config = stream.cached_info().config.clone();
    let nats = Nats::builder(&*url, config.subjects[0].clone()).allow_plaintext(true).stream(&config.name);
    let nats = nats.build().unwrap();
    for notification in [app(), app(), account(), app()] {
        let outcome = nats.deliver(&notification).await;
        assert_eq!(outcome.verdict, Verdict::Delivered, "{outcome:?}");
    }
    assert_eq!(stream.get_info().await.unwrap().state.messages, 2);

    let message = stream.get_raw_message(1).await.unwrap();
    let headers: Vec<_> =
        message.headers.iter().map(|(name, values)| (name.to_string(), values[0].to_string())).collect();
    let header = |name: &str| headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| &**value);
    assert_eq!(header("Nats-Msg-Id"), Some("6af15d63-dc69-4088-8adf-cdbb7d204eb4"));
    assert_eq!(header("content-type"), Some("application/cloudevents+json"));
    assert_eq!(header("Nats-Expected-Stream"), Some(&*config.name));
    assert_eq!(headers.len(), 3);
    let event: cloudevents::Event = serde_json::from_slice(&message.payload).unwrap();
    assert_eq!(cloudevents::AttributesReader::ty(&event), "com.statused.app.status.updated");
    context.delete_stream(&config.name).await.unwrap();
}

#[tokio::test]
async fn a_subject_without_a_stream_is_tried_again_and_one_of_another_stream_is_dead() {
    let Some((url, context, stream)) = stream("statused-other", "statused.other").await else { return };
    let config = stream.cached_info().config.clone();
    let outcome = builder(&url).build().unwrap().deliver(&app()).await;
    assert_eq!(outcome.verdict, RETRY, "{outcome:?}");
    assert!(outcome.detail.contains("no stream"), "{outcome:?}");

    let other = Nats::builder(&*url, config.subjects[0].clone()).allow_plaintext(true).stream("another");
    let outcome = other.build().unwrap().deliver(&app()).await;
    assert_eq!(outcome.verdict, Verdict::Dead, "{outcome:?}");
    context.delete_stream(&config.name).await.unwrap();
}

/// What a fake server does with what is published.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Then {
    Confirms,
    SaysNothing,
    HangsUp,
}

/// A server that says who it is, answers the first `PING` with `greeting`, and keeps what is published.
pub(crate) async fn fake(greeting: &'static str, then: Then) -> (Server, Arc<Mutex<Vec<String>>>) {
    let published = Arc::new(Mutex::new(Vec::new()));
    let kept = published.clone();
    let server = Server::start(move |stream: TcpStream| {
        let kept = kept.clone();
        async move {
            let (read, mut write) = stream.into_split();
            let info = r#"INFO {"server_id":"fake","version":"2.10.0","headers":true,"max_payload":1048576}"#;
            write.write_all(format!("{info}\r\n").as_bytes()).await.ok();
            let mut reader = BufReader::new(read);
            let mut inbox = String::new();
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).await.unwrap_or(0) == 0 {
                    return;
                }
                match line.split_whitespace().collect::<Vec<_>>()[..] {
                    ["PING"] => write.write_all(greeting.as_bytes()).await.ok(),
                    ["SUB", _, id] => {
                        inbox = id.to_owned();
                        continue;
                    }
                    ["HPUB", _, _, _, _] if then == Then::HangsUp => return,
                    ["HPUB", subject, reply, _, length] => {
                        let mut bytes = vec![0; length.parse::<usize>().unwrap() + 2];
                        reader.read_exact(&mut bytes).await.unwrap();
                        kept.lock().unwrap().push(format!("{subject}\n{}", String::from_utf8(bytes).unwrap()));
                        let said = r#"{"stream":"events","seq":1}"#;
                        let answer = format!("MSG {reply} {inbox} {}\r\n{said}\r\n", said.len());
                        if then == Then::SaysNothing {
                            continue;
                        }
                        write.write_all(answer.as_bytes()).await.ok()
                    }
                    _ => continue,
                };
            }
        }
    })
    .await;
    (server, published)
}

/// The whole message, header by header, and over one connection.
#[tokio::test]
async fn an_event_is_a_structured_cloudevent_under_its_id() {
    let (server, published) = fake("PONG\r\n", Then::Confirms).await;
    let nats = builder(&server.origin.replace("http:", "nats:")).stream("events").build().unwrap();
    for _ in 0..2 {
        assert_eq!(nats.deliver(&app()).await.verdict, Verdict::Delivered);
    }
    assert_eq!(server.connections(), 1);
    let published = published.lock().unwrap().clone();
    assert_eq!(published.len(), 2);
    for message in published {
        let (head, body) = message.split_once("\r\n\r\n").unwrap();
        let mut lines: Vec<_> = head.lines().collect();
        lines[2..].sort_unstable();
        let headers = [
            SUBJECT,
            "NATS/1.0",
            "Nats-Expected-Stream: events",
            "Nats-Msg-Id: 6af15d63-dc69-4088-8adf-cdbb7d204eb4",
            "content-type: application/cloudevents+json",
        ];
        assert_eq!(lines, headers);
        let event: serde_json::Value = serde_json::from_str(body).unwrap();
        let expected = json!({
            "specversion": "1.0",
            "type": "com.statused.app.status.updated",
            "source": "statused",
            "id": "6af15d63-dc69-4088-8adf-cdbb7d204eb4",
            "time": "2025-01-12T22:12:03Z",
            "datacontenttype": "application/json",
            "data": app_data(),
        });
        assert_eq!(event, expected);
    }
}

#[tokio::test]
async fn doubt_is_told_from_certainty() {
    let nats = |server: &Server| {
        builder(&server.origin.replace("http:", "nats:")).timeout(Duration::from_millis(600)).build().unwrap()
    };
    let (refusing, _) = fake("-ERR 'Authorization Violation'\r\n", Then::Confirms).await;
    let outcome = nats(&refusing).deliver(&app()).await;
    assert_eq!(outcome.verdict, Verdict::Dead, "{outcome:?}");

    let (silent, published) = fake("PONG\r\n", Then::SaysNothing).await;
    let outcome = nats(&silent).deliver(&app()).await;
    assert_eq!((outcome.verdict, published.lock().unwrap().len()), (Verdict::Ambiguous, 1), "{outcome:?}");

    let (hanging_up, _) = fake("PONG\r\n", Then::HangsUp).await;
    let outcome = nats(&hanging_up).deliver(&app()).await;
    assert_eq!(outcome.verdict, Verdict::Ambiguous, "{outcome:?}");

    let never_ready = Server::start(async |_| std::future::pending().await).await;
    let outcome = nats(&never_ready).deliver(&app()).await;
    assert_eq!(outcome.verdict, RETRY, "{outcome:?}");

    let nobody = Server::nobody().await.replace("http:", "nats:");
    let outcome = builder(&nobody).build().unwrap().deliver(&app()).await;
    assert_eq!(outcome.verdict, RETRY, "{outcome:?}");
}

/// A connection that was lost is not waited for: the next try makes its own.
#[tokio::test]
async fn a_lost_connection_is_made_anew() {
    let (hanging_up, _) = fake("PONG\r\n", Then::HangsUp).await;
    let nats =
        builder(&hanging_up.origin.replace("http:", "nats:")).timeout(Duration::from_millis(600)).build().unwrap();
    for _ in 0..2 {
        nats.deliver(&app()).await;
    }
    assert!(hanging_up.connections() >= 2);
}

#[tokio::test]
async fn without_encryption_nothing_is_said() {
    let (server, published) = fake("PONG\r\n", Then::Confirms).await;
    let nats = Nats::builder(server.origin.replace("http:", "nats:"), SUBJECT).timeout(Duration::from_millis(600));
    let outcome = nats.build().unwrap().deliver(&app()).await;
    assert_eq!((outcome.verdict, published.lock().unwrap().len()), (RETRY, 0), "{outcome:?}");
}

#[tokio::test]
async fn the_login_is_said_to_the_server_and_shown_nowhere() {
    for (login, said) in [
        ("statused:hunter2-p%40ssword@", r#""user":"statused","pass":"hunter2-p@ssword""#),
        ("hunter2-p%40ssword@", r#""auth_token":"hunter2-p@ssword""#),
    ] {
        let told = Arc::new(Mutex::new(String::new()));
        let listener = told.clone();
        let server = Server::start(move |mut stream: TcpStream| {
            let told = listener.clone();
            async move {
                let info =
                    "INFO {\"server_id\":\"fake\",\"version\":\"2.10.0\",\"max_payload\":1048576,\"headers\":true}";
                stream.write_all(format!("{info}\r\n").as_bytes()).await.ok();
                let mut line = String::new();
                BufReader::new(&mut stream).read_line(&mut line).await.ok();
                told.lock().unwrap().push_str(&line);
                stream.write_all(b"-ERR 'Authorization Violation'\r\n").await.ok();
            }
        })
        .await;
        let builder = builder(&server.origin.replace("http://", &format!("nats://{login}")));
        let (logs, guard) = Logs::catch();
        let described = format!("{builder:?}");
        let nats = builder.build().unwrap();
        let outcome = nats.deliver(&app()).await;
        drop(guard);
        assert!(!outcome.is_success());
        let told = told.lock().unwrap().clone();
        assert!(told.contains(said), "{told}");
        let logs = logs.text();
        assert!(logs.contains("async_nats"), "the logs were not caught: {logs}");
        let seen = format!("{described} {nats:?} {outcome:?} {logs}");
        assert!(seen.contains("127.0.0.1") && !seen.contains("hunter2"), "{seen}");
    }
}

#[test]
fn descriptions_that_cannot_work_are_refused() {
    let build = |url: &str, subject: &str| Nats::builder(url, subject).build().map(|_| ());
    assert_eq!(build("tls://nats.example.com", "a.b"), Ok(()));
    for (url, subject, part) in [
        ("https://hunter2.example.com", "a", "the server's address"),
        ("nats:///hunter2", "a", "the server's address"),
        ("tls://nats.example.com", "", "the subject"),
        ("tls://nats.example.com", "a..b", "the subject"),
        ("tls://nats.example.com", "a.>", "the subject"),
        ("tls://nats.example.com", "a b", "the subject"),
    ] {
        let error = build(url, subject).unwrap_err();
        assert!(error.to_string().starts_with(part) && !error.to_string().contains("hunter2"), "{error}");
    }
    let error = Nats::builder("tls://nats.example.com", "a").stream("a.b").build().map(|_| ()).unwrap_err();
    assert!(matches!(error, DestinationError::Invalid { part: "the stream", .. }), "{error}");
}
