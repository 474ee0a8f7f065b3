//! Any answers of a destination, to every sink that speaks HTTP.

#![no_main]

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Duration;

use http::Response;
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use statused_core::Sink;
use statused_core::model::Notification;
use statused_core::sink::Verdict;
use statused_fuzz::{Answers, run};
use statused_sinks::*;

static NOTIFICATION: LazyLock<Notification> = LazyLock::new(|| {
    serde_json::from_value(json!({
        "event": {
            "id": "6af15d63-dc69-4088-8adf-cdbb7d204eb4",
            "kind": "app",
            "aggregate": "app:acme-apple/1234567890",
            "subject": "version/1",
            "time": "2026-11-03T10:00:00Z",
            "data": {
                "message": "The status of your app Markdown Email changed to Ready for Sale",
                "version": "1.2.3",
                "status": "Ready for Sale",
                "status_code": "READY_FOR_SALE",
                "track": "Production",
                "store_name": "App Store Connect",
                "status_color": "#1eb6fc",
                "app_name": "Markdown Email",
                "timestamp": "2026-11-03T10:00:00Z",
            },
        },
        "workflow": "ios-production",
    }))
    .unwrap()
});

const URL: &str = "https://example.com/";
const ON: [&str; 1] = ["Ready for Sale"];

/// Made once for all: of what they are told they keep nothing but where a chat has moved.
static SINKS: LazyLock<Vec<Box<dyn Sink>>> = LazyLock::new(|| {
    vec![
        Box::new(azure_devops::AzureDevOps::builder("https://dev.azure.com/acme/_apis/public/distributedtask/webhooks/x").build().unwrap()),
        Box::new(bitbucket::Bitbucket::builder("acme/app", "main", "t").build().unwrap()),
        Box::new(bitrise::Bitrise::builder("a1", "deploy", "t").branch("main").build().unwrap()),
        Box::new(circleci::CircleCi::builder("gh/acme/app", "d1", "t").branch("main").build().unwrap()),
        Box::new(claude_routine::ClaudeRoutine::builder("https://api.anthropic.com/v1/claude_code/routines/r1/fire", "t").build().unwrap()),
        Box::new(codemagic::Codemagic::builder("a1", "w1", "t").branch("main").build().unwrap()),
        Box::new(discord::Discord::builder("https://discord.com/api/webhooks/1/x").build().unwrap()),
        Box::new(flagsmith::Flagsmith::builder("e1", "checkout", "t").on(ON).build().unwrap()),
        Box::new(github::GitHub::workflow_dispatch("acme/app", "t", "submit.yml", "main").build().unwrap()),
        Box::new(gitlab::GitLab::trigger("7", "main", "t").build().unwrap()),
        Box::new(google_chat::GoogleChat::builder("https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t").build().unwrap()),
        Box::new(http_request::HttpRequest::builder(URL).build().unwrap()),
        Box::new(jenkins::Jenkins::builder(URL, "t").build().unwrap()),
        Box::new(jira::Jira::builder(URL, "u", "t", "project = APP").transition("Released").fix_version("iOS {{version}}").build().unwrap()),
        Box::new(launchdarkly::LaunchDarkly::builder("ios", "checkout", "production", "t").on(ON).build().unwrap()),
        Box::new(mattermost::Mattermost::builder("https://chat.example.com/hooks/x").build().unwrap()),
        Box::new(pagerduty::PagerDuty::builder("r1").trigger(ON).build().unwrap()),
        Box::new(slack::SlackWebhook::builder("https://hooks.slack.com/services/T0/B0/X").build().unwrap()),
        Box::new(slack_workflow::SlackWorkflow::builder("https://hooks.slack.com/triggers/T0/1/x").build().unwrap()),
        Box::new(teams::Teams::builder("https://acme.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/x/triggers/manual/paths/invoke?sig=s").build().unwrap()),
        Box::new(telegram::Telegram::builder("123456:ABC", "-1001").build().unwrap()),
        Box::new(unleash::Unleash::builder(URL, "default", "checkout", "production", "t").on(ON).build().unwrap()),
        Box::new(webhook::Webhook::builder(URL).build().unwrap()),
    ]
});

fuzz_target!(|data: &[u8]| {
    let Some((which, data)) = data.split_first() else { return };
    let sink = &SINKS[usize::from(which.wrapping_sub(b'A')) % SINKS.len()];
    let answers = Rc::new(RefCell::new(Answers::read(data)));
    fuzzing::answer(move |url| Response::from(answers.borrow_mut().next(url)));
    let outcome = run(sink.deliver(&NOTIFICATION));
    assert!(outcome.detail.chars().count() <= 1000, "{}", outcome.detail);
    if let Verdict::RetryAfter(Some(wait)) = outcome.verdict {
        assert!(wait <= Duration::from_secs(24 * 60 * 60), "{wait:?}");
    }
});
