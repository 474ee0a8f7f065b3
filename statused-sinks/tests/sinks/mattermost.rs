//! Mattermost: the message, and what is made of the answers.

use serde_json::{Value, json};
use statused_core::sink::Verdict;
use statused_sinks::mattermost::Mattermost;
use wiremock::{Request, ResponseTemplate};

use crate::kit::{self, Case, RETRY, USER_AGENT, conforms, fields_of, judges, posted};
use crate::support::Server;
use crate::support::app;

const CASE: Case<'_> = Case {
    make: &|setup| setup.make(Mattermost::builder(format!("{}/hooks/key-in-path-123", setup.origin))),
    secrets: &["key-in-path-123"],
    service: |_| ResponseTemplate::new(200).set_body_string("ok"),
    fits,
    reads_first: false,
    gone: (403, ""),
};

/// Of all texts together.
fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.iter().map(length).sum(),
        Value::Object(object) => object.values().map(length).sum(),
        _ => 0,
    }
}

fn fits(request: &Request) {
    let message = kit::json(request);
    assert!(message["text"].as_str().is_some_and(|text| !text.is_empty()));
    assert!(length(&message) <= 16_383, "{}", length(&message));
    // Nobody is called and nothing links.
    let texts = [&message["text"], &message["attachments"][0]["text"], &message["attachments"][0]["title"]];
    for text in texts.map(|text| text.as_str().unwrap_or_default()) {
        assert!(!["@e", "@h", "@c", "[x]("].iter().any(|markup| text.contains(markup)), "{text}");
    }
}

#[tokio::test]
async fn an_event_is_a_sentence_and_a_coloured_attachment() {
    let rejected =
        fields_of("app", &json!({ "status": "Rejected", "status_color": "#e0143d", "reason": "@all _2.1_" }));
    let (request, body) = posted(&CASE, &rejected).await;
    let sentence = "The status of your app Markdown Email changed to Ready for Sale";
    let field = |title: &str, value: &str| json!({ "short": true, "title": title, "value": value });
    assert_eq!(
        body,
        json!({
            "text": sentence,
            "attachments": [{
                "fallback": sentence,
                "color": "#e0143d",
                "title": "Rejected",
                "title_link": "https://appstoreconnect.apple.com/...",
                "text": "@\u{200b}all \\_2.1\\_",
                "thumb_url": "https://example.com/app-icon.png",
                "footer": "App Store Connect",
                "fields": [
                    field("App", "Markdown Email"),
                    field("Version", "1.2.3"),
                    field("Track", "Production"),
                    field("Rollout", "30%"),
                ],
            }],
        })
    );
    assert_eq!((request.url.path(), request.url.query()), ("/hooks/key-in-path-123", None));
    let headers = [("content-type", "application/json"), ("user-agent", USER_AGENT)];
    assert_eq!(kit::headers(&request), headers.into());
}

#[tokio::test]
async fn answers_mean_what_mattermost_says() {
    judges(
        &CASE,
        &[
            (200, "ok", Verdict::Delivered),
            (200, "<html>Log in</html>", RETRY),
            (400, r#"{"id":"web.incoming_webhook.invalid.app_error"}"#, Verdict::Dead),
            (403, "", Verdict::Dead),
            (404, "", Verdict::Dead),
            (429, "", RETRY),
            (500, "", RETRY),
            (503, "", RETRY),
        ],
    )
    .await;
    let breaking_off = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no").await;
    assert_eq!(CASE.at(&breaking_off.origin).deliver(&app()).await.verdict, Verdict::Ambiguous);
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    conforms(&CASE).await;
}
