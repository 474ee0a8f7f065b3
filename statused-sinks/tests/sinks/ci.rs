//! What the sinks that start runs have in common.

use serde_json::{Value, json};
use statused_core::model::Notification;
use statused_sinks::{Builder, StartsWork};
use wiremock::Request;

use crate::kit::{Case, fields_of, sent};

/// An event whose texts would do something in a shell or in a template.
pub(crate) fn hostile() -> Notification {
    let texts = json!({ "app_name": "$CI_JOB_TOKEN `id`\n%PATH%", "version": "${X}", "track": null });
    fields_of("app", &texts)
}

/// The standard values of the reference's app event.
pub(crate) fn standard() -> Value {
    json!({
        "STATUSED_APP_ID": "",
        "STATUSED_APP_NAME": "Markdown Email",
        "STATUSED_BUILD_NUMBER": "",
        "STATUSED_BUNDLE_ID": "",
        "STATUSED_EVENT_ID": "6af15d63-dc69-4088-8adf-cdbb7d204eb4",
        "STATUSED_EVENT_TYPE": "com.statused.app.status.updated",
        "STATUSED_MESSAGE": "The status of your app Markdown Email changed to Ready for Sale",
        "STATUSED_PLATFORM": "",
        "STATUSED_PREVIOUS_STATUS": "",
        "STATUSED_REASON": "",
        "STATUSED_STATUS": "Ready for Sale",
        "STATUSED_STATUS_CODE": "",
        "STATUSED_STORE_NAME": "App Store Connect",
        "STATUSED_TIMESTAMP": "2025-01-12T22:12:03Z",
        "STATUSED_TRACK": "Production",
        "STATUSED_USER_DISTRIBUTION": "30%",
        "STATUSED_VERSION": "1.2.3",
    })
}

/// No text is too long, breaks a line or refers to a variable.
pub(crate) fn fits(request: &Request) {
    fn texts(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
            Value::Object(members) => members.values().for_each(|member| texts(member, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    match serde_json::from_slice(&request.body) {
        Ok(body) => texts(&body, &mut found),
        Err(_) => found.extend(url::form_urlencoded::parse(&request.body).map(|(_, value)| value.into_owned())),
    }
    assert!(!found.is_empty());
    for text in found {
        assert!(text.chars().count() < 2100 && !text.contains(char::is_control), "{text}");
        assert!(!text.contains("${") && !text.contains("$C") && !text.contains("%P"), "{text}");
    }
}

/// Neither a welcome nor the reason of what was announced before is a reason to start anything.
pub(crate) async fn what_changes_nothing_starts_nothing(case: &Case<'_>) {
    for kind in ["welcome", "explained"] {
        assert_eq!(sent(case, &fields_of(kind, &json!({}))).await.len(), 0);
    }
    assert_eq!(sent(case, &fields_of("test", &json!({}))).await.len(), 1);
}

/// A repeat starts more, so that it is for the application to allow.
pub(crate) fn a_repeat_does_harm<D: StartsWork>(builder: impl Fn() -> Builder<D>) {
    assert!(!builder().build().unwrap().profile().repeat_is_harmless);
    assert!(builder().repeat_ambiguous(true).build().unwrap().profile().repeat_is_harmless);
}
