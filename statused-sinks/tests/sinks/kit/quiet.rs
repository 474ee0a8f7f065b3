//! Addresses and secrets.

use statused_core::sink::Verdict;
use statused_sinks::DestinationError;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{Case, Logs, Setup};
use crate::support::{Server, app};

/// `https` anywhere; plain `http` to loopback and by permission; on demand nothing that is not public.
pub(super) async fn addresses_are_checked(case: &Case<'_>) {
    let build = |setup: Setup<'_>| (case.make)(setup).sink.map(|_| ());
    let forbidding = Setup { allow_http: false, ..Setup::at("") };
    assert_eq!(build(Setup { origin: "https://hooks.example.com", ..forbidding }), Ok(()));
    for local in ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"] {
        assert_eq!(build(Setup::at(local)), Ok(()), "{local}");
        let error = build(Setup { origin: local, ..forbidding }).unwrap_err();
        assert!(matches!(error, DestinationError::PlainHttp { .. }), "{local}: {error}");
    }
    for foreign in ["http://hooks.example.com", "http://10.0.0.1", "http://0.0.0.0", "http://localhost.example.com"] {
        let error = build(Setup::at(foreign)).unwrap_err();
        assert!(matches!(error, DestinationError::PlainHttp { .. }), "{foreign}: {error}");
    }
    for (origin, is_right) in [
        (
            "https://user:hunter2@hooks.example.com",
            (|e| matches!(e, DestinationError::Credentials { .. })) as fn(&_) -> _,
        ),
        ("ftp://hooks.example.com", |e| matches!(e, DestinationError::NotHttps)),
        ("hooks.example.com", |e| matches!(e, DestinationError::NotAUrl { .. })),
    ] {
        let error = build(Setup::at(origin)).unwrap_err();
        let seen = format!("{error} {error:?}");
        assert!(is_right(&error), "{origin}: {error:?}");
        assert!(!case.secrets.iter().chain(&["hunter2"]).any(|secret| seen.contains(secret)), "{seen}");
    }

    for private in ["https://10.0.0.1", "https://127.0.0.1", "https://[::ffff:169.254.169.254]", "https://0x7f.1"] {
        assert_eq!(build(Setup::at(private)), Ok(()), "{private}");
        let error = build(Setup { public_only: true, ..Setup::at(private) }).unwrap_err();
        assert!(matches!(error, DestinationError::NotPublic { .. }), "{private}: {error}");
    }
    // A name that leads to this machine: it is found out when it is looked up, and nothing is connected.
    let server = Server::start(async |_| {}).await;
    let named = server.origin.replace("127.0.0.1", "localhost");
    let outcome = case.sink(Setup { public_only: true, ..Setup::at(&named) }).deliver(&app()).await;
    assert_eq!((outcome.verdict, server.connections()), (Verdict::RetryAfter(None), 0), "{outcome:?}");
    assert!(outcome.detail.contains("no public address"), "{outcome:?}");
}

/// Not in `Debug`, not in an outcome, not in a log, even if the service repeats the whole request.
pub(super) async fn secrets_are_shown_nowhere(case: &Case<'_>) {
    // An outcome shows the beginning of an answer: each part has its turn.
    let echoes: [fn(&Request) -> String; 3] = [
        |request| request.url.to_string(),
        |request| String::from_utf8_lossy(&request.body).into_owned(),
        |request| super::headers(request).into_values().collect::<Vec<_>>().join(" "),
    ];
    let mut origins = vec![Server::nobody().await, Server::answering("").await.origin];
    let mut servers = Vec::new();
    for echo in echoes {
        let server = MockServer::start().await;
        let answer = move |request: &Request| ResponseTemplate::new(500).set_body_string(echo(request));
        Mock::given(any()).respond_with(answer).mount(&server).await;
        origins.push(server.uri());
        servers.push(server);
    }
    // A place that logs is known to subscribers that come after its first use; the other tests run beside this one.
    for origin in &origins {
        case.sink(Setup::at(origin)).deliver(&app()).await;
    }
    for origin in origins {
        let (logs, guard) = Logs::catch();
        let made = (case.make)(Setup::at(&origin));
        let sink = made.sink.unwrap_or_else(|error| panic!("{error}"));
        let outcome = sink.deliver(&app()).await;
        drop(guard);
        assert!(!outcome.is_success(), "{outcome:?}");
        let logs = logs.text();
        assert!(logs.contains("destination=http://127.0.0.1"), "the logs were not caught: {logs}");
        let seen = format!("{} {sink:?} {sink:#?} {outcome:?} {logs}", made.described);
        for secret in case.secrets {
            assert!(!seen.contains(secret), "{secret} in {seen}");
        }
    }
}
