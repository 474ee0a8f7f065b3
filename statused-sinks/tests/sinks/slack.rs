//! What is made of Slack's answers.

use std::time::Duration;

use serde_json::Value;
use statused_core::sink::{Rate, Verdict};
use statused_core::{Outcome, Sink};
use statused_sinks::slack::{Mention, SlackWebhook};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::kit::{Case, conforms};
use crate::slack_message;
use crate::support::{Server, app};

const RETRY: Verdict = Verdict::RetryAfter(None);

fn slack(origin: &str) -> SlackWebhook {
    SlackWebhook::builder(format!("{origin}/services/T0/B0/X")).allow_http(true).build().unwrap()
}

async fn deliver_to(answer: ResponseTemplate) -> Outcome {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).expect(1).mount(&server).await;
    slack(&server.uri()).deliver(&app()).await
}

async fn verdict(status: u16, body: &str) -> Verdict {
    let outcome = deliver_to(ResponseTemplate::new(status).set_body_string(body)).await;
    assert_eq!(outcome.status, Some(status));
    outcome.verdict
}

#[tokio::test]
async fn only_ok_is_ok() {
    assert_eq!(verdict(200, "ok").await, Verdict::Delivered);
    assert_eq!(verdict(200, " ok\r\n").await, Verdict::Delivered);
    assert_eq!(verdict(200, "<html>Please log in to the hotel's network</html>").await, RETRY);
    assert_eq!(verdict(200, "").await, RETRY);
    assert_eq!(verdict(500, "ok").await, RETRY);
    assert_eq!(verdict(302, "ok").await, RETRY);
}

#[tokio::test]
async fn dead_webhooks_are_known_by_their_word_and_by_their_status() {
    for word in [
        "no_service",
        "no_active_hooks",
        "no_service_id",
        "channel_not_found",
        "channel_is_archived",
        "action_prohibited",
        "posting_to_general_channel_denied",
        "no_team",
        "team_disabled",
        "invalid_token",
    ] {
        for status in [200, 400, 500] {
            assert_eq!(verdict(status, &format!("{word}\n")).await, Verdict::Dead, "{status} {word}");
        }
    }
    for status in [403, 404, 410] {
        assert_eq!(verdict(status, "whatever").await, Verdict::Dead, "{status}");
    }
    assert_eq!(verdict(400, "no_services_here").await, RETRY);
}

#[tokio::test]
async fn other_failures_are_tried_again() {
    for (status, word) in [
        (400, "invalid_payload"),
        (400, "no_text"),
        (400, "too_many_attachments"),
        (400, "user_not_found"),
        (401, ""),
        (429, "rate_limited"),
        (500, "rollup_error"),
        (503, ""),
    ] {
        assert_eq!(verdict(status, word).await, RETRY, "{status} {word}");
    }
    let limited = ResponseTemplate::new(429).insert_header("retry-after", "30").set_body_string("rate_limited");
    let outcome = deliver_to(limited).await;
    assert_eq!(outcome.verdict, Verdict::RetryAfter(Some(Duration::from_secs(30))));
    assert_eq!(outcome.detail, "429 Too Many Requests: rate_limited");
}

/// Answers `refusal` to messages with attachments and `rest` to others.
async fn refusing(refusal: &'static str, rest: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    let answer = move |request: &Request| {
        let message: Value = serde_json::from_slice(&request.body).unwrap();
        match message.get("attachments") {
            Some(_) => ResponseTemplate::new(400).set_body_string(refusal),
            None => rest.clone(),
        }
    };
    Mock::given(any()).respond_with(answer).expect(2).mount(&server).await;
    server
}

#[tokio::test]
async fn refused_blocks_are_sent_as_text_at_once() {
    for refusal in ["invalid_blocks", "invalid_blocks_format", "invalid_attachments"] {
        let server = refusing(refusal, ResponseTemplate::new(200).set_body_string("ok")).await;
        assert_eq!(slack(&server.uri()).deliver(&app()).await.verdict, Verdict::Delivered, "{refusal}");
        let requests = server.received_requests().await.unwrap();
        let text: Value = serde_json::from_slice(&requests[1].body).unwrap();
        assert_eq!(text["text"], "The status of your app Markdown Email changed to Ready for Sale");
    }
}

/// The second answer counts, and there is no third request.
#[tokio::test]
async fn refused_text_is_not_sent_again() {
    let again = ResponseTemplate::new(400).set_body_string("invalid_blocks");
    let server = refusing("invalid_blocks", again).await;
    assert_eq!(slack(&server.uri()).deliver(&app()).await.verdict, RETRY);

    let gone = ResponseTemplate::new(404).set_body_string("no_service");
    let server = refusing("invalid_blocks", gone).await;
    assert_eq!(slack(&server.uri()).deliver(&app()).await.verdict, Verdict::Dead);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_in_doubt() {
    let breaking_off = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no").await;
    let outcome = slack(&breaking_off.origin).deliver(&app()).await;
    assert_eq!((outcome.verdict, outcome.status), (Verdict::Ambiguous, Some(200)));
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    conforms(&Case {
        make: &|setup| {
            let url = format!("{}/services/T012345678/B012345678/abcdefghi", setup.origin);
            setup.make(SlackWebhook::builder(url).mention(Mention::Here))
        },
        secrets: &["T012345678", "B012345678", "abcdefghi"],
        service: |_| ResponseTemplate::new(200).set_body_string("ok"),
        fits: slack_message::fits,
        reads_first: false,
        gone: (403, ""),
    })
    .await;
}

#[test]
fn the_profile_keeps_to_slacks_rate() {
    let profile = slack("http://127.0.0.1:1").profile();
    assert_eq!(profile.rate, Some(Rate::new(3, Duration::from_secs(3))));
    assert!(profile.repeat_is_harmless && profile.concurrency <= 2);
}
