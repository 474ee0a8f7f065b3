//! What is made of answers, and of their absence.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use statused_core::Outcome;
use statused_core::sink::Verdict;
use tokio::io::AsyncWriteExt;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{Case, Desk, Setup};
use crate::support::{Server, app, read_request};

const RETRY: Verdict = Verdict::RetryAfter(None);

async fn deliver(case: &Case<'_>, origin: &str) -> Outcome {
    case.sink(Setup::at(origin)).deliver(&app()).await
}

pub(super) fn its_own_verdict_comes_in_time(case: &Case<'_>) {
    let profile = case.sink(Setup::at("http://127.0.0.1:1")).profile();
    assert!(profile.timeout > Duration::from_secs(20), "the sink's own verdict would come too late");
}

pub(super) async fn redirects_are_not_followed(case: &Case<'_>) {
    let elsewhere = MockServer::start().await;
    Mock::given(any()).respond_with(case.service).expect(0).mount(&elsewhere).await;
    let desk = Desk::of(case).await;
    for status in [301, 302, 303, 307, 308] {
        let outcome = desk.answers(ResponseTemplate::new(status).insert_header("location", elsewhere.uri())).await;
        assert_eq!((outcome.verdict, outcome.status), (RETRY, Some(status)), "{outcome:?}");
    }
}

pub(super) async fn waits_are_passed_on(case: &Case<'_>) {
    let desk = Desk::of(case).await;
    for status in [429, 503] {
        let answer = ResponseTemplate::new(status).insert_header("retry-after", "7").set_body_string("slow down");
        let outcome = desk.answers(answer).await;
        assert_eq!(outcome.verdict, Verdict::RetryAfter(Some(Duration::from_secs(7))), "{outcome:?}");
        let outcome = desk.answers(ResponseTemplate::new(status)).await;
        assert!(matches!(outcome.verdict, Verdict::RetryAfter(_)), "{status}: {outcome:?}");
    }
}

pub(super) async fn doubt_is_told_from_certainty(case: &Case<'_>) {
    let outcome = deliver(case, &Server::nobody().await).await;
    assert_eq!((outcome.verdict, outcome.status), (RETRY, None), "{outcome:?}");

    // Where TLS cannot be agreed on, nothing has been sent either.
    let no_tls = Server::start(|mut stream| async move {
        stream.write_all(b"no TLS here").await.ok();
    })
    .await;
    let outcome = deliver(case, &no_tls.origin.replace("http:", "https:")).await;
    assert_eq!((outcome.verdict, no_tls.connections()), (RETRY, 1), "{outcome:?}");

    let in_doubt = if case.reads_first { RETRY } else { Verdict::Ambiguous };
    for answer in ["", "HTTP/1.1 200 OK\r\nContent-", "\u{0}\u{1}RUBBISH RUBBISH\r\n\r\n"] {
        let server = Server::answering(answer).await;
        let outcome = deliver(case, &server.origin).await;
        assert_eq!((outcome.verdict, outcome.status), (in_doubt, None), "{answer:?}: {outcome:?}");
        assert_eq!(server.connections(), 1, "tried again behind the schedule's back");
    }

    let hanging = Server::start(|mut stream| async move {
        read_request(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let setup = Setup { timeout: Duration::from_millis(300), ..Setup::at(&hanging.origin) };
    let outcome = case.sink(setup).deliver(&app()).await;
    assert_eq!((outcome.verdict, outcome.status), (in_doubt, None), "{outcome:?}");
    assert!(outcome.detail.contains("in time"), "{outcome:?}");
}

pub(super) async fn rubbish_and_endless_answers_are_bounded(case: &Case<'_>) {
    for head in ["HTTP/1.1 200 OK\r\n", "HTTP/1.1 500 Oops\r\n"] {
        let (server, written) = endless(head).await;
        let outcome = deliver(case, &server.origin).await;
        // What the sink reads, and what the connection holds.
        let written = written.load(Ordering::SeqCst);
        assert!(written < 32 * 1024 * 1024, "{written} bytes were taken");
        assert!(outcome.detail.chars().count() < 300, "{}", outcome.detail);
        assert!(head.contains("200") || outcome.verdict == RETRY, "{outcome:?}");
    }
    // Whatever it is taken for, it is taken for something.
    let desk = Desk::of(case).await;
    for body in [&[0xff, 0x00, 0x1b, b'x'][..], b"{}", b"[]", b"null", b"{\"ok\":7,\"error\":[]}", b"<html>"] {
        for status in [200, 400, 429, 500] {
            let outcome = desk.answers(ResponseTemplate::new(status).set_body_bytes(body)).await;
            assert!(!outcome.detail.contains('\u{1b}'), "{outcome:?}");
            assert!(status == 200 || !outcome.is_success(), "{outcome:?}");
        }
    }
}

/// A service whose answer goes on for as long as somebody reads it, and how much it has got rid of.
async fn endless(head: &'static str) -> (Server, Arc<AtomicUsize>) {
    let written = Arc::new(AtomicUsize::new(0));
    let counter = written.clone();
    let server = Server::start(move |mut stream| {
        let counter = counter.clone();
        async move {
            read_request(&mut stream).await;
            stream.write_all(format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes()).await.ok();
            let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x1_0000));
            while stream.write_all(chunk.as_bytes()).await.is_ok() {
                counter.fetch_add(chunk.len(), Ordering::SeqCst);
            }
        }
    })
    .await;
    (server, written)
}
