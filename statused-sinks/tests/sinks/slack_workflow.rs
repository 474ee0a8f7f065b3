//! Slack workflows: the variables of the reference, and what is made of the answers.

use serde_json::{Value, json};
use statused_core::sink::{Rate, Verdict};
use statused_sinks::DestinationError;
use statused_sinks::slack_workflow::{SlackWorkflow, SlackWorkflowBuilder};
use std::time::Duration;
use wiremock::{Request, ResponseTemplate};

use crate::kit::{self, Case, RETRY, USER_AGENT, conforms, fields_of, judges, posted};
use crate::support::notification;

const PATH: &str = "/triggers/T012345678/9876543210/0123456789abcdef";

fn builder(origin: &str) -> SlackWorkflowBuilder {
    SlackWorkflow::builder(format!("{origin}{PATH}"))
}

const CASE: Case<'_> = Case {
    make: &|setup| setup.make(builder(setup.origin)),
    secrets: &["T012345678", "9876543210", "0123456789abcdef"],
    service: |_| ResponseTemplate::new(200).set_body_json(json!({ "ok": true })),
    fits,
    reads_first: false,
    gone: (401, ""),
};

/// A flat object of strings that mention nobody.
fn fits(request: &Request) {
    for (key, value) in kit::json(request).as_object().unwrap() {
        let Value::String(text) = value else { panic!("{key} is {value}") };
        assert!(!text.is_empty() && text.encode_utf16().count() <= 3000, "{key}");
        assert!(!["<!", "<@", "<#"].iter().any(|mention| text.contains(mention)), "{text}");
    }
}

/// The examples of the reference, with addresses for what it describes in words.
#[tokio::test]
async fn the_variables_are_those_of_the_reference() {
    let id = "6af15d63-dc69-4088-8adf-cdbb7d204eb4";
    let time = "2023-11-14T16:05:34.474Z";
    let app = json!({
        "message": "The status of your app Markdown Email changed to Ready for Sale",
        "version": "1.2.3",
        "status": "Ready for Sale",
        "track": "Production",
        "user_distribution": "30%",
        "store_name": "App Store Connect",
        "status_color": "#1eb6fc",
        "app_name": "Markdown Email",
        "app_icon_url": "https://example.com/app-icon.png",
        "internal_store_url": "https://appstoreconnect.apple.com/apps/1",
        "statused_url": "https://statused.com",
        "statused_icon_url": "https://statused.com/assets/logo-grayscale.png",
        "formatted_datetime": "2023-11-14 16:05:34 UTC",
        "timestamp": "2023-11-14T16:05:34.474Z",
    });
    let build = json!({
        "message": "The status of build 1.0 (5) of Markdown Email changed to Valid.",
        "version": "1.2.3",
        "status": "Valid",
        "store_name": "App Store Connect",
        "status_color": "#1eb6fc",
        "app_name": "Markdown Email",
        "app_icon_url": "https://example.com/app-icon.png",
        "internal_store_url": "https://appstoreconnect.apple.com/apps/1",
        "statused_url": "https://statused.com",
        "statused_icon_url": "https://statused.com/assets/logo-grayscale.png",
        "formatted_datetime": "2023-11-14 16:05:34 UTC",
        "timestamp": "2023-11-14T16:05:34.474Z",
    });
    let account = json!({
        "message": "Action Needed: You Have Pending Agreements.",
        "status": "Pending Agreement Acceptance",
        "store_name": "App Store Connect",
        "status_color": "#1eb6fc",
        "internal_store_url": "https://appstoreconnect.apple.com/",
        "statused_url": "https://statused.com",
        "statused_icon_url": "https://statused.com/assets/logo-grayscale.png",
        "formatted_datetime": "2023-11-14 16:05:34 UTC",
        "timestamp": "2023-11-14T16:05:34.474Z",
    });
    for (kind, expected) in [("app", app), ("build", build), ("account", account)] {
        let mut data = expected.clone();
        let ours = ["statused_url", "statused_icon_url", "formatted_datetime"];
        data.as_object_mut().unwrap().retain(|key, _| !ours.contains(&key.as_str()));
        // What the reference does not send is not sent.
        data["reason"] = json!("Guideline 2.1");
        data["previous_status"] = json!("In Review");
        let (request, body) = posted(&CASE, &notification(kind, id, time, &data)).await;
        assert_eq!(body, expected);
        assert_eq!((request.url.path(), request.url.query()), (PATH, None));
        let headers = [("content-type", "application/json"), ("user-agent", USER_AGENT)];
        assert_eq!(kit::headers(&request), headers.into());
    }
}

#[tokio::test]
async fn it_is_told_what_it_declares() {
    let case = Case {
        make: &|setup| setup.make(builder(setup.origin).variables(["status", "version", "track"]).send_empty(true)),
        ..CASE
    };
    let (_, body) = posted(&case, &fields_of("app", &json!({ "track": null, "version": " " }))).await;
    assert_eq!(body, json!({ "status": "Ready for Sale", "version": "", "track": "" }));
}

#[tokio::test]
async fn answers_mean_what_slack_says() {
    judges(
        &CASE,
        &[
            (200, "", Verdict::Delivered),
            (200, "ok", Verdict::Delivered),
            (202, "<html>", Verdict::Delivered),
            (200, r#"{"ok":false,"error":"internal_error"}"#, RETRY),
            (401, r#"{"ok":false,"error":"invalid_auth"}"#, Verdict::Dead),
            (403, "", Verdict::Dead),
            (404, "", Verdict::Dead),
            (410, "", Verdict::Dead),
            (400, "", RETRY),
            (429, "", RETRY),
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

#[test]
fn other_links_of_slack_are_refused() {
    for (url, what) in [
        ("https://slack.com/shortcuts/Ft01/hunter2", "a link to a Slack shortcut"),
        ("https://acme.slack.com/shortcuts/Ft01/hunter2", "a link to a Slack shortcut"),
        ("https://hooks.slack.com/services/T0/B0/hunter2", "the address of a Slack incoming webhook"),
    ] {
        let error = SlackWorkflow::builder(url).build().unwrap_err();
        assert!(error.to_string().contains(what) && !format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
    for url in ["https://hooks.slack.com/workflows/T0/A0/1/x", "https://hooks.slack-gov.com/triggers/T0/1/x"] {
        assert!(SlackWorkflow::builder(url).build().is_ok(), "{url}");
    }
    let error = builder("https://hooks.slack.com").variables(["messages"]).build().unwrap_err();
    assert!(matches!(error, DestinationError::Invalid { part: "a variable", .. }), "{error}");
}
