//! What Slack is sent.

use serde_json::{Value, json};
use statused_core::model::Notification;
use statused_core::{Outcome, Sink};
use statused_sinks::slack::{Mention, SlackWebhook};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::kit::{self, USER_AGENT, fields_of};
use crate::support::{account, app, build, notification};

async fn sent(notification: &Notification) -> Value {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("ok")).mount(&server).await;
    let slack = SlackWebhook::builder(format!("{}/services/T0/B0/X", server.uri())).allow_http(true).build().unwrap();
    assert_eq!(slack.deliver(notification).await, Outcome::delivered().with_status(200));
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!((request.method.as_str(), request.url.path()), ("POST", "/services/T0/B0/X"));
    let headers = [("content-type", "application/json"), ("user-agent", USER_AGENT)];
    assert_eq!(kit::headers(request), headers.into());
    serde_json::from_slice(&request.body).unwrap()
}

fn of(kind: &str, data: &Value) -> Notification {
    notification(kind, "6af15d63-dc69-4088-8adf-cdbb7d204eb4", "2025-01-12T22:12:03Z", data)
}

fn context() -> Value {
    json!({ "type": "context", "elements": [
        { "type": "image", "image_url": "https://example.com/app-icon.png", "alt_text": "Markdown Email" },
        { "type": "mrkdwn", "text":
            "App Store Connect · <https://appstoreconnect.apple.com/...|Open App Store Connect>" },
    ] })
}

fn header(text: &str) -> Value {
    json!({ "type": "header", "text": { "type": "plain_text", "text": text, "emoji": true } })
}

fn field(label: &str, value: &str) -> Value {
    json!({ "type": "mrkdwn", "text": format!("*{label}*\n{value}") })
}

#[tokio::test]
async fn an_app_event_is_a_coloured_message() {
    let text = "The status of your app Markdown Email changed to Ready for Sale";
    let fields = [
        field("App", "Markdown Email"),
        field("Version", "1.2.3"),
        field("Track", "Production"),
        field("Rollout", "30%"),
    ];
    assert_eq!(
        sent(&app()).await,
        json!({
            "text": text,
            "attachments": [{
                "color": "#1eb6fc",
                "fallback": text,
                "blocks": [header("Ready for Sale"), { "type": "section", "fields": fields }, context()],
            }],
            "unfurl_links": false,
            "unfurl_media": false,
        })
    );
}

#[tokio::test]
async fn builds_and_rejections_say_more() {
    assert_eq!(sent(&build()).await["attachments"][0]["blocks"][0], header("Valid"));

    let mut rejected = crate::support::app_data();
    rejected["status"] = json!("Rejected");
    for (key, value) in [
        ("previous_status", "In Review"),
        ("platform", "MAC_OS"),
        ("build_number", "42"),
        ("reason", "<guideline> 2.1"),
    ] {
        rejected[key] = json!(value);
    }
    let fields = [
        field("App", "Markdown Email"),
        field("Version", "1.2.3"),
        field("Build", "42"),
        field("Platform", "macOS"),
        field("Track", "Production"),
        field("Rollout", "30%"),
        field("Before", "In Review"),
    ];
    assert_eq!(
        sent(&of("app", &rejected)).await["attachments"][0]["blocks"],
        json!([
            header("Rejected"),
            { "type": "section", "fields": fields },
            { "type": "section", "text": field("Reason", "&lt;guideline&gt; 2.1") },
            context(),
        ])
    );
}

#[tokio::test]
async fn an_account_event_has_no_app() {
    let message = sent(&account()).await;
    assert_eq!(message["text"], "Action Needed: You Have Pending Agreements");
    let attachment = &message["attachments"][0];
    assert_eq!(attachment["color"], "#ff6b6b");
    let link = "App Store Connect · <https://appstoreconnect.apple.com/...|Open App Store Connect>";
    assert_eq!(
        attachment["blocks"],
        json!([
            header("Pending Agreement Acceptance"),
            { "type": "context", "elements": [{ "type": "mrkdwn", "text": link }] },
        ])
    );
}

#[tokio::test]
async fn welcomes_and_tests_say_what_they_are() {
    let data = json!({
        "message": "Your workflow is active", "store_name": "Statused", "status_color": "#1eb6fc",
        "timestamp": "2025-01-12T22:12:03Z", "workflow_id": "ios-production",
    });
    for (kind, title) in [("welcome", "Welcome"), ("test", "Test notification")] {
        let message = sent(&of(kind, &data)).await;
        assert_eq!(message["text"], "Your workflow is active");
        let origin = json!({ "type": "context", "elements": [{ "type": "mrkdwn", "text": "Statused" }] });
        assert_eq!(message["attachments"][0]["blocks"], json!([header(title), origin]));
    }
    // A sample of a status is still a test.
    let blocks = sent(&of("test", &crate::support::app_data())).await["attachments"][0]["blocks"].take();
    assert_eq!(blocks[0], header("Test notification"));
    assert!(blocks[1]["fields"].as_array().unwrap().contains(&field("Status", "Ready for Sale")), "{blocks}");
}

