//! Telegram: the message, and what is made of the answers.

use std::time::Duration;

use serde_json::json;
use statused_core::sink::{Rate, Verdict};
use statused_sinks::telegram::{Telegram, TelegramBuilder};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::kit::{self, Case, RETRY, USER_AGENT, conforms, fields_of, judges, posted, retry_after};
use crate::support::{Server, app};

const TOKEN: &str = "1234567890:tok-in-path_AAE";

fn builder(origin: &str) -> TelegramBuilder {
    Telegram::builder(TOKEN, "-1001234567890").base_url(origin)
}

const CASE: Case<'_> = Case {
    make: &|setup| setup.make(builder(setup.origin)),
    secrets: &[TOKEN, "tok-in-path_AAE"],
    service: |_| ResponseTemplate::new(200).set_body_json(json!({ "ok": true, "result": {} })),
    fits,
    reads_first: false,
    gone: (401, r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#),
};

/// Short enough, nobody mentioned, and no tag but ours.
fn fits(request: &Request) {
    let message = kit::json(request);
    let text = message["text"].as_str().unwrap();
    let ours = ["<b>", "</b>", "<blockquote>", "</blockquote>", "</a>"];
    let mut rest = ours.iter().fold(text.to_owned(), |text, tag| text.replace(tag, ""));
    if let Some(at) = rest.find("<a href=\"https://") {
        let end = rest[at..].find("\">").unwrap();
        rest.replace_range(at..at + end + 2, "");
    }
    assert!(!rest.contains(['<', '>', '"']) && !rest.contains("@e") && !rest.contains("@h"), "{rest}");
    // Telegram counts what is left when the tags are read.
    assert!((1..=4096).contains(&rest.encode_utf16().count()), "{}", rest.len());
}

#[tokio::test]
async fn an_event_is_a_message_in_html() {
    let rejected = fields_of(
        "app",
        &json!({
            "status": "Rejected", "status_color": "#e0143d", "app_name": "Tom & <b>Jerry</b> @jerry", "reason": "2.1",
            "internal_store_url": "https://a.example/?a=1&b=\"2\"",
        }),
    );
    let (request, body) = posted(&CASE, &rejected).await;
    let text = "🔴 <b>Rejected</b>\n\
        The status of your app Markdown Email changed to Ready for Sale\n\n\
        <b>App</b>: Tom &amp; &lt;b&gt;Jerry&lt;/b&gt; @\u{200b}jerry\n\
        <b>Version</b>: 1.2.3\n\
        <b>Track</b>: Production\n\
        <b>Rollout</b>: 30%\n\
        <blockquote>2.1</blockquote>\n\n\
        <a href=\"https://a.example/?a=1&amp;b=%222%22\">Open App Store Connect</a>";
    assert_eq!(
        body,
        json!({
            "chat_id": -1_001_234_567_890_i64,
            "text": text,
            "parse_mode": "HTML",
            "link_preview_options": { "is_disabled": true },
        })
    );
    assert_eq!((request.url.path(), request.url.query()), (&*format!("/bot{TOKEN}/sendMessage"), None));
    let headers = [("content-type", "application/json"), ("user-agent", USER_AGENT)];
    assert_eq!(kit::headers(&request), headers.into());
}

#[tokio::test]
async fn channels_have_names_and_forums_have_topics() {
    let case = Case {
        make: &|setup| setup.make(Telegram::builder(TOKEN, "@releases").base_url(setup.origin).topic(7)),
        ..CASE
    };
    let (_, body) = posted(&case, &app()).await;
    assert_eq!((&body["chat_id"], &body["message_thread_id"]), (&json!("@releases"), &json!(7)));
}

#[tokio::test]
async fn answers_mean_what_telegram_says() {
    let limited = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 34","parameters":{"retry_after":34}}"#;
    judges(
        &CASE,
        &[
            (200, r#"{"ok":true,"result":{}}"#, Verdict::Delivered),
            (200, r#"{"ok":false}"#, RETRY),
            (200, "<html>", RETRY),
            (401, r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#, Verdict::Dead),
            (403, r#"{"ok":false,"description":"Forbidden: bot was kicked from the group chat"}"#, Verdict::Dead),
            (404, r#"{"ok":false,"error_code":404,"description":"Not Found"}"#, Verdict::Dead),
            (400, r#"{"ok":false,"description":"Bad Request: chat not found"}"#, Verdict::Dead),
            (400, r#"{"ok":false,"description":"Bad Request: can't parse entities"}"#, RETRY),
            (429, limited, retry_after(34_000)),
            (500, "", RETRY),
            (502, "", RETRY),
        ],
    )
    .await;
    let breaking_off = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"ok\":").await;
    assert_eq!(CASE.at(&breaking_off.origin).deliver(&app()).await.verdict, Verdict::Ambiguous);
    assert_eq!(CASE.at("http://127.0.0.1:1").profile().rate, Some(Rate::new(3, Duration::from_secs(9))));
}

/// A group that becomes a supergroup has another number.
#[tokio::test]
async fn a_chat_that_has_moved_is_followed() {
    let server = MockServer::start().await;
    let answer = |request: &Request| {
        if kit::json(request)["chat_id"] == json!(-42) {
            return ResponseTemplate::new(200).set_body_json(json!({ "ok": true }));
        }
        let parameters = json!({ "migrate_to_chat_id": -42 });
        ResponseTemplate::new(400).set_body_json(json!({ "ok": false, "parameters": parameters }))
    };
    Mock::given(any()).respond_with(answer).expect(3).mount(&server).await;
    let telegram = CASE.at(&server.uri());
    assert_eq!(telegram.deliver(&app()).await.verdict, Verdict::Delivered);
    assert_eq!(telegram.deliver(&app()).await.verdict, Verdict::Delivered);
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    conforms(&CASE).await;
}

#[test]
fn descriptions_that_cannot_work_are_refused() {
    for token in ["", "hunter2", "hunter2:x", "123:hunter2/../x", "123:hunter2?"] {
        let error = Telegram::builder(token, "1").build().unwrap_err();
        assert!(error.to_string().starts_with("the token ") && !error.to_string().contains("hunter2"), "{error}");
    }
    for chat in ["", "releases", "@"] {
        let error = Telegram::builder(TOKEN, chat).build().unwrap_err();
        assert!(error.to_string().starts_with("chat_id "), "{error}");
    }
}
