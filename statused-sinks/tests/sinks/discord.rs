//! Discord: the message, and what is made of the answers.

use std::time::Duration;

use serde_json::{Value, json};
use statused_core::sink::{Rate, Verdict};
use statused_sinks::DestinationError;
use statused_sinks::discord::{Discord, DiscordBuilder};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::kit::{self, Case, RETRY, USER_AGENT, answered, conforms, fields_of, judges, posted, retry_after};
use crate::support::{account, app};

const PATH: &str = "/api/webhooks/1122334455667788/tok-in-path-123";

fn builder(origin: &str) -> DiscordBuilder {
    Discord::builder(format!("{origin}{PATH}"))
}

const CASE: Case<'_> = Case {
    make: &|setup| setup.make(builder(setup.origin)),
    secrets: &["1122334455667788", "tok-in-path-123"],
    service: |_| ResponseTemplate::new(200).set_body_json(json!({ "id": "1", "type": 0 })),
    fits,
    reads_first: false,
    gone: (401, ""),
};

fn length(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.trim().encode_utf16().count())
}

/// The limits of Discord's documentation, and no mention.
fn fits(request: &Request) {
    let message = kit::json(request);
    assert_eq!(message["allowed_mentions"], json!({ "parse": [] }));
    assert!((1..=2000).contains(&length(&message["content"])));
    let embeds = message["embeds"].as_array().unwrap();
    assert_eq!(embeds.len(), 1);
    let embed = &embeds[0];
    let none = Vec::new();
    let fields = embed["fields"].as_array().unwrap_or(&none);
    let mut total = 0;
    for (text, longest) in [(&embed["title"], 256), (&embed["description"], 4096), (&embed["footer"]["text"], 2048)] {
        assert!(text.is_null() || (1..=longest).contains(&length(text)), "{text}");
        total += length(text);
    }
    assert!(fields.len() <= 25);
    for field in fields {
        assert!((1..=256).contains(&length(&field["name"])) && (1..=1024).contains(&length(&field["value"])));
        total += length(&field["name"]) + length(&field["value"]);
    }
    assert!(total <= 6000, "{total}");
    for text in [&message["content"], &embed["description"], &embed["title"]] {
        let text = text.as_str().unwrap_or_default();
        assert!(!["@e", "<@U", "<!", "[x]("].iter().any(|markup| text.contains(markup)), "{text}");
    }
}

#[tokio::test]
async fn an_event_is_a_sentence_and_a_coloured_embed() {
    let rejected = fields_of(
        "app",
        &json!({
            "status": "Rejected", "status_color": "#e0143d", "previous_status": "In Review", "platform": "IOS",
            "build_number": "42", "reason": "*2.1* <@1> @everyone", "app_name": "Tom & [Jerry](https://e.vil)",
        }),
    );
    let (request, body) = posted(&CASE, &rejected).await;
    let field = |name: &str, value: &str| json!({ "name": name, "value": value, "inline": true });
    assert_eq!(
        body,
        json!({
            "content": "The status of your app Markdown Email changed to Ready for Sale",
            "embeds": [{
                "title": "Rejected",
                "description": "\\*2.1\\* \\<@\u{200b}1\\> @\u{200b}everyone",
                "url": "https://appstoreconnect.apple.com/...",
                "timestamp": "2025-01-12T22:12:03Z",
                "color": 0xe0_143d,
                "thumbnail": { "url": "https://example.com/app-icon.png" },
                "footer": { "text": "App Store Connect" },
                "fields": [
                    field("App", "Tom & \\[Jerry\\]\\(https\\://e.vil\\)"),
                    field("Version", "1.2.3"),
                    field("Build", "42"),
                    field("Platform", "iOS"),
                    field("Track", "Production"),
                    field("Rollout", "30%"),
                    field("Before", "In Review"),
                ],
            }],
            "allowed_mentions": { "parse": [] },
        })
    );
    assert_eq!((request.url.path(), request.url.query()), (PATH, Some("wait=true")));
    let headers = [("content-type", "application/json"), ("user-agent", USER_AGENT)];
    assert_eq!(kit::headers(&request), headers.into());

    let (_, body) = posted(&CASE, &account()).await;
    assert_eq!(
        body["embeds"],
        json!([{
            "title": "Pending Agreement Acceptance",
            "url": "https://appstoreconnect.apple.com/...",
            "timestamp": "2025-01-12T22:20:15Z",
            "color": 0xff_6b6b,
            "footer": { "text": "App Store Connect" },
        }])
    );
}

#[tokio::test]
async fn a_thread_is_part_of_the_address() {
    let case = Case { make: &|setup| setup.make(builder(setup.origin).thread_id("99")), ..CASE };
    let (request, _) = posted(&case, &app()).await;
    assert_eq!(request.url.query(), Some("wait=true&thread_id=99"));
}

#[tokio::test]
async fn answers_mean_what_discord_says() {
    judges(
        &CASE,
        &[
            (200, r#"{"id":"1"}"#, Verdict::Delivered),
            (204, "", Verdict::Delivered),
            (404, r#"{"message":"Unknown Webhook","code":10015}"#, Verdict::Dead),
            (401, r#"{"message":"Invalid Webhook Token","code":50027}"#, Verdict::Dead),
            (403, "", Verdict::Dead),
            (400, r#"{"message":"Webhooks posted to forum channels must have a thread","code":220001}"#, Verdict::Dead),
            (400, r#"{"message":"Invalid Form Body","code":50035}"#, RETRY),
            (413, r#"{"code":40005}"#, RETRY),
            (
                429,
                r#"{"message":"You are being rate limited.","retry_after":64.57,"global":false}"#,
                retry_after(64_570),
            ),
            (429, "<html>Cloudflare</html>", RETRY),
            (500, "", RETRY),
            (502, "", RETRY),
        ],
    )
    .await;
    // The header counts, rounded up as it is.
    let limited = ResponseTemplate::new(429).insert_header("retry-after", "65");
    let limited = limited.set_body_json(json!({ "retry_after": 64.57, "global": false }));
    assert_eq!(answered(&CASE, limited).await.verdict, retry_after(65_000));
    assert_eq!(CASE.at("http://127.0.0.1:1").profile().rate, Some(Rate::new(5, Duration::from_secs(10))));
}

#[tokio::test]
async fn a_refused_embed_is_sent_as_a_sentence_at_once() {
    let server = MockServer::start().await;
    let answer = |request: &Request| match kit::json(request).get("embeds") {
        Some(_) => ResponseTemplate::new(400).set_body_json(json!({ "code": 50_035 })),
        None => ResponseTemplate::new(200),
    };
    Mock::given(any()).respond_with(answer).expect(2).mount(&server).await;
    assert_eq!(CASE.at(&server.uri()).deliver(&app()).await.verdict, Verdict::Delivered);
    let requests = server.received_requests().await.unwrap();
    assert_eq!(kit::json(&requests[1])["content"], "The status of your app Markdown Email changed to Ready for Sale");
}

#[tokio::test]
async fn it_keeps_to_what_every_sink_promises() {
    conforms(&CASE).await;
}

#[test]
fn descriptions_that_cannot_work_are_refused() {
    for end in ["/slack", "/github", "/slack/"] {
        let error = Discord::builder(format!("https://discord.com{PATH}{end}")).build().unwrap_err();
        assert!(matches!(error, DestinationError::WrongLink { .. }), "{end}: {error}");
    }
    for id in ["", "general", "1&wait=false"] {
        let error = builder("https://discord.com").thread_id(id).build().unwrap_err();
        assert_eq!(error.to_string(), "thread_id is not a number");
    }
}