#[tokio::test]
async fn an_event_with_nothing_to_show_is_text() {
    let empty = json!({ "message": "", "store_name": " ", "status_color": "red", "timestamp": "" });
    let message = sent(&of("app", &empty)).await;
    assert_eq!(message, json!({ "text": "Statused", "unfurl_links": false, "unfurl_media": false }));
}

/// Every text of a message with the kind of object it is in.
fn texts(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(object) => {
            if let (Some(Value::String(kind)), Some(Value::String(text))) = (object.get("type"), object.get("text")) {
                found.push((kind.clone(), text.clone()));
            }
            object.values().for_each(|value| texts(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| texts(value, found)),
        _ => {}
    }
}

/// Whether Slack takes it, and nobody is called by it.
pub(crate) fn fits(request: &Request) {
    let message: Value = serde_json::from_slice(&request.body).unwrap();
    let text = message["text"].as_str().unwrap();
    assert!((1..=3000).contains(&text.encode_utf16().count()) && !text.contains("<!ch"), "{text}");
    let blocks = &message["attachments"][0]["blocks"];
    assert!(blocks[1]["fields"].as_array().is_none_or(|fields| fields.len() <= 10));
    let mut found = Vec::new();
    texts(blocks, &mut found);
    let mut total = 0;
    for (kind, text) in &found {
        let length = text.encode_utf16().count();
        total += length;
        assert!((1..=if kind == "plain_text" { 150 } else { 3000 }).contains(&length), "{kind} of {length}");
        // Plain text, as in the header, knows neither mentions nor links.
        assert!(kind == "plain_text" || !text.contains("<!"), "{text}");
    }
    assert!(total < 13_200, "{total}");
}

#[tokio::test]
async fn text_is_escaped_and_as_long_as_may_be() {
    let long = "<!channel> & 🚀".repeat(1000);
    let message = sent(&fields_of("app", &json!({ "message": long }))).await;
    let text = message["text"].as_str().unwrap();
    assert!(text.starts_with("&lt;!channel&gt; &amp; 🚀&lt;") && text.ends_with('…'), "{text}");
    assert!(text.encode_utf16().count() > 2990);
}

#[tokio::test]
async fn a_link_cannot_be_broken_out_of() {
    let message =
        sent(&fields_of("app", &json!({ "internal_store_url": "https://a.example/?x=1&y=|<!channel>" }))).await;
    let words = message["attachments"][0]["blocks"][2]["elements"][1]["text"].as_str().unwrap();
    assert!(words.ends_with("<https://a.example/?x=1&amp;y=%7C%3C!channel%3E|Open App Store Connect>"), "{words}");
}

/// On trouble, on one status, and never for a sample.
#[tokio::test]
async fn somebody_is_called_when_the_application_says_so() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("ok")).mount(&server).await;
    let builder = SlackWebhook::builder(format!("{}/services/T0/B0/X", server.uri())).allow_http(true);
    let slack = builder
        .mention("S0GROUP".parse().unwrap())
        .mention_on("ready for sale", "here".parse().unwrap())
        .mention_on("IN_REVIEW", "U0USER".parse().unwrap())
        .build()
        .unwrap();
    let of = |kind: &str, status: &str, color: &str, code: Option<&str>| {
        let changes = json!({ "message": "It", "status": status, "status_color": color, "status_code": code });
        fields_of(kind, &changes)
    };
    for (notification, text) in [
        (of("app", "Rejected", "#e0143d", Some("REJECTED")), "<!subteam^S0GROUP> It"),
        (of("account", "Pending Agreement Acceptance", "#ff6b6b", None), "<!subteam^S0GROUP> It"),
        (of("app", "Ready for Sale", "#1eb6fc", None), "<!here> It"),
        (of("app", "In Review", "#1eb6fc", Some("IN_REVIEW")), "<@U0USER> It"),
        (of("app", "Accepted", "#1eb6fc", None), "It"),
        (of("test", "Rejected", "#e0143d", Some("REJECTED")), "It"),
    ] {
        assert!(slack.deliver(&notification).await.is_success());
        let request = server.received_requests().await.unwrap().pop().unwrap();
        let message: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(message["text"], text);
        assert_eq!(message["attachments"][0]["fallback"], text);
    }
    for nobody in ["", "U", "u0user", "U0<!here>", "<!here>", "@here", "C0CHANNEL"] {
        assert!(nobody.parse::<Mention>().is_err(), "{nobody}");
    }
}

#[tokio::test]
async fn addresses_that_are_none_of_the_web_are_left_out() {
    let mut data = crate::support::app_data();
    data["app_icon_url"] = json!("javascript:alert(1)");
    data["internal_store_url"] = json!("appstoreconnect");
    let message = sent(&of("app", &data)).await;
    let context = json!({ "type": "context", "elements": [{ "type": "mrkdwn", "text": "App Store Connect" }] });
    assert_eq!(message["attachments"][0]["blocks"][2], context);
}
