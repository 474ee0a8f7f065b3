//! Google Chat: the message, and what is made of the answers.

use std::time::Duration;

use serde_json::json;
use statused_core::sink::{Rate, Verdict};
use statused_sinks::google_chat::{GoogleChat, GoogleChatBuilder};
use wiremock::{Request, ResponseTemplate};

use crate::kit::{self, Case, RETRY, USER_AGENT, conforms, fields_of, judges, posted};
use crate::support::app;

const PATH: &str = "/v1/spaces/AAAA-space-1/messages";
const QUERY: &str = "key=key-in-query-1&token=tok-in-query-2%3D";

fn builder(origin: &str) -> GoogleChatBuilder {
    GoogleChat::builder(format!("{origin}{PATH}?{QUERY}"))
}

const CASE: Case<'_> = Case {
    make: &|setup| setup.make(builder(setup.origin)),
    secrets: &["AAAA-space-1", "key-in-query-1", "tok-in-query-2"],
    service: |_| ResponseTemplate::new(200).set_body_json(json!({ "name": "spaces/1/messages/1" })),
    fits,
    reads_first: false,
    gone: (403, r#"{"error":{"status":"PERMISSION_DENIED"}}"#),
};

fn fits(request: &Request) {
    assert!(request.body.len() < 32_000, "{}", request.body.len());
    let message = kit::json(request);
    let text = message["text"].as_str().unwrap();
    assert!(!text.is_empty() && !text.contains("<u") && !text.contains("<h"), "{text}");
    for widget in message["cardsV2"][0]["card"]["sections"][0]["widgets"].as_array().into_iter().flatten() {
        let texts = [&widget["decoratedText"]["text"], &widget["textParagraph"]["text"]];
        assert!(!texts.iter().any(|text| text.as_str().is_some_and(|text| text.contains('<'))), "{widget}");
    }
}

#[tokio::test]
async fn an_event_is_a_sentence_and_a_card() {
    let rejected = fields_of(
        "app",
        &json!({
            "message": "<users/all> look", "status": "Rejected", "reason": "<a href=\"https://e.vil\">2.1</a>",
        }),
    );
    let (request, body) = posted(&CASE, &rejected).await;
    let row = |label: &str, text: &str| json!({ "decoratedText": { "topLabel": label, "text": text } });
    let open = json!({ "openLink": { "url": "https://appstoreconnect.apple.com/..." } });
    assert_eq!(
        body,
        json!({
            "text": "<\u{200b}users/all> look",
            "cardsV2": [{
                "cardId": "6af15d63-dc69-4088-8adf-cdbb7d204eb4",
                "card": {
                    "header": {
                        "title": "Rejected",
                        "subtitle": "App Store Connect",
                        "imageUrl": "https://example.com/app-icon.png",
                        "imageAltText": "Markdown Email",
                    },
                    "sections": [{ "widgets": [
                        row("App", "Markdown Email"),
                        row("Version", "1.2.3"),
                        row("Track", "Production"),
                        row("Rollout", "30%"),
                        { "textParagraph": { "text": "&lt;a href=&quot;https://e.vil&quot;&gt;2.1&lt;/a&gt;" } },
                        { "buttonList": { "buttons": [{ "text": "Open App Store Connect", "onClick": open }] } },
                    ] }],
                },
            }],
        })
    );
    assert_eq!((request.url.path(), request.url.query()), (PATH, Some(QUERY)));
    let headers = [("content-type", "application/json"), ("user-agent", USER_AGENT)];
    assert_eq!(kit::headers(&request), headers.into());
}

#[tokio::test]
async fn threads_and_request_ids_are_by_choice() {
    let case =
        Case { make: &|setup| setup.make(builder(setup.origin).thread_key("releases").request_ids(true)), ..CASE };
    let (request, body) = posted(&case, &app()).await;
    assert_eq!(body["thread"], json!({ "threadKey": "releases" }));
    let rest = request.url.query().unwrap().strip_prefix(QUERY).unwrap();
    let reply = "&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD";
    assert_eq!(rest, format!("{reply}&requestId=6af15d63-dc69-4088-8adf-cdbb7d204eb4"));
}

#[tokio::test]
async fn answers_mean_what_google_says() {
    judges(
        &CASE,
        &[
            (200, "{}", Verdict::Delivered),
            (403, r#"{"error":{"status":"PERMISSION_DENIED"}}"#, Verdict::Dead),
            (404, r#"{"error":{"status":"NOT_FOUND"}}"#, Verdict::Dead),
            (400, r#"{"error":{"status":"INVALID_ARGUMENT"}}"#, RETRY),
            (429, r#"{"error":{"status":"RESOURCE_EXHAUSTED"}}"#, RETRY),
            (500, "", RETRY),
            (503, "", RETRY),
        ],
    )
    .await;
    assert_eq!(CASE.at("http://127.0.0.1:1").profile().rate, Some(Rate::new(1, Duration::from_secs(1))));
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    conforms(&CASE).await;
}
