//! Teams: the card, and what is made of the answers.

use serde_json::{Value, json};
use statused_core::sink::Verdict;
use statused_sinks::DestinationError;
use statused_sinks::teams::{Teams, TeamsBuilder};
use wiremock::{Request, ResponseTemplate};

use crate::kit::{self, Case, RETRY, USER_AGENT, conforms, fields_of, judges, posted};
use crate::support::account;

const PATH: &str = "/workflows/0123456789abcdef/triggers/manual/paths/invoke";
const QUERY: &str = "api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=sig-in-query-123";

fn builder(origin: &str) -> TeamsBuilder {
    Teams::builder(format!("{origin}{PATH}?{QUERY}"))
}

const CASE: Case<'_> = Case {
    make: &|setup| setup.make(builder(setup.origin)),
    secrets: &["0123456789abcdef", "sig-in-query-123"],
    service: |_| ResponseTemplate::new(202),
    fits,
    reads_first: false,
    gone: (401, ""),
};

/// Text of strangers stands in runs of text only, and the whole is small enough.
fn fits(request: &Request) {
    assert!(request.body.len() < 20_000, "{}", request.body.len());
    no_markup(&kit::json(request));
}

fn no_markup(value: &Value) {
    match value {
        Value::Object(object) => {
            let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
            assert!(!["TextBlock", "FactSet"].contains(&kind), "{kind} reads Markdown");
            let text = object.get("text").and_then(Value::as_str).unwrap_or("something");
            assert!(!text.is_empty() && !text.contains(['\n', '\u{0}']), "{text:?}");
            object.values().for_each(no_markup);
        }
        Value::Array(items) => items.iter().for_each(no_markup),
        _ => {}
    }
}

fn rich(runs: &Value) -> Value {
    json!({ "type": "RichTextBlock", "inlines": runs })
}

fn row(label: &str, value: &str) -> Value {
    rich(&json!([
        { "type": "TextRun", "text": format!("{label}: "), "weight": "Bolder" },
        { "type": "TextRun", "text": value },
    ]))
}

#[tokio::test]
async fn an_event_is_an_adaptive_card() {
    let rejected = fields_of(
        "app",
        &json!({
            "status": "Rejected", "status_color": "#e0143d", "reason": "[Guideline](https://e.vil)\n2.1", "track": null,
        }),
    );
    let (request, body) = posted(&CASE, &rejected).await;
    let sentence = "The status of your app Markdown Email changed to Ready for Sale";
    let image = json!({
        "type": "Image", "url": "https://example.com/app-icon.png", "altText": "Markdown Email", "size": "Small",
    });
    let words = [
        rich(&json!([{ "type": "TextRun", "text": "Rejected", "weight": "Bolder", "size": "Large" }])),
        rich(&json!([{ "type": "TextRun", "text": sentence }])),
    ];
    let columns = json!([
        { "type": "Column", "width": "auto", "items": [image] },
        { "type": "Column", "width": "stretch", "items": words },
    ]);
    let head = json!({ "type": "ColumnSet", "columns": columns });
    assert_eq!(
        body,
        json!({
            "type": "message",
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": null,
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "fallbackText": sentence,
                    "body": [
                        { "type": "Container", "style": "attention", "bleed": true, "items": [head] },
                        row("App", "Markdown Email"),
                        row("Version", "1.2.3"),
                        row("Rollout", "30%"),
                        row("Reason", "[Guideline](https://e.vil) 2.1"),
                    ],
                    "actions": [{
                        "type": "Action.OpenUrl",
                        "title": "Open App Store Connect",
                        "url": "https://appstoreconnect.apple.com/...",
                    }],
                    "msteams": { "width": "full" },
                },
            }],
        })
    );
    // To the letter: the signature covers the encoding.
    assert_eq!((request.url.path(), request.url.query()), (PATH, Some(QUERY)));
    let headers = [("content-type", "application/json"), ("user-agent", USER_AGENT)];
    assert_eq!(kit::headers(&request), headers.into());
}

#[tokio::test]
async fn every_tone_has_its_style() {
    for (color, style) in [
        ("#1eb6fc", "accent"),
        ("#14ba40", "good"),
        ("#f4f124", "warning"),
        ("#FF6B6B", "attention"),
        ("#e0143d", "attention"),
        ("#8e8e8e", "emphasis"),
        ("red", "emphasis"),
    ] {
        let (_, body) = posted(&CASE, &fields_of("app", &json!({ "status_color": color }))).await;
        assert_eq!(body["attachments"][0]["content"]["body"][0]["style"], style, "{color}");
    }
    let (_, body) = posted(&CASE, &account()).await;
    let columns = &body["attachments"][0]["content"]["body"][0]["items"][0]["columns"];
    assert_eq!(columns.as_array().unwrap().len(), 1, "an account has no icon");
}

#[tokio::test]
async fn answers_mean_what_teams_says() {
    judges(
        &CASE,
        &[
            (202, "", Verdict::Accepted),
            (200, "", Verdict::Delivered),
            (401, "", Verdict::Dead),
            (403, "", Verdict::Dead),
            (404, "", Verdict::Dead),
            (400, r#"{"error":{"code":"TriggerInputSchemaMismatch"}}"#, RETRY),
            (429, "", RETRY),
            (500, "", RETRY),
            (503, "", RETRY),
        ],
    )
    .await;
    let case = Case { make: &|setup| setup.make(builder(setup.origin).dead_on([410])), ..CASE };
    judges(&case, &[(401, "", RETRY), (410, "", Verdict::Dead)]).await;
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    conforms(&CASE).await;
}

#[test]
fn old_connectors_are_refused_with_the_reason() {
    for url in [
        "https://acme.webhook.office.com/webhookb2/hunter2@x/IncomingWebhook/y/z",
        "https://outlook.office.com/webhook/hunter2",
    ] {
        let error = Teams::builder(url).build().unwrap_err();
        assert!(matches!(error, DestinationError::WrongLink { .. }), "{error}");
        assert!(error.to_string().contains("switching off") && !error.to_string().contains("hunter2"), "{error}");
    }
}
